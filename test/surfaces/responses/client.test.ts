import { APIConnectionError, APIError, APIUserAbortError, BadRequestError, RateLimitError } from 'openai'
import { zodResponsesFunction, zodTextFormat } from 'openai/helpers/zod'
import { toResponseInputItems } from 'openai/lib/responses/ResponseInputItems'
import type { Response, ResponseInput, ResponseStreamEvent, Tool } from 'openai/resources/responses/responses'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ReplayReply } from '../../../src/testing/replay-reply.js'
import { callOslo, callParis, collect, connect, failure, kinds, twoCalls } from '../../middleware/setup.js'
import { contracts } from '../../upstreams/contract.js'

type Connected = Awaited<ReturnType<typeof connect>>

function flatTool(name: string): Tool {
  return {
    type: 'function',
    name,
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    strict: false,
  }
}
const tools = [flatTool('get_weather'), flatTool('get_time')]
const ask = { model: 'm', input: 'Weather and time?', instructions: 'Be brief.', tools }

/** Both ways to ask, which are to give the same. */
const ways: [string, ({ client }: Connected, body?: object) => Promise<Response>][] = [
  ['whole', ({ client }, body) => client.responses.create({ ...ask, ...body })],
  ['streamed', ({ client }, body) => client.responses.stream({ ...ask, ...body }).finalResponse()],
]

describe.each(kinds)('the official client over a %s upstream', (upstream) => {
  it.each(ways)('has reasoning, text and two calls: %s', async (way, request) => {
    const connected = await connect([`<think>\nTwo.\n</think>\n\n${twoCalls}\nWait.`], { upstream })
    const response = await request(connected)
    expect(response).toMatchObject({
      id: expect.stringMatching(/^resp_/),
      object: 'response',
      status: 'completed',
      model: expect.any(String),
      instructions: 'Be brief.',
      tools,
      output_text: 'Let me look.Wait.',
      output: [
        { type: 'reasoning', id: expect.stringMatching(/^rs_/), content: [{ text: 'Two.' }] },
        { type: 'message', id: expect.stringMatching(/^msg_/), content: [{ text: 'Let me look.' }] },
        {
          type: 'function_call',
          id: expect.stringMatching(/^fc_/),
          call_id: expect.stringMatching(/^call_\w{24}$/),
          name: 'get_weather',
          arguments: '{"city": "Paris"}',
          status: 'completed',
        },
        { type: 'function_call', name: 'get_time', arguments: '{"city": "Oslo 🌍 é"}', status: 'completed' },
        { type: 'message', content: [{ text: 'Wait.' }] },
      ],
    })
    const counts = contracts[upstream].counts[way === 'whole' ? 'whole' : 'streamed']
    const { input_tokens = 0, output_tokens = 0 } = response.usage ?? {}
    expect([input_tokens > 0, output_tokens > 0]).toEqual([counts, counts])
    const sent = connected.upstream.requests[0]?.body ?? {}
    expect(sent.input).not.toEqual(ask.input)
    for (const field of ['tools', 'instructions', 'text', 'reasoning', 'tool_choice']) {
      expect(sent).not.toHaveProperty(field)
    }
    expect(JSON.stringify(sent)).toContain('Be brief.')
  })

  it.each(ways)('runs two parallel tools over two turns: %s', async (_, request) => {
    const replies = [`<think>\nTwo.\n</think>\n\n${twoCalls}`, 'It is sunny, and 3 pm.']
    const connected = await connect(replies, { upstream })
    const input: ResponseInput = [{ role: 'user', content: 'Weather and time?' }]
    const first = await request(connected, { input })
    input.push(...toResponseInputItems(first.output))
    for (const item of first.output) {
      if (item.type !== 'function_call') continue
      input.push({ type: 'function_call_output', call_id: item.call_id, output: `result of ${item.name}` })
    }
    const second = await request(connected, { input })
    expect(second.output_text).toBe('It is sunny, and 3 pm.')

    const shown = JSON.stringify(connected.upstream.requests[1]?.body)
    for (const text of ['Let me look.', 'Paris', 'result of get_weather', 'result of get_time']) {
      expect(shown).toContain(text)
    }
  })

  it.each(ways)('never gives a call that was cut short: %s', async (_, request) => {
    const cut = { text: `Here.\n${callParis}\n${callParis.slice(0, -30)}`, finish: 'length' }
    const response = await request(await connect([cut], { upstream }))
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ type: 'message' }, { type: 'function_call', arguments: '{"city": "Paris"}' }],
    })
    expect(response.output).toHaveLength(2)
  })
})

