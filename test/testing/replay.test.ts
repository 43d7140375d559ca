import { afterEach, expect, it } from 'vitest'
import {
  createReplayUpstream,
  type ReplayOptions,
  type ReplayUpstream,
  splitTokens,
} from '../../src/testing/index.js'

let upstream: ReplayUpstream | undefined
afterEach(() => upstream?.close())

async function post(path: string, body: object, replies: ReplayOptions['replies']): Promise<string> {
  upstream = await createReplayUpstream({ replies })
  const response = await fetch(`${upstream.url}${path}`, { method: 'POST', body: JSON.stringify(body) })
  return response.text()
}

it('cuts text into tokens without breaking a character', () => {
  expect(splitTokens('<tool_call>😀')).toEqual(['<too', 'l_ca', 'll>😀'])
  expect(splitTokens('')).toEqual([])
})

it.each([
  ['/v1/chat/completions', 'data: {"id":"replay-1","object":"chat.completion.chunk"', 'data: [DONE]\n\n'],
  ['/v1/completions', 'data: {"id":"replay-1","object":"text_completion"', 'data: [DONE]\n\n'],
  ['/completion', 'data: {"index":0,"content":"Hell"', '\n\n'],
  ['/api/generate', '{"model":"replay"', '}\n'],
])('streams as %s does', async (path, start, end) => {
  const text = await post(path, { stream: true }, ['Hello there'])
  expect(text.startsWith(start)).toBe(true)
  expect(text.endsWith(end)).toBe(true)
  expect(text).toContain('"Hell"')
})

it('answers whole, ends at a stop string, and replays by turn', async () => {
  const text = await post('/v1/completions', { stop: ['|'] }, ['Hello | there', 'Bye'])
  expect(JSON.parse(text)).toMatchObject({ choices: [{ text: 'Hello ', finish_reason: 'stop' }] })
  for (const _ of [1, 2]) {
    const next = await fetch(`${upstream?.url}/v1/completions`, { method: 'POST', body: '{}' })
    expect(await next.json()).toMatchObject({ choices: [{ text: 'Bye' }] })
  }
  expect(upstream?.requests).toHaveLength(3)
})

it('gives every answer an id of its own', async () => {
  const first = await post('/v1/chat/completions', {}, ['Hello'])
  const next = await fetch(`${upstream?.url}/v1/chat/completions`, { method: 'POST', body: '{}' })
  expect([JSON.parse(first).id, (await next.json()).id]).toEqual(['replay-1', 'replay-2'])
})

it('answers a function of the request', async () => {
  const text = await post('/v1/completions', { prompt: 'abc' }, ({ body }) => `You said ${body.prompt}.`)
  expect(JSON.parse(text)).toMatchObject({ choices: [{ text: 'You said abc.' }] })
})

it('lists its model, and says what it does not have', async () => {
  upstream = await createReplayUpstream({ replies: [], model: 'my-model' })
  const get = async (path: string) => (await fetch(`${upstream?.url}${path}`)).json()
  expect(await get('/v1/models')).toMatchObject({ data: [{ id: 'my-model' }] })
  expect(await get('/healthz')).toEqual({ status: 'ok' })
  expect(await get('/nowhere')).toEqual({ error: { message: 'There is no GET /nowhere here.' } })
})

it('answers a mistake in the replies with its words', async () => {
  upstream = await createReplayUpstream({
    replies() {
      throw new Error('no reply for this')
    },
  })
  const response = await fetch(`${upstream.url}/v1/chat/completions`, {
    method: 'POST',
    body: '{"messages":[]}',
  })
  expect([response.status, await response.text()]).toEqual([
    500,
    expect.stringContaining('no reply for this'),
  ])
})

// A fault that is misspelt would be none, and the test that asks for it would prove nothing.
it.each([
  [[5], "replies[0] must be text or an object, as in { text: 'Hello.', delay: 5 }"],
  [['Hello.', { txt: 'Bye.' }], 'replies[1].txt is no field; there are text, choices'],
  [[{ text: 'Hello.', fault: { cutafter: 2 } }], 'replies[0].fault.cutafter is no field; there are status'],
  [[{ fault: 2 }], 'replies[0].fault must be an object, as in { cutAfter: 2 }'],
])('%j are no replies', async (replies, message) => {
  await expect(Reflect.apply(createReplayUpstream, undefined, [{ replies }])).rejects.toThrow(message)
})
