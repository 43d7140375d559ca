import renderTools from '../../templates/qwen.hbs'
import { chatml } from './chatml.js'
import type { Dialect } from './dialect.js'

/** Qwen3-2507 Instruct, which never thinks. Its template prints nothing for content that is a list. */
export const qwen3Instruct2507 = {
  ...chatml,
  id: 'qwen3-2507-instruct',
  template: renderTools,
  contentParts: 'left-out',
} satisfies Dialect
