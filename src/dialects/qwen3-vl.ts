import renderTools from '../../templates/qwen.hbs'
import { chatml, plainTurn } from './chatml.js'
import type { AssistantText, Dialect } from './dialect.js'

const vision = ['<|vision_start|>', '<|vision_end|>', '<|image_pad|>', '<|video_pad|>']

/** Qwen3-VL Instruct: images and videos have place-holders; a system message that is not the first is not shown. */
export const qwen3Vl = {
  ...chatml,
  id: 'qwen3-vl',
  controlTokens: { ...chatml.controlTokens, others: [...chatml.controlTokens.others, ...vision] },
  template: renderTools,
  laterSystem: 'left-out',
  media: (part) => {
    if (part.type === 'image' || 'image' in part || 'image_url' in part) {
      return '<|vision_start|><|image_pad|><|vision_end|>'
    }
    if (part.type === 'video' || 'video' in part) return '<|vision_start|><|video_pad|><|vision_end|>'
    return undefined
  },
  assistant: written,
  message: (turn) => ({ content: written(turn) }),
} satisfies Dialect

/** Calls are a line below parts, even where these have no text. */
function written(turn: AssistantText): string {
  const hasLine = turn.content === '' && turn.inParts && turn.calls.length > 0
  return (hasLine ? '\n' : '') + plainTurn(turn)
}
