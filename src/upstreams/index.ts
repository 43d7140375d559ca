import { chat } from './chat.js'
import { completion } from './completion.js'
import { llamaCpp } from './llama-cpp.js'
import { ollama } from './ollama.js'
import type { Upstream } from './upstream.js'

export type UpstreamKind = 'chat' | 'completion' | 'llama.cpp' | 'ollama'

const upstreams: ReadonlyMap<string, Upstream> = new Map<UpstreamKind, Upstream>([
  ['chat', chat],
  ['completion', completion],
  ['llama.cpp', llamaCpp],
  ['ollama', ollama],
])

/** All kinds, for a list to choose from. */
export const upstreamKinds: readonly string[] = [...upstreams.keys()]

/** Finds an upstream by its kind; throws an `Error` that lists the kinds when there is none of that name. */
export function findUpstream(kind: string): Upstream {
  const upstream = upstreams.get(kind)
  if (upstream) return upstream
  throw new Error(`upstream: there is no kind "${kind}"; use one of ${[...upstreams.keys()].join(', ')}`)
}
