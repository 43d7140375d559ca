import { isFields, without } from '../fields.js'
import { finishOf, headOf, numberOf, textOf } from './read-fields.js'
import { completionFields, joinStops, maxTokens } from './request-fields.js'
import type { PromptUpstream } from './upstream.js'

// An `error` that says something is none of the answer's; clients take even an empty one for a failure.
const frameFields = new Set(['id', 'object', 'created', 'model', 'choices', 'usage', 'error'])

/**
 * In a chat "no limit given" means up to the end of the context; here it means 16 tokens, too few for a call.
 */
export const defaultMaxTokens = 2048

/**
 * `POST /v1/completions`: OpenAI's legacy completions, as vLLM, llama.cpp, LM Studio and others serve them.
 * vLLM leaves special tokens out of the text by default, and `<tool_call>` is one in some models: give `{
 * kind: 'completion', extraBody: { skip_special_tokens: false } }` there.
 */
export const completion: PromptUpstream = {
  takes: 'prompt',
  manyChoices: true,
  maxStops: 4,
  path: (base) => `${base}/completions`,

  buildRequest(body, { prompt, stop }) {
    const stops = joinStops(body.stop, stop, completion.maxStops)
    return {
      ...completionFields(body),
      prompt,
      max_tokens: maxTokens(body) ?? defaultMaxTokens,
      ...(stops.length > 0 && { stop: stops }),
    }
  },

  read(frame, isWhole) {
    const choices = Array.isArray(frame.choices) ? frame.choices.filter(isFields) : []
    return {
      ...headOf(frame),
      choices: choices.map((choice) => ({
        index: numberOf(choice.index) ?? 0,
        text: textOf(choice.text),
        finish: finishOf(choice.finish_reason) ?? (isWhole ? 'stop' : undefined),
        // vLLM's: which stop string it was. The other parts of a choice have other shapes in a chat.
        untouched: 'stop_reason' in choice ? { choice: { stop_reason: choice.stop_reason } } : undefined,
      })),
      usage: isFields(frame.usage) ? frame.usage : undefined,
      untouched: without(frame, frameFields),
    }
  },
}
