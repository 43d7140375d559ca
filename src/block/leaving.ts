import type { Prose } from '../scan/prose.js'
import { isOthersRole } from '../scan/speakers.js'
import type { BlockParts } from './block.js'

/** What becomes of a block that is none. */
export interface Leaving {
  /** What was read of it is text, or a mark that was something else. */
  asText(block: string): void
  /** Goes back to the running text where the block stood. */
  toOuter(): Prose
}

/** `close`: the calls that stood in it before are over. */
export function createLeaving({ around, state, raw, calls }: BlockParts, close: () => void): Leaving {
  const { options, progress, text, notice, toText } = around

  function toOuter(): Prose {
    if (calls.settled > 0) {
      close()
      return text
    }
    around.leave(state.start.prose)
    return state.start.prose
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

  return { asText, toOuter }
}

/** Whether text that begins with three ticks is inside of what they fence at its end. */
function opensFence(text: string): boolean {
  return text.startsWith('```') && (text.match(/^[^\S\n]*```/gm)?.length ?? 0) % 2 === 1
}
