import { APIError } from 'openai'
import type { ChatCompletionChunk } from 'openai/resources'
import { describe, expect, it } from 'vitest'
import { ask, callOslo, callParis, collect, connect, failure, twoCalls } from '../middleware/setup.js'

/** What the official client's helpers enforce on a stream, row by row. */
describe('what clients expect of a stream', () => {
  async function chunksOf(reply: string): Promise<ChatCompletionChunk[]> {
    const { client } = await connect([reply])
    return collect(await client.chat.completions.create({ ...ask, stream: true }))
  }
  const deltasOf = async (reply: string) =>
    (await chunksOf(reply)).flatMap((chunk) => chunk.choices.map((choice) => choice.delta))
  const entriesOf = async (reply: string) =>
    (await deltasOf(reply)).flatMap((delta) => delta.tool_calls ?? [])

  it('a role in the first delta, and in no other', async () => {
    const roles = (await deltasOf(twoCalls)).map((delta) => delta.role)
    expect(roles).toEqual(['assistant', ...Array(roles.length - 1).fill(undefined)])
  })

  it('one finish reason, in the last chunk', async () => {
    const reasons = (await chunksOf(twoCalls)).map((chunk) => chunk.choices[0]?.finish_reason)
    expect(reasons).toEqual([...Array(reasons.length - 1).fill(null), 'tool_calls'])
  })

  it('type, id and name in the first entry of a call and in no other, with empty arguments', async () => {
    const entries = await entriesOf(twoCalls)
    for (const index of [0, 1]) {
      const [first, ...rest] = entries.filter((entry) => entry.index === index)
      expect(first).toMatchObject({
        id: expect.any(String),
        type: 'function',
        function: { name: expect.any(String), arguments: '' },
      })
      expect(rest.length).toBeGreaterThan(0)
      for (const entry of rest) expect(Object.keys(entry).sort()).toEqual(['function', 'index'])
      for (const entry of rest) expect(Object.keys(entry.function ?? {})).toEqual(['arguments'])
    }
  })

  it('indices dense from 0, one call finished before the next begins', async () => {
    const indices = (await entriesOf(`${callParis}\n${callOslo}\n${callParis}`)).map((entry) => entry.index)
    expect([...new Set(indices)]).toEqual([0, 1, 2])
    expect(indices).toEqual([...indices].sort())
  })

  it('one entry a chunk, no empty list, no reasoning beside anything', async () => {
    for (const delta of await deltasOf(`<think>\nHm.\n</think>\n\n${twoCalls}`)) {
      if (delta.tool_calls) expect(delta.tool_calls).toHaveLength(1)
      if ('reasoning_content' in delta) expect(Object.keys(delta)).toEqual(['reasoning_content'])
    }
  })

  it('arguments.done once for each call, content.done with all of the text', async () => {
    const { client } = await connect([twoCalls])
    const stream = client.chat.completions.stream(ask)
    const done: string[] = []
    stream.on('tool_calls.function.arguments.done', ({ name, arguments: text }) =>
      done.push(`${name} ${text}`),
    )
    stream.on('content.done', ({ content }) => done.push(content))
    await stream.done()
    expect(done).toEqual(['Let me look.', 'get_weather {"city": "Paris"}', 'get_time {"city": "Oslo 🌍 é"}'])
  })

  it('[DONE] at the end, whether the upstream says so or not', async () => {
    const { client } = await connect([{ text: callParis, fault: { noDone: true } }])
    const response = await client.chat.completions.create({ ...ask, stream: true }).asResponse()
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    expect(await response.text()).toMatch(/data: \[DONE\]\n\n$/)
  })

  it('arguments that a strict tool can parse', async () => {
    const { client } = await connect([twoCalls])
    const strict = ask.tools.map((tool) => ({ ...tool, function: { ...tool.function, strict: true } }))
    const completion = await client.chat.completions.stream({ ...ask, tools: strict }).finalChatCompletion()
    const calls = completion.choices[0]?.message.tool_calls ?? []
    expect(calls.map((call) => call.type === 'function' && call.function.parsed_arguments)).toEqual([
      { city: 'Paris' },
      { city: 'Oslo 🌍 é' },
    ])
  })

  it('{} for a call without arguments', async () => {
    const text = '<tool_call>\n{"name": "get_time", "arguments": {}}\n</tool_call>'
    const written = (await entriesOf(text)).map((entry) => entry.function?.arguments).join('')
    expect(written).toBe('{}')
  })

  it('an unknown tool as a call, which runTools answers and goes on', async () => {
    const unknown = '<tool_call>\n{"name": "zzz", "arguments": {}}\n</tool_call>'
    const { client } = await connect([unknown, 'Sorry.'])
    const tools = [
      {
        type: 'function' as const,
        function: { name: 'add', description: '', parameters: {}, function: () => '3' },
      },
    ]
    const runner = client.chat.completions.runTools({
      model: 'm',
      messages: ask.messages,
      tools,
      stream: true,
    })
    expect(await runner.finalContent()).toBe('Sorry.')
    expect(JSON.stringify(runner.messages)).toContain('Available options are')
  })

  it('an error frame as an APIError', async () => {
    const frame = { error: { message: 'out of memory', type: 'server_error', code: 'oom' } }
    const { client } = await connect([{ text: callParis, fault: { error: { after: 2, frame } } }])
    const error = await failure(client.chat.completions.stream(ask).done())
    expect(error).toBeInstanceOf(APIError)
    expect(error).toMatchObject({ message: 'out of memory', type: 'server_error', code: 'oom' })
  })

  it('an empty answer as an error that says what is wrong', async () => {
    const { client } = await connect([
      { text: 'lost', fault: { error: { after: 0, frame: { ping: true } } } },
    ])
    const error = await failure(client.chat.completions.stream(ask).done())
    expect(String(error)).toContain('without a finish reason')
  })

  it('a custom call as type custom', async () => {
    const text = '<tool_call>\n{"name": "shell", "arguments": {"input": "ls \\"$HOME\\"\\n"}}\n</tool_call>'
    const { client } = await connect([text])
    const body = { ...ask, tools: [{ type: 'custom' as const, custom: { name: 'shell' } }] }
    const whole = await client.chat.completions.create(body)
    const streamed = await client.chat.completions.stream(body).finalChatCompletion()
    for (const { choices } of [whole, streamed]) {
      expect(choices[0]?.message.tool_calls).toMatchObject([
        { type: 'custom', custom: { name: 'shell', input: 'ls "$HOME"\n' } },
      ])
    }
  })
})

