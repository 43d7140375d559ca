import type Anthropic from '@anthropic-ai/sdk'
import {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  OverloadedError,
  PermissionDeniedError,
  RateLimitError,
} from '@anthropic-ai/sdk'
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema'
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { collect, failure, kinds, promptKinds } from '../../middleware/setup.js'
import { contracts } from '../../upstreams/contract.js'
import { ask, callOslo, callParis, connect, tools, twoCalls, ways } from './setup.js'

const paris = {
  type: 'tool_use',
  id: expect.stringMatching(/^toolu_\w{24}$/),
  name: 'get_weather',
  input: { city: 'Paris' },
  caller: { type: 'direct' },
}
const oslo = { ...paris, name: 'get_time', input: { city: 'Oslo 🌍 é' } }

describe.each(ways)('a %s answer', (way, send) => {
  it.each(kinds)('has text and calls from a %s upstream', async (upstream) => {
    const { client } = await connect([twoCalls], { upstream })
    const message = await send(client)
    expect(message).toMatchObject({
      id: expect.stringMatching(/^msg_/),
      type: 'message',
      role: 'assistant',
      model: expect.any(String),
      content: [{ type: 'text', text: 'Let me look.' }, paris, oslo],
      stop_reason: 'tool_use',
      stop_sequence: null,
      stop_details: null,
    })
    expect(message.usage).toMatchObject({ input_tokens: expect.any(Number), cache_read_input_tokens: null })
    const counts = contracts[upstream].counts[way === 'whole' ? 'whole' : 'streamed']
    expect(message.usage.input_tokens > 0).toBe(counts)
    expect(message.usage.output_tokens > 0).toBe(counts)
  })

  it('has thinking before the rest, with an empty signature', async () => {
    for (const reply of [
      `<think>\nHm.\n</think>\n\nYes.\n${callParis}`,
      { reasoning: 'Hm.', text: `Yes.\n${callParis}` },
    ]) {
      const { client } = await connect([reply])
      const { content } = await send(client)
      expect(content).toMatchObject([
        { type: 'thinking', thinking: 'Hm.', signature: '' },
        { type: 'text', text: 'Yes.' },
        paris,
      ])
    }
  })

  it('has no thought where the app wants none of it shown', async () => {
    const { client } = await connect(['<think>\nHm.\n</think>\n\nYes.'])
    const thinking = { type: 'adaptive', display: 'omitted' } as const
    expect((await send(client, { thinking })).content).toEqual([
      { type: 'thinking', thinking: '', signature: '' },
      { type: 'text', text: 'Yes.' },
    ])
  })

  it('says nothing of citations where there are none', async () => {
    // How @ai-sdk/anthropic 2 and 3 read a text block: it may lack the field, and `null` is no list.
    const textBlock = z.object({
      type: z.literal('text'),
      text: z.string(),
      citations: z.array(z.unknown()).optional(),
    })
    const { client } = await connect(['Yes.'])
    const body = { ...ask, stream: way === 'streamed' }
    const sent = await client.messages.create(body).asResponse()
    const blocks = [...(await sent.text()).matchAll(/\{"type":"text"[^{}]*\}/g)].map(([json]) =>
      JSON.parse(json),
    )
    expect(blocks).toHaveLength(1)
    for (const block of blocks) expect(textBlock.parse(block)).toEqual(block)
  })

  it('has text after a call in a block of its own', async () => {
    const { client } = await connect([`Before.\n${callParis}\nAfter.`])
    expect((await send(client)).content).toMatchObject([{ text: 'Before.' }, paris, { text: 'After.' }])
  })

  it('has an empty input where the model gives none', async () => {
    const { client } = await connect(['<tool_call>\n{"name": "get_time"}\n</tool_call>'])
    expect((await send(client)).content).toMatchObject([{ type: 'tool_use', name: 'get_time', input: {} }])
  })

  it('leaves a call out that was cut short, wherever that happens', async () => {
    const unfinished = callOslo.replace('}\n</tool_call>', '')
    for (let end = 1; end < unfinished.length; end++) {
      const cut = unfinished.slice(0, end)
      const { client } = await connect([{ text: `${callParis}\n${cut}`, finish: 'length' }])
      const { content, stop_reason } = await send(client)
      expect(stop_reason).toBe('max_tokens')
      const calls = content.filter((block) => block.type === 'tool_use')
      expect(calls).toMatchObject([paris])
    }
  })

  it.each([
    ['stop', 'end_turn'],
    ['length', 'max_tokens'],
    ['content_filter', 'refusal'],
    ['end_turn', 'end_turn'],
    ['tool_calls', 'end_turn'],
    ['abort', 'abort'],
  ])('of text that the upstream ends with %s has the stop reason %s', async (finish, reason) => {
    const { client } = await connect([{ text: 'Sunny.', finish }])
    expect(await send(client)).toMatchObject({ stop_reason: reason, content: [{ text: 'Sunny.' }] })
  })

  it.each(kinds.filter((kind) => !/ollama|dashscope/.test(kind)))(
    'names the stop sequence that ended it where %s tells',
    async (upstream) => {
      const told =
        upstream === 'llama.cpp'
          ? { completion: { stop_type: 'word', stopping_word: 'END' } }
          : { choice: { stop_reason: 'END' } }
      // llama.cpp tells in the last frame of a stream only, which is made by the replay server.
      const stream = upstream !== 'llama.cpp'
      const reply = { text: 'Sunny. END and more' }
      const { client, upstream: server } = await connect(
        [
          contracts[upstream].stops.stay
            ? { ...reply, fault: { stop: 'included' } }
            : { ...reply, untouched: [told] },
        ],
        { upstream: { kind: upstream, stream } },
      )
      const message = await send(client, { stop_sequences: ['END', 'STOP'] })
      expect(message).toMatchObject({
        content: [{ text: 'Sunny. ' }],
        stop_reason: 'stop_sequence',
        stop_sequence: 'END',
      })
      expect(contracts[upstream].stops.of(server.requests[0]?.body ?? {})).toEqual(
        expect.arrayContaining(['END', 'STOP']),
      )
    },
  )

  it('is no stop sequence where the dialect’s own ended it, or calls came', async () => {
    const { client } = await connect([
      { text: 'Sunny.', untouched: [{ choice: { stop_reason: '<|im_end|>' } }] },
      { text: callParis, untouched: [{ choice: { stop_reason: 'END' } }] },
    ])
    expect(await send(client, { stop_sequences: ['END'] })).toMatchObject({
      stop_reason: 'end_turn',
      stop_sequence: null,
    })
    expect(await send(client, { stop_sequences: ['END'] })).toMatchObject({
      stop_reason: 'tool_use',
      stop_sequence: null,
    })
  })

  it('counts cached tokens apart from the others', async () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 20,
      prompt_tokens_details: { cached_tokens: 64 },
      completion_tokens_details: { reasoning_tokens: 5 },
    }
    const { client } = await connect([{ text: 'Hi.', usage }])
    expect((await send(client)).usage).toMatchObject({
      input_tokens: 36,
      cache_read_input_tokens: 64,
      output_tokens: 20,
      output_tokens_details: { thinking_tokens: 5 },
    })
  })

  it('counts 0 where the upstream counts nothing', async () => {
    const { client } = await connect([{ text: 'Hi.', usage: false }])
    expect((await send(client)).usage).toMatchObject({ input_tokens: 0, output_tokens: 0 })
  })

  it('has the calls that a server has parsed by itself', async () => {
    const call = (id: string, text: string) => ({
      id,
      type: 'function',
      function: { name: 'get_weather', arguments: text },
    })
    const tool_calls = [call('call_x', '{"city": "Rome"}'), call('call_y', 'Rome')]
    const { client } = await connect([
      { text: 'Look.', untouched: [{ delta: { tool_calls } }], fault: { form: 'whole' } },
    ])
    expect((await send(client)).content).toMatchObject([
      { type: 'text', text: 'Look.' },
      { type: 'tool_use', id: 'call_x', input: { city: 'Rome' } },
      { type: 'tool_use', id: 'call_y', input: 'Rome' },
    ])
  })

  it('is one call where the app wants no more', async () => {
    const { client } = await connect([twoCalls])
    const tool_choice = { type: 'any', disable_parallel_tool_use: true } as const
    const { content, stop_reason } = await send(client, { tool_choice })
    expect(content).toMatchObject([{ type: 'text' }, paris])
    expect(stop_reason).toBe('tool_use')
  })
})

