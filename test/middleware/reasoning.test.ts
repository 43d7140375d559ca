import Anthropic from '@anthropic-ai/sdk'
import { Agent, OpenAIChatCompletionsModel, Runner, setTracingDisabled, tool } from '@openai/agents'
import type { ChatCompletionMessageParam } from 'openai/resources'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { toolFetch } from '../../src/middleware/fetch.js'
import { callParis, chatKinds, collect, connect, kinds, tools } from './setup.js'

// It would try to reach a server of OpenAI's.
setTracingDisabled(true)

const question = { model: 'any', tools, messages: [{ role: 'user' as const, content: 'Weather in Paris?' }] }

describe.each(kinds)('reasoning that the prompt has opened, from a %s upstream', (upstream) => {
  const reply = `The user wants the weather.\n</think>\n\n${callParis}`

  test('is reasoning up to its closing mark', async () => {
    const { client } = await connect([reply], { upstream, dialect: 'qwq-32b' })
    const { choices } = await client.chat.completions.create(question)
    expect(choices[0]?.message).toMatchObject({
      content: null,
      reasoning_content: 'The user wants the weather.',
      tool_calls: [{ function: { name: 'get_weather', arguments: '{"city": "Paris"}' } }],
    })
  })

  test('is streamed as reasoning', async () => {
    const { client } = await connect([reply], { upstream, dialect: 'qwq-32b' })
    let reasoning = ''
    let args = ''
    for await (const { choices } of await client.chat.completions.create({ ...question, stream: true })) {
      const delta: {
        reasoning_content?: string
        content?: string | null
        tool_calls?: { function?: { arguments?: string } }[]
      } = choices[0]?.delta ?? {}
      reasoning += delta.reasoning_content ?? ''
      args += delta.tool_calls?.[0]?.function?.arguments ?? ''
      expect(delta.content ?? '').toBe('')
    }
    expect([reasoning, args]).toEqual(['The user wants the weather.', '{"city": "Paris"}'])
  })
})

test('a chat server that tells reasoning apart itself has closed it', async () => {
  const reply = `Sunny.`
  const { client } = await connect([{ text: reply, reasoning: 'I know this.' }], {
    upstream: 'chat',
    dialect: 'qwq-32b',
  })
  const { choices } = await client.chat.completions.create({ ...question, stream: false })
  expect(choices[0]?.message).toMatchObject({ content: 'Sunny.', reasoning_content: 'I know this.' })
})

describe.each(['qwq-32b', 'qwen3'])(
  'a chat server that tells the reasoning of %s apart itself',
  (dialect) => {
    const reason = (text: string) => ({ reasoning_content: text })
    const say = (content: string) => ({ content })
    const split: [
      string,
      object[],
      { reasoning_content: string; content: string | null; tool_calls?: object[] },
    ][] = [
      [
        'behind white space',
        [say('\n'), say('\n'), reason('I know'), reason(' this.'), say('\n\n'), say('Sunny.')],
        { reasoning_content: 'I know this.', content: 'Sunny.' },
      ],
      [
        'and nothing else',
        [say('\n'), reason('Hm.'), say('\n')],
        { reasoning_content: 'Hm.', content: null },
      ],
      [
        'before a call',
        [say(''), reason('Call.'), say('\n\n'), say(callParis)],
        { reasoning_content: 'Call.', content: null, tool_calls: [{ function: { name: 'get_weather' } }] },
      ],
    ]
    test.each(split)('%s', async (_, deltas, message) => {
      const frames = deltas.map((delta) => ({ choices: [{ index: 0, delta, finish_reason: null }] }))
      const last = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }
      const body = [...frames, last].map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join('')
      const { client } = await connect([{ fault: { status: 200, body } }], { dialect })
      const whole = await client.chat.completions.create(question)
      expect(whole.choices[0]?.message).toMatchObject(message)

      // The client's own helper keeps only the last piece of a field that it does not know.
      const joined = new Map<string, string>()
      for await (const { choices } of await client.chat.completions.create({ ...question, stream: true })) {
        for (const [name, text] of Object.entries({ ...choices[0]?.delta })) {
          if (typeof text === 'string') joined.set(name, (joined.get(name) ?? '') + text)
        }
      }
      expect(joined.get('content') ?? null).toBe(message.content)
      expect(joined.get('reasoning_content')).toBe(message.reasoning_content)
    })
  },
)

test('white space before reasoning that the prompt has opened is its own', async () => {
  const { client } = await connect([`\n \nI know this.\n</think>\n\nSunny.`], { dialect: 'qwq-32b' })
  const { choices } = await client.chat.completions.create(question)
  expect(choices[0]?.message).toMatchObject({ content: 'Sunny.', reasoning_content: 'I know this.' })
})

test('a reply of white space stays one', async () => {
  for (const text of [' \n', ' '.repeat(70_000)]) {
    const { client } = await connect([text])
    const { choices } = await client.chat.completions.create(question)
    expect(choices[0]?.message.content).toBe(text)
  }
})

