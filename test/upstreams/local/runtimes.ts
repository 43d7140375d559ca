import type { Fetch } from '../../../src/middleware/fetch.js'
import type { UpstreamKind } from '../../../src/upstreams/index.js'
import { nodeLlamaCppFetch } from '../../../src/upstreams/local/node-llama-cpp.js'
import { transformersFetch } from '../../../src/upstreams/local/transformers.js'
import { webLlmFetch } from '../../../src/upstreams/local/web-llm.js'
import { createLlama } from './stand-ins/node-llama-cpp.js'
import { createLog, type Log, type Script } from './stand-ins/script.js'
import { createGenerator } from './stand-ins/transformers.js'
import { createEngine } from './stand-ins/web-llm.js'

/** An adapter over a stand-in. */
export interface Runtime {
  name: string
  upstream: UpstreamKind
  /** Whether its tokens wait until somebody reads them. */
  waits: boolean
  start(script: Script): { fetch: Fetch; log: Log }
}

export const runtimes: Runtime[] = [
  {
    name: 'node-llama-cpp',
    upstream: 'completion',
    waits: false,
    start(script) {
      const log = createLog()
      return { fetch: nodeLlamaCppFetch(createLlama(script, log)), log }
    },
  },
  {
    name: 'transformers.js',
    upstream: 'completion',
    waits: false,
    start(script) {
      const log = createLog()
      return { fetch: transformersFetch(createGenerator(script, log)), log }
    },
  },
  {
    name: 'WebLLM',
    upstream: 'chat',
    waits: true,
    start(script) {
      const log = createLog()
      return { fetch: webLlmFetch(createEngine(script, log)), log }
    },
  },
]
