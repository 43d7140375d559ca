import OpenAI from 'openai'
import { afterEach, describe, expect, it } from 'vitest'
import { collect, createParser, type ParserEvent } from '../../src/index.js'
import { type ToolFetchOptions, toolFetch } from '../../src/middleware/fetch.js'
import {
  createDashScopeEvents,
  createDashScopeResponse,
  type DashScopeAnswer,
  readDashScopeRequest,
} from '../../src/surfaces/dashscope/index.js'
import {
  createReplayUpstream,
  type ReplayOptions,
  type ReplayUpstream,
  splitTokens,
} from '../../src/testing/index.js'
import { callParis, failure, kinds, tools, twoCalls } from '../middleware/setup.js'
import { serve as serveEndpoint } from '../server/setup.js'
import { askDashScope, generation, joinAnswers } from './dashscope-client.js'

const opened: ReplayUpstream[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((upstream) => upstream.close()))
})

/** A replay upstream, and the protocol's client in front of it. */
async function serve(replies: ReplayOptions['replies'], options: Partial<ToolFetchOptions> = {}) {
  const upstream = await createReplayUpstream({ replies })
  opened.push(upstream)
  const fetch = toolFetch({ dialect: 'qwen3', ...options })
  const { url } = upstream
  return {
    upstream,
    fetch,
    url,
    ask: (body: object, how: Parameters<typeof askDashScope>[3]) => askDashScope(fetch, url, body, how),
  }
}

const question = { messages: [{ role: 'user', content: 'Weather?' }] }
const body = { model: 'm', input: question, parameters: { result_format: 'message', tools } }
const incremental = { ...body, parameters: { ...body.parameters, incremental_output: true } }
const multimodal = '/api/v1/services/aigc/multimodal-generation/generation'

const reply: ParserEvent[] = [
  { type: 'reasoning', text: 'Two.' },
  { type: 'text', text: 'Let me ' },
  { type: 'text', text: 'look.' },
  { type: 'tool-call-start', index: 0, id: 'call_a', name: 'add' },
  { type: 'tool-call-arguments', index: 0, text: '{"a"' },
  { type: 'tool-call-arguments', index: 0, text: ': 1}' },
  { type: 'tool-call-end', index: 0, changes: [], violations: [] },
  { type: 'notice', change: { kind: 'fence', offset: 0, count: 1, message: 'x' } },
  { type: 'finish', reason: 'tool_calls', calls: 1 },
]
const usage = {
  prompt_tokens: 3,
  completion_tokens: 4,
  total_tokens: 7,
  prompt_tokens_details: { cached_tokens: 1 },
  completion_tokens_details: { reasoning_tokens: 2 },
}
const ownUsage = {
  input_tokens: 3,
  output_tokens: 4,
  total_tokens: 7,
  prompt_tokens_details: { cached_tokens: 1 },
  output_tokens_details: { reasoning_tokens: 2 },
}
const call = { index: 0, id: 'call_a', type: 'function', function: { name: 'add', arguments: '{"a": 1}' } }
const request_id = 'r'
const choiceOf = (message: object, finish_reason = 'null') => ({
  output: { choices: [{ finish_reason, message: { role: 'assistant', content: '', ...message } }] },
  request_id,
})