describe('a stream', () => {
  const eventsOf = async (reply: string) => {
    const { client } = await connect([reply])
    return collect(await client.messages.create({ ...ask, stream: true }))
  }

  it('opens and closes one block after the other, and gives each call at once', async () => {
    const events = await eventsOf(`<think>\nHm.\n</think>\n\n${twoCalls}`)
    const shape = events.map((event) => {
      if (event.type === 'content_block_start') return `${event.index} ${event.content_block.type}`
      if (event.type === 'content_block_delta') return `${event.index} ${event.delta.type}`
      return 'index' in event ? `${event.index} stop` : event.type
    })
    expect(shape.filter((line, at) => line !== shape[at - 1])).toEqual([
      'message_start',
      '0 thinking',
      '0 thinking_delta',
      '0 signature_delta',
      '0 stop',
      '1 text',
      '1 text_delta',
      '1 stop',
      '2 tool_use',
      '2 input_json_delta',
      '2 stop',
      '3 tool_use',
      '3 input_json_delta',
      '3 stop',
      'message_delta',
      'message_stop',
    ])
    expect(events.find((event) => event.type === 'content_block_start' && event.index === 2)).toMatchObject({
      content_block: { ...paris, input: {} },
    })
    expect(events[0]).toMatchObject({
      message: { content: [], stop_reason: null, usage: { output_tokens: 0 } },
    })
  })

  it('gives text while the model writes it', async () => {
    const events = await eventsOf('One two three four five six seven.')
    const texts = events.flatMap((event) =>
      event.type === 'content_block_delta' && event.delta.type === 'text_delta' ? [event.delta.text] : [],
    )
    expect(texts.length).toBeGreaterThan(3)
    expect(texts.join('')).toBe('One two three four five six seven.')
  })

  it('keeps the input as the model wrote it', async () => {
    const text =
      '<tool_call>\n{"name": "get_time", "arguments": {"city": "\\u00e9", "n": 12345678901234567890, "x": 1.0}}\n</tool_call>'
    const { client } = await connect([text])
    const body = { ...ask, tools: [{ name: 'get_time', input_schema: { type: 'object' as const } }] }
    const written = '{"city": "\\u00e9", "n": 12345678901234567890, "x": 1.0}'
    for (const stream of [true, false]) {
      const response = await client.messages.create({ ...body, stream }).asResponse()
      const answer = await response.text()
      expect(answer).toContain(stream ? JSON.stringify(written) : `"input":${written}`)
    }
  })

  it('tells its listeners of everything once', async () => {
    const { client } = await connect([`<think>\nHm.\n</think>\n\n${twoCalls}`])
    const told: string[] = []
    const stream = client.messages
      .stream(ask)
      .on('thinking', (delta) => told.push(delta))
      .on('inputJson', (delta) => told.push(delta))
      .on('contentBlock', ({ type }) => told.push(type))
      .on('message', ({ stop_reason }) => told.push(String(stop_reason)))
    expect(await stream.finalText()).toBe('Let me look.')
    expect(told.join(' ')).toBe(
      'Hm. thinking text {"city": "Paris"} tool_use {"city": "Oslo 🌍 é"} tool_use tool_use',
    )
  })

  describe('of which nothing can be said for long', () => {
    afterEach(() => {
      vi.useRealTimers()
    })

    it('has pings, which clients pass over', async () => {
      vi.useFakeTimers({ toFake: ['Date'] })
      const { client } = await connect([twoCalls], {
        onEvent: ({ type }) => {
          if (type === 'tool-call-arguments') vi.setSystemTime(Date.now() + 6_000)
        },
      })
      const { content } = await client.messages.stream(ask).finalMessage()
      expect(content).toMatchObject([{ type: 'text' }, paris, oslo])
      const response = await client.messages.create({ ...ask, stream: true }).asResponse()
      const frames = (await response.text()).split('\n\n')
      expect(frames.filter((frame) => frame === 'event: ping\ndata: {"type":"ping"}').length).toBeGreaterThan(
        2,
      )
    })
  })

  it('is server-sent events that are named', async () => {
    const { client } = await connect(['Hi.'])
    const response = await client.messages.create({ ...ask, stream: true }).asResponse()
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    for (const frame of (await response.text()).trim().split('\n\n')) {
      const [, name, data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(frame) ?? []
      expect(JSON.parse(data).type).toBe(name)
    }
  })
})

describe('a conversation', () => {
  it('of two parallel tools over two turns, as a loop that an app writes', async () => {
    const { client, upstream } = await connect([twoCalls, 'Sunny, 3 pm.'])
    const messages: Anthropic.MessageParam[] = [...ask.messages]
    let answer = await client.messages.create({ ...ask, messages })
    while (answer.stop_reason === 'tool_use') {
      messages.push({ role: 'assistant', content: answer.content })
      const results = answer.content.flatMap((block) =>
        block.type === 'tool_use'
          ? [{ type: 'tool_result' as const, tool_use_id: block.id, content: `${block.name} result` }]
          : [],
      )
      messages.push({ role: 'user', content: results })
      answer = await client.messages.create({ ...ask, messages })
    }
    expect(answer.content).toMatchObject([{ text: 'Sunny, 3 pm.' }])
    expect(upstream.requests[1]?.body.messages).toMatchObject([
      { role: 'system' },
      { role: 'user', content: 'Weather?' },
      { role: 'assistant', content: twoCalls.replace('\n\n', '\n') },
      {
        role: 'user',
        content:
          '<tool_response>\nget_weather result\n</tool_response>\n<tool_response>\nget_time result\n</tool_response>',
      },
    ])
  })

  const runnable = (name: string, run: (input: { city: string }) => string) =>
    betaTool({
      name,
      description: '',
      inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } as const,
      run,
    })

  it.each([false, true])('run by the SDK’s tool runner (streamed: %s)', async (stream) => {
    const { client, upstream } = await connect([twoCalls, 'Sunny, 3 pm.'])
    const ran: string[] = []
    const runner = client.beta.messages.toolRunner({
      ...ask,
      stream,
      tools: [
        runnable('get_weather', ({ city }) => {
          ran.push(city)
          return 'sunny'
        }),
        runnable('get_time', () => {
          throw new Error('no clock')
        }),
      ],
    })
    const last = await runner.runUntilDone()
    expect(last.content).toMatchObject([{ type: 'text', text: 'Sunny, 3 pm.' }])
    expect(ran).toEqual(['Paris'])
    const [, second] = upstream.requests
    expect(JSON.stringify(second?.body.messages)).toContain(
      '<tool_response>\\nsunny\\n</tool_response>\\n<tool_response>\\nError: no clock\\n</tool_response>',
    )
  })

  it('run eagerly starts no tool whose call is cut short', async () => {
    const { client } = await connect([
      { text: `${callParis}\n<tool_call>\n{"name": "get_time", "arguments": {"city": "Os`, finish: 'length' },
    ])
    const ran: string[] = []
    const runner = client.beta.messages.toolRunner({
      ...ask,
      stream: true,
      runToolsEagerly: true,
      tools: [
        runnable('get_weather', ({ city }) => `${ran.push(city)}`),
        runnable('get_time', ({ city }) => `${ran.push(city)}`),
      ],
    })
    const { stop_reason } = await runner.runUntilDone()
    expect(stop_reason).toBe('max_tokens')
    expect(ran.filter((city) => city !== 'Paris')).toEqual([])
  })

  it('kept by the SDK as a thread, which is told that nothing is kept here', async () => {
    const { client, upstream } = await connect(['Hello.', 'Well.', 'Bye.'])
    const thread = client.beta.messages.thread(ask)
    const answers = [
      await thread.send(),
      await thread.send({ role: 'user', content: 'How are you?' }),
      await thread.stream({ role: 'user', content: 'So long.' }).finalMessage(),
    ]
    expect(answers.map(({ content: [block] }) => block)).toMatchObject([
      { text: 'Hello.' },
      { text: 'Well.' },
      { text: 'Bye.' },
    ])
    const said = upstream.requests.map(({ body: { messages } }) =>
      Array.isArray(messages) ? messages.slice(1) : [],
    )
    expect(said.map(({ length }) => length)).toEqual([1, 3, 5])
    expect(said[2]).toMatchObject([
      { content: 'Weather?' },
      { content: 'Hello.' },
      { content: 'How are you?' },
      { content: 'Well.' },
      { content: 'So long.' },
    ])
  })

  it('shows the model images and errors in results', async () => {
    const { client, upstream } = await connect(['A cat.'])
    const image = {
      type: 'image' as const,
      source: { type: 'base64' as const, media_type: 'image/png' as const, data: 'iVBORw0=' },
    }
    await client.messages.create({
      ...ask,
      messages: [
        { role: 'user', content: [image, { type: 'text', text: 'What is it?' }] },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'get_time', input: {} }] },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: [image], is_error: true }],
        },
      ],
    })
    const part = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0=' } }
    expect(upstream.requests[0]?.body.messages).toMatchObject([
      { role: 'system' },
      { role: 'user', content: [part, { type: 'text', text: 'What is it?' }] },
      { role: 'assistant' },
      {
        role: 'user',
        content: [{ text: '<tool_response>\n' }, { text: 'Error:' }, part, { text: '\n</tool_response>' }],
      },
    ])
  })

  it('gives a parsed answer for an output format', async () => {
    const { client, upstream } = await connect(['{"answer": 4}'])
    const format = zodOutputFormat(z.object({ answer: z.number() }))
    const message = await client.messages.parse({ ...ask, tools: [], output_config: { format } })
    expect(message.parsed_output).toEqual({ answer: 4 })
    expect(upstream.requests[0]?.body.response_format).toMatchObject({
      type: 'json_schema',
      json_schema: { schema: { properties: { answer: { type: 'number' } } } },
    })
  })
})

