/** The package's own types: real engines fit what the adapter takes, and what they give is the protocol's. Nothing is run. */
import {
  type ChatCompletion,
  type ChatCompletionChunk,
  type ChatCompletionRequest,
  type Completion,
  type CompletionCreateParams,
  CreateMLCEngine,
  type MLCEngine,
  type MLCEngineInterface,
  type ServiceWorkerMLCEngine,
  type WebWorkerMLCEngine,
} from '@mlc-ai/web-llm'
import { type WebLlmEngine, webLlmFetch } from '../../src/upstreams/local/web-llm.js'

declare const engine: MLCEngine
declare const worker: WebWorkerMLCEngine
declare const serviceWorker: ServiceWorkerMLCEngine
declare const any: MLCEngineInterface

for (const one of [engine, worker, serviceWorker, any]) {
  one satisfies WebLlmEngine
  webLlmFetch(one)
}

// What is read and written of requests and answers.
'max_tokens' satisfies keyof ChatCompletionRequest & keyof CompletionCreateParams
'stream_options' satisfies keyof ChatCompletionRequest & keyof CompletionCreateParams
;({ enable_thinking: true }) satisfies NonNullable<ChatCompletionRequest['extra_body']>
;({ type: 'json_object', schema: '{}' }) satisfies NonNullable<ChatCompletionRequest['response_format']>
'abort' satisfies NonNullable<ChatCompletionChunk['choices'][number]['finish_reason']>
'text' satisfies keyof Completion['choices'][number]
'message' satisfies keyof ChatCompletion['choices'][number]
'user' satisfies keyof CompletionCreateParams

export async function load() {
  return webLlmFetch(await CreateMLCEngine('Qwen3-8B-q4f16_1-MLC'))
}
