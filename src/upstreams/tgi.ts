import { type Fields, isFields } from '../fields.js'
import { finishOf, textOf, usageOf } from './read-fields.js'
import { answerSchema, joinStops, maxTokens, serverRoot } from './request-fields.js'
import type { ChoicePart, PromptUpstream } from './upstream.js'

/** Sampling fields that it takes under the names that apps send. */
const parameterNames = [
  'seed',
  'top_k',
  'frequency_penalty',
  'repetition_penalty',
  'watermark',
  'truncate',
  'adapter_id',
]

/** Tokens that only frame a sequence; no family writes a call or a turn with them. */
const framing = new Set(['<s>', '</s>', '<pad>', '<unk>', '<bos>', '<eos>'])

/**
 * Text Generation Inference's `POST /generate`, and `/generate_stream` where it is asked to stream. Its stop strings stay
 * in the text. Special tokens come marked as such: the one that ended the answer and those that only frame a sequence are
 * left out, any other may be a mark of the model's own (`<tool_call>` is special in some) and is text for the parser. The
 * whole text that it gives beside them has none of them, so that a whole answer is read from its tokens too.
 */
export const tgi: PromptUpstream = {
  takes: 'prompt',
  manyChoices: false,
  maxStops: 4,
  path: (base, streamed) => `${serverRoot(base)}/${streamed ? 'generate_stream' : 'generate'}`,

  buildRequest(body, { prompt, stop }) {
    const named = parameterNames.flatMap((name) => (body[name] == null ? [] : [[name, body[name]] as const]))
    const schema = answerSchema(body)
    return {
      inputs: prompt,
      parameters: {
        ...(isFields(body.parameters) && body.parameters),
        ...Object.fromEntries(named),
        ...samplingOf(body),
        // `null`: up to the end of the context. Left out, it would be 100 tokens.
        max_new_tokens: maxTokens(body) ?? null,
        stop: joinStops(body.stop, stop, tgi.maxStops),
        return_full_text: false,
        details: true,
        // A grammar there is a schema with properties; there is none for "any object".
        ...(isFields(schema) && isFields(schema.properties) && { grammar: { type: 'json', value: schema } }),
      },
    }
  },

  keptStops: ({ parameters }) => joinStops(isFields(parameters) && parameters.stop, [], tgi.maxStops),

  read(frame, isWhole) {
    const details = isFields(frame.details) ? frame.details : {}
    const isLast = isWhole || isFields(frame.details) || typeof frame.generated_text === 'string'
    const finish = isLast ? (finishOf(details.finish_reason) ?? 'stop') : undefined
    const choice: ChoicePart = { index: 0, text: textIn(frame, details), finish }
    return { choices: [choice], usage: usageOf(details.input_length, details.generated_tokens) }
  },
}

/** What other servers take for "no sampling" and "everything" is refused by this one. */
function samplingOf({ temperature, top_p: topP, typical_p: typicalP }: Fields): Fields {
  const isGreedy = temperature === 0
  const isShare = (value: unknown) => typeof value === 'number' && value > 0 && value < 1
  return {
    ...(typeof temperature === 'number' && !isGreedy && { temperature }),
    ...(isGreedy && { do_sample: false }),
    ...(!isGreedy && isShare(topP) && { top_p: topP }),
    ...(!isGreedy && isShare(typicalP) && { typical_p: typicalP }),
  }
}

/** The text of a frame's token, or of a whole answer's tokens. */
function textIn(frame: Fields, details: Fields): string | undefined {
  const isEnded = details.finish_reason === 'eos_token'
  if (isFields(frame.token)) return tokenText(frame.token, isEnded)
  const tokens = Array.isArray(details.tokens) ? details.tokens.filter(isFields) : []
  if (tokens.length === 0) return textOf(frame.generated_text)
  return textOf(
    tokens.map((token, at) => tokenText(token, isEnded && at === tokens.length - 1) ?? '').join(''),
  )
}

function tokenText(token: Fields, endsAnswer: boolean): string | undefined {
  const text = textOf(token.text)
  if (text === undefined || token.special !== true) return text
  return endsAnswer || framing.has(text) ? undefined : text
}