describe('createDashScopeEvents', () => {
  it('gives what is new, one thing in an event, and the finish reason in the last', () => {
    const events = createDashScopeEvents({ requestId: 'r', incremental: true })
    const piece = (name: string | undefined, id: string, text: string) => ({
      tool_calls: [{ index: 0, id, type: 'function', function: { ...(name && { name }), arguments: text } }],
    })
    expect([...events.push(reply), ...events.end({ usage })]).toEqual([
      choiceOf({ reasoning_content: 'Two.' }),
      choiceOf({ content: 'Let me ' }),
      choiceOf({ content: 'look.' }),
      choiceOf(piece('add', 'call_a', '')),
      choiceOf(piece(undefined, '', '{"a"')),
      choiceOf(piece(undefined, '', ': 1}')),
      { ...choiceOf({}, 'tool_calls'), usage: ownUsage },
    ])
  })

  it('repeats everything so far, a call with its arguments so far', () => {
    const events = createDashScopeEvents({ requestId: 'r' })
    const said = reply.flatMap((event) => events.push([event]))
    const before = { content: 'Let me look.', reasoning_content: 'Two.' }
    const calling = (text: string) => ({
      ...before,
      tool_calls: [{ ...call, function: { name: 'add', arguments: text } }],
    })
    expect([...said, ...events.end({ usage })]).toEqual([
      choiceOf({ reasoning_content: 'Two.' }),
      choiceOf({ content: 'Let me ', reasoning_content: 'Two.' }),
      choiceOf(before),
      choiceOf(calling('')),
      choiceOf(calling('{"a"')),
      choiceOf(calling('{"a": 1}')),
      { ...choiceOf(calling('{"a": 1}'), 'tool_calls'), usage: ownUsage },
    ])
  })

  it.each([true, false])(
    'gives no call that was cut short as finished (incremental: %s)',
    (isIncremental) => {
      const events = createDashScopeEvents({ requestId: 'r', incremental: isIncremental })
      const cut: ParserEvent[] = [
        ...reply.slice(1, -1),
        { type: 'tool-call-start', index: 1, id: 'call_b', name: 'add' },
        { type: 'tool-call-arguments', index: 1, text: '{"a": ' },
        { type: 'tool-call-incomplete', index: 1, id: 'call_b', name: 'add', text: '1', changes: [] },
        { type: 'finish', reason: 'length', calls: 1 },
      ]
      const said = [...cut.flatMap((event) => events.push([event])), ...events.end()]
      const { calls, finish } = joinAnswers(said, isIncremental)
      expect(finish).toBe('length')
      const whole = { id: 'call_a', name: 'add', arguments: '{"a": 1}' }
      // What was sent in pieces cannot be taken back.
      const open = { id: 'call_b', name: 'add', arguments: '{"a": ' }
      expect(calls).toEqual(isIncremental ? [whole, open] : [whole])
    },
  )

  it('costs a long reply no more than its length many times over, and holds no short one back', () => {
    const events = createDashScopeEvents({ requestId: 'r' })
    const texts = splitTokens('word '.repeat(40_000))
    const sizes = texts.map((text) => {
      const [answer] = events.push([{ type: 'text', text }])
      return answer ? joinAnswers([answer], false).content.length : 0
    })
    expect(sizes.slice(0, 50)).toEqual(texts.slice(0, 50).map((_, at) => (at + 1) * 4))
    const sent = sizes.reduce((sum, size) => sum + size, 0)
    expect(sent).toBeLessThan(200_000 * 258)
    events.push([{ type: 'finish', reason: 'stop', calls: 0 }])
    expect(joinAnswers(events.end(), false)).toMatchObject({
      content: 'word '.repeat(40_000),
      finish: 'stop',
    })
  })

  it('writes the older form, which is text', () => {
    const text: ParserEvent[] = [
      { type: 'text', text: 'Hel' },
      { type: 'text', text: 'lo' },
      { type: 'finish', reason: 'stop', calls: 0 },
    ]
    const pieces = createDashScopeEvents({ requestId: 'r', format: 'text', incremental: true })
    expect([...pieces.push(text), ...pieces.end()].map(({ output }) => output)).toEqual([
      { finish_reason: 'null', text: 'Hel' },
      { finish_reason: 'null', text: 'lo' },
      { finish_reason: 'stop', text: '' },
    ])
    const again = createDashScopeEvents({ requestId: 'r', format: 'text' })
    expect(
      [...text.flatMap((event) => again.push([event])), ...again.end()].map(({ output }) => output),
    ).toEqual([
      { finish_reason: 'null', text: 'Hel' },
      { finish_reason: 'null', text: 'Hello' },
      { finish_reason: 'stop', text: 'Hello' },
    ])
  })

  it('hands on what the protocol has in its choices too', () => {
    for (const isIncremental of [true, false]) {
      const events = createDashScopeEvents({ requestId: 'r', incremental: isIncremental })
      const logprobs = { content: [{ token: 'a' }] }
      const [answer] = events.push([{ type: 'text', text: 'a' }], 0, {
        choice: { logprobs },
        delta: { annotations: [1] },
      })
      expect(answer?.output).toMatchObject({
        choices: [{ logprobs, message: { content: 'a', annotations: [1] } }],
      })
    }
    const alone = createDashScopeEvents({ requestId: 'r', incremental: true })
    expect(alone.push([], 0, { delta: { annotations: [1] } })).toHaveLength(1)
    expect(alone.push([], 0, { choice: { logprobs: null } })).toEqual([])
  })
})

