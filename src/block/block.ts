import { requiresSome } from '../align/tools.js'
import type { PlainText } from '../plain-text.js'
import type { ReplyContext } from '../reply.js'
import type { Beginning } from '../scan/beginning.js'
import { createClosing, kindOfStray } from '../scan/closing.js'
import { createOpening } from '../scan/opening.js'
import { createBehind } from './behind.js'
import { type CallReader, createCallReader } from './call-reader.js'
import {
  type BlockStart,
  type BlockState,
  claimOf,
  isDecidedLate,
  isMarked,
  isOpen,
  tellBeginning,
} from './claim.js'
import { createHeldCalls } from './held-calls.js'
import { leaveAsText, leaveToOuter } from './leaving.js'
import { endOfObject, isBalanced } from './lost-block.js'
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

/** What is being read. */
enum Place {
  opening,
  call,
  behind,
}

export function createBlock(around: ReplyContext, first: BlockStart): Block {
  const { options, progress, notice, giveBack } = around
  const opening = createOpening(options.tags.drift, options.tools)
  const closing = createClosing(options.tags.closing)
  const state: BlockState = {
    start: first,
    beginning: undefined,
    claim: 'certain',
    wrappers: 0,
    driftedClose: '',
    isRefused: false,
  }
  let place = Place.opening

  const raw = createRawText(progress)
  const calls = createHeldCalls(around, raw)
  const reader = createCallReader(around, state, raw, calls)
  const { call } = reader
  const behind = createBehind(around, state, raw, calls, closing, reader)

  function open(found: string, from: BlockStart) {
    state.start = from
    state.beginning = undefined
    state.claim = 'certain'
    state.wrappers = 0
    state.isRefused = false
    raw.begin(found)
    calls.reset()
    const { mark, inReasoning } = from
    const name = mark === 'drifted' ? /<([A-Za-z_]+)/.exec(found)?.[1] : undefined
    state.driftedClose = name === undefined ? '' : `</${name}>`
    const where = isMarked(mark) ? 'mark' : mark
    const named = where === 'mark' || options.bareCalls ? 'name' : 'nothing'
    opening.start(where, mark === 'own' && !inReasoning ? 'words' : named, from, found)
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
      case Place.behind: {
        const used = behind.push(input, from, base)
        goOn()
        return used
      }
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
    } else if (reader.choose(found.form) && !isOnlySaid(found) && !isOnlyNamed(found) && !isQuoted()) {
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
    const { first, mark } = state.start
    const isMeant = mark === 'own' || (options.bareCalls && first && mark === 'line')
    if (!isMeant || state.beginning !== undefined) return refuse(false, '')
    state.claim = 'none'
    state.beginning = found
    state.wrappers = found.wrappers
    afterObject(false, '')
  }

  /** In the middle of a line only the dialect's own calls are called: others are spoken of. */
  function isOnlySaid({ form, mark }: Beginning): boolean {
    return mark === 'word' && form !== options.ownForm && state.beginning === undefined
  }

  /**
   * A name alone between marks in a line of text: a tool that has to have arguments is only named there. Between marks that
   * are none of the dialect's either of the two is enough.
   */
  function isOnlyNamed({ name, mark }: Beginning): boolean {
    if (!opening.rest.startsWith('</')) return false
    const tool = options.tools.resolve(name)
    const lacksSome = tool !== undefined && requiresSome(tool)
    const { inLine } = state.start
    return mark === 'own' ? inLine && lacksSome : inLine || lacksSome
  }

  /** Quotes that are doubled, behind one that is not, are those of a field of a table, which shows a call. */
  function isQuoted(): boolean {
    return /^\{\s*""$/.test(opening.rest) && state.start.prose.behind().endsWith('"')
  }

  function startCall(found: Beginning) {
    const isFirst = state.beginning === undefined
    if (isFirst) {
      state.beginning = found
      state.claim = claimOf(state.start, found, options)
    }
    state.wrappers += found.wrappers
    reader.start(found.name)
    if (isFirst) {
      tellBeginning(call, found, state.claim, options, raw, progress.at)
    } else {
      if (state.start.mark === 'own' && !isDecidedLate(state.claim)) call.change('second-call', progress.at)
      if (closing.separator.includes('```')) call.change('fence', progress.at)
      const left = closing.takeStray(true)
      if (left !== '') call.change(kindOfStray(left), closing.strayAt, left)
    }
    if (found.lacksBrace) reader.addBrace()
    place = Place.call
  }

  /** The call is over, or what came cannot be part of one. */
  function endObject() {
    const { grammar } = reader
    const { outcome } = grammar.reader
    const { refusal } = call
    const { claim } = state
    // At the end of the reply what a reader holds that has passed a limit is counted with the rest of the call.
    const rest = outcome === 'cut' ? '' : before(grammar.reader.rest)
    const isTagged = outcome === 'tagged'
    const isLeftOut = refusal === 'unknown-tool' ? options.unknownTool === 'drop' : refusal === 'no-call'
    if (reader.isOver()) {
      if (!reader.endOverrun()) return afterObject(isTagged, rest)
      leaveToOuter(around, state, calls, behind.close)
      giveBack(rest)
    } else if (refusal !== undefined && isLeftOut && claim === 'certain') {
      notice(refusal, raw.markAt, raw.whole())
      afterObject(isTagged, rest)
    } else if (grammar.isCall() && outcome !== 'stopped' && refusal === undefined) {
      if (reader.isText()) return refuse(false, rest)
      reader.finish()
      afterObject(isTagged, rest)
    } else if (grammar.isCall() && isListed(outcome)) {
      state.isRefused = true
      afterObject(isTagged, rest)
    } else if (call.isStarted() && !isOpen(claim)) {
      if (grammar.isCall()) {
        reader.finish()
        return afterObject(false, rest)
      }
      reader.cut('')
      around.toText()
      giveBack(rest)
    } else {
      refuse(isTagged || outcome === 'closed', rest)
    }
  }

  /** Whether a call that may not be made is an item of a list, in which one that was made has come and others may follow. */
  function isListed(outcome: string): boolean {
    return calls.settled > 0 && outcome === 'closed' && state.wrappers > 0
  }

  /** The call is complete and shown to be one, or waits for that: its block goes on. */
  function afterObject(isTagged: boolean, rest: string) {
    place = Place.behind
    behind.start(opening.found?.quoted === true, isTagged)
    giveBack(rest)
  }

  /** What stands behind the calls so far is known. */
  function goOn() {
    const { verdict, rest } = behind
    if (verdict === 'text') refuse(state.isRefused, rest)
    else if (verdict === 'left') giveBack(rest)
    else if (verdict !== 'wait') readNext(verdict, rest)
  }

  /** Another call begins in the block, behind a mark or not. */
  function readNext(where: 'mark' | 'next', rest: string) {
    place = Place.opening
    const isJson = where === 'mark' || reader.isJson()
    state.wrappers = where === 'mark' ? 0 : Math.max(-closing.surplus, 0)
    // In a list that has begun with a declared tool others are called too.
    if (state.wrappers > 0 && calls.settled > 0) state.claim = 'certain'
    opening.start(where, isJson ? 'nothing' : state.claim === 'certain' ? 'any-name' : 'name', state.start)
    giveBack(rest)
  }

  /**
   * What was read is no call: it was text, or reasoning. `isWhole`: its object was read to its end and only then was found
   * to be no call.
   */
  function refuse(isWhole: boolean, rest: string) {
    const { outcome } = reader.grammar.reader
    const block = raw.read()
    calls.forget()
    const mayRepair = isWhole || (outcome === 'stopped' && isBalanced(block))
    const end = mayRepair && state.claim === 'certain' ? endOfObject(block, options.close) : 0
    if (end > 0 && reader.repair(block.slice(0, end))) {
      return afterObject(false, before(block.slice(end)) + rest)
    }
    const { verdict, found } = opening
    const last = verdict === 'wait' ? undefined : found?.mark
    leaveAsText(around, state, raw, calls, behind.close, block, last ?? state.start.mark)
    if (
      isWhole &&
      state.start.mark === 'own' &&
      (state.claim === 'certain' || call.refusal !== 'unknown-tool')
    ) {
      notice(call.refusal ?? 'not-a-call', raw.markAt)
    }
    giveBack(rest)
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
        else if (state.wrappers > 0 && calls.settled > 0) endItem()
        else endLate()
        return
      case Place.call:
        return endCall(stopped)
      case Place.behind:
        behind.end(stopped)
        return goOn()
    }
  }

  /** The reply ends in the name of a list's next call. */
  function endItem() {
    reader.choose('json')
    reader.start('')
    reader.cut(raw.read())
    around.toText()
  }

  /** The reply ends in a call that is no call by then. */
  function endLate() {
    behind.endLate()
    goOn()
  }

  function endCall(stopped: boolean) {
    reader.grammar.end(stopped)
    const { outcome, rest } = reader.grammar.reader
    const isCall = reader.grammar.isCall()
    const isStarted = call.isStarted()
    const { claim } = state
    if (reader.isOver() || (outcome !== 'cut' && (isCall || outcome !== 'unclosed'))) {
      endObject()
    } else if (isCall && call.refusal === undefined && !isOpen(claim)) {
      // Its arguments have closed: whatever is missing is none of the call's.
      call.change('missing-bracket', progress.at)
      if (reader.isText()) return refuse(false, '')
      reader.finish()
      around.toText()
    } else if (claim !== 'certain' && (isOpen(claim) || !isStarted)) {
      endLate()
    } else if (call.refusal !== undefined) {
      refuse(false, '')
    } else {
      // The reader may be lost in a block that the model did close: its quotes are wrong from the start.
      const block = raw.read()
      const end = isStarted ? block.length : endOfObject(block, options.close)
      if (end < block.length && reader.repair(block.slice(0, end))) {
        return afterObject(false, before(block.slice(end)))
      }
      // The model ended by itself, behind the block: what has no name by then was something else.
      if (stopped && call.name === undefined && options.close !== '' && block.includes(options.close)) {
        refuse(false, '')
        return notice('not-a-call', raw.markAt)
      }
      reader.cut(isStarted ? rest : raw.read())
      around.toText()
    }
  }

  return { open, push, end, plain: () => (place === Place.call ? reader.plain() : undefined), reader }
}