describe('reasoning in the field that newer clients read', () => {
  const reply = `<think>\nHm.\n</think>\n\nSunny.`

  test('is there and in no other, whole and streamed', async () => {
    const { client } = await connect([reply], { reasoningField: 'reasoning' })
    const { choices } = await client.chat.completions.create(question)
    expect(choices[0]?.message).toMatchObject({ content: 'Sunny.', reasoning: 'Hm.' })
    expect(choices[0]?.message).not.toHaveProperty('reasoning_content')
    const chunks = await collect(await client.chat.completions.create({ ...question, stream: true }))
    const deltas = chunks.map(({ choices: [choice] }) => choice?.delta ?? {})
    expect(deltas.flatMap((delta) => ('reasoning' in delta ? delta.reasoning : [])).join('')).toBe('Hm.')
    expect(deltas.some((delta) => 'reasoning_content' in delta)).toBe(false)
  })

  test.each([false, true])('is seen by the Agents SDK (stream: %s)', async (stream) => {
    const replies = [`<think>\nLook it up.\n</think>\n\n${callParis}`, 'Sunny.']
    const { client, upstream } = await connect(replies, { reasoningField: 'reasoning' })
    const agent = new Agent({
      name: 'Guide',
      model: new OpenAIChatCompletionsModel(client, 'm'),
      tools: [
        tool({
          name: 'get_weather',
          description: 'Weather.',
          parameters: z.object({ city: z.string() }),
          execute: () => 'sunny',
        }),
      ],
    })
    const runner = new Runner()
    const result = stream
      ? await runner.run(agent, 'Weather?', { stream: true })
      : await runner.run(agent, 'Weather?')
    if ('completed' in result) await result.completed
    expect(result.finalOutput).toBe('Sunny.')
    expect(JSON.stringify(result.newItems)).toContain('Look it up.')
    expect(upstream.requests).toHaveLength(2)
  })

  test('is one of two words', () => {
    expect(() => Reflect.apply(toolFetch, undefined, [{ dialect: 'qwen3', reasoningField: 'both' }])).toThrow(
      "reasoningField must be 'reasoning_content' or 'reasoning'",
    )
  })
})

describe('reasoning of an earlier answer', () => {
  const ways: [string, object][] = [
    ['reasoning_content', { reasoning_content: 'Look it up.' }],
    ['reasoning', { reasoning: 'Look it up.' }],
    ['both', { reasoning_content: 'Look it up.', reasoning: 'Look it up.' }],
    ['both, which say different things', { reasoning_content: 'Look it up.', reasoning: 'Leave it.' }],
    [
      'reasoning_details',
      {
        reasoning_details: [
          { type: 'reasoning.encrypted', data: 'gAAAA' },
          { type: 'reasoning.text', text: 'Look ' },
          { type: 'reasoning.text', text: 'it up.' },
        ],
      },
    ],
    ['a summary', { reasoning_details: [{ type: 'reasoning.summary', summary: 'Look it up.' }] }],
  ]

  test.each(ways)('is shown to the model from %s, once', async (_, fields) => {
    for (const upstream of ['completion', 'chat'] as const) {
      const { client, upstream: server } = await connect(['Sunny.'], { upstream })
      const call = {
        id: 'call_1',
        type: 'function' as const,
        function: { name: 'get_weather', arguments: '{}' },
      }
      const messages: ChatCompletionMessageParam[] = [
        ...question.messages,
        { role: 'assistant', content: null, tool_calls: [call], ...fields },
        { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
      ]
      await client.chat.completions.create({ ...question, messages })
      expect(JSON.stringify(server.requests[0]?.body).split('Look it up.')).toHaveLength(2)
    }
  })

  test('that is none is left alone', async () => {
    const { client } = await connect(['Sunny.'])
    for (const reasoning of [null, 7, [], {}]) {
      const message = { role: 'assistant', content: 'Hi.', reasoning, reasoning_details: reasoning }
      const body = { ...question, messages: [...question.messages, message, ...question.messages] }
      expect(await client.post('/chat/completions', { body })).toMatchObject({ object: 'chat.completion' })
    }
  })
})

describe.each(chatKinds)(
  'an answer that the app has begun, from a %s upstream, keeps its first blank',
  (upstream) => {
    const reply = ' add it.'

    test.each([{}, { continue_final_message: true }])('in Chat Completions, with %j', async (fields) => {
      const { client } = await connect([reply], { upstream })
      const begun = [...question.messages, { role: 'assistant' as const, content: 'I will' }]
      const ask = { ...question, ...fields, messages: begun, enable_thinking: false, stream: false as const }
      for (const asked of [ask, { ...ask, tools: [] }]) {
        expect((await client.chat.completions.create(asked)).choices[0]?.message.content).toBe(reply)
      }
    })

    test('in Messages', async () => {
      const { upstream: server } = await connect([reply])
      const anthropic = new Anthropic({
        baseURL: server.url,
        apiKey: '-',
        fetch: toolFetch({ dialect: 'qwen3', upstream }),
      })
      const { content } = await anthropic.messages.create({
        model: 'any',
        max_tokens: 100,
        messages: [...question.messages, { role: 'assistant', content: 'I will' }],
        tools: [{ name: 'get_weather', input_schema: { type: 'object' } }],
      })
      expect(content).toMatchObject([{ type: 'text', text: reply }])
    })
  },
)