describe('an answer that the app has begun', () => {
  const body = {
    ...ask,
    messages: [...ask.messages, { role: 'assistant' as const, content: 'It is sunny in' }],
  }

  it.each(promptKinds)('goes on where it ends in a prompt (%s)', async (upstream) => {
    const { client, upstream: server } = await connect([` Paris.\n${callParis}`], { upstream })
    const { content } = await client.messages.create(body)
    expect(content).toMatchObject([{ type: 'text', text: ' Paris.' }, paris])
    const { inputs, prompt = inputs, ...fields } = server.requests[0]?.body ?? {}
    expect(prompt).toMatch(/<\|im_start\|>assistant\n<think>\n\n<\/think>\n\nIt is sunny in$/)
    expect(fields).not.toHaveProperty('continue_final_message')
  })

  it('is sent to a chat server with the fields that tell it to go on', async () => {
    const { client, upstream } = await connect([' Paris.'])
    await client.messages.create(body)
    expect(upstream.requests[0]?.body).toMatchObject({
      messages: [{ role: 'system' }, { role: 'user' }, { role: 'assistant', content: 'It is sunny in' }],
      continue_final_message: true,
      add_generation_prompt: false,
      chat_template_kwargs: { enable_thinking: false },
    })
  })

  it('is a call where it begins one', async () => {
    const begun = callParis.slice(0, 40)
    const { client } = await connect([callParis.slice(40)], { upstream: 'completion' })
    const messages = [...ask.messages, { role: 'assistant' as const, content: begun }]
    expect((await client.messages.create({ ...ask, messages })).content).toMatchObject([paris])
  })
})

