import { type Call, type CallContext, createCall } from './align/call.js'
import type { ToolIndex } from './align/tools.js'
import { createChange } from './change-log.js'
import type { ChangeKind, ParserEvent } from './events.js'
import { type CallGrammar, createJsonCall } from './grammars/json-call.js'
import type { Limits } from './limits.js'
import { createClosing } from './scan/closing.js'
import { createDecision, endsReasoning } from './scan/decision.js'
import { createOpening } from './scan/opening.js'
import { createProse, type Prose } from './scan/prose.js'
import { createTagSet, type Tag, type TagKind } from './scan/tags.js'
import { createTurnEnd } from './scan/turn-end.js'
import { repairCall } from './second-opinion.js'
import { createTextBuffer, type TextBuffer } from './text-buffer.js'
import type { Writable } from './writable.js'

/**
 * Reads a reply from its first character to its last: text and reasoning, the marks of calls, and each call. One place
 * at a time reads; it gives back what turned out not to be its own.
 *
 *     text ──open──▶ opening ──{──▶ call ──▶ closing ──▶ text
 *       ▲              │ words       │ no call   │ { the next call
 *       └──────────────┴─────────────┘           └──▶ call
 */
export interface Reply {
  push(text: string, base: number): void
  end(reason: string): void
  /** Whose string the next characters belong to, if nothing is held: plain ones are its next delta as they are. */
  inString(): Call | undefined
  /** How many more units that call may have. */
  room(): number
  /** The quote that would end that string. */
  quote(): number
  /** Counts plain characters of that string, which have been given. */
  skip(length: number): void
  /** The short way for a chunk of running text: what to give of it, `undefined` when it has to be pushed. */
  passText(chunk: string): string | undefined
  /** Text that the prompt already held is not the model's: it counts, and is not given. */
  silent: boolean
  /** How many calls are complete, and how many the model began and did not finish. */
  readonly calls: number
  readonly incomplete: number
}

export interface ReplyOptions {
  tools: ToolIndex
  tags: readonly Tag[]
  /** The mark that closes a call. */
  close: string
  limits: Limits
  /** Whether calls are read at all. */
  readCalls: boolean
  parallel: boolean
  unknownTool: 'call' | 'text' | 'drop'
  isAllowed(name: string): boolean
  emit(event: ParserEvent): void
  createId(): string
  secondOpinion: ((text: string) => string) | undefined
}

/** What is being read. */
enum Place {
  text,
  reasoning,
  opening,
  call,
  closing,
  deciding,
  overrun,
  turn,
  over,
}

/**
 * A call is tentative while what comes after it decides whether it is one: in reasoning that was not closed, and after
 * words inside the marks.
 */
type Certainty = 'certain' | 'in-reasoning' | 'after-words'

/** How much of what was left out a notice quotes. */
const maxQuoted = 1024

