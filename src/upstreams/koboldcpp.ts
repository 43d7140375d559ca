import { type Fields, isFields, without } from '../fields.js'
import { randomHex } from '../random-hex.js'
import { finishOf, textOf, usageOf } from './read-fields.js'
import { completionFields, defaultMaxTokens, joinStops, maxTokens, serverRoot } from './request-fields.js'
import type { PromptUpstream } from './upstream.js'

/** Its own names for what apps call otherwise. */
const names = new Map([
  ['seed', 'sampler_seed'],
  ['typical_p', 'typical'],
  ['repetition_penalty', 'rep_pen'],
  ['repeat_penalty', 'rep_pen'],
  ['repeat_last_n', 'rep_pen_range'],
  ['num_ctx', 'max_context_length'],
])
/** What stands for something else there, or for nothing. */
const otherFields = new Set(['model', 'n', 'stream', 'stream_options', 'response_format', 'user'])

const route = /\/api\/(?:v1\/generate|extra\/generate\/stream)$/

/**
 * KoboldCpp's `POST /api/v1/generate`, and `/api/extra/generate/stream` where it is asked to stream: which of them it is
 * says the path alone. It may leave a stop string in the text. It does not always see its client leave, so it is told.
 */
export const koboldcpp: PromptUpstream = {
  takes: 'prompt',
  manyChoices: false,
  maxStops: Number.POSITIVE_INFINITY,
  path: (base, streamed) => `${serverRoot(base)}/api/${streamed ? 'extra/generate/stream' : 'v1/generate'}`,

  buildRequest(body, { prompt, stop }) {
    const given = Object.entries(without(completionFields(body), otherFields))
    return {
      // The key by which a generation is ended again.
      genkey: `toolshim-${randomHex()}`,
      // Its older versions leave a stop string in unless they are told.
      trim_stop: true,
      ...Object.fromEntries(given.map(([name, value]) => [names.get(name) ?? name, value])),
      prompt,
      max_length: maxTokens(body) ?? defaultMaxTokens,
      stop_sequence: joinStops(body.stop, stop, koboldcpp.maxStops),
    }
  },

  keptStops: ({ stop_sequence: stops }) => joinStops(stops, [], koboldcpp.maxStops),

  farewell: (path, { genkey }) => ({ path: path.replace(route, '/api/extra/abort'), body: { genkey } }),

  read(frame, isWhole) {
    const [result] = Array.isArray(frame.results) ? frame.results : []
    const part: Fields = isFields(result) ? result : frame
    const text = textOf(part.text) ?? textOf(part.token)
    const finish = finishOf(part.finish_reason) ?? (isWhole ? 'stop' : undefined)
    // Its older versions stream tokens and nothing else.
    const isSilent = finish === undefined && !('finish_reason' in part)
    return {
      choices: [{ index: 0, text, finish, ...(isSilent && { silent: true as const }) }],
      usage: usageOf(part.prompt_tokens, part.completion_tokens),
    }
  },
}
