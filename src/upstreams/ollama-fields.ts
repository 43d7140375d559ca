import { type Fields, isFields } from '../fields.js'
import { finishOf, secondsOf, textOf, usageOf } from './read-fields.js'
import { answerSchema, joinStops, maxTokens } from './request-fields.js'
import type { ReplyFrame } from './upstream.js'

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

/** What both of Ollama's routes are told in the same words. */
export function ollamaFields(body: Fields, stop: readonly string[]): Fields {
  const schema = answerSchema(body)
  return {
    model: body.model,
    stream: body.stream,
    options: buildOptions(body, stop),
    ...(schema !== undefined && { format: isEmpty(schema) ? 'json' : schema }),
    ...('keep_alive' in body && { keep_alive: body.keep_alive }),
  }
}

function buildOptions(body: Fields, stop: readonly string[]): Fields {
  const named = optionNames.flatMap((name) => (body[name] == null ? [] : [[name, body[name]] as const]))
  const most = maxTokens(body)
  return {
    ...(isFields(body.options) && body.options),
    ...Object.fromEntries(named),
    ...(most !== undefined && { num_predict: most }),
    stop: joinStops(body.stop, stop, Number.POSITIVE_INFINITY),
  }
}

function isEmpty(schema: unknown): boolean {
  return isFields(schema) && Object.keys(schema).length === 0
}

/** What both routes say around the text: when, by which model, and in the last frame why it ended. */
export function readOllama(
  frame: Fields,
  isWhole: boolean,
): Omit<ReplyFrame, 'choices'> & { finish: string | undefined } {
  // One line of a stream that was cut is all of a body too, but says that it is not the last.
  const last = frame.done === true || (isWhole && frame.done === undefined)
  return {
    created: secondsOf(frame.created_at),
    model: textOf(frame.model),
    finish: last ? (finishOf(frame.done_reason) ?? 'stop') : undefined,
    usage: last ? usageOf(frame.prompt_eval_count, frame.eval_count) : undefined,
  }
}
