/** The package's own types: real objects fit what the adapter takes, and what it gives fits them. Nothing is run. */
import {
  getLlama,
  LlamaCompletion,
  type LlamaCompletionGenerationOptions,
  type LlamaContextSequence,
  type Token,
} from 'node-llama-cpp'
import {
  type LlamaGenerationOptions,
  type LlamaSequence,
  type LlamaTextCompletion,
  nodeLlamaCppFetch,
} from '../../src/upstreams/local/node-llama-cpp.js'

declare const completion: LlamaCompletion
declare const contextSequence: LlamaContextSequence

completion satisfies LlamaTextCompletion<Token>
contextSequence satisfies LlamaSequence<Token>
nodeLlamaCppFetch({ completion, contextSequence })

declare const given: LlamaGenerationOptions<Token>
given satisfies LlamaCompletionGenerationOptions
// What the package takes can be a default.
declare const options: Omit<LlamaCompletionGenerationOptions, 'signal' | 'onToken'>
nodeLlamaCppFetch({
  completion,
  contextSequence,
  defaults: { temperature: 0.7, repeatPenalty: { penalty: 1.1 } },
})
nodeLlamaCppFetch({ completion, contextSequence, defaults: { ...options } })

// The ends that are told apart.
type Reason = Awaited<ReturnType<LlamaCompletion['generateCompletionWithMeta']>>['metadata']['stopReason']
'maxTokens' satisfies Reason

export async function load() {
  const llama = await getLlama()
  const model = await llama.loadModel({ modelPath: 'models/Qwen3-8B-Q4_K_M.gguf' })
  const context = await model.createContext({ contextSize: 8192 })
  const sequence = context.getSequence()
  return nodeLlamaCppFetch({
    completion: new LlamaCompletion({ contextSequence: sequence }),
    contextSequence: sequence,
    defaults: { temperature: 0.6, topP: 0.95 },
  })
}
