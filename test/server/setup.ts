import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { pino } from 'pino'
import { afterEach } from 'vitest'
import { type RunningServer, type ServerOptions, startServer } from '../../src/server/server.js'
import { createReplayUpstream, type ReplayOptions, type ReplayUpstream } from '../../src/testing/replay.js'

const opened: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close()
})

export interface Served {
  url: string
  server: RunningServer
  upstream: ReplayUpstream
  /** The lines of the log, as objects. */
  log: Record<string, unknown>[]
}

/** The endpoint as `toolshim serve` starts it, in front of a replay upstream or of another address. */
export async function serve(
  replies: ReplayOptions['replies'],
  change: Partial<Omit<ServerOptions, 'tools'>> & {
    tools?: Partial<ServerOptions['tools']>
    replay?: Partial<ReplayOptions>
  } = {},
): Promise<Served> {
  const { tools, replay, ...options } = change
  const upstream = await createReplayUpstream({ replies, ...replay })
  const log: Record<string, unknown>[] = []
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    localOnly: true,
    upstreamUrl: new URL(upstream.url),
    bodyLimit: 1024 * 1024,
    headerTimeout: 1000,
    requestTimeout: 5000,
    idleTimeout: 5000,
    timeout: 5000,
    log: pino({ level: 'info' }, { write: (line: string) => void log.push(JSON.parse(line)) }),
    ...options,
    tools: { dialect: 'qwen3', upstream: { kind: 'chat' }, ...tools },
  })
  opened.push(
    () => upstream.close(),
    () => server.close(0),
  )
  return { url: server.url, server, upstream, log }
}

/** A model's server of a test's own. */
export async function listen(answer: RequestListener): Promise<URL> {
  const server = createServer(answer)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  opened.push(async () => {
    server.closeAllConnections()
    server.close()
  })
  return addressOf(server.address())
}

export function addressOf(address: unknown): URL {
  return new URL(`http://127.0.0.1:${Object(address).port}`)
}

/** A request as each protocol's clients send it, and how its errors and streams read. */
export interface Route {
  path: string
  body(change?: { stream?: boolean; nameless?: boolean }): Record<string, unknown>
  /** The message in the body of an error. */
  message(body: unknown): unknown
}

export const paris = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris é 🌍"}}\n</tool_call>'

export function post(url: string, route: Route, body: unknown, init: RequestInit = {}): Promise<Response> {
  return fetch(url + route.path, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
    headers: { 'content-type': 'application/json', ...init.headers },
  })
}

const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }

/** What stands at the end of a path of fields, in JSON that nobody has checked. */
function at(body: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((value, name) => Object(value)[name], body)
}

export const chat: Route = {
  path: '/v1/chat/completions',
  body: ({ stream = false, nameless = false } = {}) => ({
    model: 'some-model',
    stream,
    messages: [{ role: 'user', content: 'Weather?' }],
    tools: [{ type: 'function', function: { name: nameless ? '' : 'get_weather', parameters: schema } }],
  }),
  message: (body) => at(body, 'error', 'message'),
}

const messages: Route = {
  path: '/v1/messages',
  body: ({ stream = false, nameless = false } = {}) => ({
    model: 'some-model',
    max_tokens: 1000,
    stream,
    messages: [{ role: 'user', content: 'Weather?' }],
    tools: [{ name: nameless ? '' : 'get_weather', input_schema: schema }],
  }),
  message: (body) => at(body, 'error', 'message'),
}

const responses: Route = {
  path: '/v1/responses',
  body: ({ stream = false, nameless = false } = {}) => ({
    model: 'some-model',
    stream,
    input: 'Weather?',
    tools: [{ type: 'function', name: nameless ? '' : 'get_weather', parameters: schema, strict: null }],
  }),
  message: (body) => at(body, 'error', 'message'),
}

export const routes: [string, Route][] = [
  ['Chat Completions', chat],
  ['Responses', responses],
  ['Anthropic Messages', messages],
]
