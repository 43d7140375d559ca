import { type Call, createCall } from '../align/call.js'
import { maxQuoted } from '../change-log.js'
import type { CallGrammar, GrammarContext } from '../grammars/call-grammar.js'
import { createJsonCall } from '../grammars/json-call.js'
import { Token } from '../json/tokens.js'
import type { PlainText } from '../plain-text.js'
import type { ReplyContext } from '../reply.js'
import type { CallForm } from '../scan/beginning.js'
import { withClose } from '../scan/tags.js'
import { repairCall } from '../second-opinion.js'
import type { Writable } from '../writable.js'
import { type BlockState, hasMark, isOpen } from './claim.js'
import type { HeldCalls } from './held-calls.js'
import type { RawText } from './raw-text.js'

/**
 * Reads one call at a time, in whichever grammar it is spelled, within the limits. What passes a limit is cut short, or
 * text if nothing has shown that there was a call, and is read on to its end.
 */
export interface CallReader {
  readonly call: Call
  /** The grammar of the call being read. */
  readonly grammar: CallGrammar
  /** Chooses the grammar of the next call; whether its form is read. */
  choose(form: CallForm): boolean
  /** Whether calls are JSON objects, as those of most dialects are. */
  isJson(): boolean
  /** `name`: what was read of it before the grammar was known. */
  start(name: string): void
  /** The first bracket of the call's object was forgotten. */
  addBrace(): void
  /** Reads from `from` on and returns where it stopped: at the end of the text unless the grammar's outcome is settled. */
  push(input: string, from: number, base: number): number
  /** Whether a complete call is text all the same, since the app wants it so or it may be an answer in JSON. */
  isText(): boolean
  /** The call is complete: it is one, or waits for what shows that. */
  finish(): void
  /**
   * A block that was not recognised is repaired as a whole, if that makes it a call to a declared tool. Whether it did; the
   * call is over then.
   */
  repair(body: string): boolean
  /** Whether it has passed a limit, and is read on to its end. */
  isOver(): boolean
  /** A call that had passed a limit is over; what the grammar gives back is none of it. Whether all of it was text. */
  endOverrun(): boolean
  /** The call is cut short; `text` is what no event has given. */
  cut(text: string): void
  /** The short way, where the next characters belong to a string of the call and plain ones are its next delta. */
  plain(): PlainText | undefined
  /** How many more units the call may have. */
  room(): number
  /** Counts plain characters of that string, which have been given. */
  skip(length: number): void
  /** Takes such characters, and what they are told as, while the call cannot give them, since its name is not known. */
  take(piece: string, inside?: string): void
}

/** More than a reader holds while it does not know whether it is its own. */
const maxRest = 2048

