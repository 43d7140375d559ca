import { ollamaFields, readOllama } from './ollama-fields.js'
import { textOf } from './read-fields.js'
import { serverRoot } from './request-fields.js'
import type { PromptUpstream } from './upstream.js'

/**
 * Ollama's `POST /api/generate` with `raw: true`, so that it adds no template of its own. Its answer is lines
 * of JSON. The context is small by default and a longer prompt is cut without a word: give `{ kind: 'ollama',
 * extraBody: { options: { num_ctx: 16384 } } }`.
 */
export const ollama: PromptUpstream = {
  takes: 'prompt',
  manyChoices: false,
  maxStops: Number.POSITIVE_INFINITY,
  path: (base) => `${serverRoot(base)}/api/generate`,
  buildRequest: (body, { prompt, stop }) => ({ ...ollamaFields(body, stop), prompt, raw: true }),

  read(frame, isWhole) {
    const { finish, ...about } = readOllama(frame, isWhole)
    const text = textOf(frame.response)
    return { ...about, choices: [{ index: 0, reasoning: textOf(frame.thinking), text, finish }] }
  },
}
