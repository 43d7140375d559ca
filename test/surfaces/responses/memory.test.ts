import { createOpenAI } from '@ai-sdk/openai'
import { generateText, stepCountIs, streamText, tool } from 'ai6'
import OpenAI, { BadRequestError } from 'openai'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { toolFetch } from '../../../src/middleware/fetch.js'
import { createResponseMemory } from '../../../src/surfaces/responses/memory.js'
import type { MessageItem } from '../../../src/surfaces/responses/protocol.js'
import { callParis, connect, failure } from '../../middleware/setup.js'

const tools = [{ type: 'function' as const, name: 'get_weather', parameters: {}, strict: false }]
const ask = { model: 'm', tools }

describe('a response that is gone on from', () => {
  it.each([false, true])('is in the next prompt with all before it (streamed: %s)', async (streamed) => {
    const { client, upstream } = await connect([
      `<think>\nLook it up.\n</think>\n\nLet me look.\n${callParis}`,
      'Sunny.',
      'Goodbye.',
    ])
    const send = (body: { input: OpenAI.Responses.ResponseInput | string; previous_response_id?: string }) =>
      streamed
        ? client.responses.stream({ ...ask, ...body }).finalResponse()
        : client.responses.create({ ...ask, ...body })
    const first = await send({ input: 'Weather in Paris?' })
    expect(first).toMatchObject({ store: true, previous_response_id: null })
    const [call] = first.output.flatMap((item) => (item.type === 'function_call' ? item : []))
    const second = await send({
      input: [{ type: 'function_call_output', call_id: call?.call_id ?? '', output: '18 °C' }],
      previous_response_id: first.id,
    })
    expect(second).toMatchObject({ output_text: 'Sunny.', previous_response_id: first.id })
    expect(second.id).not.toBe(first.id)
    await send({ input: 'Thanks.', previous_response_id: second.id })

    const roles = upstream.requests.map(({ body }) =>
      z
        .object({ messages: z.array(z.object({ role: z.string() })) })
        .parse(body)
        .messages.map(({ role }) => role),
    )
    expect(roles).toEqual([
      ['system', 'user'],
      ['system', 'user', 'assistant', 'user'],
      ['system', 'user', 'assistant', 'user', 'assistant', 'user'],
    ])
    const last = JSON.stringify(upstream.requests[2]?.body)
    for (const said of ['Weather in Paris?', 'Let me look.', 'get_weather', '18 °C', 'Sunny.', 'Thanks.']) {
      expect(last).toContain(said)
    }
  })

  it('does not hand its instructions on', async () => {
    const { client, upstream } = await connect(['Hello.', 'Bye.'])
    const first = await client.responses.create({ model: 'm', instructions: 'Be brief.', input: 'Hi' })
    await client.responses.create({ model: 'm', input: 'Bye', previous_response_id: first.id })
    expect(JSON.stringify(upstream.requests[1]?.body)).not.toContain('Be brief.')
    expect(JSON.stringify(upstream.requests[1]?.body)).toContain('Hello.')
  })

  it('may be gone on from more than once, and with nothing new', async () => {
    const { client, upstream } = await connect(['One.', 'Two.', 'Three.'])
    const { id } = await client.responses.create({ model: 'm', input: 'Hi' })
    for (const input of [undefined, []]) {
      await client.responses.create({ model: 'm', previous_response_id: id, ...(input && { input }) })
    }
    expect(upstream.requests[2]?.body.messages).toEqual(upstream.requests[1]?.body.messages)
    expect(JSON.stringify(upstream.requests[2]?.body)).not.toContain('Two.')
  })

  it('has an id that nobody can guess from the upstream’s', async () => {
    const { client } = await connect(['One.', 'Two.'])
    const { id } = await client.responses.create({ model: 'm', input: 'Hi' })
    const again = await client.responses.create({ model: 'm', input: 'Hi' })
    expect(id).toMatch(/^resp_[0-9a-f]{24}$/)
    expect(again.id).not.toBe(id)
  })
})