describe('what goes upstream', () => {
  it('is the key as a bearer token, and nothing that only Anthropic knows', async () => {
    const { client, upstream } = await connect(['Hi.'])
    await client.beta.messages.create({
      ...ask,
      betas: ['context-management-2025-06-27'],
      service_tier: 'auto',
    })
    const [{ path, headers, body } = { path: '', headers: {}, body: {} }] = upstream.requests
    expect(path).toBe('/v1/chat/completions')
    expect(headers.authorization).toBe('Bearer secret')
    expect(Object.keys(headers).filter((name) => /^(x-api-key|anthropic-)/.test(name))).toEqual([])
    expect(Object.keys(body).sort()).toEqual(['max_tokens', 'messages', 'model', 'stop', 'stream'])
  })

  it('is the app’s own bearer token where it has one', async () => {
    const { client, upstream } = await connect(['Hi.'])
    await client.withOptions({ authToken: 'mine', apiKey: null }).messages.create(ask)
    expect(upstream.requests[0]?.headers.authorization).toBe('Bearer mine')
  })

  it('has no query of Anthropic’s, and keeps any other', async () => {
    const sent: string[] = []
    const { upstream, client } = await connect(['Hi.'], {
      fetch: (input, init) => {
        sent.push(String(input))
        return fetch(input, init)
      },
    })
    await client.withOptions({ defaultQuery: { 'api-version': '1' } }).beta.messages.create(ask)
    expect(sent).toEqual([`${upstream.url}/v1/chat/completions?api-version=1`])
  })

  it.each([
    [{ type: 'enabled', budget_tokens: 1024 } as const, true],
    [{ type: 'adaptive' } as const, true],
    [{ type: 'disabled' } as const, false],
  ])('is the thinking switch %j', async (thinking, isOn) => {
    const chat = await connect(['Hi.'])
    await chat.client.messages.create({ ...ask, thinking })
    expect(chat.upstream.requests[0]?.body.chat_template_kwargs).toEqual({ enable_thinking: isOn })
    const prompted = await connect(['Hi.'], { upstream: 'completion' })
    await prompted.client.messages.create({ ...ask, thinking })
    const { prompt } = prompted.upstream.requests[0]?.body ?? {}
    expect(String(prompt).endsWith('<think>\n\n</think>\n\n')).toBe(!isOn)
  })

  it('is a request without tools in the words of the upstream', async () => {
    const { client, upstream } = await connect(['Hi.'])
    const message = await client.messages.create({ model: 'm', max_tokens: 5, messages: ask.messages })
    expect(message.content).toMatchObject([{ text: 'Hi.' }])
    expect(upstream.requests[0]?.body).toMatchObject({ messages: ask.messages, max_tokens: 5 })
  })

  it('is anything but messages untouched', async () => {
    const { client } = await connect(['Hi.'])
    const counted = await failure(client.messages.countTokens({ model: 'm', messages: ask.messages }))
    expect(String(counted)).toContain('There is no POST /v1/messages/count_tokens here')
    const batches = await failure(client.messages.batches.create({ requests: [] }))
    expect(String(batches)).toContain('There is no POST /v1/messages/batches here')
  })
})

