import renderTools from '../../templates/hermes.hbs'
import { pythonTool } from '../render/python-signature.js'
import { chatml } from './chatml.js'
import type { Dialect } from './dialect.js'

/**
 * Hermes 3 on Llama 3.1. Tools have a system turn of their own, before the app's; text beside calls is not shown.
 *
 * The family has two templates and a server uses this one only when it is given tools. Without tools it uses plain
 * ChatML, so messages meant for that one (`renderMessages`) give the same prompt but for one character: a turn of
 * results ends in `<|im_end|>` here and in `<|im_end|>\n` there.
 */
export const hermes3 = {
  ...chatml,
  id: 'hermes-3',
  controlTokens: {
    ...chatml.controlTokens,
    others: [
      '<|begin_of_text|>',
      '<|end_of_text|>',
      '<|start_header_id|>',
      '<|end_header_id|>',
      '<|eot_id|>',
    ],
  },
  stop: ['<|im_end|>', '<|im_start|>', '<|end_of_text|>'],
  bos: '<|begin_of_text|>',
  template: ({ tools }) => renderTools({ tools: tools.map(pythonTool) }),
  system: (own, tools) => [tools, own].filter((text) => text !== undefined),
  turn: (role, text) => chatml.turn(role, text).slice(0, role === 'tool' ? -1 : undefined),
  textBesideCalls: 'left-out',
  results: { ...chatml.results, role: 'tool', after: (last) => (last ? '' : '\n') },
} satisfies Dialect
