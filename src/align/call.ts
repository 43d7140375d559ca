import { createChangeLog } from '../change-log.js'
import type { ChangeKind, ParserEvent, Violation } from '../events.js'
import { isFields } from '../fields.js'
import { Token, type TokenSink } from '../json/tokens.js'
import type { Limits } from '../limits.js'
import type { Writable } from '../writable.js'
import type { AlignmentOptions, CreateAlignment } from './alignment.js'
import { createCustomInput } from './custom-input.js'
import { createTokenTape, type SpelledSink, type TokenTape } from './token-tape.js'
import { isParameterOf, requiresSome, type ToolFacts, type ToolIndex } from './tools.js'

/**
 * One call on its way from tokens to events. It starts when its name is settled and its arguments have begun; arguments
 * that come before the name wait on a tape, because the name decides what they mean.
 */
export interface Call extends TokenSink {
  /**
   * Another call begins; what was known of the last one is forgotten. `declared`: only a declared tool may be named.
   * `isBare`: nothing but the call itself shows that it is one.
   */
  reset(declared: boolean, isBare?: boolean): void
  /** Settles the name. The first one counts. */
  setName(written: string, offset: number): void
  /** The arguments have begun, or there are none to come. */
  begin(offset: number): void
  /** Free text for a custom tool, in the place of arguments. */
  text(text: string): void
  change(kind: ChangeKind, offset: number, text?: string): void
  /** How the model wrote the number that is told next, if JSON spells it in another way. */
  spell(written: string | undefined): void
  /** Takes the name out of the arguments, where a forgotten brace left it. */
  recoverName(offset: number): void
  /** The call is complete. */
  end(): void
  /** Whether it may be a call without arguments, where the model wrote none. */
  mayBeEmpty(): boolean
  /** The model stopped inside it; `text` is what no event has given. */
  cut(text: string, offset: number): void
  /** What is told of it from here on is not given: it passed a limit. */
  mute(): void
  /** Gives the argument text that has gathered. */
  flush(): void
  /** An event can name it: nothing of it can turn into text any more. */
  isStarted(): boolean
  /** Whether text of a string in its arguments would be given as it is, and not left out or made something else. */
  passes(): boolean
  readonly name: string | undefined
  readonly tool: ToolFacts | undefined
  /** Why a named call may not be made, if so. */
  readonly refusal: Refusal | undefined
  /** Its required parameters that are not there. Asked when its arguments have closed. */
  missingRequired(): readonly string[]
  /** Whether a required parameter was given what its schema does not take. Asked when its arguments have closed. */
  misfits(): boolean
  /** Its place among the calls; -1 until it has started. */
  readonly index: number
  /** Where brackets were added last, which a mark there had shown to be missing; -1: nowhere. */
  readonly bracketsAt: number
}

export type Refusal = 'not-allowed' | 'unknown-tool' | 'no-call'

/** What becomes of a call's arguments once it has started. */
export interface ArgumentSink extends SpelledSink {
  /** Text in the place of arguments, for what takes any. */
  text?(text: string): void
  end?(): void
  /** Whether text of a string passes as it is now. */
  passes(): boolean
  /** What has been told and is held. */
  unsent(): string
  /** Required parameters that the arguments, which have closed, do not have. */
  readonly missing: readonly string[]
  /** Whether one of them was given what its schema does not take. */
  readonly misfits: boolean
}

export interface CallContext {
  tools: ToolIndex
  /** Whether the request lets this tool be called. */
  isAllowed(name: string): boolean
  /** The name that says that no tool fits. */
  noCall: string | undefined
  /** What to do with names that are not declared: pass them on, or not. */
  passUnknown: boolean
  /** What follows arguments through their schema; `undefined`: they pass as they are. */
  alignment: CreateAlignment | undefined
  /** Whether arguments are made to fit their schema. */
  align: boolean
  limits: Limits
  emit(event: ParserEvent): void
  nextIndex(): number
  createId(): string
}

/** How many violations of one call are listed. */
const maxViolations = 32

