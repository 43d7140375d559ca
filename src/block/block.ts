import type { ChangeKind } from '../events.js'
import type { PlainText } from '../plain-text.js'
import type { Progress, ReplyOptions } from '../reply.js'
import { createClosing } from '../scan/closing.js'
import { createDecision, type Decision, endsReasoning } from '../scan/decision.js'
import { createOpening, type Opening } from '../scan/opening.js'
import type { Prose } from '../scan/prose.js'
import { isOthersRole } from '../scan/speakers.js'
import { withClose } from '../scan/tags.js'
import { repairCall } from '../second-opinion.js'
import { type CallReader, createCallReader } from './call-reader.js'
import {
  type BlockStart,
  type Claim,
  claimOf,
  isDecidedLate,
  isMarked,
  isOpen,
  tellBeginning,
} from './claim.js'
import { createHeldCalls } from './held-calls.js'
import { createRawText } from './raw-text.js'

/**
 * Reads what stands between a call's marks, from behind the opening one to the closing one, or to where it turns out that
 * it is no block of calls. One place at a time reads; what is not its own is given back.
 *
 *     opening ──{──▶ call ──▶ closing ──▶ left for text
 *       │ words       │ no call   │ the next call
 *       ▼             ▼           └──▶ opening
 *     left for text or reasoning
 */
export interface Block extends Pick<CallReader, 'room' | 'skip' | 'take'> {
  /** A block may begin here; `found` is the mark, if there is one, with the white space before it. */
  open(found: string, where: BlockStart): void
  push(text: string, from: number, base: number): number
  /** The reply is over: the exit of what is held, one place at a time until the block is left. */
  end(stopped: boolean): void
  /** The short way, where the next characters belong to a call's string and plain ones are its next delta. */
  plain(): PlainText | undefined
  /** The place of that call among the calls; -1 while it has not started. */
  index(): number
}

/** What a block needs of the reply around it. */
export interface BlockContext {
  options: ReplyOptions
  progress: Progress
  text: Prose
  /** The running text of reasoning. */
  thought(): Prose
  notice(kind: ChangeKind, offset: number, text?: string): void
  /** The block is over: the reply goes on there. */
  leave(prose: Prose): void
  /** The reply is over, since only one call was asked for. */
  endAfterFirst(): void
  /** The reply is over, since the model plays the next turn: `text` is how it begins. */
  nextTurn(text: string): void
  /** Text that the block had taken and that is not its own. */
  giveBack(rest: string): void
}

/** How much of what was left out a notice quotes. */
const maxQuoted = 1024
/** More words behind a call are no words behind a call. */
const maxWords = 256

/** What is being read. */
enum Place {
  opening,
  call,
  closing,
  deciding,
}