export function createReply(options: ReplyOptions): Reply {
  const { tools, limits, parallel } = options
  const tags = createTagSet(options.tags)
  /** In a call, tags of reasoning are data, unless the call itself is only thought of. */
  const callTags = createTagSet(
    options.tags.filter(([, kind]) => kind !== 'think-open' && kind !== 'think-close'),
  )
  let place = Place.text
  /** Where the reading is: the end of what has been taken from the input. */
  let position = 0
  /** How many calls have an index. */
  let calls = 0
  const reply: Writable<Reply> = {
    silent: false,
    calls: 0,
    incomplete: 0,
    push: read,
    end,
    skip,
    passText,
    inString,
    room: () => limits.call - callLength,
    quote: () => grammar.reader.quote(),
  }
  let callsLeft = limits.calls

  /** Events of a tentative call. */
  let tentative: ParserEvent[] | undefined
  let certainty: Certainty = 'certain'

  const opening = createOpening(tags)
  const closing = createClosing(tags)
  const decision = createDecision(tags)
  const turnEnd = createTurnEnd(tags)
  /** The mark that opened the block, with the white space before it. */
  let mark = ''
  let markAt = 0
  /** What the model wrote since the mark, while it may still be text. */
  let raw: TextBuffer = createTextBuffer()
  let rawEnd = 0
  let callLength = 0
  let closingAt = 0
  /** Where the call passed a limit. */
  let overrunAt: number | undefined
  /** The beginning of what came after that. */
  let overrun = ''
  /** Whether what comes after that is text. */
  let spill = false
  /**
   * Whether a closing mark is no text: a block ended in words and its own is still to come (`yes`), or a block has just
   * ended and its mark may be there twice (`if-next`).
   */
  let closeOwed: 'no' | 'if-next' | 'yes' = 'no'
  /** What came after the reply had ended. */
  let after = createTextBuffer()
  let afterKind: ChangeKind | undefined

  function emit(event: ParserEvent) {
    if (tentative !== undefined) tentative.push(event)
    else options.emit(event)
  }

  function notice(kind: ChangeKind, offset: number, text?: string) {
    if (!reply.silent) options.emit({ type: 'notice', change: createChange(kind, offset, text) })
  }

  const text = createRunning('text', (kind) => {
    const isNext = closeOwed === 'if-next' && text.isFresh()
    if (kind === 'close') return closeOwed === 'yes' || isNext
    // Right behind a call the model plays the next turn itself.
    return kind === 'turn-start' && isNext
  })
  const reasoning = createRunning('reasoning', (kind) => kind === 'think-close')

  function createRunning(type: 'text' | 'reasoning', isOwnMark: (kind: TagKind) => boolean): Prose {
    const prose: Prose = createProse({
      tags,
      maxHeld: limits.held,
      emit(piece) {
        if (!reply.silent && piece !== '') options.emit({ type, text: piece })
      },
      isMark(kind) {
        if (kind === 'open') return options.readCalls
        if (kind === 'think-open') return prose.isFresh()
        return kind === 'turn-end' || isOwnMark(kind)
      },
    })
    return prose
  }

  const callContext: CallContext = {
    tools,
    isAllowed: options.isAllowed,
    passUnknown: options.unknownTool === 'call',
    emit,
    nextIndex: () => calls++,
    createId: options.createId,
  }

  const call = createCall(callContext)
  const grammarContext = { tools, tags: callTags, maxDepth: limits.depth, tooDeep }
  const certainGrammar = createJsonCall(call, grammarContext)
  let grammar = certainGrammar
  let thoughtGrammar: CallGrammar | undefined

  /** Where text goes that was taken for a call. */
  const outer = () => (certainty === 'in-reasoning' ? reasoning : text)

  function read(input: string, base: number) {
    let i = 0
    while (i < input.length) {
      const from = i
      switch (place) {
        case Place.text:
        case Place.reasoning:
          i = readProse(place === Place.text ? text : reasoning, input, from, base)
          break
        case Place.opening:
          i = readOpening(input, from, base)
          break
        case Place.call:
          i = readCall(input, from, base)
          break
        case Place.closing:
          i = readClosing(input, from, base)
          break
        case Place.deciding:
          i = readDeciding(input, from, base)
          break
        case Place.overrun:
          i = readOverrun(input, from, base)
          break
        case Place.turn:
          i = readTurn(input, from, base)
          break
        case Place.over:
          after.append(input.slice(i))
          i = input.length
      }
      position = base + i
    }
  }

  function readProse(prose: Prose, input: string, from: number, base: number): number {
    const used = prose.push(input, from)
    if (prose.found === undefined) return used
    position = base + used
    switch (prose.found) {
      case 'open':
        openBlock(prose.mark)
        break
      case 'close':
        notice(
          closeOwed === 'yes' ? 'text-in-block' : 'doubled-mark',
          position - prose.mark.trimStart().length,
        )
        closeOwed = 'if-next'
        text.afterMark()
        break
      case 'think-open':
        place = Place.reasoning
        reasoning.afterMark()
        break
      case 'think-close':
        toText()
        break
      case 'turn-start':
        after.append(prose.mark)
        afterKind = 'next-turn'
        place = Place.over
        break
      case 'turn-end':
      case 'neutral':
        turnEnd.start(prose.mark)
        certainty = prose === text ? 'certain' : 'in-reasoning'
        place = Place.turn
    }
    return used
  }

  function openBlock(found: string) {
    if (callsLeft === 0) {
      notice('limit', position - found.trimStart().length)
      ;(place === Place.reasoning ? reasoning : text).restore(found)
      return
    }
    certainty = place === Place.reasoning ? 'in-reasoning' : 'certain'
    mark = reply.silent ? '' : found
    markAt = position - found.trimStart().length
    raw = createTextBuffer()
    rawEnd = position
    opening.start(certainty === 'certain')
    closeOwed = 'no'
    place = Place.opening
  }

  /** Keeps what was read; text that was given back is read twice and kept once. */
  function keep(piece: string, at: number) {
    position = at + piece.length
    if (!reply.silent && position > rawEnd) raw.append(piece.slice(Math.max(rawEnd - at, 0)))
    rawEnd = Math.max(rawEnd, position)
  }

  function readOpening(input: string, from: number, base: number): number {
    const used = opening.push(input, from)
    keep(input.slice(from, used), base + from)
    if (opening.verdict === 'call') startCall()
    else if (opening.verdict === 'text') refuse(false, before(opening.rest))
    return used
  }

  function startCall() {
    if (certainty === 'certain' && opening.preface !== '') certainty = 'after-words'
    tentative = certainty === 'certain' ? undefined : []
    call.reset()
    grammar = certainGrammar
    if (certainty === 'in-reasoning') {
      thoughtGrammar ??= createJsonCall(call, { ...grammarContext, tags })
      grammar = thoughtGrammar
    }
    grammar.start()
    for (let i = 0; i < opening.doubled; i++) call.change('doubled-mark', markAt)
    if (opening.fenced) call.change('fence', markAt)
    callLength = 0
    overrunAt = undefined
    place = Place.call
  }

  function readCall(input: string, from: number, base: number): number {
    // Limits hold to the character, so that they do not depend on how the reply was cut.
    const room = Math.min(
      limits.call - callLength,
      tentative === undefined ? Infinity : Math.max(limits.held - raw.length, 0),
    )
    const until = from + room
    const used = grammar.push(until < input.length ? input.slice(0, until) : input, from, base)
    callLength += used - from
    if (!call.isStarted() || tentative !== undefined) keep(input.slice(from, used), base + from)
    position = base + used
    if (overrunAt !== undefined && tentative === undefined) startOverrun(input, from, base)
    if (grammar.reader.outcome !== 'reading') endObject()
    else if (used === until && used < input.length) overLimit()
    else if (tentative === undefined) call.flush()
    return used
  }

  /** A call is as long as it may be, or was tentative for too long. */
  function overLimit() {
    overrunAt = position
    overrun = ''
    call.mute()
    if (tentative === undefined) {
      call.change('limit', position)
      cut(call.isStarted() ? '' : raw.toString())
    } else {
      tentative = undefined
      calls = reply.calls + reply.incomplete
      notice('limit', markAt)
      outer().restore(mark + raw.toString())
      spill = true
    }
    place = Place.overrun
  }

  /** Arguments nest too deep, at `offset`. What is told until this is seen belongs to no event. */
  function tooDeep(offset: number) {
    if (overrunAt !== undefined) return
    overrunAt = offset
    call.change('limit', offset)
    if (tentative === undefined && call.isStarted()) cut('')
    call.mute()
  }

  function startOverrun(input: string, from: number, base: number) {
    const at = overrunAt ?? position
    if (!call.isStarted()) cut(raw.toString().slice(0, at - position))
    overrun = input.slice(Math.max(at - base, from), position - base)
    place = Place.overrun
  }

  /**
   * A call that passed a limit is read on to its end, since what a string in it shows is still no call; it is only
   * counted, or it is text if the call was tentative.
   */
  function readOverrun(input: string, from: number, base: number): number {
    const used = grammar.push(input, from, base)
    const piece = input.slice(from, used)
    if (spill) outer().restore(piece)
    else if (overrun.length < maxQuoted) overrun += piece
    position = base + used
    if (grammar.reader.outcome !== 'reading') endOverrun()
    return used
  }

  function endOverrun() {
    const { outcome } = grammar.reader
    // At the end of the reply what the reader held is counted with the rest of the call.
    const rest = outcome === 'cut' ? '' : grammar.reader.rest
    const at = overrunAt ?? position
    overrunAt = undefined
    before(spill ? '' : rest)
    if (spill) {
      spill = false
      toOuter()
      return
    }
    if (position > at) {
      notice('after-limit', at, overrun.slice(0, Math.min(maxQuoted, position - at)))
    }
    afterObject(outcome === 'tagged', rest)
  }

  /** The call's object is over, or what came cannot be part of one. */
  function endObject() {
    const { outcome, rest } = grammar.reader
    const isCall = grammar.isCall()
    if (place === Place.overrun) return endOverrun()
    before(rest)
    if (overrunAt !== undefined) {
      overrunAt = undefined
      notice('limit', markAt)
      return refuse(false, rest)
    }
    if (call.refusal === 'unknown-tool' && options.unknownTool === 'drop' && certainty === 'certain') {
      notice('unknown-tool', markAt, mark.trimStart() + raw.toString())
      return afterObject(outcome === 'tagged', rest)
    }
    if (isCall && outcome !== 'cut' && outcome !== 'stopped' && call.refusal === undefined) {
      if (tentative !== undefined && call.tool === undefined && tools.declared !== undefined) {
        refuse(false, rest)
      } else if (certainty === 'certain') {
        finishCall()
        afterObject(outcome === 'tagged', rest)
      } else {
        place = Place.deciding
        closing.start(0)
        decidedTag = outcome === 'tagged'
        decision.start()
        giveBack(rest)
      }
      return
    }
    if (call.isStarted() && tentative === undefined) {
      if (isCall) finishCall()
      else cut('')
      toText()
      giveBack(rest)
      return
    }
    if (outcome === 'tagged' || outcome === 'closed') refuse(true, rest)
    else refuse(false, rest)
  }

  function finishCall() {
    call.end()
    reply.calls++
    callsLeft--
  }

  function cut(rest: string) {
    call.cut(rest, overrunAt ?? position)
    reply.incomplete++
  }

  /** A complete call's object is over: its block goes on. */
  function afterObject(blockClosed: boolean, rest: string) {
    closing.start(opening.bracketed ? 1 : 0)
    closingAt = position
    place = Place.closing
    if (blockClosed) {
      closeBlock()
      closeOwed = 'if-next'
    }
    giveBack(rest)
  }

  function closeBlock() {
    if (closing.surplus > 0) notice('extra-bracket', closingAt + closing.surplusAt)
    afterCall()
  }

  /** The block of a call is over: what follows is text, if anything may. */
  function afterCall() {
    toText()
    if (!parallel) endAfterFirst()
  }

  function toText() {
    place = Place.text
    text.afterMark()
  }

  /** Goes back to where the block stood that was no call. */
  function toOuter(): Prose {
    place = certainty === 'in-reasoning' ? Place.reasoning : Place.text
    return outer()
  }

  function endAfterFirst() {
    afterKind = 'after-first-call'
    place = Place.over
  }

  function readClosing(input: string, from: number, base: number): number {
    const used = closing.push(input, from)
    position = base + used
    switch (closing.verdict) {
      case 'closed':
        closeBlock()
        closeOwed = 'if-next'
        break
      case 'next':
        if (!parallel) endAfterFirst()
        else if (callsLeft > 0) {
          mark = ''
          markAt = position
          raw = createTextBuffer()
          rawEnd = position
          opening.start(false)
          startCall()
          call.change('second-call', position)
        } else {
          closeOwed = 'yes'
          closeBlock()
          notice('limit', position)
          text.restore('{')
          return used + 1
        }
        break
      case 'other':
        closeOwed = 'yes'
        closeBlock()
        giveBack(before(opening.fenced ? closing.rest.replace(/^```/, '') : closing.rest))
    }
    return used
  }

  /** Whether the closing mark of a tentative call has come. */
  let decidedTag = false

  /** After a tentative call: the next character that is not white space decides. */
  function readDeciding(input: string, from: number, base: number): number {
    if (!decidedTag) {
      const used = closing.push(input, from)
      keep(input.slice(from, used), base + from)
      if (closing.verdict === 'closed') {
        decidedTag = true
        if (certainty === 'after-words') commit('')
      } else if (closing.verdict !== 'wait') {
        const rest = before(closing.rest)
        if (certainty === 'in-reasoning' && closing.verdict === 'other' && endsReasoning(tags.match(rest)))
          commit(rest)
        else refuse(false, rest)
      }
      return used
    }
    if (certainty === 'after-words') {
      commit('')
      return from
    }
    const used = decision.push(input, from)
    keep(input.slice(from, used), base + from)
    if (decision.verdict === 'wait') return used
    const rest = before(decision.held)
    if (decision.verdict === 'call') commit(rest)
    else refuse(false, rest)
    return used
  }

  /** The tentative call was one. */
  function commit(rest: string) {
    const events = tentative ?? []
    tentative = undefined
    if (certainty === 'in-reasoning') notice('unclosed-reasoning', markAt)
    if (opening.preface !== '') {
      text.restore(opening.preface.trim())
      notice('text-in-block', markAt)
      text.afterMark()
    }
    for (const event of events) options.emit(event)
    finishCall()
    afterCall()
    giveBack(rest)
  }

  /**
   * What the marks stand around is no call: it was text, or reasoning. `whole`: its object was read to its end and only
   * then was found to be no call.
   */
  function refuse(whole: boolean, rest: string) {
    if (tentative !== undefined) {
      tentative = undefined
      calls = reply.calls + reply.incomplete
    }
    const prose = toOuter()
    const tagged = grammar.reader.outcome === 'tagged'
    const body = raw.toString()
    const block = body.slice(0, Math.max(body.length - rest.length, 0))
    if (whole && certainty === 'certain' && recover(block)) return afterObject(tagged, rest)
    prose.restore(mark + block)
    if (whole) notice(call.refusal ?? 'not-a-call', markAt)
    giveBack(rest)
  }

  /** A block that the reader did not recognise is repaired as a whole, if that makes it a call to a declared tool. */
  function recover(body: string): boolean {
    const { secondOpinion } = options
    if (secondOpinion === undefined || call.refusal !== undefined) return false
    if (callsLeft === 0 || body.length > limits.held) return false
    const found = repairCall(secondOpinion, body, tools)
    if (found === undefined || !options.isAllowed(found.name)) return false
    call.reset()
    call.change('second-opinion', markAt)
    grammar.start()
    grammar.push(found.json, 0, markAt)
    grammar.end(true)
    // A repair that nests too deep has been cut short by now.
    if (overrunAt === undefined) finishCall()
    overrunAt = undefined
    return true
  }

  /** The reader is lost in a block that the model did close: its quotes are wrong from the start. */
  function recoverClosed(): boolean {
    const body = raw.toString().trimEnd()
    if (!body.endsWith(options.close) || !recover(body.slice(0, -options.close.length))) return false
    afterObject(true, '')
    return true
  }

  /** Text that a reader had taken and that is not its own. */
  function giveBack(rest: string) {
    if (rest !== '') read(rest, position)
  }

  /** Steps back to before text that is to be given back. */
  function before(rest: string): string {
    position -= rest.length
    return rest
  }

  function readTurn(input: string, from: number, base: number): number {
    const used = turnEnd.push(input, from)
    position = base + used
    switch (turnEnd.verdict) {
      case 'next-turn':
        after.append(turnEnd.held)
        afterKind = 'next-turn'
        place = Place.over
        break
      case 'call':
        notice('control-token', position)
        toText()
        openBlock(turnEnd.mark)
        break
      case 'text':
        toOuter().restore(turnEnd.held)
    }
    return used
  }

  function end(reason: string) {
    while (place !== Place.text && place !== Place.reasoning && place !== Place.over)
      endPlace(reason === 'stop')
    if (place === Place.text) text.end()
    if (place === Place.reasoning) reasoning.end()
    const left = after.toString().trim()
    if (afterKind !== undefined && left !== '') notice(afterKind, position - left.length, left)
    after = createTextBuffer()
  }

  /** The exit of what is held where the reply ends. */
  function endPlace(stopped: boolean) {
    switch (place) {
      case Place.opening:
        return refuse(false, '')
      case Place.call:
        return endCall(stopped)
      case Place.overrun:
        grammar.end(stopped)
        return endOverrun()
      case Place.closing: {
        const left = closing.end()
        if (left !== '') notice('stray-text', position - left.length, left)
        return closeBlock()
      }
      case Place.deciding:
        // Out of tokens behind a thought that was not closed: only a closing mark shows that the call was meant.
        return certainty === 'in-reasoning' && (stopped || decidedTag) ? commit('') : refuse(false, '')
      case Place.turn:
        notice('control-token', position - turnEnd.held.trimStart().length, turnEnd.held.trim())
        toText()
    }
  }

  function endCall(stopped: boolean) {
    grammar.end(stopped)
    const { outcome, rest } = grammar.reader
    const isCall = grammar.isCall()
    if (isCall && call.refusal === undefined && outcome === 'cut') {
      // Its arguments have closed: whatever is missing is none of the call's.
      if (certainty !== 'certain') return refuse(false, '')
      call.change('missing-bracket', position)
      finishCall()
      toText()
    } else if (outcome !== 'cut' && (isCall || outcome !== 'unclosed')) {
      endObject()
    } else if (certainty !== 'certain' || call.refusal !== undefined) {
      refuse(false, '')
    } else {
      if (!call.isStarted() && recoverClosed()) return
      cut(call.isStarted() ? rest : raw.toString())
      toText()
    }
  }

  function skip(length: number) {
    callLength += length
    position += length
  }

  function passText(chunk: string): string | undefined {
    if (place !== Place.text) return undefined
    const given = text.pass(chunk)
    if (given !== undefined) position += chunk.length
    return given
  }

  function inString(): Call | undefined {
    const passes = place === Place.call && tentative === undefined && grammar.inPlainString() && call.passes()
    return passes ? call : undefined
  }

  return reply
}
