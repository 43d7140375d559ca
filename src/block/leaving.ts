import type { Progress } from '../reply.js'
import type { Prose } from '../scan/prose.js'
import { isOthersRole } from '../scan/speakers.js'
import type { BlockParts } from './block.js'
import { hasMark } from './claim.js'

/** How a block is left: for the text behind its calls, or as the text that it was. */
export interface Leaving {
  /**
   * The calls are over: what follows is text, if anything may. `owed`: what becomes of a closing mark in it; left out, that
   * may still come.
   */
  close(owed?: Progress['closeOwed']): void
  /** What was read of the block was something else. */
  asText(block: string): void
  /** Goes back to the running text where the block stood that was no call. */
  toOuter(): Prose
  /** Tells of a list of no calls. */
  tellEmpty(): void
  /** Text behind the calls, where the fence around them ends, if one stands there. */
  afterFence(rest: string): string
}

export function createLeaving({ around, state, raw, calls, closing }: BlockParts): Leaving {
  const { options, progress, text, notice, toText } = around

  function close(owed: Progress['closeOwed'] = hasMark(state) ? 'yes' : 'if-next') {
    progress.closeOwed = owed
    tellEmpty()
    if (closing.surplus > 0) notice('extra-bracket', closing.surplusAt)
    // The mark may come before the end of the fence that stands inside of it.
    const fenced = state.beginning?.fenced
    const isLeft = fenced === 'inside' && closing.verdict === 'closed' && !closing.end().includes('`')
    progress.fenceOwed ||= isLeft || fenced === 'outside'
    toText()
    if (!options.parallel && progress.calls > 0) around.endWith('after-first-call')
  }

  function tellEmpty() {
    if (state.claim !== 'none') return
    notice('no-call', raw.markAt, raw.whole().trim())
    state.claim = 'certain'
  }

  function toOuter(): Prose {
    if (calls.settled > 0) {
      close()
      return text
    }
    around.leave(state.start.prose)
    return state.start.prose
  }

  function afterFence(rest: string): string {
    const fenced = state.beginning?.fenced
    if (fenced !== 'inside' && fenced !== 'span') return rest
    const left = rest.replace(/^\s*(?:```|`)/, '')
    progress.inFence = fenced === 'inside' && left === rest
    return left
  }

  function asText(block: string) {
    const isOwn = state.start.mark === 'own'
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
    const { otherwise } = state.start
    return otherwise === 'next-turn' || (otherwise === 'others-turn' && isOthersRole(block))
  }

  /** No call stands behind the mark, so it was something else. */
  function leaveMark(block: string) {
    const { otherwise } = state.start
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
    toOuter().restore(raw.mark + block)
  }

  return { close, asText, toOuter, tellEmpty, afterFence }
}

/** Whether text that begins with three ticks is inside of what they fence at its end. */
function opensFence(text: string): boolean {
  return text.startsWith('```') && (text.match(/^[^\S\n]*```/gm)?.length ?? 0) % 2 === 1
}
