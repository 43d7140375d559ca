import { createHash, timingSafeEqual } from 'node:crypto'
import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { cors } from 'hono/cors'
import { type ErrorFields, invalidRequest } from '../error-fields.js'
import {
  type ToolFetchOptions,
  type TraceEntry,
  toolFetch,
  type UpstreamOptions,
} from '../middleware/fetch.js'
import { answerHeaders } from '../middleware/respond.js'
import { findSurface } from '../surfaces/index.js'
import { UpstreamConnectionCut, UpstreamTimeout } from '../upstreams/upstream-error.js'
import { createAccessLog, type Log } from './access-log.js'
import { reasonOf } from './reason.js'
import { requestId } from './request-id.js'

/** What the endpoint does with a request. */
export interface AppOptions {
  /** The model's server, without `/v1`. */
  upstreamUrl: URL
  /** How it is spoken to, and how its text is read. */
  tools: Omit<ToolFetchOptions, 'upstream' | 'onEvent' | 'onTrace'> & {
    upstream: Omit<UpstreamOptions, 'url'>
  }
  /** The key that clients must show, as a bearer token or as `x-api-key`. It is not passed on. */
  apiKey?: string | undefined
  /** The key for the model's server; left out, the client's own is passed on. */
  upstreamKey?: string | undefined
  /** Bytes of a request's body at most. */
  bodyLimit: number
  /** The origins of web pages that may ask; none by default. */
  corsOrigins?: string[] | undefined
  /** Whether only clients on this machine are served: then no page may reach it by a name of its own (DNS rebinding). */
  localOnly: boolean
  log: Log
  trace?: ((entry: TraceEntry & { requestId: string }) => void) | undefined
}

/** Headers of the client's own connection, and those that are written anew. */
const ownHeaders = [
  'accept-encoding',
  'connection',
  'content-length',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'origin',
  'proxy-authorization',
  'referer',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/**
 * The endpoint that `toolshim serve` listens with: every surface at its own path, `/v1/models` and `/healthz`, in front of
 * one model. What goes wrong is answered in the surface's own words.
 */
export function createApp(options: AppOptions) {
  const { log } = options
  const app = new Hono<{ Bindings: HttpBindings; Variables: { requestId: string } }>()
  const access = createAccessLog(log)

  app.use(requestId())
  app.use(access.middleware)
  if (options.corsOrigins) app.use(cors({ origin: options.corsOrigins }))
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.use(async (c, next) => (options.localOnly && !isLocal(c) ? refuseHost(c) : next()))
  app.use(async (c, next) => (options.apiKey && !showsKey(c, options.apiKey) ? refuseKey(c) : next()))
  app.get('/v1/models', passOn)
  app.get('/v1/models/:model{.+}', passOn)
  app.use(
    bodyLimit({
      maxSize: options.bodyLimit,
      onError(c) {
        const message = `The body has more than ${options.bodyLimit} bytes.`
        const response = fail(c, 413, { code: 'request_too_large' }, message)
        // The rest of the body is not read, so nothing can follow it.
        response.headers.set('connection', 'close')
        return response
      },
    }),
  )
  app.post('*', async (c, next) => (findSurface(c.req.path) ? answer(c) : next()))
  app.notFound((c) => fail(c, 404, {}, `There is no ${c.req.method} ${c.req.path} here.`))
  app.onError((error, c) => failed(c, error))

  async function answer(c: Context): Promise<Response> {
    const id = c.get('requestId')
    const note = access.noteOf(c)
    const body = await c.req.text()
    const send = toolFetch({
      ...options.tools,
      onTrace(entry) {
        note.add(entry)
        options.trace?.({ requestId: id, ...entry })
      },
    })
    const { signal } = c.req.raw
    return send(upstreamAddress(c), { method: 'POST', headers: headersFor(c), body, signal })
  }

  /** A request that has nothing to do with tools. */
  async function passOn(c: Context): Promise<Response> {
    const response = await fetch(upstreamAddress(c), { headers: headersFor(c), signal: c.req.raw.signal })
    // Not every server lists its models; a client that asks for the list wants one.
    if (response.status === 404 && c.req.path === '/v1/models') return c.json({ object: 'list', data: [] })
    const headers = answerHeaders(response, response.headers.get('content-type') ?? 'application/json')
    return new Response(response.body, { status: response.status, headers })
  }

  function upstreamAddress(c: Context): URL {
    const address = new URL(options.upstreamUrl)
    address.pathname = address.pathname.replace(/\/$/, '') + c.req.path
    return address
  }

  function headersFor(c: Context): Headers {
    const headers = new Headers(c.req.raw.headers)
    for (const name of ownHeaders) headers.delete(name)
    if (options.apiKey || options.upstreamKey) {
      headers.delete('authorization')
      headers.delete('x-api-key')
    }
    if (options.upstreamKey) headers.set('authorization', `Bearer ${options.upstreamKey}`)
    headers.set('x-request-id', c.get('requestId'))
    return headers
  }

  function refuseHost(c: Context): Response {
    const message = `The host ${JSON.stringify(c.req.header('host') ?? '')} is not this machine: only clients on it are served.`
    return fail(c, 403, { code: 'forbidden_host' }, message)
  }

  function refuseKey(c: Context): Response {
    const message =
      'No API key, or a wrong one: send this server’s key as "authorization: Bearer …" or "x-api-key".'
    return fail(c, 401, { code: 'invalid_api_key' }, message)
  }

  function failed(c: Context, error: unknown): Response {
    // There is nobody left to be told.
    if (c.req.raw.signal.aborted) return new Response(null, { status: 499 })
    const reason = reasonOf(error)
    const place = options.upstreamUrl.host
    if (error instanceof UpstreamTimeout) return fail(c, 504, error.fields, error.message)
    if (error instanceof UpstreamConnectionCut) return fail(c, 502, error.fields, error.message)
    if (error instanceof TypeError && error.message === 'fetch failed') {
      const fields = { type: 'connection_error', code: 'upstream_unreachable' }
      return fail(c, 502, fields, `The upstream at ${place} cannot be reached: ${reason}`)
    }
    log.error({ requestId: c.get('requestId'), err: error }, 'a request failed')
    return fail(c, 500, { type: 'server_error', code: 'internal_error' }, `The server failed: ${reason}`)
  }

  return app
}

function fail(c: Context, status: number, fields: Partial<ErrorFields>, message: string): Response {
  const error = { ...invalidRequest(message, null), ...fields, message }
  const found = findSurface(c.req.path)
  return Response.json(found ? found.surface.errorBody(error, status) : { error }, { status })
}

function isLocal(c: Context): boolean {
  const host = c.req.header('host') ?? ''
  return /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i.test(host)
}

function showsKey(c: Context, key: string): boolean {
  const bearer = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
  return [bearer, c.req.header('x-api-key')].some((shown) => shown !== undefined && isSame(shown, key))
}

/** Takes as long for a key that is nearly right as for one that is not. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