describe('a stream', () => {
  async function eventsOf(reply: string | ReplayReply, body = {}): Promise<ResponseStreamEvent[]> {
    const { client } = await connect([reply])
    return collect(await client.responses.create({ ...ask, ...body, stream: true }))
  }

  it('has events with numbers, and each name beside its data', async () => {
    const { client } = await connect([twoCalls])
    const response = await client.responses.create({ ...ask, stream: true }).asResponse()
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const frames = (await response.text()).trimEnd().split('\n\n')
    frames.forEach((frame, place) => {
      const [, name, data = ''] = /^event: (.*)\ndata: (.*)$/.exec(frame) ?? []
      expect(JSON.parse(data)).toMatchObject({ type: name, sequence_number: place })
    })
  })

  it('gives arguments as they come', async () => {
    const deltas = (await eventsOf(callParis)).filter(
      (event) => event.type === 'response.function_call_arguments.delta',
    )
    expect(deltas.length).toBeGreaterThan(2)
    expect(deltas.map(({ delta }) => delta).join('')).toBe('{"city": "Paris"}')
  })

  it('never closes a call that was cut short', async () => {
    const events = await eventsOf({ text: `${callParis}\n${callOslo.slice(0, -20)}`, finish: 'length' })
    const of = (type: string) => events.filter((event) => event.type === type)
    expect(of('response.output_item.added')).toHaveLength(2)
    expect(of('response.function_call_arguments.done')).toHaveLength(1)
    expect(of('response.output_item.done')).toHaveLength(1)
    expect(events.at(-1)).toMatchObject({ type: 'response.incomplete', response: { status: 'incomplete' } })
  })

  it('snapshots what the client’s helper has heard', async () => {
    const { client } = await connect([twoCalls])
    const stream = client.responses.stream(ask)
    const heard = { text: '', args: '' }
    stream.on('response.output_text.delta', ({ snapshot }) => {
      heard.text = snapshot
    })
    stream.on('response.function_call_arguments.delta', ({ snapshot }) => {
      heard.args = snapshot
    })
    await stream.done()
    expect(heard).toEqual({ text: 'Let me look.', args: '{"city": "Oslo 🌍 é"}' })
  })

  it('is read where a whole answer came, and the reverse', async () => {
    const connected = await connect([
      { text: twoCalls, fault: { form: 'stream' } },
      { text: twoCalls, fault: { form: 'whole' } },
    ])
    for (const [, request] of ways) expect((await request(connected)).output).toHaveLength(3)
  })
})

describe.each(ways)('the helpers of the client (%s)', (way, request) => {
  const parse = ({ client }: Connected, body: object) =>
    way === 'whole'
      ? client.responses.parse({ ...ask, ...body })
      : client.responses.stream({ ...ask, ...body }).finalResponse()

  it('parse arguments by their schema', async () => {
    const strict = zodResponsesFunction({ name: 'get_weather', parameters: z.object({ city: z.string() }) })
    const { output } = await parse(await connect([callParis]), { tools: [strict] })
    expect(output).toMatchObject([{ type: 'function_call', parsed_arguments: { city: 'Paris' } }])
  })

  it('parse an answer by its schema, and no words beside calls', async () => {
    const text = { format: zodTextFormat(z.object({ celsius: z.number() }), 'weather') }
    const connected = await connect([twoCalls, '{"celsius": 18}'])
    const first = await parse(connected, { text })
    expect(first.output_parsed).toBeNull()
    expect(first.output).toHaveLength(3)
    expect((await parse(connected, { text, tool_choice: 'none' })).output_parsed).toEqual({ celsius: 18 })
    expect(connected.upstream.requests[1]?.body.response_format).toMatchObject({
      type: 'json_schema',
      json_schema: { name: 'weather', strict: true, schema: { type: 'object' } },
    })
  })

  it('are given a custom tool’s text as it was written', async () => {
    const call = '<tool_call>\n{"name": "shell", "arguments": {"input": "ls \\"$HOME\\"\\n"}}\n</tool_call>'
    const { output } = await request(await connect([call]), { tools: [{ type: 'custom', name: 'shell' }] })
    expect(output).toMatchObject([
      {
        type: 'custom_tool_call',
        call_id: expect.stringMatching(/^call_/),
        name: 'shell',
        input: 'ls "$HOME"\n',
      },
    ])
  })

  it('are given one call where one is wanted, and none where none is', async () => {
    const connected = await connect([twoCalls])
    expect((await request(connected, { parallel_tool_calls: false })).output).toMatchObject([
      { type: 'message' },
      { type: 'function_call', name: 'get_weather' },
    ])
    expect((await request(connected, { tool_choice: 'none' })).output_text).toBe(twoCalls)
    const only = { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'get_time' }] }
    const { output } = await request(connected, { tool_choice: only })
    expect(output.filter((item) => item.type === 'function_call' && item.name === 'get_weather')).toEqual([])
  })

  it('are told what a response without tools says', async () => {
    const connected = await connect(['Hello.'])
    const response = await request(connected, {
      tools: [],
      max_output_tokens: 20,
      reasoning: { effort: 'none' },
    })
    expect(response).toMatchObject({ status: 'completed', output_text: 'Hello.', max_output_tokens: 20 })
    expect(connected.upstream.requests[0]?.body).toMatchObject({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Weather and time?' },
      ],
      max_tokens: 20,
      reasoning_effort: 'none',
    })
  })

  it('are told of a content filter', async () => {
    const response = await request(await connect([{ text: 'It is', finish: 'content_filter' }]))
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'content_filter' },
      output: [{ status: 'incomplete' }],
    })
  })

  it('are given the words of a refusal that the server keeps apart', async () => {
    const connected = await connect([{ text: ' ', untouched: [{ delta: { refusal: 'I cannot.' } }] }])
    expect((await request(connected)).output_text).toContain('I cannot.')
  })
})

