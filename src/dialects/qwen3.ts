import renderTools from '../../templates/qwen.hbs'
import { afterLast, chatml, plainTurn, trimEnd, trimStart } from './chatml.js'
import type { AssistantText, Dialect } from './dialect.js'

const noThought = '<think>\n\n</think>\n\n'

/**
 * Qwen3, thinking or not. Reasoning is shown only after the user's last question, and there even when it is empty in
 * the last message.
 */
export const qwen3 = {
  ...chatml,
  id: 'qwen3',
  template: renderTools,
  assistant: (turn, place) => {
    const { content, reasoning, calls } = splitThought(turn)
    if (!place.current || !(place.last || reasoning)) return plainTurn({ content, reasoning, calls })
    const thought = `<think>\n${trimEnd(trimStart(reasoning))}\n</think>\n\n`
    const between = content === '' || calls.length === 0 ? '' : '\n'
    return thought + trimStart(content) + between + calls.join('\n')
  },
  message: (turn) => {
    const { content, reasoning, calls } = splitThought(turn)
    const text = plainTurn({ content, reasoning, calls })
    // The template cuts content at `</think>`, in a call's arguments too, unless the message has reasoning of its own.
    const explicit = reasoning !== '' || text.includes('</think>')
    return explicit ? { content: text, reasoning_content: reasoning } : { content: text }
  },
  opening: (reasoning, forced) => (forced || reasoning === false ? noThought : ''),
} satisfies Dialect

/** Reasoning from its own field, else from `<think>` in the text. */
function splitThought(turn: AssistantText): AssistantText & { reasoning: string } {
  const { content, reasoning, calls } = turn
  const first = content.indexOf('</think>')
  if (reasoning !== undefined || first === -1) return { content, reasoning: reasoning ?? '', calls }
  return {
    content: trimStart(afterLast(content, '</think>')),
    reasoning: trimStart(afterLast(trimEnd(content.slice(0, first)), '<think>')),
    calls,
  }
}
