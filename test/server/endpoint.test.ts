import Anthropic from '@anthropic-ai/sdk'
import OpenAI, { AzureOpenAI } from 'openai'
import { describe, expect, it } from 'vitest'
import type { TraceEntry } from '../../src/middleware/fetch.js'
import { chat, listen, paris, post, serve } from './setup.js'

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
    [{ 'api-key': 'secret' }, 200],
    [{ 'api-key': 'wrong' }, 401],
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

  it.each(['a model', 'org/model', 'ü+%'])(
    'one model, from the list where there is no more: %s',
    async (id) => {
      const upstreamUrl = await listen(({ url = '' }, response) => {
        response.statusCode = url === '/v1/models' ? 200 : 404
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify(url === '/v1/models' ? { data: [{ id: 'other' }, { id, max: 1 }] } : {}))
      })
      const { url } = await serve([paris], { upstreamUrl })
      for (const client of [
        new OpenAI({ baseURL: `${url}/v1`, apiKey: '-' }),
        new Anthropic({ baseURL: url, apiKey: '-' }),
      ]) {
        expect(await client.models.retrieve(id)).toMatchObject({ id, max: 1 })
        await expect(client.models.retrieve('none')).rejects.toMatchObject({ status: 404 })
      }
      expect(
        await (await fetch(`${url}/v1/models/${id.includes('/') ? id : 'other'}`)).json(),
      ).toHaveProperty('id')
    },
  )
})

describe('a client’s base address', () => {
  const ask = {
    model: 'm',
    messages: [{ role: 'user' as const, content: 'Weather?' }],
    tools: [{ type: 'function' as const, function: { name: 'get_weather' } }],
  }

  it.each(['', '/', '/v1', '/v1/', '/openai/v1', '/api/v1', '/anything/at/all'])(
    'may end in %j, and the upstream is asked at its own path',
    async (path) => {
      const { url, upstream } = await serve([paris], { upstreamKey: 'theirs' })
      const client = new OpenAI({ baseURL: url + path, apiKey: '-' })
      const { choices } = await client.chat.completions.create(ask)
      expect(choices[0]?.finish_reason).toBe('tool_calls')
      expect((await client.responses.create({ model: 'm', input: 'Hi.' })).output).toHaveLength(1)
      expect((await client.models.list()).data).toMatchObject([{ id: 'replay' }])
      expect(upstream.requests.map((request) => request.path)).toEqual(Array(2).fill('/v1/chat/completions'))
    },
  )

  it.each(['', '/anthropic', '/v1/'])('of Anthropic’s client may end in %j', async (path) => {
    const { url, upstream } = await serve([paris])
    const client = new Anthropic({ baseURL: url + path, apiKey: '-' })
    const tools = [{ name: 'get_weather', input_schema: { type: 'object' as const } }]
    const { content } = await client.messages.create({ ...ask, tools, max_tokens: 100 })
    expect(content).toMatchObject([{ type: 'tool_use' }])
    expect(upstream.requests[0]?.path).toBe('/v1/chat/completions')
  })

  it('may leave the version out of Anthropic’s path', async () => {
    const { url } = await serve([paris])
    const body = JSON.stringify({ ...ask, tools: [], max_tokens: 100 })
    expect((await fetch(`${url}/messages`, { method: 'POST', body })).status).toBe(200)
    expect((await fetch(`${url}/threads/1/messages`, { method: 'POST', body })).status).toBe(404)
  })

  it('may be Azure’s: the deployment is the model, and its key is one', async () => {
    const urls: string[] = []
    const upstreamUrl = await listen(({ url = '', headers }, response) => {
      urls.push(url, String(headers.authorization), String(headers['api-key']))
      response.end('{"choices": [{"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop"}]}')
    })
    const { url } = await serve([], { upstreamUrl })
    const client = new AzureOpenAI({ endpoint: url, apiKey: 'k', apiVersion: '2026-01-01' })
    await client.chat.completions.create({ ...ask, model: 'gpt' })
    expect(urls).toEqual(['/v1/chat/completions', 'Bearer k', 'undefined'])
  })

  it('with a deployment is asked for that model where the body names none', async () => {
    const { url, upstream } = await serve([paris])
    const { model, ...body } = ask
    const path = '/openai/deployments/my%20model/chat/completions?api-version=1&trace=2'
    const response = await fetch(url + path, { method: 'POST', body: JSON.stringify(body) })
    expect(await response.json()).toMatchObject({ choices: [{ finish_reason: 'tool_calls' }] })
    expect(upstream.requests[0]?.body.model).toBe('my model')
  })

  it('does not reach anything else on the upstream', async () => {
    const urls: unknown[] = []
    const upstreamUrl = await listen((request, response) => {
      urls.push(request.url)
      response.end('{"data": []}')
    })
    const { url } = await serve([], {
      upstreamUrl: new URL('/team/v1?tenant=a', upstreamUrl),
      upstreamKey: 'k',
    })
    const paths = [
      '/v1/models/..%2f..%2fadmin',
      '/v1/models/%2e%2e%2f%2e%2e%2fadmin',
      '/admin',
      '/v1/models/..%5cadmin',
    ]
    for (const path of paths) expect((await fetch(url + path)).status).toBe(404)
    for (const path of ['/admin/models', '/v1/models/', '/models/Qwen/Qwen3-8B?x=1', '/v1/models/a%2Fb'])
      expect((await fetch(url + path)).status).toBe(200)
    expect(urls).toEqual([
      '/team/v1/models?tenant=a',
      '/team/v1/models?tenant=a',
      '/team/v1/models/Qwen/Qwen3-8B?tenant=a&x=1',
      '/team/v1/models/a%2Fb?tenant=a',
    ])
  })
})

describe('what is not served is refused in the protocol that', () => {
  it.each([
    ['/v1/messages/count_tokens', {}, { type: 'error', error: { type: 'not_found_error' } }],
    ['/anthropic/v1/files', {}, { type: 'error', error: { type: 'not_found_error' } }],
    ['/v1/files', { 'anthropic-version': '2023-06-01' }, { type: 'error' }],
    ['/v1/responses/resp_1/cancel', {}, { error: { type: 'invalid_request_error' } }],
    [
      '/api/v1/services/aigc/image-generation/generation',
      {},
      { code: expect.any(String), request_id: expect.any(String) },
    ],
    ['/v1/embeddings', {}, { error: { type: 'invalid_request_error' } }],
  ])('%s looks like', async (path, headers, body) => {
    const { url } = await serve([paris])
    const response = await fetch(url + path, { method: 'POST', body: '{}', headers })
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject(body)
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