describe('reasoning', () => {
  it('comes as it is thought, from a server that tells it apart too', async () => {
    for (const reply of [
      { text: '<think>\nHm, so.\n</think>\n\nYes.' },
      { text: 'Yes.', reasoning: 'Hm, so.' },
    ]) {
      const { client } = await connect([reply])
      const events = await collect(await client.responses.create({ ...ask, stream: true }))
      const deltas = events.flatMap((event) =>
        event.type === 'response.reasoning_text.delta' ? event.delta : [],
      )
      expect(deltas.join('')).toBe('Hm, so.')
      const order = events.flatMap((event) =>
        event.type === 'response.output_item.done' ? event.item.type : [],
      )
      expect(order).toEqual(['reasoning', 'message'])
    }
  })

  it.each<[object, boolean]>([
    [{ reasoning: { effort: 'none' } }, true],
    [{ enable_thinking: false }, true],
    [{ reasoning: { effort: 'low' } }, false],
  ])('is switched by %j', async (body, off) => {
    const { client, upstream } = await connect(['Yes.'], { upstream: 'completion' })
    await client.responses.create({ ...ask, ...body })
    expect(String(upstream.requests[0]?.body.prompt).endsWith('</think>\n\n')).toBe(off)
  })
})

describe.each(ways)('what fails (%s)', (way, request) => {
  it('is a bad request with the field as the app spells it', async () => {
    const connected = await connect(['x'])
    const wrong: [object, string, string][] = [
      [{ tools: [{ type: 'web_search' }] }, 'tools[0].type', 'web_search'],
      [{ previous_response_id: 'resp_1' }, 'previous_response_id', 'whole conversation'],
      [{ conversation: 'conv_1' }, 'conversation', 'whole conversation'],
      [{ tools: [{ type: 'function' }] }, 'tools[0].name', 'name'],
      [{ tools: [...tools, ...tools] }, 'tools[2]', 'names must differ'],
      [{ tool_choice: { type: 'function', name: 'zzz' } }, 'tool_choice', 'zzz'],
      [
        { tool_choice: { type: 'allowed_tools', tools: [{ type: 'function', name: 'zzz' }] } },
        'tool_choice.tools[0]',
        'zzz',
      ],
      [{ input: [{ type: 'item_reference', id: 'x' }] }, 'input[0].id', 'store: false'],
      [{ input: [] }, 'input', 'list of items'],
    ]
    for (const [body, param, words] of wrong) {
      const error = await failure(request(connected, body))
      expect(error).toBeInstanceOf(BadRequestError)
      expect(error).toMatchObject({ type: 'invalid_request_error', param })
      expect(String(error)).toContain(words)
    }
    expect(connected.upstream.requests).toHaveLength(0)
  })

  it('has the status, the headers and the words of the upstream', async () => {
    const body = { error: { message: 'slow down', type: 'rate', code: 'rate_limit_exceeded' } }
    const fault = { status: 429, body, headers: { 'retry-after': '7' } }
    const error = await failure(request(await connect([{ fault }])))
    expect(error).toBeInstanceOf(RateLimitError)
    expect(error).toMatchObject({ message: '429 slow down', type: 'rate', code: 'rate_limit_exceeded' })
    expect(error instanceof APIError && error.headers?.get('retry-after')).toBe('7')
  })

  it('in the middle of an answer', async () => {
    const frame = { error: { message: 'out of memory', type: 'server_error', code: 'oom' } }
    const reply = { text: twoCalls, fault: { form: 'stream' as const, error: { after: 12, frame } } }
    const error = await failure(request(await connect([reply])))
    expect(error).toBeInstanceOf(APIError)
    expect(error).toMatchObject({ type: 'server_error', code: 'oom' })
    expect(String(error)).toContain('out of memory')
  })

  it('by a cut connection or a silent upstream', async () => {
    for (const fault of [{ cutAfter: 5 }, { hang: 5 }]) {
      const reply = { text: twoCalls, fault: { form: 'stream' as const, ...fault } }
      const error = await failure(request(await connect([reply], { timeout: 200 })))
      expect(error).toBeInstanceOf(way === 'whole' ? APIConnectionError : APIError)
    }
  })

  it('before the first word', async () => {
    const frame = { error: { message: 'loading' } }
    const reply = { text: 'x', fault: { form: 'stream' as const, error: { after: 0, frame } } }
    expect(String(await failure(request(await connect([reply]))))).toContain('loading')
  })
})

