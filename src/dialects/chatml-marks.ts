import type { SpokenDialect } from './dialect.js'

/**
 * What a reply is read by unless its dialect says otherwise. Reasoning is read in every dialect: fine-tunes of families
 * that never thought do.
 */
export const chatmlMarks = {
  grammar: 'json',
  marks: {
    call: { open: '<tool_call>', close: '</tool_call>' },
    reasoning: { open: '<think>', close: '</think>' },
  },
  controlTokens: { start: '<|im_start|>', end: '<|im_end|>', others: ['<|endoftext|>'] },
} satisfies SpokenDialect
