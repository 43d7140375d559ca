import { type Fields, isFields } from '../fields.js'
import { finishOf, textOf, usageOf } from './read-fields.js'
import { answerSchema, joinStops, maxTokens, serverRoot } from './request-fields.js'
import type { PromptUpstream } from './upstream.js'

/** Sampling fields that Ollama takes inside `options`, under the names that apps send at the top. */
const optionNames = [
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'typical_p',
  'seed',
  'presence_penalty',
  'frequency_penalty',
  'repeat_penalty',
  'repeat_last_n',
  'num_ctx',
]

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

  buildRequest(body, { prompt, stop }) {
    const schema = answerSchema(body)
    return {
      model: body.model,
      prompt,
      raw: true,
      stream: body.stream,
      options: buildOptions(body, stop),
      ...(schema !== undefined && { format: isEmpty(schema) ? 'json' : schema }),
      ...('keep_alive' in body && { keep_alive: body.keep_alive }),
    }
  },

  read(frame) {
    const last = frame.done === true
    return {
      created: secondsOf(frame.created_at),
      model: textOf(frame.model),
      choices: [
        {
          index: 0,
          reasoning: textOf(frame.thinking),
          text: textOf(frame.response),
          finish: last ? (finishOf(frame.done_reason) ?? 'stop') : undefined,
        },
      ],
      usage: last ? usageOf(frame.prompt_eval_count, frame.eval_count) : undefined,
    }
  },
}

function buildOptions(body: Fields, stop: readonly string[]): Fields {
  const named = optionNames.flatMap((name) => (body[name] == null ? [] : [[name, body[name]] as const]))
  const most = maxTokens(body)
  return {
    ...(isFields(body.options) && body.options),
    ...Object.fromEntries(named),
    ...(most !== undefined && { num_predict: most }),
    stop: joinStops(body.stop, stop, ollama.maxStops),
  }
}

function isEmpty(schema: unknown): boolean {
  return isFields(schema) && Object.keys(schema).length === 0
}

function secondsOf(date: unknown): number | undefined {
  const milliseconds = typeof date === 'string' ? Date.parse(date) : Number.NaN
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000)
}
