import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources'
import { describe, expect, it } from 'vitest'
import type { ParserEvent } from '../../src/index.js'
import { ask, callOslo, callParis, collect, connect } from './setup.js'

/** A server that parses calls by itself: what its frames have in `tool_calls`, beside text, per choice. */
type Delta = Record<string, unknown>

const entry = (index: number | undefined, id?: string, name?: string, args?: unknown) => ({
  ...(index !== undefined && { index }),
  ...(id !== undefined && { id, type: 'function' }),
  function: { ...(name !== undefined && { name }), ...(args !== undefined && { arguments: args }) },
})

function streamOf(deltas: [delta: Delta, choice?: number][], finish = 'tool_calls'): string {
  const choices = [...new Set(deltas.map(([, choice = 0]) => choice))]
  const frames = [
    ...deltas.map(([delta, index = 0]) => ({ index, delta, finish_reason: null })),
    ...choices.map((index) => ({ index, delta: {}, finish_reason: finish })),
  ]
  return `${frames.map((choice) => `data: ${JSON.stringify({ id: 'x', choices: [choice] })}\n\n`).join('')}data: [DONE]\n\n`
}

const answering = (body: string | Record<string, unknown>) => [{ fault: { status: 200, body } }]

function callsOf({ choices }: ChatCompletion, at = 0): string[] {
  const calls = choices[at]?.message.tool_calls ?? []
  return calls.map((call) =>
    call.type === 'function'
      ? `${call.id} ${call.function.name} ${call.function.arguments}`
      : `${call.id} ${call.custom.name} ${call.custom.input}`,
  )
}

/** The reply, asked for whole and streamed. */
async function ways(body: string): Promise<ChatCompletion[]> {
  const { client } = await connect(answering(body), { createId: () => 'mine' })
  return [
    await client.chat.completions.create(ask),
    await client.chat.completions.stream(ask).finalChatCompletion(),
  ]
}

