import type { Fields } from '../fields.js'
import { textOf, usageOf } from './read-fields.js'
import { answerSchema, completionFields, joinStops, maxTokens, serverRoot } from './request-fields.js'
import type { PromptUpstream } from './upstream.js'

/** llama-server's own `POST /completion`. It answers in frames without choices and ends without `[DONE]`. */
export const llamaCpp: PromptUpstream = {
  takes: 'prompt',
  manyChoices: false,
  maxStops: Number.POSITIVE_INFINITY,
  path: (base) => `${serverRoot(base)}/completion`,

  buildRequest(body, { prompt, stop, marks }) {
    const { n, stream_options, response_format, ...fields } = completionFields(body)
    const schema = answerSchema(body)
    const most = maxTokens(body)
    return {
      ...fields,
      prompt,
      stop: joinStops(body.stop, stop, llamaCpp.maxStops),
      // Special tokens are no text there, unless they are asked for by name; what is no token is passed over.
      ...(marks.length > 0 && { preserved_tokens: marks }),
      ...(most !== undefined && { n_predict: most }),
      ...(schema !== undefined && { json_schema: schema }),
    }
  },

  read(frame, isWhole) {
    const last = frame.stop === true || (isWhole && frame.stop === undefined)
    const stop = last ? textOf(frame.stopping_word) : undefined
    return {
      model: textOf(frame.model),
      choices: [
        {
          index: 0,
          text: textOf(frame.content),
          finish: last ? finishOf(frame) : undefined,
          // Which stop string it was, as vLLM calls it.
          untouched: stop === undefined ? undefined : { choice: { stop_reason: stop } },
        },
      ],
      usage: last ? usageOf(frame.tokens_evaluated, frame.tokens_predicted) : undefined,
      // The rest of the last frame repeats the request.
      untouched: 'timings' in frame ? { timings: frame.timings } : undefined,
    }
  },
}

function finishOf(frame: Fields): string {
  // `stopped_limit` is the spelling of older builds.
  return frame.stop_type === 'limit' || frame.stopped_limit === true ? 'length' : 'stop'
}