export function createCallReader(
  around: ReplyContext,
  state: BlockState,
  raw: RawText,
  calls: HeldCalls,
): CallReader {
  const { options, progress, notice } = around
  const { limits, tags } = options
  let length = 0
  /**
   * Whether a limit was passed. The call is read on to its end then, since what a string in it shows is still no call; what
   * comes is counted with it, or is text if nothing had shown that there was a call.
   */
  let over: 'no' | 'call' | 'text' = 'no'
  /** The beginning of what has come since, or the text that is not given yet. */
  let overrun = ''
  /** Where a limit was passed. */
  let limitAt: number | undefined

  const call = createCall({
    tools: options.tools,
    isAllowed: options.isAllowed,
    noCall: options.noCall,
    passUnknown: options.unknownTool === 'call',
    alignment: options.alignment,
    align: options.align,
    limits,
    emit(event) {
      if (state.claim === 'fitting' && grammar.isFormal?.()) showCall()
      calls.emit(event)
    },
    nextIndex: calls.nextIndex,
    createId: options.createId,
  })
  const grammarContext: GrammarContext = {
    tools: options.tools,
    bareCalls: options.bareCalls,
    // Tags of reasoning count where the call itself is only thought of.
    tags: withClose(
      () => (state.start.inReasoning ? tags.inThought : tags.inCall),
      () => state.driftedClose,
    ),
    maxDepth: limits.depth,
    tooDeep: passLimit,
    readXml: options.readXml,
  }
  /** Each is made when it is first needed. */
  const grammars: Partial<Record<CallForm, CallGrammar | undefined>> = {}
  let grammar = find(options.ownForm) ?? createJsonCall(call, grammarContext)

  function find(form: CallForm): CallGrammar | undefined {
    const create = form === 'json' ? createJsonCall : options.grammars[form]
    grammars[form] ??= create?.(call, grammarContext)
    return grammars[form]
  }

  function choose(form: CallForm): boolean {
    const found = find(form)
    if (found !== undefined) grammar = reader.grammar = found
    return found !== undefined
  }

  function start(name: string) {
    calls.start(isOpen(state.claim) || options.filter.holdsCalls)
    call.reset(state.claim !== 'certain', !hasMark(state))
    grammar.start(name, progress.at)
    length = 0
    limitAt = undefined
    over = 'no'
  }

  /** Its keys show that it is a call, so that it need not wait for its end. */
  function showCall() {
    state.claim = 'named'
    if (!options.filter.holdsCalls) calls.release()
  }

  function push(input: string, from: number, base: number): number {
    if (over !== 'no') {
      const used = grammar.push(input, from, base)
      if (over === 'text' || overrun.length < maxQuoted) overrun += input.slice(from, used)
      if (over === 'text' && overrun.length > 2 * maxRest) giveText(maxRest)
      progress.at = base + used
      return used
    }
    // Limits hold to the character, so that they do not depend on how the reply was cut.
    const { isHolding } = calls
    const room = Math.min(limits.call - length, isHolding ? Math.max(limits.held - raw.length, 0) : Infinity)
    const until = from + room
    const used = grammar.push(until < input.length ? input.slice(0, until) : input, from, base)
    length += used - from
    if (!call.isStarted() || calls.isHolding) raw.keep(input.slice(from, used), base + from)
    progress.at = base + used
    if (limitAt !== undefined) {
      startOverrun(input.slice(Math.max(limitAt - base, from), used))
    } else if (grammar.reader.outcome === 'reading') {
      if (used === until && used < input.length && calls.isHolding === isHolding) overLimit()
      else if (!calls.isHolding) call.flush()
    }
    return used
  }

  /** The call is as long as it may be, or waited for too long. */
  function overLimit() {
    if (calls.isHolding && !isOpen(state.claim) && length < limits.call) {
      call.change('limit', progress.at)
      return calls.release()
    }
    passLimit(progress.at)
    startOverrun('')
  }

  /** What is told from `offset` on, until this is seen, belongs to no event. */
  function passLimit(offset: number) {
    if (limitAt !== undefined) return
    limitAt = offset
    call.change('limit', offset)
    if (!isOpen(state.claim) && call.isStarted()) cut('')
    call.mute()
  }

  /** The call has passed a limit; `text` is what has come since. */
  function startOverrun(text: string) {
    const { claim } = state
    if (claim === 'certain' || (claim === 'named' && call.isStarted())) {
      if (!call.isStarted()) cut(raw.read().slice(0, raw.length - text.length))
      over = 'call'
      overrun = text
    } else {
      calls.forget()
      notice('limit', raw.markAt)
      over = 'text'
      overrun = raw.mark + raw.read()
    }
  }

  function endOverrun(): boolean {
    const at = limitAt ?? progress.at
    const { outcome, rest } = grammar.reader
    if (over === 'text') giveText(outcome === 'cut' ? 0 : rest.length)
    else if (progress.at > at)
      notice('after-limit', at, overrun.slice(0, Math.min(maxQuoted, progress.at - at)))
    return over === 'text'
  }

  /** Gives the text but for so many units at its end, which may not be its own. */
  function giveText(kept: number) {
    const end = overrun.length - kept
    state.start.prose.restore(overrun.slice(0, end))
    overrun = overrun.slice(end)
  }

  function isLacking(): boolean {
    return call.missingRequired().length > 0
  }

  function finish() {
    call.end()
    // Otherwise it would have been text.
    if (state.claim === 'fitting') state.claim = 'named'
    calls.finish(isLacking(), !isOpen(state.claim))
  }

  function repair(body: string): boolean {
    const { secondOpinion } = options
    if (secondOpinion === undefined || call.refusal !== undefined) return false
    if (body.length > limits.held) return false
    const repaired = repairCall(secondOpinion, body, options.tools)
    if (repaired === undefined) return false
    // Whatever the block was spelled in, the repair is JSON.
    choose('json')
    start('')
    call.change('second-opinion', raw.markAt)
    grammar.push(repaired.json, 0, raw.markAt)
    // What closes a string at its very end is known only now.
    if (grammar.reader.outcome === 'reading') grammar.end(true)
    // A repair that nests too deep has been cut short by now.
    if (limitAt !== undefined) return true
    const isCall = grammar.isCall() && call.refusal === undefined
    if (isCall) finish()
    return isCall
  }

  function cut(text: string) {
    calls.release()
    call.cut(text, limitAt ?? progress.at)
    progress.incomplete++
  }

  const reader: Writable<CallReader> = {
    call,
    grammar,
    choose,
    isJson: () => grammar === grammars.json,
    start,
    addBrace() {
      call.change('missing-bracket', progress.at)
      grammar.push('{', 0, progress.at - 1)
    },
    push,
    isText() {
      const isUnwanted = options.filter.refusesLacking && calls.isHolding && isLacking()
      if (isUnwanted) notice('missing-required', raw.markAt)
      // Where nothing but the call itself shows that it is one.
      if (isUnwanted || !isOpen(state.claim) || hasMark(state)) return isUnwanted
      return (
        grammar.isPlain?.(state.beginning?.spaced === true) === false ||
        (isLacking() && grammar.namesParameter?.() !== true)
      )
    },
    finish,
    repair,
    isOver: () => over !== 'no',
    endOverrun,
    cut,
    plain: () => (over === 'no' && !calls.isHolding && call.passes() ? grammar.plain() : undefined),
    room: () => limits.call - length,
    skip(units) {
      length += units
    },
    take(piece, inside = piece) {
      raw.keep(piece, progress.at)
      length += piece.length
      call.token(Token.string, inside)
    },
  }
  return reader
}
