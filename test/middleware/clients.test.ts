import { describe, expect, it } from 'vitest'
import { contracts } from '../upstreams/contract.js'
import { ask, callParis, collect, connect, kinds, tools, twoCalls } from './setup.js'

describe.each(kinds)('the official client over a %s upstream', (upstream) => {
  const { counts, namesModel } = contracts[upstream]

  it('creates a whole completion', async () => {
    const { client, upstream: server } = await connect([twoCalls], { upstream })
    const completion = await client.chat.completions.create(ask)

    expect(completion).toMatchObject({ object: 'chat.completion', model: namesModel ? 'replay' : 'm' })
    expect(completion.usage !== undefined).toBe(counts.whole)
    const [choice] = completion.choices
    expect(choice).toMatchObject({ index: 0, finish_reason: 'tool_calls', logprobs: null })
    expect(choice?.message).toEqual({
      role: 'assistant',
      content: 'Let me look.',
      refusal: null,
      tool_calls: [
        {
          id: expect.stringMatching(/^call_\w{24}$/),
          type: 'function',
          function: { name: 'get_weather', arguments: '{"city": "Paris"}' },
        },
        {
          id: expect.stringMatching(/^call_\w{24}$/),
          type: 'function',
          function: { name: 'get_time', arguments: '{"city": "Oslo 🌍 é"}' },
        },
      ],
    })
    for (const field of ['tools', 'tool_choice', 'parallel_tool_calls']) {
      expect(server.requests[0]?.body).not.toHaveProperty(field)
    }
    expect(JSON.stringify(server.requests[0]?.body)).toContain('get_weather')
  })

  it('streams the same', async () => {
    const { client } = await connect([twoCalls], { upstream })
    const stream = client.chat.completions.stream({ ...ask, stream_options: { include_usage: true } })
    const completion = await stream.finalChatCompletion()

    const message = completion.choices[0]?.message
    expect(message?.content).toBe('Let me look.')
    expect(message?.tool_calls).toMatchObject([
      { type: 'function', function: { name: 'get_weather', arguments: '{"city": "Paris"}' } },
      { type: 'function', function: { name: 'get_time', arguments: '{"city": "Oslo 🌍 é"}' } },
    ])
    expect(completion.choices[0]?.finish_reason).toBe('tool_calls')
    expect(completion.usage !== undefined).toBe(counts.streamed)
  })

  it('gives null content to a reply that is only calls, streamed and whole', async () => {
    const { client } = await connect([callParis], { upstream })
    const whole = await client.chat.completions.create(ask)
    const streamed = await client.chat.completions.stream(ask).finalChatCompletion()
    expect(whole.choices[0]?.message.content).toBeNull()
    expect(streamed.choices[0]?.message.content).toBeNull()
  })

  if (counts.streamed) {
    it('gives a usage chunk only when it was asked for', async () => {
      const { client } = await connect([twoCalls], { upstream })
      const without = await collect(await client.chat.completions.create({ ...ask, stream: true }))
      expect(without.every((chunk) => chunk.choices.length === 1 && !chunk.usage)).toBe(true)

      const asked = { ...ask, stream: true as const, stream_options: { include_usage: true } }
      const chunks = await collect(await client.chat.completions.create(asked))
      expect(chunks.filter((chunk) => chunk.usage)).toEqual([chunks.at(-1)])
      expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } })
    })
  }

  it.each([false, true])('runs two parallel tools over two turns (stream: %s)', async (stream) => {
    const { client, upstream: server } = await connect([twoCalls, 'It is sunny, and 3 pm.'], { upstream })
    const asked: string[] = []
    const body = {
      model: 'm',
      messages: ask.messages,
      tools: tools.map((tool) => ({
        ...tool,
        function: {
          ...tool.function,
          description: 'A tool.',
          function: (input: string) => {
            asked.push(`${tool.function.name} ${input}`)
            return `result of ${tool.function.name}`
          },
        },
      })),
    }
    const runner = stream
      ? client.chat.completions.runTools({ ...body, stream })
      : client.chat.completions.runTools({ ...body, stream })

    expect(await runner.finalContent()).toBe('It is sunny, and 3 pm.')
    expect(asked).toEqual(['get_weather {"city": "Paris"}', 'get_time {"city": "Oslo 🌍 é"}'])
    expect(runner.messages.map((message) => message.role)).toEqual([
      'user',
      'assistant',
      'tool',
      'tool',
      'assistant',
    ])
    const secondTurn = JSON.stringify(server.requests[1]?.body)
    expect(secondTurn).toContain('result of get_weather')
    expect(secondTurn).toContain('result of get_time')
    expect(server.requests).toHaveLength(2)
  })

  it('reads a stream where a whole answer was asked for, and the reverse', async () => {
    const { client } = await connect(
      [
        { text: twoCalls, fault: { form: 'stream' } },
        { text: twoCalls, fault: { form: 'whole' } },
      ],
      { upstream },
    )
    const whole = await client.chat.completions.create(ask)
    const streamed = await client.chat.completions.stream(ask).finalChatCompletion()
    for (const { choices } of [whole, streamed]) {
      expect(choices[0]?.message.content).toBe('Let me look.')
      expect(choices[0]?.message.tool_calls).toHaveLength(2)
      expect(choices[0]?.finish_reason).toBe('tool_calls')
    }
  })

  it('never asks an upstream that only streams for a whole answer', async () => {
    const { client, upstream: server } = await connect([twoCalls], {
      upstream: { kind: upstream, stream: true },
    })
    const completion = await client.chat.completions.create(ask)
    expect(completion.choices[0]?.message.tool_calls).toHaveLength(2)
    expect(completion.usage !== undefined).toBe(counts.streamed)
    expect(server.requests[0]?.streamed).toBe(true)
  })

  it('says length when a call was cut short, and gives no call as finished', async () => {
    const cut = { text: `Here.\n${callParis}\n${callParis.slice(0, -30)}`, finish: 'length' }
    const { client } = await connect([cut], { upstream })
    const { choices } = await client.chat.completions.create(ask)
    expect(choices[0]?.finish_reason).toBe('length')
    expect(choices[0]?.message.tool_calls).toHaveLength(1)

    const chunks = await collect(await client.chat.completions.create({ ...ask, stream: true }))
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('length')
  })
})
