import { describe, expect, test } from 'vitest'
import { callParis, connect, kinds, tools } from './setup.js'

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