describe.each(ways)('what fails arrives as the client’s own error (%s)', (way, send) => {
  it.each([
    [400, BadRequestError, 'invalid_request_error'],
    [401, AuthenticationError, 'authentication_error'],
    [403, PermissionDeniedError, 'permission_error'],
    [404, NotFoundError, 'not_found_error'],
    [429, RateLimitError, 'rate_limit_error'],
    [500, InternalServerError, 'api_error'],
    [529, OverloadedError, 'overloaded_error'],
  ])('HTTP %s', async (status, type, name) => {
    const fault = { status, body: { error: { message: 'so it is' } }, headers: { 'retry-after': '7' } }
    const { client } = await connect([{ fault }])
    const error = await failure(send(client))
    expect(error).toBeInstanceOf(type)
    expect(error).toMatchObject({ status, type: name, apiMessage: 'so it is' })
    if (error instanceof APIError) expect(error.headers?.get('retry-after')).toBe('7')
  })

  it('an HTTP error that is a page', async () => {
    const { client } = await connect([{ fault: { status: 503, body: '<html>Busy</html>' } }])
    expect(await failure(send(client))).toMatchObject({ status: 503, type: 'overloaded_error' })
  })

  it.each(kinds)('an error in the middle of an answer of %s', async (upstream) => {
    const frame = { error: { message: 'out of memory', type: 'server_error', code: 500 } }
    const fault = { form: 'stream', error: { after: 3, frame } } as const
    const { client } = await connect([{ text: twoCalls, fault }], { upstream })
    const error = await failure(send(client))
    expect(error).toBeInstanceOf(APIError)
    expect(error).toMatchObject({ type: 'api_error', apiMessage: 'out of memory' })
  })

  it('a cut connection', async () => {
    const { client } = await connect([{ text: twoCalls, fault: { form: 'stream', cutAfter: 4 } }])
    const error = await failure(send(client))
    if (way === 'whole') expect(error).toBeInstanceOf(APIConnectionError)
    else expect(error).toMatchObject({ type: 'api_error', apiMessage: expect.stringContaining('was cut') })
  })

  it('silence', async () => {
    const { client } = await connect([{ text: twoCalls, fault: { form: 'stream', hang: 2 } }], {
      timeout: 60,
    })
    const error = await failure(send(client))
    if (way === 'whole') expect(error).toBeInstanceOf(APIConnectionTimeoutError)
    else
      expect(error).toMatchObject({ type: 'timeout_error', apiMessage: expect.stringContaining('timed out') })
  })

  it('an answer without an end', async () => {
    const fault = { form: 'stream', noFinish: true, noDone: true } as const
    const { client } = await connect([{ text: callParis, fault }])
    expect(await failure(send(client))).toMatchObject({
      apiMessage: expect.stringContaining('without a finish reason'),
    })
  })

  it.each([
    [
      { tools: [{ type: 'web_search_20250305', name: 'web_search' } as const] },
      'tools[0].type: "web_search_20250305"',
    ],
    [
      { tools: [...tools, { type: 'bash_20250124', name: 'bash' } as const] },
      'tools[2].type: "bash_20250124"',
    ],
    [{ tool_choice: { type: 'tool', name: 'zzz' } as const }, 'tool_choice names "zzz"'],
    [{ tool_choice: { type: 'any' } as const, tools: [] }, 'tool_choice is'],
    [{ max_tokens: 0 }, 'max_tokens: give'],
  ])('a wrong request %j, of which nothing is sent', async (change, words) => {
    const { client, upstream } = await connect(['never'])
    const error = await failure(send(client, change))
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({ type: 'invalid_request_error', apiMessage: expect.stringContaining(words) })
    expect(upstream.requests).toEqual([])
  })

  it('is tried again by the SDK, as without toolshim', async () => {
    const fault = { status: 529, body: {}, headers: { 'retry-after-ms': '1' } }
    const { client, upstream } = await connect([{ fault }, twoCalls], { maxRetries: 1 })
    expect((await send(client)).content).toHaveLength(3)
    expect(upstream.requests).toHaveLength(2)
  })
})

