import { chatCompletions } from '../surfaces/chat-completions/surface.js'
import { dashscope } from '../surfaces/dashscope/surface.js'
import { findSurface } from '../surfaces/index.js'
import { messages } from '../surfaces/messages/surface.js'
import type { Surface } from '../surfaces/surface.js'

/** The protocol whose endpoint a client asks for, whatever its base address has put before it. */
export function surfaceAt(path: string): Surface | undefined {
  // Anthropic's path is known by its version, which a base address without one leaves out.
  return (findSurface(path) ?? findSurface(`/v1${path}`))?.surface
}

/**
 * The path of a request for models behind a base: `/models`, or `/models/` and an id, which may have slashes. `undefined` when
 * it is none, or one that a server could read as another path.
 *
 * @example modelsIn('/openai/v1/models/Qwen/Qwen3-8B') // '/models/Qwen/Qwen3-8B'
 */
export function modelsIn(path: string): string | undefined {
  const found = /\/models(?:\/.+)?$/.exec(path.replace(/\/+$/, ''))?.[0]
  if (found === undefined) return undefined
  const names = decode(found)?.split(/[\\/]/)
  return names?.some((name) => name === '.' || name === '..') === false ? found : undefined
}

/** The model that Azure's clients name in the path: `/openai/deployments/…/chat/completions`. */
export function deploymentIn(path: string): string | undefined {
  const name = /\/openai\/deployments\/([^/]+)\//.exec(path)?.[1]
  return name === undefined ? undefined : decode(name)
}

/**
 * The protocol that a request looks like, for the words in which it is refused: below an endpoint there are others that are not
 * served (`/v1/messages/count_tokens`), and clients are told by their base address or headers.
 */
export function protocolOf(path: string, headers: Headers): Surface {
  for (let end = path; end !== ''; end = end.slice(0, end.lastIndexOf('/'))) {
    const found = surfaceAt(end)
    if (found) return found
  }
  if (headers.has('anthropic-version') || /\/anthropic(\/|$)/.test(path)) return messages
  return /\/services\/aigc(\/|$)/.test(path) ? dashscope : chatCompletions
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