describe('a response that is not known', () => {
  const words = 'of answers the last 1000 are kept, in memory alone, and none with store: false;'

  it('is a bad request that says how to do without', async () => {
    const { client, upstream } = await connect(['One.'])
    const unkept = await client.responses.create({ model: 'm', input: 'Hi', store: false })
    expect(unkept).toMatchObject({ store: false })
    for (const id of [unkept.id, 'resp_1', '__proto__']) {
      const error = await failure(
        client.responses.create({ model: 'm', input: 'Hi', previous_response_id: id }),
      )
      expect(error).toBeInstanceOf(BadRequestError)
      expect(error).toMatchObject({
        param: 'previous_response_id',
        message: expect.stringContaining(words),
      })
      expect(String(error)).toContain('give the whole conversation as input, with store: false')
    }
    const [item] = unkept.output
    const input = [{ type: 'item_reference' as const, id: item?.id ?? '' }]
    const error = await failure(client.responses.create({ model: 'm', input }))
    expect(error).toMatchObject({ param: 'input[0].id', message: expect.stringContaining(words) })
    expect(upstream.requests).toHaveLength(1)
  })

  it('is one of another toolFetch, or any where none is kept', async () => {
    const { client, upstream } = await connect(['One.'])
    const { id } = await client.responses.create({ model: 'm', input: 'Hi' })
    const other = new OpenAI({
      apiKey: '-',
      baseURL: `${upstream.url}/v1`,
      fetch: toolFetch({ dialect: 'qwen3', keepResponses: 0 }),
    })
    const asked = { model: 'm', input: 'Hi', previous_response_id: id }
    expect(String(await failure(other.responses.create(asked)))).toContain('nothing is kept between requests')
    expect(await other.responses.create({ model: 'm', input: 'Hi' })).toMatchObject({ store: false })
  })

  it('is one that failed', async () => {
    const { client } = await connect([{ text: 'word '.repeat(20), fault: { cutAfter: 12 } }, 'x'])
    const ids: string[] = []
    const stream = client.responses.stream({ model: 'm', input: 'Hi' })
    stream.on('event', (event) => {
      if ('response' in event) ids.push(event.response.id)
    })
    await failure(stream.finalResponse())
    const asked = { model: 'm', input: 'Hi', previous_response_id: ids[0] ?? '' }
    expect(await failure(client.responses.create(asked))).toBeInstanceOf(BadRequestError)
  })

  it.each([-1, 1.5, Number.NaN])('is no number of kept ones: %s', (keepResponses) => {
    expect(() => toolFetch({ dialect: 'qwen3', keepResponses })).toThrow('keepResponses: ')
  })
})

describe('the AI SDK’s own model, which refers to items', () => {
  const weather = tool({ inputSchema: z.object({ city: z.string() }), execute: () => '18 °C' })

  it.each(['generateText', 'streamText'] as const)('runs a loop of %s', async (way) => {
    const replies = [`<think>\nHm.\n</think>\n\nLook.\n${callParis}`, 'It is 18 °C.']
    const { upstream } = await connect(replies)
    const sent: unknown[] = []
    const tooled = toolFetch({ dialect: 'qwen3' })
    const openai = createOpenAI({
      apiKey: '-',
      baseURL: `${upstream.url}/v1`,
      fetch: (url, init) => {
        sent.push(JSON.parse(String(init?.body)))
        return tooled(url, init)
      },
    })
    const asked = {
      model: openai('m'),
      tools: { get_weather: weather },
      stopWhen: stepCountIs(3),
      prompt: 'Weather?',
      maxRetries: 0,
    }
    const text = way === 'generateText' ? (await generateText(asked)).text : await streamText(asked).text
    expect(text).toBe('It is 18 °C.')
    // Its second request has none of the first answer, only the ids.
    expect(JSON.stringify(sent[1])).toContain('item_reference')
    const second = JSON.stringify(upstream.requests[1]?.body)
    for (const said of ['Look.', 'get_weather', 'Paris', '18 °C']) expect(second).toContain(said)
  })
})

describe('the memory', () => {
  const message = (id: string, text = ''): MessageItem => ({
    type: 'message',
    id,
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
  })
  const kept = (id: string, previous?: string, text?: string) => ({
    previous,
    input: [{ role: 'user', content: id }],
    output: [message(`msg_${id}`, text)],
  })

  it('forgets those first that nobody has asked for in the longest time', () => {
    const memory = createResponseMemory({ responses: 2, characters: 1e6 })
    memory.keep('a', kept('a'))
    memory.keep('b', kept('b'))
    expect(memory.item('msg_a')?.id).toBe('msg_a')
    memory.keep('c', kept('c'))
    expect(memory.conversation('b')).toBeUndefined()
    expect(memory.item('msg_b')).toBeUndefined()
    expect(memory.conversation('a')).toHaveLength(2)
    memory.keep('d', kept('d'))
    expect(memory.conversation('c')).toBeUndefined()
  })

  it('keeps what a conversation that goes on is made of', () => {
    const memory = createResponseMemory({ responses: 3, characters: 1e6 })
    memory.keep('a', kept('a'))
    memory.keep('x', kept('x'))
    expect(memory.conversation('a')).toHaveLength(2)
    memory.keep('b', kept('b', 'a'))
    memory.keep('y', kept('y'))
    expect(memory.conversation('x')).toBeUndefined()
    expect(memory.conversation('b')).toEqual([
      { role: 'user', content: 'a' },
      message('msg_a'),
      { role: 'user', content: 'b' },
      message('msg_b'),
    ])
  })

  it('does not know a conversation whose beginning is forgotten', () => {
    const memory = createResponseMemory({ responses: 1, characters: 1e6 })
    memory.keep('a', kept('a'))
    memory.keep('b', kept('b', 'a'))
    expect(memory.conversation('b')).toBeUndefined()
    expect(memory.item('msg_b')?.id).toBe('msg_b')
  })

  it('has no more characters than it may, and nothing that is larger than that', () => {
    const memory = createResponseMemory({ responses: 1000, characters: 10_000 })
    for (let n = 0; n < 100; n++) memory.keep(`r${n}`, kept(`r${n}`, undefined, 'x'.repeat(1000)))
    memory.keep('large', kept('large', undefined, 'x'.repeat(20_000)))
    expect(memory.conversation('large')).toBeUndefined()
    const known = Array.from({ length: 100 }, (_, n) => memory.conversation(`r${n}`)).filter(Boolean)
    expect(known.length).toBeGreaterThan(5)
    expect(known.length).toBeLessThan(10)
  })
})
