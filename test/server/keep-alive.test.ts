import type { ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import Anthropic from '@anthropic-ai/sdk'
import { describe, expect, it } from 'vitest'
import { toolFetch } from '../../src/middleware/fetch.js'
import { listen, post, type Route, routes, serve } from './setup.js'

const token = (content: string, finish: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`

const call = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>'

/** Writes the pieces of a stream so that each is read by itself. */
async function write(response: ServerResponse, pieces: string[]): Promise<void> {
  for (const piece of pieces) {
    response.write(piece)
    await wait(60)
  }
  response.end('data: [DONE]\n\n')
}

const pieces = [
  ': OPENROUTER PROCESSING\n\n',
  token('Well, '),
  ':\n\n',
  token(call.slice(0, 30)),
  `: ${'x'.repeat(1000)}\n\n`,
  token(call.slice(30)),
  token('', 'stop'),
]

/** What a client is told, through `serve` and through `toolFetch`, read as it comes. */
async function told(route: Route, stream: boolean): Promise<{ headers: Headers; text: string }[]> {
  const upstreamUrl = await listen((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'max-age=60' })
    void write(response, pieces)
  })
  const tools = { upstream: { kind: 'chat' as const, stream: true } }
  const { url } = await serve([], { upstreamUrl, tools })
  const shimmed = toolFetch({ dialect: 'qwen3', ...tools })
  const init = { method: 'POST', body: JSON.stringify(route.body({ stream })) }
  const asks = [
    () => post(url, route, route.body({ stream })),
    () => shimmed(new URL(route.path, upstreamUrl), init),
  ]
  const answers = asks.map(async (ask) => {
    const response = await ask()
    return { headers: response.headers, text: await response.text() }
  })
  return Promise.all(answers)
}

describe.each(routes)('a server that says that it is busy, asked in %s', (name, route) => {
  it('is heard in a stream, between events', async () => {
    for (const { headers, text } of await told(route, true)) {
      expect(headers.get('cache-control')).toBe('no-cache')
      expect(headers.get('x-accel-buffering')).toBe('no')
      const blocks = text.trimEnd().split('\n\n')
      const comments = blocks.filter((block) => block.startsWith(':'))
      const pings = blocks.filter((block) => block === 'event: ping\ndata: {"type":"ping"}')
      expect(blocks[0]).toBe(': OPENROUTER PROCESSING')
      if (name === 'Anthropic Messages') expect([comments.length, pings.length]).toEqual([1, 2])
      else expect(comments.slice(1)).toEqual([': ', `: ${'x'.repeat(200)}`])
      expect(text.indexOf('ping')).toBeGreaterThanOrEqual(text.indexOf('message_start'))
      for (const block of blocks) expect(block).toMatch(/^(:|event: |data: )/)
    }
  })

  it('is nothing to a whole answer', async () => {
    for (const { headers, text } of await told(route, false)) {
      expect(JSON.stringify(JSON.parse(text))).toContain('get_weather')
      expect(headers.get('x-accel-buffering')).toBeNull()
    }
  })
})

it('Anthropic’s client reads the stream as any', async () => {
  const upstreamUrl = await listen((_, response) => void write(response, pieces))
  const { url } = await serve([], { upstreamUrl })
  const client = new Anthropic({ baseURL: url, apiKey: '-' })
  const message = await client.messages
    .stream({
      model: 'm',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'Hi' }],
      tools: [{ name: 'get_weather', input_schema: { type: 'object' } }],
    })
    .finalMessage()
  expect(message.content).toMatchObject([{ type: 'text' }, { type: 'tool_use', input: { city: 'Paris' } }])
})