describe('createDashScopeResponse', () => {
  it('collects the same reply', () => {
    const response = createDashScopeResponse({ requestId: 'r' })
    for (const event of reply) response.push([event])
    expect(response.end({ usage })).toEqual({
      ...choiceOf({ content: 'Let me look.', reasoning_content: 'Two.', tool_calls: [call] }, 'tool_calls'),
      usage: ownUsage,
    })
  })

  it('numbers several choices, puts them in order, and lists parts where the route has parts', () => {
    const response = createDashScopeResponse({ requestId: 'r', choices: 2, parts: true })
    response.push([{ type: 'text', text: 'b' }], 1)
    response.push([{ type: 'finish', reason: 'stop', calls: 0 }], 0)
    expect(response.end().output).toEqual({
      choices: [
        { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: [] } },
        { index: 1, finish_reason: 'stop', message: { role: 'assistant', content: [{ text: 'b' }] } },
      ],
    })
  })
})

describe('readDashScopeRequest', () => {
  it('reads messages, parts and parameters as those of Chat Completions', () => {
    const messages = [
      { role: 'system', content: [{ text: 'Be kind.' }] },
      {
        role: 'user',
        content: [
          { image: 'https://pictures.example/a.png', min_pixels: 3 },
          { audio: 'data:audio/wav;base64,UklG' },
          { audio: 'https://sounds.example/a.wav' },
          { video: 'https://films.example/a.mp4' },
          { video: ['1.png', '2.png'] },
          { text: 'What?' },
        ],
      },
      { role: 'assistant', content: '', tool_calls: [call] },
      { role: 'tool', content: '3', tool_call_id: 'call_a', name: 'add' },
    ]
    const parameters = {
      result_format: 'message',
      incremental_output: true,
      max_tokens: 5,
      enable_thinking: true,
    }
    expect(readDashScopeRequest({ model: 'm', input: { messages }, parameters })).toEqual({
      model: 'm',
      max_tokens: 5,
      enable_thinking: true,
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'Be kind.' }] },
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url: { url: 'https://pictures.example/a.png' }, min_pixels: 3 },
            { type: 'input_audio', input_audio: { data: 'UklG', format: 'wav' } },
            { type: 'input_audio', input_audio: { data: 'https://sounds.example/a.wav' } },
            { type: 'video_url', video_url: { url: 'https://films.example/a.mp4' } },
            { type: 'unknown', video: ['1.png', '2.png'] },
            { type: 'text', text: 'What?' },
          ],
        },
        messages[2],
        messages[3],
      ],
    })
  })

  it('reads a prompt and the older history', () => {
    const input = { prompt: 'And now?', history: [{ user: 'Hi', bot: 'Hello.' }] }
    expect(readDashScopeRequest({ input }).messages).toEqual([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello.' },
      { role: 'user', content: 'And now?' },
    ])
  })

  it.each([
    ['nothing', undefined, 'input: give'],
    ['no input', { model: 'm' }, 'input: give'],
    ['neither messages nor prompt', { input: {} }, 'input.messages: give'],
    ['messages that are text', { input: { messages: 'x' } }, 'input.messages must'],
    ['a message that is text', { input: { messages: ['x'] } }, 'input.messages[0] must'],
    ['a message of nobody', { input: { messages: [{ role: 'alien' }] } }, 'input.messages[0].role must'],
    ['parameters that are a list', { input: question, parameters: [] }, 'parameters must'],
    ['tools that are an object', { input: question, parameters: { tools: {} } }, 'parameters.tools must'],
    ['half a choice', { input: question, parameters: { n: 0.5 } }, 'parameters.n: give'],
  ])('names the field that is wrong: %s', (_, given, words) => {
    expect(() => readDashScopeRequest(given)).toThrow(words)
  })
})