describe('an app that leaves', () => {
  it('aborts a whole answer', async () => {
    const { client, upstream } = await connect([{ text: 'x', fault: { hang: 'head' } }])
    const controller = new AbortController()
    const asked = failure(client.messages.create(ask, { signal: controller.signal }))
    setTimeout(() => controller.abort(), 50)
    expect(await asked).toBeInstanceOf(APIUserAbortError)
    await upstream.requests[0]?.closed
    expect(upstream.requests[0]?.aborted).toBe(true)
  })

  it('stops reading a stream', async () => {
    const { client, upstream } = await connect([{ text: 'word '.repeat(500), delay: 2 }])
    for await (const event of await client.messages.create({ ...ask, stream: true })) {
      if (event.type === 'content_block_delta') break
    }
    await upstream.requests[0]?.closed
    expect(upstream.requests[0]?.aborted).toBe(true)
  })

  it('leaves while a call is held', async () => {
    const { client, upstream } = await connect([
      { text: `<tool_call>\n{"name": "get_time", "arguments": {"city": "${'x'.repeat(4000)}`, delay: 2 },
    ])
    const stream = client.messages.stream(ask)
    setTimeout(() => stream.abort(), 80)
    expect(await failure(stream.finalMessage())).toBeInstanceOf(APIUserAbortError)
    await upstream.requests[0]?.closed
    expect(upstream.requests[0]?.aborted).toBe(true)
  })
})

it.each([
  [{ prompt_tokens: 9, completion_tokens: 0, total_tokens: 9 }, 9],
  [undefined, 0],
])(
  'the tokens that came in are counted at the start where the server has counted them by then: %j',
  async (usage, expected) => {
    const chunk = (content: string, finish_reason: string | null, usage?: object) =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason }], usage })}\n\n`
    const end = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 }
    const body = `${chunk('Hi', null, usage)}${chunk('.', 'stop', end)}data: [DONE]\n\n`
    const { client } = await connect([{ fault: { status: 200, body } }])
    const events = await collect(await client.messages.create({ ...ask, stream: true }))
    expect(events[0]).toMatchObject({ type: 'message_start', message: { usage: { input_tokens: expected } } })
    expect(events.at(-2)).toMatchObject({
      type: 'message_delta',
      usage: { input_tokens: 9, output_tokens: 2 },
    })
  },
)