export function createBlock({
  options,
  progress,
  text,
  thought,
  notice,
  leave,
  endAfterFirst,
  nextTurn,
  giveBack,
}: BlockContext): Block {
  const { tools, limits, parallel } = options
  const tags = options.tags.own
  const anyTags = options.readDrift ? options.tags.drift : tags
  const opening = createOpening(anyTags, tools)
  const closing = createClosing(options.readDrift ? options.tags.closing : tags)
  /** Made for the first call in reasoning. */
  let decision: Decision | undefined
  /** The closing mark that goes with a drifted opening one. */
  let driftedClose = ''
  let place = Place.opening
  let began: BlockStart = {
    mark: 'own',
    inReasoning: false,
    first: false,
    inFence: false,
    inTurn: false,
    otherwise: 'text',
  }
  let claim: Claim = 'certain'
  /** Whether a call of this block has begun. */
  let found = false
  /** Whether the closing mark has come, which shows that the calls that wait are calls. */
  let decidedTag = false
  /** Where what follows the first of several calls that wait begins. */
  let waitedTo = 0
  /** The words between the mark and the first call. */
  let preface = ''
  /** The words behind the last call, if there are any before the closing mark. */
  let closingWords: string | undefined
  /** A list of no calls. */
  let emptyList = ''
  /** How many brackets stand around the calls, and whether a fence does. */
  let wrappers = 0
  let fenced: Opening['fenced'] = 'no'
  /** Where the last call ended. */
  let closingAt = 0

  const raw = createRawText(progress)
  const calls = createHeldCalls({
    progress,
    emit: options.emit,
    unwanted: options.filter.unwanted,
    leftOut: (why) => notice(why, raw.markAt, (raw.mark.trimStart() + raw.read()).slice(0, maxQuoted)),
  })
  const reader = createCallReader({
    options,
    progress,
    raw,
    calls,
    // Tags of reasoning count where the call itself is only thought of.
    tags: withClose(options.tags.inCall, () => driftedClose),
    tagsInThought: tags,
    notice,
    restore: (piece) => outer().restore(piece),
  })
  const { call } = reader

  /** Where text goes that was taken for a call. */
  const outer = () => (began.inReasoning ? thought() : text)

  function open(mark: string, start: BlockStart) {
    began = start
    raw.begin(mark)
    calls.reset()
    found = false
    waitedTo = 0
    wrappers = 0
    fenced = 'no'
    preface = ''
    closingWords = undefined
    const name = start.mark === 'drifted' ? /<([A-Za-z_]+)/.exec(mark)?.[1] : undefined
    driftedClose = name === undefined ? '' : `</${name}>`
    const where = start.mark === 'line' || start.mark === 'word' ? start.mark : 'mark'
    const allowed = where === 'mark' || options.bareCalls ? 'name' : 'nothing'
    const before = start.mark !== 'own' ? allowed : start.inReasoning ? 'name' : 'words'
    opening.start(where, before, mark, start.inFence, start.inTurn)
    place = Place.opening
  }

  function push(input: string, from: number, base: number): number {
    switch (place) {
      case Place.opening:
        return readOpening(input, from, base)
      case Place.call:
        return readCall(input, from, base)
      case Place.closing:
        return readClosing(input, from, base)
      case Place.deciding:
        return readDeciding(input, from, base)
    }
  }

  function readOpening(input: string, from: number, base: number): number {
    const used = opening.push(input, from)
    raw.keep(input.slice(from, used), base + from)
    if (opening.verdict === 'wait') return used
    if (opening.verdict === 'empty') {
      noCalls()
      return used
    }
    if (opening.verdict === 'text') {
      refuse(false, before(opening.rest))
      return used
    }
    if (!reader.choose(opening.form, began.inReasoning)) {
      refuse(false, '')
      return used
    }
    const rest = before(opening.rest)
    if (found) wrappers += opening.wrappers
    else enter()
    startCall()
    giveBack(rest)
    return used
  }

  /** The model wrote a list and no call in it. That is its way to say so, unless it may be a list of anything. */
  function noCalls() {
    const isOwn = began.mark === 'own' || (options.bareCalls && began.first && began.mark === 'line')
    if (!isOwn || calls.settled > 0) return refuse(false, '')
    emptyList = (raw.mark + raw.read()).trimStart()
    wrappers = opening.wrappers
    fenced = opening.fenced
    afterObject(false, '')
  }

  /** The first call of the block has begun. */
  function enter() {
    found = true
    preface = opening.preface
    wrappers = opening.wrappers
    fenced = opening.fenced
    claim = claimOf({ start: began, opening }, options.bareCalls)
  }

  function startCall() {
    reader.start(opening.name, claim, !isMarked({ start: began, opening }) && !began.inReasoning)
    if (calls.settled + calls.waiting === 0) {
      tellBeginning(call, { start: began, opening }, options, raw, progress.position)
    } else {
      if (began.mark === 'own' && !isDecidedLate(claim)) call.change('second-call', progress.position)
      const left = closing.separator.replace(/^[\s,;`]+|[\s,;`]+$/g, '')
      if (left !== '') call.change('stray-text', progress.position, left)
    }
    if (opening.lacksBrace) reader.addBrace()
    place = Place.call
  }

  function readCall(input: string, from: number, base: number): number {
    const used = reader.push(input, from, base)
    if (reader.grammar.reader.outcome !== 'reading') endObject()
    return used
  }

  /** The call is over that had passed a limit. */
  function endOverrun() {
    const { outcome } = reader.grammar.reader
    // At the end of the reply what the reader held is counted with the rest of the call.
    const rest = outcome === 'cut' ? '' : reader.grammar.reader.rest
    before(rest)
    if (!reader.endOverrun()) return afterObject(outcome === 'tagged', rest)
    toOuter()
    giveBack(rest)
  }

  /** The call is over, or what came cannot be part of one. */
  function endObject() {
    const { outcome, rest } = reader.grammar.reader
    const isCall = reader.grammar.isCall()
    if (reader.limit() === 'passed') return endOverrun()
    before(rest)
    if (reader.limit() === 'held') {
      notice('limit', raw.markAt)
      return refuse(false, rest)
    }
    const isLeftOut =
      call.refusal === 'unknown-tool' ? options.unknownTool === 'drop' : call.refusal === 'no-call'
    if (call.refusal !== undefined && isLeftOut && claim === 'certain') {
      notice(call.refusal, raw.markAt, raw.mark.trimStart() + raw.read())
      return afterObject(outcome === 'tagged', rest)
    }
    if (isCall && outcome !== 'cut' && outcome !== 'stopped' && call.refusal === undefined) {
      if (isUnwanted()) {
        notice('missing-required', raw.markAt)
        refuse(false, rest)
      } else if (isDoubtful()) {
        refuse(false, rest)
      } else if (isOpen(claim)) {
        wait()
        decidedTag = outcome === 'tagged'
        giveBack(rest)
      } else {
        finishCall()
        afterObject(outcome === 'tagged', rest)
      }
      return
    }
    if (call.isStarted() && !isOpen(claim)) {
      if (isCall) finishCall()
      else reader.cut('')
      toText()
      giveBack(rest)
      return
    }
    refuse(outcome === 'tagged' || outcome === 'closed', rest)
  }

  function startClosing() {
    const words = isMarked({ start: began, opening }) ? 'lines' : 'list'
    closing.start(wrappers, reader.isJson() ? 'none' : words, opening.quoted)
  }

  /** The call is complete and not shown to be one. */
  function wait() {
    call.end()
    calls.wait(isLacking())
    place = Place.deciding
    startClosing()
    decision ??= createDecision(tags)
    decision.start()
  }

  /** The call is complete and one. */
  function finishCall() {
    call.end()
    calls.finish(isLacking())
  }

  function isLacking(): boolean {
    return call.missingRequired().length > 0
  }

  /** An object without a mark, which may be an answer in JSON, has to be all that a call is. */
  function isDoubtful(): boolean {
    const isBare = !isMarked({ start: began, opening }) && !began.inReasoning
    if (!isOpen(claim) || !isBare) return false
    return reader.grammar.isPlain?.() === false || (isLacking() && reader.grammar.namesParameter?.() !== true)
  }

  /** Whether the app wants the call as text, and nothing of it has been given. */
  function isUnwanted(): boolean {
    return options.filter.refusesLacking && calls.isHolding && isLacking()
  }

  /** A complete call is over: its block goes on. */
  function afterObject(blockClosed: boolean, rest: string) {
    startClosing()
    closingAt = progress.position
    place = Place.closing
    if (blockClosed) closeByMark()
    giveBack(rest)
  }

  function closeByMark() {
    closeBlock()
    progress.closeOwed = 'if-next'
  }

  /** What stands behind the block is none of it; its closing mark may still come. */
  function closeUnmarked() {
    progress.closeOwed = isMarked({ start: began, opening }) ? 'yes' : 'if-next'
    closeBlock()
  }

  function closeBlock() {
    if (emptyList !== '') notice('no-call', raw.markAt, emptyList.trim())
    emptyList = ''
    if (closing.surplus > 0) notice('extra-bracket', closingAt + closing.surplusAt)
    afterCall()
  }

  /** The block of a call is over: what follows is text, if anything may. */
  function afterCall() {
    toText()
    if (!parallel && progress.calls > 0) endAfterFirst()
  }

  function toText() {
    progress.fenceOwed ||= fenced === 'outside'
    leave(text)
    text.afterMark()
  }

  /** Goes back to where the block stood that was no call. */
  function toOuter(): Prose {
    if (calls.settled > 0) {
      closeUnmarked()
      return text
    }
    const prose = outer()
    leave(prose)
    return prose
  }

  function readClosing(input: string, from: number, base: number): number {
    const used = closing.push(input, from)
    progress.position = base + used
    if (emptyList !== '') {
      const read = emptyList + input.slice(from, used)
      emptyList = read.slice(0, read.length - closing.rest.length)
    }
    switch (closing.verdict) {
      case 'closed':
        closeByMark()
        break
      case 'next':
        if (!parallel) {
          endAfterFirst()
          giveBack(before(closing.rest))
        } else if (progress.calls < limits.calls) {
          const rest = before(closing.rest)
          raw.begin(closing.separator)
          readNext(rest)
        } else {
          closeUnmarked()
          notice('limit', progress.position)
          giveBack(before(closing.rest))
        }
        break
      case 'other':
        closeUnmarked()
        giveBack(before(afterFence(closing.rest)))
    }
    return used
  }

  /** The fence ends, if one stands around the calls. */
  function afterFence(rest: string): string {
    if (fenced === 'outside' || fenced === 'no') return rest
    const left = rest.replace(/^\s*(?:```|`)/, '')
    progress.inFence = fenced === 'inside' && left === rest
    return left
  }

  /** Another call begins in the block. */
  function readNext(rest: string) {
    wrappers = Math.max(-closing.surplus, 0)
    // In a list that has begun with a declared tool others are called too.
    if (wrappers > 0 && calls.settled > 0 && claim === 'named' && !reader.isJson()) claim = 'certain'
    opening.start('next', reader.isJson() ? 'nothing' : claim === 'certain' ? 'any-name' : 'name')
    place = Place.opening
    giveBack(rest)
  }

  /** After a call that is not shown to be one: what follows shows it, or that it is none. */
  function readDeciding(input: string, from: number, base: number): number {
    if (closingWords !== undefined) return readClosingWords(input, from, base)
    if (!decidedTag) {
      const used = closing.push(input, from)
      raw.keep(input.slice(from, used), base + from)
      if (closing.verdict === 'closed') {
        decidedTag = true
        if (!isDecidedLate(claim)) commit('')
      } else if (closing.verdict === 'next' && (wrappers > 0 || !isDecidedLate(claim))) {
        if (!parallel && !isDecidedLate(claim)) commit(before(closing.rest))
        else if (progress.calls + calls.waiting < limits.calls) readNext(before(closing.rest))
        else refuse(false, before(closing.rest))
      } else if (closing.verdict !== 'wait') {
        const mark = tags.match(closing.rest.replace(/^[`\s]+/, ''))
        const shows = claim === 'lone' ? closing.isNewLine : claim !== 'closed' && endsReasoning(mark)
        const isOther = closing.verdict === 'other'
        // A fence that ends behind it: the call is only shown.
        const isShown = claim === 'in-fence' && /^\s*`/.test(closing.rest)
        const hasRoom = progress.calls + calls.waiting < limits.calls
        if (isOther && !isShown && mark === 'open' && isDecidedLate(claim) && hasRoom) {
          // Its own closing mark was forgotten.
          readBehindMark()
        } else if (isOther && !isShown && shows) {
          commit(before(afterFence(closing.rest)))
        } else if (isOther && !isShown && preface !== '' && options.close !== '') {
          closingWords = ''
          giveBack(before(closing.rest))
        } else {
          // As text it has the brackets that may stand in it too.
          const isWhole = !isOther || raw.read().endsWith(closing.rest)
          refuse(false, before(isWhole ? closing.rest : closing.last))
        }
      }
      return used
    }
    if (!isDecidedLate(claim)) {
      commit('')
      return from
    }
    if (decision === undefined) return input.length
    const used = decision.push(input, from)
    raw.keep(input.slice(from, used), base + from)
    if (decision.verdict === 'wait') return used
    const hasRoom = progress.calls + calls.waiting < limits.calls
    if (decision.verdict === 'next' && hasRoom) {
      readBehindMark()
    } else if (decision.verdict === 'no-call') {
      refuse(false, before(decision.held))
    } else {
      commit(before(decision.held))
    }
    return used
  }

  /** The next call in reasoning: whether both are calls shows behind it. */
  function readBehindMark() {
    decidedTag = false
    if (waitedTo === 0) waitedTo = raw.read().lastIndexOf('<')
    wrappers = 0
    opening.start('mark', 'nothing')
    place = Place.opening
  }

  /** After words before a call there may be words behind it too: what shows it is the closing mark all the same. */
  function readClosingWords(input: string, from: number, base: number): number {
    let words = closingWords ?? ''
    for (let i = from; i < input.length; i++) {
      words += input.charAt(i)
      raw.keep(input.charAt(i), base + i)
      const mark = words.indexOf('<')
      const isMark = mark !== -1 && options.close.startsWith(words.slice(mark))
      if (isMark && words.length - mark === options.close.length) {
        decidedTag = true
        closingWords = words.slice(0, mark).trim()
        commit('')
        return i + 1
      }
      if (words.length > maxWords || (mark !== -1 && !isMark)) {
        refuse(false, before(mark === -1 ? '' : words.slice(mark)))
        return i + 1
      }
    }
    closingWords = words
    return input.length
  }

  /** The calls that waited are calls. */
  function commit(rest: string) {
    if (claim === 'in-reasoning') notice('unclosed-reasoning', raw.markAt)
    if (preface !== '') {
      text.restore(preface.trim())
      notice('text-in-block', raw.markAt)
      text.afterMark()
    }
    const isOne = !parallel && calls.waiting > 1
    calls.giveWaiting(parallel ? calls.waiting : 1)
    if (isOne) {
      const left = raw.read().slice(waitedTo)
      notice('after-first-call', progress.position - left.length, left.trim().slice(0, maxQuoted))
    }
    if (closingWords) {
      text.afterMark()
      text.restore(closingWords)
    }
    if (decidedTag) progress.closeOwed = 'if-next'
    afterCall()
    giveBack(rest)
  }

  /**
   * What was read is no call: it was text, or reasoning. `whole`: its object was read to its end and only then was found
   * to be no call.
   */
  function refuse(whole: boolean, rest: string) {
    const tagged = reader.grammar.reader.outcome === 'tagged'
    const block = raw.read()
    calls.forget()
    if (whole && claim === 'certain' && recover(block)) return afterObject(tagged, rest)
    if (calls.settled === 0 && isNextTurn(block)) {
      nextTurn(raw.mark + block)
    } else if (found) {
      if (opensFence(block)) progress.inFence = !progress.inFence
      toOuter().restore(raw.mark + block)
      if (began.mark === 'own' && calls.settled === 0) progress.closeOwed = 'text'
    } else {
      leaveMark(block)
    }
    if (whole && began.mark === 'own' && (claim === 'certain' || call.refusal !== 'unknown-tool')) {
      notice(call.refusal ?? 'not-a-call', raw.markAt)
    }
    giveBack(rest)
  }

  function isNextTurn(block: string): boolean {
    return began.otherwise === 'next-turn' || (began.otherwise === 'others-turn' && isOthersRole(block))
  }

  /** No call stands behind the mark, so it was something else. */
  function leaveMark(block: string) {
    switch (began.otherwise) {
      case 'dropped':
        notice('doubled-mark', raw.markAt)
        toText()
        return text.restore(block)
      case 'fence':
        progress.fenceOwed = false
        if (/^```[^\S\n]*(\n|$)/.test(block)) {
          toText()
          return text.restore(block.slice(3))
        }
    }
    if (opensFence(block)) progress.inFence = !progress.inFence
    toOuter().restore(raw.mark + block)
  }

  /** A block that the reader did not recognise is repaired as a whole, if that makes it a call to a declared tool. */
  function recover(body: string): boolean {
    const { secondOpinion } = options
    if (secondOpinion === undefined || call.refusal !== undefined) return false
    if (progress.calls >= limits.calls || body.length > limits.held) return false
    const repaired = repairCall(secondOpinion, body, tools)
    if (repaired === undefined || !options.isAllowed(repaired.name)) return false
    const found = reader.readRepaired(repaired.json)
    // A repair that nests too deep has been cut short by now.
    if (found === 'call') finishCall()
    return found !== 'none'
  }

  /** The reader is lost in a block that the model did close: its quotes are wrong from the start. */
  function recoverClosed(): boolean {
    const body = raw.read().trimEnd()
    if (!body.endsWith(options.close) || !recover(body.slice(0, -options.close.length))) return false
    afterObject(true, '')
    return true
  }

  /** Steps back to before text that is to be given back. */
  function before(rest: string): string {
    progress.position -= rest.length
    return rest
  }

  function end(stopped: boolean) {
    switch (place) {
      case Place.opening:
        if (opening.end()) readOpening('', 0, progress.position)
        else endLate()
        return
      case Place.call:
        return endCall(stopped)
      case Place.closing:
        endClosing()
        return closeBlock()
      case Place.deciding:
        if (claim === 'whole' || claim === 'lone') {
          endClosing()
          return commit('')
        }
        // Out of tokens behind a thought that was not closed: only a closing mark shows that the call was meant.
        return isDecidedLate(claim) && (stopped || decidedTag) ? commit('') : refuse(false, '')
    }
  }

  function endClosing() {
    const left = afterFence(closing.end())
    if (left !== '') notice('stray-text', progress.position - left.length, left)
  }

  /** The reply ends in a call that is no call by then; those that wait before it are. */
  function endLate() {
    if (!isDecidedLate(claim) || calls.waiting === 0) return refuse(false, '')
    const left = raw.read().slice(waitedTo)
    commit('')
    text.restore(left)
  }

  function endCall(stopped: boolean) {
    reader.grammar.end(stopped)
    if (reader.limit() === 'passed') return endOverrun()
    const { outcome, rest } = reader.grammar.reader
    const isCall = reader.grammar.isCall()
    if (isCall && call.refusal === undefined && outcome === 'cut') {
      // Its arguments have closed: whatever is missing is none of the call's.
      if (isOpen(claim)) return endLate()
      call.change('missing-bracket', progress.position)
      if (isUnwanted()) return refuse(false, '')
      finishCall()
      toText()
    } else if (outcome !== 'cut' && (isCall || outcome !== 'unclosed')) {
      endObject()
    } else if (claim !== 'certain' && (isOpen(claim) || !call.isStarted())) {
      endLate()
    } else if (call.refusal !== undefined) {
      refuse(false, '')
    } else {
      if (!call.isStarted() && recoverClosed()) return
      reader.cut(call.isStarted() ? rest : raw.read())
      toText()
    }
  }

  return {
    open,
    push,
    end,
    plain: () => (place === Place.call ? reader.plain() : undefined),
    index: () => call.index,
    room: reader.room,
    skip: reader.skip,
    take: reader.take,
  }
}

/** Whether text that begins with three ticks is inside of what they fence at its end. */
function opensFence(text: string): boolean {
  return text.startsWith('```') && (text.match(/^[^\S\n]*```/gm)?.length ?? 0) % 2 === 1
}
