import { finishOf, numberOf, readOpenAiFrame, textOf } from './read-fields.js'
import { completionFields, defaultMaxTokens, joinStops, maxTokens } from './request-fields.js'
import type { PromptUpstream } from './upstream.js'

/**
 * `POST /v1/completions`: OpenAI's legacy completions, as vLLM, llama.cpp, LM Studio and others serve them.
 * For vLLM there is `vllm`, which asks for special tokens.
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

  read: (frame, isWhole) =>
    readOpenAiFrame(frame, (choice) => ({
      index: numberOf(choice.index) ?? 0,
      text: textOf(choice.text),
      finish: finishOf(choice.finish_reason) ?? (isWhole ? 'stop' : undefined),
      // vLLM's: which stop string it was. The other parts of a choice have other shapes in a chat.
      untouched: 'stop_reason' in choice ? { choice: { stop_reason: choice.stop_reason } } : undefined,
    })),
}