describe('aggregators that apps write', () => {
  type Entry = NonNullable<ChatCompletionChunk.Choice.Delta['tool_calls']>[number]
  type Call = { id: string; name: string; arguments: string }

  const aggregators: [string, (entries: Entry[], calls: Call[]) => void][] = [
    [
      'join by index',
      ([entry], calls) => {
        if (!entry) return
        const call = calls[entry.index] ?? { id: '', name: '', arguments: '' }
        calls[entry.index] = call
        call.id ||= entry.id ?? ''
        call.name ||= entry.function?.name ?? ''
        call.arguments += entry.function?.arguments ?? ''
      },
    ],
    [
      'start a call at each type, and read the first entry only',
      ([entry], calls) => {
        if (entry?.type) {
          calls.push({
            id: entry.id ?? '',
            name: entry.function?.name ?? '',
            arguments: entry.function?.arguments ?? '',
          })
          return
        }
        const call = calls.at(-1)
        if (call) call.arguments += entry?.function?.arguments ?? ''
      },
    ],
    [
      'join id and name of every delta',
      (entries, calls) => {
        for (const entry of entries) {
          const call = calls[entry.index] ?? { id: '', name: '', arguments: '' }
          calls[entry.index] = call
          call.id += entry.id ?? ''
          call.name += entry.function?.name ?? ''
          call.arguments += entry.function?.arguments ?? ''
        }
      },
    ],
  ]

  it.each(aggregators)('%s', async (_, aggregate) => {
    const { client } = await connect([twoCalls])
    const calls: Call[] = []
    for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) {
      aggregate(chunk.choices[0]?.delta.tool_calls ?? [], calls)
    }
    expect(calls).toEqual([
      { id: expect.stringMatching(/^call_\w{24}$/), name: 'get_weather', arguments: '{"city": "Paris"}' },
      { id: expect.stringMatching(/^call_\w{24}$/), name: 'get_time', arguments: '{"city": "Oslo 🌍 é"}' },
    ])
  })
})
