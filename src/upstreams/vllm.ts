import { completion } from './completion.js'
import type { PromptUpstream } from './upstream.js'

/**
 * vLLM's `POST /v1/completions`. It leaves special tokens out of the text by default, and `<tool_call>` is one in some
 * models: it is asked to keep them. The one that ends the answer it leaves out all the same.
 */
export const vllm: PromptUpstream = {
  ...completion,
  buildRequest: (body, rendered) => ({
    skip_special_tokens: false,
    ...completion.buildRequest(body, rendered),
  }),
}
