import { requiresSome } from '../align/tools.js'
import type { ChangeKind } from '../events.js'
import type { PlainText } from '../plain-text.js'
import type { Progress, ReplyOptions } from '../reply.js'
import { createClosing } from '../scan/closing.js'
import { type Beginning, createOpening } from '../scan/opening.js'
import type { Prose } from '../scan/prose.js'
import { isOthersRole } from '../scan/speakers.js'
import { endsReasoning, withClose } from '../scan/tags.js'
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
 *     opening ──{──▶ call ──▶ behind ──▶ left for text
 *       │ words       │ no call  │ the next call
 *       ▼             ▼          └──▶ opening
 *     left for text or reasoning
 */
export interface Block {
  /** A block may begin here; `found` is the mark, if there is one, with the white space before it. */
  open(found: string, where: BlockStart): void
  push(text: string, from: number, base: number): number
  /** The reply is over: the exit of what is held, one place at a time until the block is left. */
  end(stopped: boolean): void
  /** The short way, where the next characters belong to a call's string and plain ones are its next delta. */
  plain(): PlainText | undefined
  readonly reader: CallReader
}

/** What a block needs of the reply around it. */
export interface BlockContext {
  options: ReplyOptions
  progress: Progress
  text: Prose
  notice(kind: ChangeKind, offset: number, text?: string): void
  /** The block is over: the reply goes on there. */
  leave(prose: Prose): void
  /** The same in the reply's text, behind a mark. */
  toText(): void
  /** The reply is over, and why; `text` is how what follows begins. */
  endWith(kind: 'after-first-call' | 'next-turn', text?: string): void
  /** Text that the block had taken and that is not its own. */
  giveBack(rest: string): void
}

/** How much of what was left out a notice quotes. */
const maxQuoted = 1024

/** What is being read. */
enum Place {
  opening,
  call,
  behind,
}

export function createBlock(context: BlockContext): Block {
  const { options, progress, text, notice, giveBack } = context
  const { limits, parallel } = options
  const { drift, closing: closers, inCall, inThought } = options.tags
  const opening = createOpening(drift, options.tools)
  const closing = createClosing(closers)
  /** The closing mark that goes with a drifted opening one. */
  let driftedClose = ''
  let place = Place.opening
  let start: BlockStart
  /** How the first call of this block began; `undefined`: none has. */
  let beginning: Beginning | undefined
  let claim: Claim = 'certain'
  /** Whether the closing mark has come, which shows that the calls that wait are calls. */
  let isClosed = false
  /** Whether it is a list of no calls. */
  let isEmpty = false
  /** Where what follows the calls that are given first of those that wait begins. */
  let waitedTo = 0
  /** How many brackets stand around the calls. */
  let wrappers = 0

  const raw = createRawText(progress)
  const calls = createHeldCalls({
    progress,
    emit: options.emit,
    unwanted: options.filter.unwanted,
    leftOut: (why) => notice(why, raw.markAt, whole().slice(0, maxQuoted)),
  })
  const reader = createCallReader({
    options,
    progress,
    raw,
    calls,
    // Tags of reasoning count where the call itself is only thought of.
    tags: withClose(
      () => (start.inReasoning ? inThought : inCall),
      () => driftedClose,
    ),
    notice,
    restore: (piece) => start.prose.restore(piece),
  })
  const { call } = reader

  /** The mark and what has come behind it. */
  function whole(): string {
    return (raw.mark + raw.read()).trimStart()
  }

  /** Whether a mark stands before the calls. */
  function hasMark(): boolean {
    return isMarked(beginning?.mark ?? start.mark)
  }

  function isOwn(): boolean {
    return start.mark === 'own'
  }

  function hasRoom(): boolean {
    return progress.calls + calls.waiting < limits.calls
  }

  function open(mark: string, from: BlockStart) {
    start = from
    raw.begin(mark)
    calls.reset()
    beginning = undefined
    claim = 'certain'
    waitedTo = wrappers = 0
    isEmpty = isClosed = false
    const name = from.mark === 'drifted' ? /<([A-Za-z_]+)/.exec(mark)?.[1] : undefined
    driftedClose = name === undefined ? '' : `</${name}>`
    const where = from.mark === 'line' || from.mark === 'word' ? from.mark : 'mark'
    const named = where === 'mark' || options.bareCalls ? 'name' : 'nothing'
    opening.start(where, isOwn() && !from.inReasoning ? 'words' : named, from, mark)
    place = Place.opening
  }

  function push(input: string, from: number, base: number): number {
    switch (place) {
      case Place.opening:
        return readOpening(input, from, base)
      case Place.call: {
        const used = reader.push(input, from, base)
        if (reader.grammar.reader.outcome !== 'reading') endObject()
        return used
      }
      case Place.behind:
        return readBehind(input, from, base)
    }
  }

  function readOpening(input: string, from: number, base: number): number {
    const used = opening.push(input, from)
    raw.keep(input.slice(from, used), base + from)
    const { verdict, found } = opening
    if (verdict === 'wait' || found === undefined) return used
    if (verdict === 'empty') {
      noCalls(found)
    } else if (verdict === 'text') {
      refuse(false, before(opening.rest))
    } else if (reader.choose(found.form) && !isOnlyNamed(found)) {
      const rest = before(opening.rest)
      startCall(found)
      giveBack(rest)
    } else {
      refuse(false, '')
    }
    return used
  }

  /** The model wrote a list and no call in it. That is its way to say so, unless it may be a list of anything. */
  function noCalls(found: Beginning) {
    const isMeant = isOwn() || (options.bareCalls && start.first && start.mark === 'line')
    if (!isMeant || calls.settled + calls.waiting > 0) return refuse(false, '')
    isEmpty = true
    beginning = found
    wrappers = found.wrappers
    afterObject(false, '')
  }

  /** A name alone between marks in a line of text: a tool that has to have arguments is only named there. */
  function isOnlyNamed({ form, name }: Beginning): boolean {
    if (!start.inLine || form !== 'arg-key' || !opening.rest.startsWith('</')) return false
    const tool = options.tools.resolve(name)
    return tool !== undefined && requiresSome(tool)
  }

  function startCall(found: Beginning) {
    const isFirst = beginning === undefined
    beginning ??= found
    wrappers += found.wrappers
    if (isFirst) claim = claimOf(start, found, options.bareCalls)
    reader.start(found.name, claim, isBare())
    if (calls.settled + calls.waiting === 0) {
      tellBeginning(call, found, options, raw, progress.at)
      if (found.preface !== '' && !isOpen(claim)) {
        call.change('stray-text', progress.at, found.preface.trim())
      }
    } else {
      if (isOwn() && !isDecidedLate(claim)) call.change('second-call', progress.at)
      const left = closing.separator.replace(/^[\s,;`]+|[\s,;`]+$/g, '')
      if (left !== '') call.change('stray-text', progress.at, left)
    }
    if (found.lacksBrace) reader.addBrace()
    place = Place.call
  }

  /** Whether nothing but the call itself shows that it is one. */
  function isBare(): boolean {
    return !hasMark() && !start.inReasoning
  }

  /** The call is over that had passed a limit. */
  function endOverrun() {
    const { outcome } = reader.grammar.reader
    // At the end of the reply what the reader held is counted with the rest of the call.
    const rest = outcome === 'cut' ? '' : before(reader.grammar.reader.rest)
    if (!reader.endOverrun()) return afterObject(outcome === 'tagged', rest)
    toOuter()
    giveBack(rest)
  }

  /** The call is over, or what came cannot be part of one. */
  function endObject() {
    if (reader.isOver()) return endOverrun()
    const { grammar } = reader
    const { outcome } = grammar.reader
    const { refusal } = call
    const rest = before(grammar.reader.rest)
    const isTagged = outcome === 'tagged'
    const isLeftOut = refusal === 'unknown-tool' ? options.unknownTool === 'drop' : refusal === 'no-call'
    if (refusal !== undefined && isLeftOut && claim === 'certain') {
      notice(refusal, raw.markAt, whole())
      afterObject(isTagged, rest)
    } else if (grammar.isCall() && outcome !== 'cut' && outcome !== 'stopped' && refusal === undefined) {
      const isUnwanted = reader.isUnwanted()
      if (isUnwanted) notice('missing-required', raw.markAt)
      if (isUnwanted || reader.isDoubtful()) refuse(false, rest)
      else if (isOpen(claim)) wait(isTagged, rest)
      else {
        reader.finish()
        afterObject(isTagged, rest)
      }
    } else if (call.isStarted() && !isOpen(claim)) {
      if (grammar.isCall()) reader.finish()
      else reader.cut('')
      toText()
      giveBack(rest)
    } else {
      refuse(isTagged || outcome === 'closed', rest)
    }
  }

  function startClosing() {
    const words = hasMark() ? 'lines' : 'list'
    const mayHaveWords = claim === 'closed' && beginning?.preface !== ''
    closing.start(
      progress.at,
      wrappers,
      reader.isJson() ? 'none' : words,
      opening.found?.quoted === true,
      mayHaveWords ? options.close : '',
    )
    place = Place.behind
  }

  /** The call is complete and not shown to be one. */
  function wait(isTagged: boolean, rest: string) {
    reader.wait()
    startClosing()
    isClosed = isTagged
    if (isTagged && !isDecidedLate(claim)) commit(rest)
    else giveBack(rest)
  }

  /** A complete call is over: its block goes on. */
  function afterObject(isTagged: boolean, rest: string) {
    startClosing()
    if (isTagged) close('if-next')
    giveBack(rest)
  }

  function readBehind(input: string, from: number, base: number): number {
    const used = closing.push(input, from)
    progress.at = base + used
    if (calls.waiting > 0 || isEmpty) raw.keep(input.slice(from, used), base + from)
    if (closing.verdict !== 'wait') {
      if (calls.waiting > 0) decide()
      else goOn()
    }
    return used
  }

  /** Behind a call that is one. */
  function goOn() {
    const { verdict } = closing
    const rest = verdict === 'other' ? before(afterFence(closing.rest)) : before(closing.rest)
    if (verdict === 'closed') {
      close('if-next')
    } else if (verdict === 'next' && parallel && hasRoom()) {
      // Behind a list of no calls the first one comes.
      if (isEmpty) beginning = undefined
      tellEmpty()
      raw.begin(closing.separator)
      readNext(rest)
    } else {
      close(closeOwed())
      if (verdict === 'next') {
        if (parallel) notice('limit', progress.at)
        else context.endWith('after-first-call')
      }
      giveBack(rest)
    }
  }

  /** Behind a call that is not shown to be one: what follows shows it, or that it is none. */
  function decide() {
    const { verdict, rest } = closing
    const isLate = isDecidedLate(claim)
    const isOther = verdict === 'other' && !isShown(rest)
    const mark = isOther ? inThought.match(rest.replace(/^[`\s]+/, '')) : 'none'
    if (verdict === 'closed' && !isClosed) {
      if (isSpokenOf()) return refuse(false, '')
      isClosed = true
      if (isLate) startClosing()
      else commit('')
    } else if (verdict === 'next' && (isLate ? wrappers > 0 && !isClosed : parallel) && hasRoom()) {
      readNext(before(rest))
    } else if (verdict === 'next' && !isLate && !parallel) {
      commit(before(rest))
    } else if (mark === 'open' && isLate && hasRoom()) {
      readBehindMark()
    } else if (
      isOther &&
      ((claim === 'lone' && closing.isNewLine) || (claim !== 'closed' && endsReasoning(mark)))
    ) {
      commit(before(afterFence(rest)))
    } else {
      // As text it has the brackets that may stand in it too.
      refuse(false, before(isOther && !raw.read().endsWith(rest) ? closing.last : rest))
    }
  }

  /**
   * Whether the marks are words of a sentence or of a list, with the call among others, or stand in one span of code with
   * it. In bold or in ticks of their own they are marks.
   */
  function isSpokenOf(): boolean {
    if (claim !== 'closed') return false
    if (!hasMark()) return progress.closeOwed === 'text' && !closing.end().includes('`')
    return start.inLine && closing.words !== '' && /[\p{L}\d]/u.test(beginning?.preface + closing.words)
  }

  /** Whether a fence ends behind the call in it, which is only shown then. */
  function isShown(rest: string): boolean {
    return (claim === 'in-fence' || isClosed) && /^\s*`/.test(rest)
  }

  /** Another call begins in the block. */
  function readNext(rest: string) {
    wrappers = Math.max(-closing.surplus, 0)
    // In a list that has begun with a declared tool others are called too.
    if (wrappers > 0 && calls.settled > 0 && claim === 'named' && !reader.isJson()) claim = 'certain'
    opening.start('next', reader.isJson() ? 'nothing' : claim === 'certain' ? 'any-name' : 'name', start)
    place = Place.opening
    giveBack(rest)
  }

  /** The next call in reasoning: whether both are calls shows behind it. */
  function readBehindMark() {
    if (waitedTo === 0 || parallel) waitedTo = raw.read().lastIndexOf('<')
    wrappers = 0
    opening.start('mark', 'nothing', start)
    place = Place.opening
  }

  /** The calls that waited are calls. */
  function commit(rest: string) {
    if (claim === 'in-reasoning') notice('unclosed-reasoning', raw.markAt)
    const preface = beginning?.preface.trim()
    if (preface) {
      text.restore(preface)
      notice('text-in-block', raw.markAt)
      text.afterMark()
    }
    const isOne = !parallel && calls.waiting > 1
    calls.giveWaiting(parallel ? calls.waiting : 1)
    if (isOne) {
      const left = raw.read().slice(waitedTo)
      notice('after-first-call', progress.at - left.length, left.trim().slice(0, maxQuoted))
    }
    if (closing.words !== '') {
      text.afterMark()
      text.restore(closing.words)
    }
    close(isClosed ? 'if-next' : progress.closeOwed)
    giveBack(rest)
  }

  /** The block is over: what follows is text, if anything may. */
  function close(owed: Progress['closeOwed']) {
    progress.closeOwed = owed
    tellEmpty()
    if (closing.surplus > 0) notice('extra-bracket', closing.surplusAt)
    toText()
    if (!parallel && progress.calls > 0) context.endWith('after-first-call')
  }

  /** What stands behind the block is none of it; its closing mark may still come. */
  function closeOwed(): Progress['closeOwed'] {
    return hasMark() ? 'yes' : 'if-next'
  }

  function tellEmpty() {
    if (isEmpty) notice('no-call', raw.markAt, whole().trim())
    isEmpty = false
  }

  function toText() {
    progress.fenceOwed ||= beginning?.fenced === 'outside' || isFenceLeft()
    context.toText()
  }

  /** The mark has come before the end of the fence that stands inside of it. */
  function isFenceLeft(): boolean {
    const isClosing = place === Place.behind && closing.verdict === 'closed'
    return isClosing && beginning?.fenced === 'inside' && !closing.end().includes('`')
  }

  /** The fence ends, if one stands around the calls. */
  function afterFence(rest: string): string {
    const fenced = beginning?.fenced
    if (fenced !== 'inside' && fenced !== 'span') return rest
    const left = rest.replace(/^\s*(?:```|`)/, '')
    progress.inFence = fenced === 'inside' && left === rest
    return left
  }

  /**
   * What was read is no call: it was text, or reasoning. `isWhole`: its object was read to its end and only then was found
   * to be no call.
   */
  function refuse(isWhole: boolean, rest: string) {
    const isTagged = reader.grammar.reader.outcome === 'tagged'
    const block = raw.read()
    calls.forget()
    if (isWhole && claim === 'certain' && reader.repair(withoutClose(block)))
      return afterObject(isTagged, rest)
    if (calls.settled === 0 && isNextTurn(block)) {
      context.endWith('next-turn', raw.mark + block)
    } else if (isOwn() && block.trim() === options.noCall) {
      notice('no-call', raw.markAt, whole().trim())
      toText()
    } else if (beginning === undefined) {
      leaveMark(block)
    } else {
      restore(block)
      if (isOwn() && calls.settled === 0) progress.closeOwed = 'text'
    }
    if (isWhole && isOwn() && (claim === 'certain' || call.refusal !== 'unknown-tool')) {
      notice(call.refusal ?? 'not-a-call', raw.markAt)
    }
    giveBack(rest)
  }

  function isNextTurn(block: string): boolean {
    return start.otherwise === 'next-turn' || (start.otherwise === 'others-turn' && isOthersRole(block))
  }

  /** No call stands behind the mark, so it was something else. */
  function leaveMark(block: string) {
    if (start.otherwise === 'dropped') {
      notice('doubled-mark', raw.markAt)
      toText()
      return text.restore(block)
    }
    if (start.otherwise === 'fence') {
      progress.fenceOwed = false
      if (/^```[^\S\n]*(\n|$)/.test(block)) {
        toText()
        return text.restore(block.slice(3))
      }
    }
    restore(block)
  }

  function restore(block: string) {
    if (opensFence(block)) progress.inFence = !progress.inFence
    toOuter()
    ;(calls.settled > 0 ? text : start.prose).restore(raw.mark + block)
  }

  /** Goes back to where the block stood that was no call. */
  function toOuter() {
    if (calls.settled > 0) close(closeOwed())
    else context.leave(start.prose)
  }

  /** The block without its closing mark, where it ends with it. */
  function withoutClose(block: string): string {
    const { close } = options
    const body = block.trimEnd()
    return close !== '' && body.endsWith(close) ? body.slice(0, -close.length) : block
  }

  /** Steps back to before text that is to be given back. */
  function before(rest: string): string {
    progress.at -= rest.length
    return rest
  }

  function end(stopped: boolean) {
    switch (place) {
      case Place.opening:
        if (opening.end()) readOpening('', 0, progress.at)
        else endLate()
        return
      case Place.call:
        return endCall(stopped)
      case Place.behind:
        return endBehind(stopped)
    }
  }

  function endBehind(stopped: boolean) {
    const isWaiting = calls.waiting > 0
    const left = afterFence(closing.end())
    if (!isWaiting || claim === 'whole' || claim === 'lone') {
      if (left !== '') notice('stray-text', progress.at - left.length, left)
      if (isWaiting) commit('')
      else close(progress.closeOwed)
    } else if (
      isDecidedLate(claim) &&
      // Out of tokens behind a thought that was not closed: only a closing mark shows that the call was meant.
      (stopped || isClosed) &&
      (left === '' || closers.match(left) === 'partial')
    ) {
      commit('')
    } else {
      refuse(false, '')
    }
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
    const { outcome, rest } = reader.grammar.reader
    const isCall = reader.grammar.isCall()
    const isStarted = call.isStarted()
    if (reader.isOver() || (outcome !== 'cut' && (isCall || outcome !== 'unclosed'))) {
      endObject()
    } else if (isCall && call.refusal === undefined && outcome === 'cut' && !isOpen(claim)) {
      // Its arguments have closed: whatever is missing is none of the call's.
      call.change('missing-bracket', progress.at)
      if (reader.isUnwanted()) return refuse(false, '')
      reader.finish()
      toText()
    } else if (claim !== 'certain' && (isOpen(claim) || !isStarted)) {
      endLate()
    } else if (call.refusal !== undefined) {
      refuse(false, '')
    } else {
      // The reader may be lost in a block that the model did close: its quotes are wrong from the start.
      const block = raw.read()
      const body = withoutClose(block)
      if (!isStarted && body !== block && reader.repair(body)) return afterObject(true, '')
      // The model ended by itself, behind the block: what has no name by then was something else.
      if (stopped && call.name === undefined && options.close !== '' && block.includes(options.close)) {
        refuse(false, '')
        return notice('not-a-call', raw.markAt)
      }
      reader.cut(isStarted ? rest : raw.read())
      toText()
    }
  }

  return { open, push, end, plain: () => (place === Place.call ? reader.plain() : undefined), reader }
}

/** Whether text that begins with three ticks is inside of what they fence at its end. */
function opensFence(text: string): boolean {
  return text.startsWith('```') && (text.match(/^[^\S\n]*```/gm)?.length ?? 0) % 2 === 1
}
