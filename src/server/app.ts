import { createHash, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { cors } from 'hono/cors'
import { type ErrorFields, invalidRequest } from '../error-fields.js'
import { createExchanges } from '../middleware/exchange.js'
import type { ExchangeOptions, UpstreamOptions } from '../middleware/exchange-options.js'
import type { TraceEntry } from '../middleware/trace.js'
import { messages } from '../surfaces/messages/surface.js'
import type { Surface } from '../surfaces/surface.js'
import { upstreamBase } from '../upstreams/base.js'
import { UpstreamError, UpstreamTimeout, UpstreamUnreachable } from '../upstreams/upstream-error.js'
import { createAccessLog, type Log } from './access-log.js'
import { answerModels } from './models.js'
import { deploymentIn, modelsIn, protocolOf, surfaceAt } from './paths.js'
import { relay } from './relay.js'
import { acceptedCodings, type RequestBody, readRequestBody } from './request-body.js'
import { requestId } from './request-id.js'

interface Env {
  Bindings: HttpBindings
  Variables: { requestId: string }
}
type Refused = Extract<RequestBody, { type: 'refused' }>

/** What the endpoint does with a request. */
export interface AppOptions {
  /** The model's server; `upstreamBase` says where on it the endpoints are. */
  upstreamUrl: URL
  /** How it is spoken to, and how its text is read. */
  tools: Omit<ExchangeOptions, 'upstream' | 'onEvent' | 'onTrace'> & {
    upstream: Omit<UpstreamOptions, 'url'>
  }
  /** Milliseconds that the model's server may be silent. */
  timeout: number
  /** The key that clients must show, as a bearer token, as `x-api-key` or as `api-key`. It is not passed on. */
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
  'content-encoding',
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
  const app = new Hono<Env>()
  const access = createAccessLog(log)
  const prepare = createExchanges(options.tools)
  // The command line's alone to say: a path that a client could choose would be asked with the upstream's key.
  const base = upstreamBase(options.upstreamUrl.pathname, options.tools.upstream.kind)

  app.use(async (c, next) => {
    await next()
    if (!c.env.outgoing.headersSent) return
    // Headers that other middleware has set would make a new response of the one that says so.
    c.res = undefined
    c.res = RESPONSE_ALREADY_SENT
  })
  app.use(async (c, next) => {
    // A request that was sent behind another one waits for its answer: until then its own has no connection, and nobody would
    // say that the client has left.
    if (!c.env.outgoing.socket) await once(c.env.outgoing, 'socket')
    await next()
  })
  app.use(requestId())
  app.use(access.middleware)
  if (options.corsOrigins)
    app.use(cors({ origin: options.corsOrigins.includes('*') ? '*' : options.corsOrigins }))
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.use(async (c, next) => (options.localOnly && !isLocal(c.req.header('host')) ? refuseHost(c) : next()))
  app.use(async (c, next) => (isForeignPage(c) ? refusePage(c) : next()))
  app.use(async (c, next) => (options.apiKey && !showsKey(c, options.apiKey) ? refuseKey(c) : next()))
  app.get('*', async (c, next) => {
    const asked = modelsIn(c.req.path)
    return asked === undefined ? next() : answerModels(asked, (path) => passOn(c, path))
  })
  const refuseLongBody = bodyLimit({
    maxSize: options.bodyLimit,
    onError(c) {
      const message = `The body has more than ${options.bodyLimit} bytes.`
      const response = fail(c, 413, { code: 'request_too_large' }, message)
      // The rest of the body is not read, so nothing can follow it.
      response.headers.set('connection', 'close')
      return response
    },
  })
  // It makes a web stream of the body to look at it, a quarter of what a request costs; a length that is told is kept to.
  app.use((c, next) => (isKnownToFit(c, options.bodyLimit) ? next() : refuseLongBody(c, next)))
  app.post('*', async (c, next) => {
    const surface = surfaceAt(c.req.path)
    return surface ? answer(c, surface) : next()
  })
  app.notFound((c) => fail(c, 404, {}, `There is no ${c.req.method} ${c.req.path} here.`))
  app.onError((error, c) => failed(c, error))

  async function answer(c: Context<Env>, surface: Surface): Promise<Response> {
    const requestId = c.get('requestId')
    const note = access.noteOf(c)
    const url = upstreamAddress(c, c.req.path)
    const model = deploymentIn(c.req.path)
    const read = await readRequestBody(c.req.raw, options.bodyLimit)
    if (read.type === 'refused') return refuseBody(c, read)
    const { text } = read
    const prepared = prepare({ surface, base, url, headers: headersFor(c), text, model })
    if (prepared.type === 'refused') return fail(c, 400, prepared.error, prepared.error.message)
    const exchange = prepared.start((entry) => {
      note.add(entry)
      options.trace?.({ requestId, ...entry })
    })
    const { outgoing } = c.env
    // What other middleware has said of the answer (CORS): it is written past the framework.
    for (const [name, value] of c.res.headers) outgoing.setHeader(name, value)
    await relay(exchange, outgoing, options.timeout).catch((error) => {
      if (error instanceof UpstreamError && !outgoing.destroyed) exchange.failed(error.fields)
      throw error
    })
    return RESPONSE_ALREADY_SENT
  }

  /**
   * A request that has nothing to do with tools.
   *
   * @param path what follows the upstream's base.
   */
  async function passOn(c: Context<Env>, path: string): Promise<Response> {
    const tooLong = AbortSignal.timeout(options.timeout)
    const signal = AbortSignal.any([c.req.raw.signal, tooLong])
    // The path is of Anthropic's protocol too, in which a key may be shown in another header.
    const asked = messages.upstreamHeaders(headersFor(c))
    return fetch(upstreamAddress(c, base + path), { headers: asked, signal }).catch((error) => {
      if (tooLong.aborted) throw new UpstreamTimeout(options.timeout)
      throw new UpstreamUnreachable(options.upstreamUrl.host, error)
    })
  }

  /** The query is the client's, beside the one that the upstream was given with. */
  function upstreamAddress(c: Context<Env>, path: string): URL {
    const address = new URL(options.upstreamUrl)
    address.pathname = path
    for (const [name, value] of new URL(c.req.url).searchParams) {
      // Azure's clients send the version of another server.
      if (name !== 'api-version') address.searchParams.append(name, value)
    }
    return address
  }

  function headersFor(c: Context<Env>): Headers {
    const headers = new Headers(c.req.raw.headers)
    for (const name of ownHeaders) headers.delete(name)
    // Azure's header for what is a bearer token elsewhere.
    const azureKey = headers.get('api-key')
    headers.delete('api-key')
    if (azureKey !== null && !headers.has('authorization')) headers.set('authorization', `Bearer ${azureKey}`)
    if (options.apiKey || options.upstreamKey) {
      headers.delete('authorization')
      headers.delete('x-api-key')
    }
    if (options.upstreamKey) headers.set('authorization', `Bearer ${options.upstreamKey}`)
    headers.set('x-request-id', c.get('requestId'))
    // Left out, it would mean any.
    headers.set('accept-encoding', 'identity')
    return headers
  }

  function refuseHost(c: Context<Env>): Response {
    const message = `The host ${JSON.stringify(c.req.header('host') ?? '')} is not this machine: only clients on it are served.`
    return fail(c, 403, { code: 'forbidden_host' }, message)
  }

  /** A page need not be able to read an answer to make the model work; a key would stop it. */
  function isForeignPage(c: Context<Env>): boolean {
    const origin = c.req.header('origin')
    if (origin === undefined || options.apiKey) return false
    const allowed = options.corsOrigins ?? []
    return (
      !allowed.includes('*') &&
      !allowed.includes(origin) &&
      !isLocal(/^https?:\/\/(.+)$/.exec(origin)?.[1] ?? '')
    )
  }

  function refusePage(c: Context<Env>): Response {
    const origin = c.req.header('origin') ?? ''
    const message = `Pages of ${JSON.stringify(origin)} may not ask here: serve with --cors ${origin} lets them.`
    return fail(c, 403, { code: 'forbidden_origin' }, message)
  }

  function refuseKey(c: Context<Env>): Response {
    const message =
      'No API key, or a wrong one: send this server’s key as "authorization: Bearer …", "x-api-key" or "api-key".'
    return fail(c, 401, { code: 'invalid_api_key' }, message)
  }

  function refuseBody(c: Context<Env>, { status, message }: Refused): Response {
    const codes = { 400: null, 413: 'request_too_large', 415: 'unsupported_content_encoding' }
    const response = fail(c, status, { code: codes[status] }, message)
    if (status === 415) response.headers.set('accept-encoding', acceptedCodings)
    return response
  }

  function failed(c: Context<Env>, error: unknown): Response {
    const { outgoing } = c.env
    // There is nobody left to be told.
    if (outgoing.destroyed) return RESPONSE_ALREADY_SENT
    if (error instanceof UpstreamError) return fail(c, error.status, error.fields, error.message)
    log.error({ requestId: c.get('requestId'), err: error }, 'a request failed')
    if (outgoing.headersSent) {
      // What has been written is not all, and there is no other way left to say so.
      outgoing.destroy()
      return RESPONSE_ALREADY_SENT
    }
    const message = error instanceof Error ? error.message : String(error)
    return fail(c, 500, { type: 'server_error', code: 'internal_error' }, `The server failed: ${message}`)
  }

  function fail(c: Context<Env>, status: number, fields: Partial<ErrorFields>, message: string): Response {
    access.noteOf(c).fail(message)
    const error = { ...invalidRequest(message, null), ...fields, message }
    return Response.json(protocolOf(c.req.path, c.req.raw.headers).errorBody(error, status), { status })
  }

  return app
}

/** No browser leaves the host out. */
function isLocal(host = 'localhost'): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i.test(host)
}

/** Whether the head of a request says that its body has no more bytes than `most`. */
function isKnownToFit(c: Context<Env>, most: number): boolean {
  return (
    c.req.header('transfer-encoding') === undefined && Number(c.req.header('content-length') ?? 0) <= most
  )
}

function showsKey(c: Context<Env>, key: string): boolean {
  const bearer = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
  return [bearer, c.req.header('x-api-key'), c.req.header('api-key')].some(
    (shown) => shown !== undefined && isSame(shown, key),
  )
}

/** Takes as long for a key that is nearly right as for one that is not. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