describe('calls that the server has parsed by itself', () => {
  it('pass through, and the finish reason says so', async () => {
    const body = streamOf(
      [
        [{ role: 'assistant', content: 'Let me look.' }],
        [{ tool_calls: [entry(0, 'a', 'get_weather', '')] }],
        [{ tool_calls: [entry(0, undefined, undefined, '{"city": ')] }],
        [{ tool_calls: [entry(0, undefined, undefined, '"Paris"}')] }],
        [{ tool_calls: [entry(1, 'b', 'get_time', '{"city": "Oslo"}')] }],
      ],
      'stop',
    )
    for (const completion of await ways(body)) {
      expect(callsOf(completion)).toEqual(['a get_weather {"city": "Paris"}', 'b get_time {"city": "Oslo"}'])
      expect(completion.choices[0]).toMatchObject({
        finish_reason: 'tool_calls',
        message: { content: 'Let me look.' },
      })
    }
  })

  it('stand beside those in the text, numbered together', async () => {
    const body = streamOf([
      [{ content: callParis.slice(0, 60) }],
      // The text goes on only afterwards.
      [{ tool_calls: [entry(0, 'a', 'get_time', '{"city": "Rome"}')] }],
      [{ content: `${callParis.slice(60)}\n${callOslo}` }],
    ])
    for (const completion of await ways(body)) {
      expect(callsOf(completion)).toEqual([
        'mine get_weather {"city": "Paris"}',
        'a get_time {"city": "Rome"}',
        'mine get_time {"city": "Oslo 🌍 é"}',
      ])
    }
    const { client } = await connect(answering(body))
    const chunks: ChatCompletionChunk[] = await collect(
      await client.chat.completions.create({ ...ask, stream: true }),
    )
    const indices = chunks
      .flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? [])
      .map((call) => call.index)
    expect([...new Set(indices)]).toEqual([0, 1, 2])
    expect(indices).toEqual([...indices].sort())
  })

  it('are kept apart per choice', async () => {
    const body = streamOf([
      [{ content: callParis }, 0],
      [{ tool_calls: [entry(0, 'b', 'get_time', '{}')] }, 1],
      [{ tool_calls: [entry(0, 'a', 'get_time', '{}')] }, 0],
    ])
    const { client } = await connect(answering(body), { createId: () => 'mine' })
    const completion = await client.chat.completions.create({ ...ask, n: 2 })
    expect(callsOf(completion, 0)).toEqual(['mine get_weather {"city": "Paris"}', 'a get_time {}'])
    expect(callsOf(completion, 1)).toEqual(['b get_time {}'])
  })

  it('come in a whole message', async () => {
    const message = {
      role: 'assistant',
      content: callParis,
      tool_calls: [
        { id: 'a', type: 'function', function: { name: 'get_time', arguments: '' } },
        // As Ollama has them.
        { function: { name: 'get_time', arguments: { city: 'Rome' } } },
        { id: 'c', type: 'custom', custom: { name: 'shell', input: 'ls' } },
      ],
    }
    const body = JSON.stringify({ id: 'x', choices: [{ index: 0, message, finish_reason: 'stop' }] })
    for (const completion of await ways(body)) {
      expect(callsOf(completion)).toEqual([
        'mine get_weather {"city": "Paris"}',
        'a get_time {}',
        'mine get_time {"city":"Rome"}',
        'c shell ls',
      ])
      expect(completion.choices[0]?.finish_reason).toBe('tool_calls')
    }
  })

  const two = ['a f {"x": 1}', 'b g {}']
  const spellings: [string, Delta[], string[]][] = [
    [
      'the same number for all',
      [{ tool_calls: [entry(0, 'a', 'f', '{"x": 1}')] }, { tool_calls: [entry(0, 'b', 'g', '{}')] }],
      two,
    ],
    [
      'no numbers',
      [{ tool_calls: [entry(undefined, 'a', 'f', '{"x": 1}'), entry(undefined, 'b', 'g', '{}')] }],
      two,
    ],
    [
      'no numbers and no ids',
      [
        {
          tool_calls: [entry(undefined, undefined, 'f', '{"x": 1}'), entry(undefined, undefined, 'g', '{}')],
        },
      ],
      ['mine f {"x": 1}', 'mine g {}'],
    ],
    [
      'id and name in every piece',
      [
        { tool_calls: [entry(0, 'a', 'f', '{"x"')] },
        { tool_calls: [entry(0, 'a', 'f', ': 1}')] },
        { tool_calls: [entry(1, 'b', 'g')] },
      ],
      two,
    ],
    [
      'both begun before either goes on',
      [
        { tool_calls: [entry(0, 'a', 'f', ''), entry(1, 'b', 'g', '')] },
        { tool_calls: [entry(1, undefined, undefined, '{'), entry(0, undefined, undefined, '{"x": ')] },
        { tool_calls: [entry(0, undefined, undefined, '1}'), entry(1, undefined, undefined, '}')] },
      ],
      two,
    ],
    [
      'the id before the name',
      [
        { tool_calls: [entry(0, 'a')] },
        { tool_calls: [entry(0, undefined, 'f', '{"x": 1}')] },
        { tool_calls: [entry(3, 'b', 'g', '')] },
      ],
      two,
    ],
  ]
  it.each(spellings)('with %s', async (_, deltas, calls) => {
    for (const completion of await ways(streamOf(deltas.map((delta) => [delta])))) {
      expect(callsOf(completion)).toEqual(calls)
    }
  })

  it('are not finished where the model was cut short', async () => {
    const body = streamOf(
      [[{ tool_calls: [entry(0, 'a', 'f', '{"x": 1}')] }], [{ tool_calls: [entry(1, 'b', 'g', '{"x": ')] }]],
      'length',
    )
    const events: ParserEvent[] = []
    const { client } = await connect(answering(body), { onEvent: (event) => events.push(event) })
    const completion = await client.chat.completions.create(ask)
    expect(callsOf(completion)).toEqual(['a f {"x": 1}'])
    expect(completion.choices[0]?.finish_reason).toBe('length')
    expect(events.slice(-2)).toEqual([
      { type: 'tool-call-incomplete', index: 1, id: 'b', name: 'g', text: '', changes: [] },
      { type: 'finish', reason: 'length', calls: 1 },
    ])
  })

  it('are one where one is wanted, though the model was cut short behind it', async () => {
    const message = {
      role: 'assistant',
      content: null,
      tool_calls: [entry(0, 'a', 'f', '{"x": 1}'), entry(1, 'b', 'g', '{"x": ')],
    }
    const body = { id: 'x', choices: [{ index: 0, message, finish_reason: 'length' }] }
    const { client } = await connect(answering(body))
    const completion = await client.chat.completions.create({ ...ask, parallel_tool_calls: false })
    expect(callsOf(completion)).toEqual(['a f {"x": 1}'])
    expect(completion.choices[0]?.finish_reason).toBe('tool_calls')
  })

  it('have a violation where their arguments are none', async () => {
    const body = streamOf([[{ tool_calls: [entry(0, 'a', 'f', '{"x": ')] }]])
    const events: ParserEvent[] = []
    const { client } = await connect(answering(body), { onEvent: (event) => events.push(event) })
    expect(callsOf(await client.chat.completions.create(ask))).toEqual(['a f {"x": '])
    expect(events.at(-2)).toMatchObject({ violations: [{ path: '', expected: 'a JSON object' }] })
  })

  it('meet the choice of a required call', async () => {
    const body = streamOf([[{ tool_calls: [entry(0, 'a', 'get_time', '{}')] }]])
    const events: ParserEvent[] = []
    const { client } = await connect(answering(body), { onEvent: (event) => events.push(event) })
    await client.chat.completions.create({ ...ask, tool_choice: 'required' })
    expect(events.map((event) => event.type)).not.toContain('notice')
  })

  it.each([
    [
      'of its own',
      [{ tool_calls: [entry(0, 'a', 'f', '{}'), entry(1, 'b', 'g', '{"x": 1}')] }],
      'a f {}',
      'g {"x": 1}',
    ],
    [
      'in the text first',
      [{ content: callParis, tool_calls: [entry(0, 'a', 'f', '{}')] }],
      'mine get_weather {"city": "Paris"}',
      'f {}',
    ],
    [
      'in the text behind',
      [{ tool_calls: [entry(0, 'a', 'f', '{}')] }, { content: callParis }],
      'a f {}',
      'get_weather {"city": "Paris"}',
    ],
  ] as [string, Delta[], string, string][])(
    'are one where one is wanted, %s',
    async (_, deltas, call, dropped) => {
      const body = streamOf(deltas.map((delta) => [delta]))
      const events: ParserEvent[] = []
      const { client } = await connect(answering(body), {
        onEvent: (event) => events.push(event),
        createId: () => 'mine',
      })
      const request = { ...ask, parallel_tool_calls: false }
      expect(callsOf(await client.chat.completions.create(request))).toEqual([call])
      const streamed = await client.chat.completions.stream(request).finalChatCompletion()
      expect(callsOf(streamed)).toEqual([call])
      expect(streamed.choices[0]?.finish_reason).toBe('tool_calls')
      const notices = events.flatMap((event) => (event.type === 'notice' ? [event.change] : []))
      expect(notices[0]?.text).toBe(dropped)
      expect(events.at(-1)).toMatchObject({ type: 'finish', calls: 1 })
    },
  )
})
