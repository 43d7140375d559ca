import type { Dialect } from './dialect.js'
import { qwen25 } from './qwen2.5.js'

/** Qwen2.5-Coder: the same prompt as Qwen2.5. */
export const qwen25Coder = { ...qwen25, id: 'qwen2.5-coder' } satisfies Dialect
