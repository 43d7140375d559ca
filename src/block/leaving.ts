import type { Prose } from '../scan/prose.js'
import { isOthersRole } from '../scan/speakers.js'
import type { BlockParts } from './block.js'

/** What was read of a block is no call: it is text, or a mark that was something else. */
export function leaveAsText(parts: BlockParts, block: string) {
  const { around, state, raw, calls } = parts
  const { notice, text } = around
  const { mark, otherwise } = state.start
  const isFirst = calls.settled === 0
  if (isFirst && (otherwise === 'next-turn' || (otherwise === 'others-turn' && isOthersRole(block)))) {
    return around.endWith('next-turn', raw.mark + block)
  }
  if (mark === 'own' && block.trim() === around.options.noCall) {
    notice('no-call', raw.markAt, raw.whole().trim())
    return around.toText()
  }
  if (state.beginning !== undefined) {
    restore(parts, block)
    if (mark === 'own' && isFirst) around.progress.closeOwed = 'text'
    return
  }
  if (otherwise === 'fence') around.progress.fenceOwed = false
  const isFenceEnd = otherwise === 'fence' && /^```[^\S\n]*(\n|$)/.test(block)
  if (otherwise !== 'dropped' && !isFenceEnd) return restore(parts, block)
  if (!isFenceEnd) notice('doubled-mark', raw.markAt)
  around.toText()
  text.restore(isFenceEnd ? block.slice(3) : block)
}

/** Goes back to the running text where a block stood that is no call, or that is over. */
export function leaveToOuter({ around, state, calls, close }: BlockParts): Prose {
  if (calls.settled > 0) {
    close()
    return around.text
  }
  around.leave(state.start.prose)
  return state.start.prose
}

function restore(parts: BlockParts, block: string) {
  const { around, raw } = parts
  if (opensFence(block)) around.progress.inFence = !around.progress.inFence
  leaveToOuter(parts).restore(raw.mark + block)
}

/** Whether text that begins with three ticks is inside of what they fence at its end. */
function opensFence(text: string): boolean {
  return text.startsWith('```') && (text.match(/^[^\S\n]*```/gm)?.length ?? 0) % 2 === 1
}
