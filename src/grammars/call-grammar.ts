import type { ToolIndex } from '../align/tools.js'
import type { JsonReader } from '../json/reader.js'
import type { PlainText } from '../plain-text.js'
import type { TagSet } from '../scan/tags.js'

/**
 * How a call is spelled between a block's marks. A grammar takes text as it comes, tells a `Call` what it reads, and stops
 * where the call ends.
 */
export interface CallGrammar {
  /** Another call begins, at `at` in the reply. `name`: what was read of it before the grammar was known. */
  start(name?: string, at?: number): void
  /** Reads from `from` on and returns where it stopped: at the end of the text unless `reader.outcome` is settled. */
  push(text: string, from: number, base: number): number
  /** No more input. `stopped`: the model ended by itself, so that brackets that are missing were forgotten. */
  end(stopped: boolean): void
  /** Whether the call is over, and what then is left of the text. */
  readonly reader: Pick<JsonReader, 'outcome' | 'rest'>
  /** It has a name and arguments that have closed, so it is a call whatever is missing around them. */
  isCall(): boolean
  /**
   * The call is as calls are: with a name and arguments and nothing else. An object that has no mark around it is a call
   * only then. Left out: it always is. `spaced`: white space stands between the name and it.
   */
  isPlain?(spaced: boolean): boolean
  /** Its arguments have begun, and its keys so far are those that a call has and an answer has not. */
  isFormal?(): boolean
  /** Whether an argument has a declared parameter's name, so that it is a call though others are missing. */
  namesParameter?(): boolean
  /** The short way, where the next characters are inside a string value and nothing is held. */
  plain(): PlainText | undefined
}

export interface GrammarContext {
  tools: ToolIndex
  /** Whether the dialect writes its calls without marks. */
  bareCalls: boolean
  tags: TagSet
  maxDepth: number
  /** Told when arguments nest deeper; `offset` is where. */
  tooDeep(offset: number): void
  /**
   * Reads a value that is written as nested XML, for a property that is declared an object or array: give `readXml` of
   * `nested-xml.ts` here. `undefined`: it is no XML that has only one meaning. Without it such a value is a string.
   */
  readXml?: ((text: string) => XmlElement[] | undefined) | undefined
}

/** An XML element: other elements in it, or text. Attributes have no place in arguments. */
export interface XmlElement {
  name: string
  children: XmlElement[]
  text: string
}
