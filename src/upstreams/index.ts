import { chat } from './chat.js'
import { completion } from './completion.js'
import { dashscope } from './dashscope.js'
import { koboldcpp } from './koboldcpp.js'
import { llamaCpp } from './llama-cpp.js'
import { ollama } from './ollama.js'
import { ollamaChat } from './ollama-chat.js'
import { tgi } from './tgi.js'
import type { Upstream } from './upstream.js'
import { vllm } from './vllm.js'

/**
 * The kinds of server that can be spoken to.
 *
 * @example toolFetch({ dialect: 'qwen3', upstream: 'llama.cpp' })
 */
export type UpstreamKind =
  | 'chat'
  | 'completion'
  | 'vllm'
  | 'llama.cpp'
  | 'ollama'
  | 'ollama-chat'
  | 'koboldcpp'
  | 'tgi'
  | 'dashscope'

const upstreams: ReadonlyMap<string, Upstream> = new Map<UpstreamKind, Upstream>([
  ['chat', chat],
  ['completion', completion],
  ['vllm', vllm],
  ['llama.cpp', llamaCpp],
  ['ollama', ollama],
  ['ollama-chat', ollamaChat],
  ['koboldcpp', koboldcpp],
  ['tgi', tgi],
  ['dashscope', dashscope],
])

/** All kinds, for a list to choose from. */
export const upstreamKinds: readonly string[] = [...upstreams.keys()]

/** Finds an upstream by its kind; throws an `Error` that lists the kinds when there is none of that name. */
export function findUpstream(kind: string): Upstream {
  const upstream = upstreams.get(kind)
  if (upstream) return upstream
  throw new Error(`upstream: there is no kind "${kind}"; use one of ${[...upstreams.keys()].join(', ')}`)
}