it('a stream that fails says so twice, for clients that know only one of the two', async () => {
  const frame = { error: { message: 'out of memory', code: 'oom' } }
  const { client } = await connect([{ text: callParis, fault: { error: { after: 12, frame } } }])
  const text = await (await client.responses.create({ ...ask, stream: true }).asResponse()).text()
  const events = text.trimEnd().split('\n\n').slice(-2)
  expect(events[0]).toMatch(/^event: error\n.*"code":"oom","message":"out of memory"/)
  expect(events[1]).toMatch(/^event: response\.failed\n.*"status":"failed"/)
})

it.each(['abort', 'break'])('a stream that the app leaves (%s) ends the upstream', async (how) => {
  const { client, upstream } = await connect([{ text: 'word '.repeat(400), delay: 5 }])
  const controller = new AbortController()
  const stream = await client.responses.create({ ...ask, stream: true }, { signal: controller.signal })
  for await (const event of stream) {
    if (event.type !== 'response.output_text.delta') continue
    if (how === 'break') break
    controller.abort()
  }
  await upstream.requests[0]?.closed
  expect(upstream.requests[0]?.aborted).toBe(true)
})

it('a helper that is aborted says so', async () => {
  const { client } = await connect([{ text: 'word '.repeat(400), delay: 5 }])
  const stream = client.responses.stream(ask)
  stream.on('response.output_text.delta', () => stream.abort())
  expect(await failure(stream.done())).toBeInstanceOf(APIUserAbortError)
})

it('calls that the server has parsed by itself come one after the other, text beside them after them', async () => {
  const call = (index: number, args: string, name?: string) => ({
    tool_calls: [
      { index, ...(name && { id: `call_${index}`, type: 'function' }), function: { name, arguments: args } },
    ],
  })
  const deltas = [
    { content: 'Look.' },
    call(0, '{"city": ', 'get_weather'),
    { content: 'Meanwhile.' },
    call(0, '"Paris"}'),
    call(1, '{"city": "Oslo"}', 'get_time'),
  ]
  const frames = [...deltas, {}].map((delta, at) => ({
    choices: [{ index: 0, delta, finish_reason: at === deltas.length ? 'tool_calls' : null }],
  }))
  const body = frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join('')
  for (const [, request] of ways) {
    const { output } = await request(await connect([{ fault: { status: 200, body } }]))
    expect(output).toMatchObject([
      { type: 'message', content: [{ text: 'Look.' }] },
      { type: 'function_call', call_id: 'call_0', arguments: '{"city": "Paris"}' },
      { type: 'message', content: [{ text: 'Meanwhile.' }] },
      { type: 'function_call', call_id: 'call_1', arguments: '{"city": "Oslo"}' },
    ])
  }
})

it('what else there is below the path passes untouched', async () => {
  const { client, upstream } = await connect(['x'])
  expect(String(await failure(client.responses.retrieve('resp_1')))).toContain(
    'There is no GET /v1/responses/resp_1',
  )
  expect(String(await failure(client.responses.cancel('resp_1')))).toContain('There is no POST')
  expect(upstream.requests).toHaveLength(0)
})
