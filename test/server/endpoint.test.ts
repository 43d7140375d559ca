import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import type { TraceEntry } from '../../src/middleware/fetch.js'
import { chat, paris, post, serve } from './setup.js'

describe('who is served', () => {
  it('anybody on this machine, where no key is set', async () => {
    const { url } = await serve([paris])
    expect((await post(url, chat, chat.body())).status).toBe(200)
  })

  it.each([
    [undefined, 401],
    [{ authorization: 'Bearer wrong' }, 401],
    [{ authorization: 'Bearer secre' }, 401],
    [{ authorization: 'secret' }, 401],
    [{ authorization: 'Bearer secret' }, 200],
    [{ 'x-api-key': 'secret' }, 200],
  ])('with a key set, %s gets %s', async (headers, status) => {
    const { url, upstream } = await serve([paris], { apiKey: 'secret' })
    const response = await post(url, chat, chat.body(), headers && { headers })
    expect(response.status).toBe(status)
    if (status === 401) expect(chat.message(await response.json())).toContain('API key')
    expect(upstream.requests).toHaveLength(status === 200 ? 1 : 0)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect((await fetch(`${url}/v1/models`, headers && { headers })).status).toBe(status)
  })

  it('no page that has found a name for this machine', async () => {
    const { server, upstream } = await serve([paris])
    const { port } = new URL(server.url)
    const { request } = await import('node:http')
    const status = await new Promise((resolve) => {
      const asked = request({
        host: '127.0.0.1',
        port,
        path: '/v1/models',
        headers: { host: 'evil.example' },
      })
      asked.on('response', (response) => resolve(response.statusCode)).end()
    })
    expect(status).toBe(403)
    expect(upstream.requests).toHaveLength(0)
  })

  it('pages of the origins that are named', async () => {
    const preflight = (url: string, origin: string) =>
      fetch(url + chat.path, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type',
        },
      })
    const closed = await serve([paris])
    expect(
      (await preflight(closed.url, 'http://app.example')).headers.get('access-control-allow-origin'),
    ).toBeNull()
    const open = await serve([paris], { corsOrigins: ['http://app.example'], apiKey: 'secret' })
    const allowed = await preflight(open.url, 'http://app.example')
    expect(allowed.ok).toBe(true)
    expect(allowed.headers.get('access-control-allow-origin')).toBe('http://app.example')
    expect(
      (await preflight(open.url, 'http://other.example')).headers.get('access-control-allow-origin'),
    ).toBeNull()
  })
})

describe('a page', () => {
  const from = (origin: string) => ({ headers: { origin, 'content-type': 'text/plain' } })

  it.each([
    ['http://evil.example', 403],
    ['null', 403],
    ['http://localhost:5173', 200],
    ['http://127.0.0.1', 200],
    ['http://app.example', 200],
  ])('of %s gets %s, whether it could read the answer or not', async (origin, status) => {
    const { url, upstream } = await serve([paris], { corsOrigins: ['http://app.example'] })
    const response = await post(url, chat, chat.body(), from(origin))
    expect(response.status).toBe(status)
    expect(upstream.requests).toHaveLength(status === 200 ? 1 : 0)
    if (status === 403) expect(chat.message(await response.json())).toContain('--cors')
  })

  it('that shows the key may ask from anywhere', async () => {
    const { url } = await serve([paris], { apiKey: 'secret' })
    const { headers } = from('http://any.example')
    const response = await post(url, chat, chat.body(), {
      headers: { ...headers, authorization: 'Bearer secret' },
    })
    expect(response.status).toBe(200)
  })
})

it('what is not served below an endpoint is refused in its protocol', async () => {
  const { url } = await serve([paris])
  const response = await fetch(`${url}/v1/messages/count_tokens`, { method: 'POST', body: '{}' })
  expect(response.status).toBe(404)
  expect(await response.json()).toMatchObject({ type: 'error', error: { type: 'not_found_error' } })
})

