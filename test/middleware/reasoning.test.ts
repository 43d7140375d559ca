import Anthropic from '@anthropic-ai/sdk'
import { describe, expect, test } from 'vitest'
import { toolFetch } from '../../src/middleware/fetch.js'
import { callParis, chatKinds, connect, kinds, tools } from './setup.js'

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
