import type { Dialect } from './dialect.js'
import { hermes3 } from './hermes-3.js'

/** Hermes 2 Pro on Llama 3: the same prompt as Hermes 3. */
export const hermes2Pro = { ...hermes3, id: 'hermes-2-pro' } satisfies Dialect
