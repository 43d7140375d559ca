import type { ReplyContext } from '../reply.js'
import type { Mark } from '../scan/beginning.js'
import type { Prose } from '../scan/prose.js'
import { isOthersRole } from '../scan/speakers.js'
import type { BlockState } from './claim.js'
import type { HeldCalls } from './held-calls.js'
import type { RawText } from './raw-text.js'

/**
 * What was read of a block is no call: it is text, or a mark that was something else. `close`: the calls before it are
 * over. `mark`: the last mark that came.
 */
export function leaveAsText(
  around: ReplyContext,
  state: BlockState,
  raw: RawText,
  calls: HeldCalls,
  close: () => void,
  block: string,
  mark: Mark,
) {
  const { notice, text } = around
  const { otherwise } = state.start
  const isFirst = calls.settled === 0

  function restore() {
    const tag = /^\s*<(\w+)/.exec(raw.mark)?.[1]
    if (tag !== undefined && state.start.mark === 'drifted') around.progress.openTags.add(tag.toLowerCase())
    if (opensFence(block)) around.progress.inFence = !around.progress.inFence
    leaveToOuter(around, state, calls, close).restore(raw.mark + block, raw.goesOn)
  }

  if (isFirst && (otherwise === 'next-turn' || (otherwise === 'others-turn' && isOthersRole(block)))) {
    return around.endWith('next-turn', raw.mark + block)
  }
  if (isFirst && otherwise === 'token') {
    notice('control-token', raw.markAt, raw.mark.trim())
    around.toText()
    return text.restore(block)
  }
  if (mark === 'own' && block.trim() === around.options.noCall) {
    notice('no-call', raw.markAt, raw.whole().trim())
    return around.toText()
  }
  if (state.beginning !== undefined) {
    restore()
    if (mark === 'own' && isFirst) around.progress.closeOwed = 'text'
    return
  }
  around.progress.fenceOwed = false
  const isFenceEnd = otherwise === 'fence' && /^```[^\S\n]*(\n|$)/.test(block)
  if (otherwise !== 'dropped' && !isFenceEnd) {
    restore()
    if (mark === 'own' && isFirst) around.progress.closeOwed = 'text'
    return
  }
  if (isFenceEnd) around.progress.inFence = false
  else notice('doubled-mark', raw.markAt)
  around.toText()
  text.restore(isFenceEnd ? block.slice(3) : block)
}

/** Goes back to the running text where a block stood that is no call, or that is over. */
export function leaveToOuter(
  around: ReplyContext,
  state: BlockState,
  calls: HeldCalls,
  close: () => void,
): Prose {
  if (calls.settled > 0) {
    close()
    return around.text
  }
  around.leave(state.start.prose)
  return state.start.prose
}

/** Whether text that begins with three ticks is inside of what they fence at its end. */
function opensFence(text: string): boolean {
  return text.startsWith('```') && (text.match(/^[^\S\n]*```/gm)?.length ?? 0) % 2 === 1
}
