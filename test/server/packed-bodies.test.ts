import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { toolFetch } from '../../src/middleware/fetch.js'
import { createReplayUpstream } from '../../src/testing/replay.js'
import { chat, paris, routes, serve } from './setup.js'

const packings: [string, string, (text: string) => Buffer][] = [
  ['gzip', 'gzip', gzipSync],
  ['x-gzip', 'x-gzip', gzipSync],
  ['zlib', 'deflate', deflateSync],
  ['a bare deflate', 'Deflate', deflateRawSync],
  ['brotli', 'br', brotliCompressSync],
  ['gzip in brotli', 'gzip, br', (text) => brotliCompressSync(gzipSync(text))],
  ['nothing', 'identity', Buffer.from],
]

function send(url: string, body: Uint8Array, coding: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', 'content-encoding': coding }
  return fetch(url, { method: 'POST', body: new Uint8Array(body), headers })
}

describe.each(routes)('a body of %s', (_, route) => {
  it.each(packings)('may be packed in %s', async (_, coding, pack) => {
    const { url, upstream } = await serve([paris])
    const response = await send(url + route.path, pack(JSON.stringify(route.body())), coding)
    expect(response.status).toBe(200)
    expect(upstream.requests[0]?.headers).not.toHaveProperty('content-encoding')
    expect(upstream.requests[0]?.body.model).toBe('some-model')
  })

  it.each([
    ['zstd', Buffer.from('{}'), 415, 'content-encoding: "zstd" is not read here'],
    ['gzip', Buffer.from('{}'), 400, 'The body is not gzip'],
    ['gzip', gzipSync('x'.repeat(3 * 1024 * 1024)), 413, 'more than 1048576 bytes'],
    ['gzip', gzipSync('no json'), 400, 'not JSON'],
  ])('packed in %s that is none is refused in its words', async (coding, body, status, words) => {
    const { url, upstream } = await serve([paris])
    const response = await send(url + route.path, body, coding)
    expect(response.status).toBe(status)
    expect(route.message(await response.json())).toContain(words)
    expect(response.headers.get('accept-encoding')).toBe(status === 415 ? 'gzip, deflate, br' : null)
    expect(upstream.requests).toEqual([])
  })
})

describe('toolFetch', () => {
  it.each(packings.slice(0, 3))('reads a body that is packed in %s', async (_, coding, pack) => {
    const upstream = await createReplayUpstream({ replies: [paris] })
    const body = new Uint8Array(pack(JSON.stringify(chat.body())))
    const headers = { 'content-encoding': coding }
    const url = upstream.url + chat.path
    const send = toolFetch({ dialect: 'qwen3' })
    const answers = [
      await send(url, { method: 'POST', body, headers }),
      await send(new Request(url, { method: 'POST', body, headers })),
    ]
    for (const answer of answers) {
      expect(await answer.json()).toMatchObject({ choices: [{ finish_reason: 'tool_calls' }] })
    }
    for (const { headers } of upstream.requests) expect(headers).not.toHaveProperty('content-encoding')
    await upstream.close()
  })

  it('passes one that has nothing to do with tools as it came', async () => {
    const sent: unknown[] = []
    const send = toolFetch({
      dialect: 'qwen3',
      fetch: async (_, init) => {
        sent.push(new Uint8Array(await new Response(init?.body).arrayBuffer()), init?.headers)
        return new Response('{}')
      },
    })
    const body = new Uint8Array(gzipSync(JSON.stringify({ ...chat.body(), tools: [] })))
    const headers = { 'content-encoding': 'gzip' }
    await send(`http://localhost${chat.path}`, { method: 'POST', body, headers })
    expect(sent).toEqual([body, headers])
  })

  it.each([
    ['br', brotliCompressSync('{}'), 415],
    ['gzip', Buffer.from('{}'), 400],
  ])('refuses what is not %s, or cannot be unpacked here', async (coding, body, status) => {
    const response = await toolFetch({ dialect: 'qwen3' })(`http://localhost:1${chat.path}`, {
      method: 'POST',
      body: new Uint8Array(body),
      headers: { 'content-encoding': coding },
    })
    expect(response.status).toBe(status)
    expect(chat.message(await response.json())).toContain(coding)
  })
})
