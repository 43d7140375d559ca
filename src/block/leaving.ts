import type { Progress } from '../reply.js'
import { isComment } from '../scan/closing.js'
import { isOthersRole } from '../scan/speakers.js'
import type { BlockParts } from './block.js'
import { hasMark } from './claim.js'

/** How a block is left: for the text behind its calls, or as the text that it was. */
export interface Leaving {
  /** The calls are over: what follows is text, if anything may. `owed`: what becomes of a closing mark in it. */
  close(owed: Progress['closeOwed']): void
  /** What stands behind the block is none of it; its closing mark may still come. */
  closeBefore(): void
  /** What was read of the block was something else. */
  asText(block: string): void
  /** Goes back to where the block stood that was no call. */
  toOuter(): void
  /** Goes on in the reply's text behind what was read. */
  toText(): void
  /** Tells of a list of no calls. */
  tellEmpty(): void
  /** Text behind the calls, where the fence around them ends, if one stands there. */
  afterFence(rest: string): string
}

export function createLeaving({ around, state, raw, calls, closing }: BlockParts): Leaving {
  const { options, progress, text, notice } = around

  function close(owed: Progress['closeOwed']) {
    progress.closeOwed = owed
    tellEmpty()
    if (closing.surplus > 0) notice('extra-bracket', closing.surplusAt)
    // The mark may come before the end of the fence that stands inside of it.
    const isFenced = closing.verdict === 'closed' && state.beginning?.fenced === 'inside'
    if (isFenced && !closing.end().includes('`')) progress.fenceOwed = true
    const stray = closing.takeStray(closing.verdict === 'closed')
    if (stray !== '') notice(isComment(stray) ? 'comment' : 'stray-text', closing.strayAt, stray)
    toText()
    if (!options.parallel && progress.calls > 0) around.endWith('after-first-call')
  }

  function closeBefore() {
    close(hasMark(state) ? 'yes' : 'if-next')
  }

  function tellEmpty() {
    if (state.isEmpty) notice('no-call', raw.markAt, raw.whole().trim())
    state.isEmpty = false
  }

  function toText() {
    progress.fenceOwed ||= state.beginning?.fenced === 'outside'
    around.toText()
  }

  function toOuter() {
    if (calls.settled > 0) closeBefore()
    else around.leave(state.prose)
  }

  function afterFence(rest: string): string {
    const fenced = state.beginning?.fenced
    if (fenced !== 'inside' && fenced !== 'span') return rest
    const left = rest.replace(/^\s*(?:```|`)/, '')
    progress.inFence = fenced === 'inside' && left === rest
    return left
  }

  function asText(block: string) {
    const isOwn = state.mark === 'own'
    if (calls.settled === 0 && isNextTurn(block)) {
      around.endWith('next-turn', raw.mark + block)
    } else if (isOwn && block.trim() === options.noCall) {
      notice('no-call', raw.markAt, raw.whole().trim())
      toText()
    } else if (state.beginning === undefined) {
      leaveMark(block)
    } else {
      restore(block)
      if (isOwn && calls.settled === 0) progress.closeOwed = 'text'
    }
  }

  function isNextTurn(block: string): boolean {
    const { otherwise } = state
    return otherwise === 'next-turn' || (otherwise === 'others-turn' && isOthersRole(block))
  }

  /** No call stands behind the mark, so it was something else. */
  function leaveMark(block: string) {
    const { otherwise } = state
    if (otherwise === 'dropped') {
      notice('doubled-mark', raw.markAt)
      toText()
      return text.restore(block)
    }
    if (otherwise === 'fence') {
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
    ;(calls.settled > 0 ? text : state.prose).restore(raw.mark + block)
  }

  return { close, closeBefore, asText, toOuter, toText, tellEmpty, afterFence }
}

/** Whether text that begins with three ticks is inside of what they fence at its end. */
function opensFence(text: string): boolean {
  return text.startsWith('```') && (text.match(/^[^\S\n]*```/gm)?.length ?? 0) % 2 === 1
}