describe('over the wire', () => {
  it('events are spelled as the service spells them', async () => {
    const { fetch, url } = await serve([callParis])
    const headers = { 'x-dashscope-sse': 'enable', authorization: 'Bearer key' }
    const response = await fetch(`${url}${generation}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(incremental),
    })
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    const events = (await response.text()).split('\n\n').slice(0, -1)
    for (const [at, event] of events.entries()) {
      expect(event).toMatch(new RegExp(`^id:${at + 1}\nevent:result\n:HTTP_STATUS/200\ndata:\\{.*\\}$`))
    }
    expect(events.at(-1)).toContain('"finish_reason":"tool_calls"')
    expect(events.at(-1)).toContain('"usage":{"input_tokens":')
    expect(events.at(-2)).toContain('"finish_reason":"null"')
  })

  it('a whole answer has its token counts and the id of the request', async () => {
    const { ask, upstream } = await serve([twoCalls])
    const [answer] = await ask(body, { streamed: false })
    expect(answer).toMatchObject({ request_id: 'replay-1', usage: { input_tokens: expect.any(Number) } })
    expect(answer?.usage?.total_tokens).toBe(
      (answer?.usage?.input_tokens ?? 0) + (answer?.usage?.output_tokens ?? 0),
    )
    const [request] = upstream.requests
    expect(request?.path).toBe('/v1/chat/completions')
    expect(request?.headers.authorization).toBe('Bearer key')
    expect(request?.body).not.toHaveProperty('result_format')
    expect(JSON.stringify(request?.body)).toContain('get_weather')
  })

  it('is asked for a stream by what the client accepts too, unless its own switch is off', async () => {
    const { ask, upstream } = await serve([twoCalls])
    const accept = 'text/event-stream'
    expect(await ask(incremental, { streamed: true, headers: { accept } })).not.toHaveLength(1)
    const plain = await askDashScope(toolFetch({ dialect: 'qwen3' }), upstream.url, body, {
      streamed: false,
      headers: { accept, 'x-dashscope-sse': 'disable' },
    })
    expect(plain).toHaveLength(1)
    expect(upstream.requests.map(({ body }) => body.stream)).toEqual([true, false])
    for (const { headers } of upstream.requests) {
      expect(headers).not.toHaveProperty('x-dashscope-sse')
      expect(headers.accept).not.toBe(accept)
    }
  })

  it('the older form of an answer, with a prompt and without tools', async () => {
    const { ask } = await serve(['<think>\nHm.\n</think>\n\nHello.'])
    const asked = { model: 'm', input: { prompt: 'Hi' } }
    const [whole] = await ask(asked, { streamed: false })
    expect(whole?.output).toEqual({ finish_reason: 'stop', text: 'Hello.', reasoning_content: 'Hm.' })
    const streamed = await ask(asked, { streamed: true })
    expect(streamed.at(-1)?.output).toEqual(whole?.output)
  })

  it('the older form has room for one choice only', async () => {
    const { ask } = await serve(['Hello.'])
    const asked = { model: 'm', input: { prompt: 'Hi' }, parameters: { n: 2 } }
    const [answer] = await ask(asked, { streamed: false })
    expect(answer?.output).toMatchObject({ choices: [{ index: 0 }, { index: 1 }] })
  })

  it('with tools the answer is a message, where the older form was asked for too', async () => {
    const { ask } = await serve([callParis])
    const [answer] = await ask({ ...body, parameters: { tools, result_format: 'text' } }, { streamed: false })
    expect(answer?.output).toMatchObject({ choices: [{ message: { tool_calls: [{ index: 0 }] } }] })
  })

  it('a request on the multimodal route is answered in parts', async () => {
    const { ask, upstream } = await serve([`A cat. ${callParis}`])
    const content = [{ image: 'https://pictures.example/a.png' }, { text: 'What?' }]
    const asked = { ...incremental, input: { messages: [{ role: 'user', content }] } }
    const [whole] = await ask(asked, { streamed: false, path: multimodal })
    expect(whole?.output).toMatchObject({ choices: [{ message: { content: [{ text: 'A cat.' }] } }] })
    const events = await ask(asked, { streamed: true, path: multimodal })
    expect(joinAnswers(events, true)).toMatchObject({ content: 'A cat.', calls: [{ name: 'get_weather' }] })
    expect(JSON.stringify(upstream.requests[0]?.body)).toContain(
      '"image_url":{"url":"https://pictures.example/a.png"}',
    )
  })

  it.each([true, false])('several choices (incremental: %s)', async (isIncremental) => {
    const { ask } = await serve([{ choices: [callParis, 'Hm.'] }])
    const parameters = { ...body.parameters, n: 2, incremental_output: isIncremental }
    for (const streamed of [true, false]) {
      const answers = await ask({ ...body, parameters }, { streamed })
      const [first, second] = [0, 1].map((index) => joinAnswers(answers, isIncremental, index))
      expect(first).toMatchObject({ calls: [{ name: 'get_weather' }], finish: 'tool_calls' })
      expect(second).toMatchObject({ content: 'Hm.', calls: [], finish: 'stop' })
    }
  })

  it('an error in mid-stream has its status in the comment', async () => {
    const error = { after: 2, frame: { error: { message: 'no luck', code: 503 } } }
    const { ask } = await serve([{ text: twoCalls, fault: { error } }])
    const failed = await failure(ask(incremental, { streamed: true }))
    expect(failed).toMatchObject({ status: 503, message: 'InternalError: no luck' })
  })

  it.each([
    [401, 'InvalidApiKey'],
    [429, 'Throttling'],
    [500, 'InternalError'],
  ])('an HTTP error %s has the protocol’s own code', async (status, code) => {
    const { ask } = await serve([{ fault: { status, body: { error: { message: 'no luck' } } } }])
    expect(await failure(ask(body, { streamed: false }))).toMatchObject({
      status,
      message: `${code}: no luck`,
    })
  })

  it('a wrong request says which field', async () => {
    const { ask, upstream } = await serve(['x'])
    expect(await failure(ask({ input: {} }, { streamed: true }))).toMatchObject({
      status: 400,
      message: 'InvalidParameter: input.messages: give messages, or a prompt',
    })
    expect(upstream.requests).toEqual([])
  })

  it('of a request that never came to a model has a name too', async () => {
    const url = 'http://127.0.0.1/api/v1/services/aigc/text-generation/generation'
    const response = await toolFetch({ dialect: 'qwen3' })(url, { method: 'POST', body: '{}' })
    expect(await response.json()).toMatchObject({ request_id: expect.stringMatching(/^[0-9a-f]{24}$/) })
  })
})

describe('in front of every upstream', () => {
  it.each(kinds)('%s, streamed and whole, with tools and without', async (upstream) => {
    const { ask, upstream: server } = await serve([twoCalls, twoCalls, 'Hello.', 'Hello.'], { upstream })
    const plain = { ...incremental, parameters: { result_format: 'message', incremental_output: true } }
    for (const streamed of [true, false]) {
      expect(joinAnswers(await ask(incremental, { streamed }), true)).toMatchObject({
        content: 'Let me look.',
        calls: [
          { name: 'get_weather', arguments: '{"city": "Paris"}' },
          { name: 'get_time', arguments: '{"city": "Oslo 🌍 é"}' },
        ],
        finish: 'tool_calls',
      })
    }
    for (const streamed of [true, false]) {
      expect(joinAnswers(await ask(plain, { streamed }), true)).toMatchObject({
        content: 'Hello.',
        finish: 'stop',
      })
    }
    expect(server.requests.map((request) => request.streamed)).toEqual([true, false, true, false])
  })

  it('a request without tools passes another server of the protocol untouched', async () => {
    const { ask, upstream } = await serve([callParis], { upstream: 'dashscope' })
    const asked = { model: 'm', input: question, parameters: { incremental_output: true, top_k: 3 } }
    expect(joinAnswers(await ask(asked, { streamed: true }), true)).toMatchObject({
      content: callParis,
      calls: [],
    })
    expect(upstream.requests[0]?.body).toEqual(asked)
  })

  it('and served as an endpoint of its own', async () => {
    const { url } = await serveEndpoint([twoCalls])
    for (const streamed of [true, false]) {
      const answers = await askDashScope(fetch, url, incremental, { streamed })
      expect(joinAnswers(answers, true)).toMatchObject({ content: 'Let me look.', finish: 'tool_calls' })
    }
    const closed = await serveEndpoint(['x'], { apiKey: 'secret' })
    const failed = await failure(askDashScope(fetch, closed.url, incremental, { streamed: true }))
    expect(failed).toMatchObject({ status: 401, message: expect.stringContaining('API key') })
  })
})

describe('there and back: our upstream reads what our surface wrote', () => {
  /** An app of Chat Completions over a DashScope server that is our surface, over a model. */
  async function chain(reply: string, parameters: object) {
    const { fetch, url, upstream } = await serve([reply])
    const outer = toolFetch({
      dialect: 'qwen3',
      fetch,
      upstream: { kind: 'dashscope', extraBody: { parameters } },
    })
    const client = new OpenAI({ apiKey: '-', baseURL: `${url}/v1`, maxRetries: 0, fetch: outer })
    return { client, upstream }
  }
  const ask = { model: 'm', messages: [{ role: 'user' as const, content: 'Weather?' }], tools }
  const expected = {
    finish_reason: 'tool_calls',
    message: {
      content: 'Let me look.',
      tool_calls: [
        { function: { name: 'get_weather', arguments: '{"city": "Paris"}' } },
        { function: { name: 'get_time', arguments: '{"city": "Oslo 🌍 é"}' } },
      ],
    },
  }

  it.each([
    ['text, in pieces', {}],
    ['text, everything each time', { incremental_output: false }],
    ['calls of its own, in pieces', { tools }],
    ['calls of its own, everything each time', { tools, incremental_output: false }],
  ])('%s', async (_, parameters) => {
    const { client } = await chain(twoCalls, parameters)
    const whole = await client.chat.completions.create(ask)
    const streamed = await client.chat.completions
      .stream({ ...ask, stream_options: { include_usage: true } })
      .finalChatCompletion()
    for (const { choices, usage } of [whole, streamed]) {
      expect(choices).toMatchObject([expected])
      expect(usage?.total_tokens).toBeGreaterThan(0)
    }
  })

  it('a reply as the parser reads it, through either form of a stream', () => {
    const parser = createParser({ dialect: 'qwen3', tools, createId: () => 'call_a' })
    const events = [...splitTokens(twoCalls).flatMap(parser.push), ...parser.end()]
    const { content, toolCalls } = collect(events)
    for (const isIncremental of [true, false]) {
      const writer = createDashScopeEvents({ requestId: 'r', incremental: isIncremental })
      const answers: DashScopeAnswer[] = [...events.flatMap((event) => writer.push([event])), ...writer.end()]
      const joined = joinAnswers(answers, isIncremental)
      expect(joined.content).toBe(content)
      expect(joined.calls.map((one) => one.arguments)).toEqual(
        toolCalls.map((one) => one.type === 'function' && one.function.arguments),
      )
    }
  })
})