export function createCall(context: CallContext): Call {
  const { tools, emit } = context
  const changes = createChangeLog()
  let violations: Violation[] = []
  let begun = false
  /** Where the arguments have begun: before the reply itself, if that was prefilled. */
  let begunAt = 0
  let id = ''
  let tape: TokenTape | undefined
  let empty = true
  let muted = false
  let spelling: string | undefined
  let declaredOnly = false
  let bare = false
  /** Argument text of this push. */
  let out = ''

  const plain: ArgumentSink = {
    token: (_, text) => write(text),
    passes: () => true,
    unsent: () => '',
    missing: [],
    misfits: false,
  }
  const aligning: AlignmentOptions = {
    convert: context.align,
    limits: context.limits,
    emit: write,
    change: (kind, place, text) => changes.add(kind, begunAt, text, place),
    violation(found) {
      if (violations.length < maxViolations) violations.push(found())
    },
  }
  let output = plain

  const call: Writable<Call> = {
    name: undefined,
    tool: undefined,
    refusal: undefined,
    index: -1,
    bracketsAt: -1,
    isStarted: () => call.index >= 0,
    passes: () => call.index < 0 || output.passes(),
    missingRequired,
    // What only mentions a tool is not told from a call by anything else.
    mayBeEmpty: () => !bare || call.tool === undefined || !requiresSome(call.tool),
    misfits: () => output.misfits,
    reset,
    setName,
    begin,
    token,
    text: freeText,
    change,
    spell: (written) => (spelling = written),
    recoverName,
    end,
    cut,
    mute,
    flush,
  }

  function write(text: string) {
    out += text
  }

  function reset(declared: boolean, isBare = false) {
    bare = isBare
    declaredOnly = declared || !context.passUnknown
    changes.take()
    violations = []
    call.name = undefined
    call.tool = undefined
    call.refusal = undefined
    begun = false
    call.index = call.bracketsAt = -1
    tape = undefined
    output = plain
    empty = true
    muted = false
    out = ''
  }

  function setName(written: string, offset: number) {
    if (muted) return
    if (call.name !== undefined) return changes.add('duplicate-key', offset)
    const tool = tools.resolve(written)
    const name = tool?.name ?? written.replaceAll('\\_', '_')
    call.tool = tool
    call.name = name
    if (name !== written) changes.add('corrected-name', offset, written)
    if (tool === undefined && tools.declared !== undefined) {
      violations.push({
        path: '',
        expected: `a declared tool: ${[...tools.declared.keys()].join(', ')}`,
        found: written,
      })
      if (declaredOnly) call.refusal = 'unknown-tool'
      if (written === context.noCall) call.refusal = 'no-call'
    }
    if (!context.isAllowed(name)) call.refusal = 'not-allowed'
    start()
  }

  function begin(offset: number) {
    begun = true
    begunAt = offset
    start()
  }

  function change(kind: ChangeKind, offset: number, text?: string) {
    if (kind === 'missing-bracket') call.bracketsAt = offset
    if (!muted) changes.add(kind, offset, text)
  }

  function takePlace() {
    call.index = context.nextIndex()
    id = context.createId()
  }

  function start() {
    const { name, tool } = call
    if (call.index >= 0 || !begun || name === undefined || call.refusal !== undefined || muted) return
    takePlace()
    const { index } = call
    if (tool?.custom) {
      emit({ type: 'tool-call-start', index, id, name, custom: true })
      output = createCustomInput(write, (text) => changes.add('extra-key', begunAt, text))
    } else {
      emit({ type: 'tool-call-start', index, id, name })
      if (isFields(tool?.schema)) output = context.alignment?.(tool, aligning) ?? plain
    }
    tape?.playTo(output)
    tape = undefined
  }

  function token(kind: Token, text: string) {
    if (muted) return
    empty = false
    if (call.index >= 0) return output.token(kind, text, spelling)
    tape ??= createTokenTape()
    tape.token(kind, text, spelling)
  }

  function flush() {
    if (out === '') return
    emit({ type: 'tool-call-arguments', index: call.index, text: out })
    out = ''
  }

  function mute() {
    muted = true
  }

  function freeText(text: string) {
    if (muted) return
    empty = false
    output.text?.(text)
  }

  function recoverName(offset: number) {
    const written = tape?.takeLastName((candidate) => {
      const facts = tools.resolve(candidate)
      return facts !== undefined && !isParameterOf(facts, 'name')
    })
    if (written === undefined) return
    changes.add('moved-name', offset)
    setName(written, offset)
  }

  /** A call without arguments has none: `{}`. */
  function complete() {
    if (!empty || call.tool?.custom || call.index < 0) return
    token(Token.open, '{')
    token(Token.close, '}')
  }

  function missingRequired(): readonly string[] {
    complete()
    return output.missing
  }

  function end() {
    complete()
    output.end?.()
    flush()
    emit({ type: 'tool-call-end', index: call.index, changes: changes.take(), violations })
  }

  function cut(text: string, offset: number) {
    flush()
    changes.add('cut', offset)
    const held = output.unsent()
    if (call.index < 0) takePlace()
    const { index, name = null } = call
    emit({ type: 'tool-call-incomplete', index, id, name, text: held + text, changes: changes.take() })
  }

  return call
}