describe('what is passed on', () => {
  it('the model’s name, the client’s own headers and key', async () => {
    const { url, upstream } = await serve([paris])
    const headers = { authorization: 'Bearer mine', 'x-team': 'a', cookie: 'session=1' }
    await post(url, chat, chat.body(), { headers })
    expect(upstream.requests[0]?.body.model).toBe('some-model')
    expect(upstream.requests[0]?.headers).toMatchObject({ authorization: 'Bearer mine', 'x-team': 'a' })
    expect(upstream.requests[0]?.headers).not.toHaveProperty('cookie')
  })

  it('not this server’s own key; the upstream’s where one is set', async () => {
    const own = await serve([paris], { apiKey: 'secret' })
    await post(own.url, chat, chat.body(), { headers: { authorization: 'Bearer secret' } })
    expect(own.upstream.requests[0]?.headers).not.toHaveProperty('authorization')
    const other = await serve([paris], { apiKey: 'secret', upstreamKey: 'theirs' })
    await post(other.url, chat, chat.body(), { headers: { 'x-api-key': 'secret' } })
    expect(other.upstream.requests[0]?.headers).toMatchObject({ authorization: 'Bearer theirs' })
    expect(other.upstream.requests[0]?.headers).not.toHaveProperty('x-api-key')
  })

  it('an address with a path of its own', async () => {
    const { upstream } = await serve([paris])
    const { url } = await serve([paris], { upstreamUrl: new URL(`${upstream.url}/`) })
    expect((await post(url, chat, chat.body())).status).toBe(200)
    expect(upstream.requests[0]?.path).toBe('/v1/chat/completions')
  })

  it('the list of models', async () => {
    const { url } = await serve([paris])
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: '-' })
    expect((await client.models.list()).data).toMatchObject([{ id: 'replay' }])
  })
})

it.each(['GET', 'POST', 'DELETE'])('%s of what is not here is 404, in words', async (method) => {
  const { url } = await serve([paris])
  const response = await fetch(`${url}/v1/nothing`, { method })
  expect(response.status).toBe(404)
  expect(await response.json()).toMatchObject({
    error: { message: `There is no ${method} /v1/nothing here.` },
  })
})

describe('a request’s id', () => {
  it('is the client’s own or a new one, and the log has it', async () => {
    const { url, log } = await serve([paris])
    const named = await post(url, chat, chat.body(), { headers: { 'x-request-id': 'mine-1' } })
    await named.text()
    expect(named.headers.get('x-request-id')).toBe('mine-1')
    const odd = await post(url, chat, chat.body(), { headers: { 'x-request-id': 'x"}{ y' } })
    await odd.text()
    expect(odd.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/)
    await until(() => log.length === 2)
    expect(log[0]).toMatchObject({
      msg: 'request',
      requestId: 'mine-1',
      method: 'POST',
      path: '/v1/chat/completions',
      status: 200,
      surface: 'chat-completions',
      model: 'some-model',
      upstreamStatus: 200,
      calls: 1,
      finish: 'tool_calls',
      end: 'answered',
    })
  })

  it('a stream that was cut is logged as such', async () => {
    const { url, log } = await serve([{ text: 'word '.repeat(500), delay: 5 }])
    const response = await post(url, chat, chat.body({ stream: true }))
    await response.body?.cancel()
    await until(() => log.length === 1)
    expect(log[0]).toMatchObject({ end: 'cut', status: 200 })
  })
})

it('traces what was sent, what the model wrote and what was made of it, without keys', async () => {
  const entries: (TraceEntry & { requestId: string })[] = []
  const { url } = await serve([paris], {
    trace: (entry) => entries.push(entry),
    apiKey: 'secret',
    upstreamKey: 'theirs',
  })
  await (
    await post(url, chat, chat.body({ stream: true }), { headers: { authorization: 'Bearer secret' } })
  ).text()
  expect(entries[0]).toMatchObject({
    type: 'request',
    surface: 'chat-completions',
    asked: { model: 'some-model' },
  })
  const written = entries.flatMap((entry) => (entry.type === 'written' ? [entry.text ?? ''] : []))
  expect(written.join('')).toBe(paris)
  expect(entries.filter(({ type }) => type === 'event').at(-1)).toMatchObject({
    event: { type: 'finish', reason: 'tool_calls', calls: 1 },
  })
  expect(new Set(entries.map(({ id }) => id)).size).toBe(1)
  expect(JSON.stringify(entries)).not.toMatch(/secret|theirs/)
})

async function until(is: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !is(); tries++) await new Promise((resolve) => setTimeout(resolve, 5))
}
