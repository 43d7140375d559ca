import { createLlama } from '../../upstreams/local/stand-ins/node-llama-cpp.js'
import { createLog } from '../../upstreams/local/stand-ins/script.js'
import { script } from './replies.js'

/** Stands for the package in the examples of the pages, which need no model file then. */
const { completion, contextSequence } = createLlama(script, createLog())

const model = { createContext: async (_options?: { contextSize?: number }) => context }
const context = { getSequence: () => contextSequence }
const llama = { loadModel: async (_options: { modelPath: string }) => model }

export const getLlama = async () => llama

export class LlamaCompletion {
  readonly generateCompletionWithMeta = completion.generateCompletionWithMeta

  constructor(options: { contextSequence: typeof contextSequence }) {
    if (options.contextSequence !== contextSequence) throw new Error('contextSequence: none of this context')
  }
}
