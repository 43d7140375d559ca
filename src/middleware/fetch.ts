import type { ErrorFields } from '../error-fields.js'
import { fail } from '../tools.js'
import { UpstreamError, UpstreamUnreachable } from '../upstreams/upstream-error.js'
import { readAppRequest, surfaceOf } from './app-request.js'
import { createConnection } from './connection.js'
import { createExchanges } from './exchange.js'
import type { ExchangeOptions } from './exchange-options.js'
import { respondWithError, respondWithFailure, respondWithStream, respondWithWhole } from './respond.js'

export type { ErrorFields } from '../error-fields.js'
export type { CallDelivery } from '../surfaces/call-hold.js'
export type { ReasoningField } from '../surfaces/chat-completions/protocol.js'
export type { SurfaceName } from '../surfaces/surface.js'
export type { UpstreamKind } from '../upstreams/index.js'
export type { ClientOptions } from './client-options.js'
export type { UpstreamOptions } from './exchange-options.js'
export type { TraceEntry } from './trace.js'

/**
 * The part of the standard `fetch` that clients call.
 *
 * @example const counted: Fetch = (input, init) => (asked++, fetch(input, init)) // toolFetch({ dialect, fetch: counted })
 */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/**
 * Options of `toolFetch`; the renderer's own (`history`, `onWarning`, …) and the parser's (`unknownTool`, `repeats`,
 * `createId`, …) are given here as well. The parser's `secondOpinion` is jsonrepair unless another one is given, and
 * `readXml` the one of `toolshim/xml`.
 *
 * @example { dialect: 'qwen3', upstream: 'vllm', timeout: 60_000, onEvent: (event) => log(event) }
 */
export interface ToolFetchOptions extends ExchangeOptions {
  /** What the requests are sent with; by default the platform's own, as it is when this is made. */
  fetch?: Fetch
  /** Milliseconds that the upstream may be silent, before the head of its answer and in the middle of it. */
  timeout?: number
}

/**
 * A `fetch` that gives tool calling to a model without it: a request with tools goes upstream as plain text, and the text
 * that comes back arrives as the calls of the protocol that the app speaks, streamed or whole. The protocol is told by the
 * path: Chat Completions (`…/chat/completions`), Responses (`…/responses`), Messages (`…/messages`) or DashScope
 * (`…/text-generation/generation`). Every other request passes untouched, and so does a request without tools to an upstream
 * that speaks its protocol, unless `url`, `stream`, `extraBody` or `timeout` is given: those hold for it too. Only the role
 * `developer` is called `system` for every chat upstream, as in requests with tools: models' templates do not know it.
 *
 * The upstream's failures arrive as the client's own errors: its HTTP errors with status, headers and
 * message; a failure in mid-stream as an error frame; a connection that fails before a whole answer as a
 * rejected promise; a wrong request as 400.
 *
 * @throws Error when the options are wrong: an unknown dialect or upstream, a time-out that is no number
 * above 0.
 * @example
 * const client = new OpenAI({ baseURL: 'http://localhost:8080/v1', fetch: toolFetch({ dialect: 'qwen3' }) })
 * @example
 * toolFetch({ dialect: 'hermes-3', upstream: 'ollama', timeout: 60_000 })
 * toolFetch({ dialect: 'qwen3', upstream: { kind: 'vllm', extraBody: { top_k: 20 } } })
 */
export function toolFetch(options: ToolFetchOptions): Fetch {
  const prepare = createExchanges(options)
  // Taken here, as the clients do: what is made may become the platform's own, and would then send to itself without end.
  const { fetch: send = globalThis.fetch, timeout } = options
  if (typeof send !== 'function') fail('fetch', 'must be a function')
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout > 0)) {
    throw new Error('timeout: give milliseconds above 0, or leave it out to wait without end')
  }

  return async (input, init) => {
    const found = surfaceOf(input, init)
    if (!found) return send(input, init)

    const request = await readAppRequest(input, init)
    if (request.type === 'refused') return respondWithFailure(found.surface, request.error, request.status)
    const prepared = prepare({ ...found, ...request })
    if (prepared.type === 'refused') return respondWithFailure(found.surface, prepared.error, 400)
    // A time-out holds for every request, with tools or without.
    if (prepared.plain !== undefined && timeout === undefined) {
      const { init, headers, text } = request
      return send(input, prepared.plain === text ? init : { ...init, headers, body: prepared.plain })
    }

    const exchange = prepared.start()
    const { url, headers, body, farewell } = exchange
    const post: RequestInit = { ...request.settings, method: 'POST', headers }
    const connection = createConnection(send, request.signal, timeout, () => {
      // The app has left: its signal is not this one's, and nobody waits for it.
      if (farewell) send(farewell.url, { ...post, signal: null, body: farewell.body }).catch(() => undefined)
    })
    const upstream = await connection.open(url, { ...post, body }).catch((error: unknown) => {
      exchange.failed(failureBeforeHead(error, url, request.signal))
      throw error
    })
    exchange.answered(upstream.status)
    if (!upstream.ok) return respondWithError(upstream, connection, exchange)
    if (exchange.streamed) return respondWithStream(upstream, connection, exchange.createAnswer())
    return respondWithWhole(upstream, connection, exchange.createAnswer(), exchange)
  }
}

/** What a trace says of a request that was not answered: the app itself is told by a rejected promise. */
function failureBeforeHead(error: unknown, url: string, signal: AbortSignal | null | undefined): ErrorFields {
  if (signal?.aborted) {
    const message = 'The app left before the upstream answered.'
    return { message, type: 'connection_error', param: null, code: 'app_left' }
  }
  return error instanceof UpstreamError
    ? error.fields
    : new UpstreamUnreachable(new URL(url).host, error).fields
}
