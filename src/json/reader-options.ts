import type { ChangeKind } from '../events.js'
import type { TagSet } from '../scan/tags.js'
import type { PythonSyntax } from './python.js'
import type { TokenSink } from './tokens.js'

/** What a reader needs of whoever has it read. */
export interface ReaderOptions {
  sink: TokenSink
  tags: TagSet
  change(kind: ChangeKind, offset: number, text?: string): void
  /** Keys that the tool's schema declares; asked only for strings whose quotes are broken. */
  isDeclared(key: string): boolean
  /** Whether this is a key of the call's own, in an object so deep; `undefined`: its own keys are not there. Default: nowhere. */
  isEnvelopeKey?: ((key: string, depth: number) => boolean | undefined) | undefined
  /** Whether the object may be over: a call that lacks its name or arguments goes on behind a bracket too many. Default: it may. */
  isComplete?: (() => boolean) | undefined
  maxDepth: number
  /**
   * Given, the text is a Python call's arguments, from its `(` on. They are told as an object; an argument without a name
   * comes as a value without a key, and the sink has to give it one.
   */
  python?: PythonSyntax | undefined
  /** Python only: `**` stands before the next argument, so its members are arguments. */
  spread?: (() => void) | undefined
  /** Python only: a call's arguments may end with another bracket than they began with, since it is a list. */
  anyCloser?: boolean
  /** Told once when brackets nest deeper. The value is read on to its end, or to twice that depth. */
  tooDeep(): void
}
