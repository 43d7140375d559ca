import renderTools from '../../templates/qwen.hbs'
import { chatml } from './chatml.js'
import type { Dialect } from './dialect.js'

const defaultSystem = 'You are Qwen, created by Alibaba Cloud. You are a helpful assistant.'

/** Qwen2.5: writes a system text of its own when the app has none, with or without tools. */
export const qwen25 = {
  ...chatml,
  id: 'qwen2.5',
  template: renderTools,
  system: (own, tools) => chatml.system(own ?? defaultSystem, tools),
  argumentStrings: 'respelled',
} satisfies Dialect
