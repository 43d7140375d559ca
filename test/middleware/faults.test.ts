import OpenAI, {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from 'openai'
import { describe, expect, it, vi } from 'vitest'
import { createConnection } from '../../src/middleware/connection.js'
import { type Fetch, toolFetch } from '../../src/middleware/fetch.js'
import type { ReplayFault } from '../../src/testing/index.js'
import { UpstreamTimeout } from '../../src/upstreams/upstream-error.js'
import { contracts } from '../upstreams/contract.js'
import { ask, callParis, collect, connect, failure, kinds, twoCalls } from './setup.js'

type Connected = Awaited<ReturnType<typeof connect>>

const whole = ({ client }: Connected) => client.chat.completions.create(ask)
const streamed = ({ client }: Connected) => client.chat.completions.stream(ask).finalChatCompletion()

describe('HTTP errors', () => {
  it.each([
    ['OpenAI', { error: { message: 'no such model', type: 'invalid', code: 'model' } }, '404 no such model'],
    ['Ollama', { error: 'model "m" not found' }, '404 model "m" not found'],
    [
      'vLLM',
      { object: 'error', message: 'The model `m` does not exist.', code: 404 },
      '404 The model `m` does not exist.',
    ],
    ['FastAPI', { detail: 'Not Found' }, '404 Not Found'],
    ['HTML', '<h1>Gone</h1>', '404 The upstream answered 404 Not Found with a page: <h1>Gone</h1>'],
    ['words', 'no such route', '404 no such route'],
    ['nothing', '', '404 The upstream answered 404 Not Found.'],
  ])('with a body as %s has it', async (_, body, message) => {
    const connected = await connect([{ fault: { status: 404, body } }])
    for (const ways of [whole, streamed]) {
      const error = await failure(ways(connected))
      expect(error).toBeInstanceOf(NotFoundError)
      expect(error).toMatchObject({ message })
    }
  })

  it.each([
    [400, BadRequestError],
    [401, AuthenticationError],
    [429, RateLimitError],
    [500, InternalServerError],
  ])('%s is its own class, with the headers', async (status, type) => {
    const fault = { status, body: { error: { message: 'no' } }, headers: { 'retry-after': '7' } }
    const error = await failure(whole(await connect([{ fault }])))
    expect(error).toBeInstanceOf(type)
    if (!(error instanceof APIError)) throw error
    expect(error.headers?.get('retry-after')).toBe('7')
    expect(error.requestID).toBe('replay-request')
  })

  it('keeps its status and headers where its body is cut or falls silent', async () => {
    const body = { error: { message: 'slow down, please, there are far too many of you' } }
    const headers = { 'retry-after': '7' }
    const cut = await connect([{ fault: { status: 429, body, headers, cutAfter: 0 } }])
    for (const ways of [whole, streamed]) {
      const error = await failure(ways(cut))
      expect(error).toBeInstanceOf(RateLimitError)
      expect(String(error)).toContain('slow down')
    }
    const start = new TextEncoder().encode('{"error":')
    const silent = toolFetch({
      dialect: 'qwen3',
      timeout: 50,
      fetch: async () =>
        new Response(new ReadableStream({ start: (it) => it.enqueue(start) }), { status: 429 }),
    })
    const client = cut.client.withOptions({ fetch: silent })
    expect(await failure(client.chat.completions.create(ask))).toBeInstanceOf(RateLimitError)
  })

  it('is the abort where the app leaves while its body comes', async () => {
    const controller = new AbortController()
    const fetch = toolFetch({
      dialect: 'qwen3',
      fetch: async (_, init) => {
        const body = new ReadableStream({
          start: (it) => init?.signal?.addEventListener('abort', () => it.error(new Error('left'))),
        })
        setTimeout(() => controller.abort(), 20)
        return new Response(body, { status: 500 })
      },
    })
    const client = new OpenAI({ apiKey: '-', baseURL: 'http://127.0.0.1:9/v1', maxRetries: 0, fetch })
    const work = client.chat.completions.create(ask, { signal: controller.signal })
    expect(await failure(work)).toBeInstanceOf(APIUserAbortError)
  })

  it('is tried again by the SDK, as without toolshim', async () => {
    const fault = { status: 503, body: {}, headers: { 'retry-after-ms': '1' } }
    const { client, upstream } = await connect([{ fault }, { fault }, twoCalls], { maxRetries: 2 })
    const { choices } = await client.chat.completions.create(ask)
    expect(choices[0]?.message.tool_calls).toHaveLength(2)
    expect(upstream.requests).toHaveLength(3)
  })
})

describe.each(kinds)('a %s upstream that fails in the middle', (upstream) => {
  const faulty = (fault: ReplayFault) => connect([{ text: twoCalls, fault }], { upstream })

  it('with an error frame', async () => {
    const frame = { error: { message: 'slot unavailable', type: 'server_error', code: 500 } }
    const connected = await faulty({ form: 'stream', error: { after: 3, frame } })
    const error = await failure(streamed(connected))
    expect(error).toBeInstanceOf(APIError)
    expect(error).toMatchObject({ message: 'slot unavailable', code: 500, type: 'server_error' })

    const wholeError = await failure(whole(connected))
    expect(wholeError).toBeInstanceOf(InternalServerError)
    expect(wholeError).toMatchObject({ message: '500 slot unavailable' })
  })

  it('with an error that is only words', async () => {
    const connected = await faulty({ error: { after: 1, frame: { error: 'llama runner terminated' } } })
    expect(await failure(streamed(connected))).toMatchObject({ message: 'llama runner terminated' })
  })

  it('with a cut connection', async () => {
    const connected = await faulty({ cutAfter: 3 })
    const error = await failure(streamed(connected))
    expect(error).toBeInstanceOf(APIError)
    expect(String(error)).toContain('connection to the upstream was cut in the middle')

    const wholeError = await failure(whole(connected))
    expect(wholeError).toBeInstanceOf(APIConnectionError)
    expect(String(wholeError instanceof Error && wholeError.cause)).toContain('cut in the middle')
  })

  it('with a line that is not JSON', async () => {
    const connected = await faulty({ form: 'stream', invalidAfter: 2 })
    const error = await failure(streamed(connected))
    expect(error).toBeInstanceOf(APIError)
    expect(String(error)).toContain('not JSON: "{\\"broken\\": "')
    expect(await failure(whole(connected))).toMatchObject({ status: 502 })
  })

  it('by ending without a finish', async () => {
    const connected = await faulty({ form: 'stream', noFinish: true, noDone: true })
    expect(String(await failure(streamed(connected)))).toContain('without a finish reason')
    expect(await failure(whole(connected))).toMatchObject({ status: 502 })
  })

  it('after what came before has arrived', async () => {
    const { client } = await connect([{ text: 'Some text that came.', fault: { cutAfter: 3 } }], { upstream })
    let text = ''
    const read = async () => {
      for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) {
        text += chunk.choices[0]?.delta.content ?? ''
      }
    }
    expect(await failure(read())).toBeInstanceOf(APIError)
    expect(text).toMatch(/^Some text/)
  })

  it('by falling silent', async () => {
    const connected = await connect([{ text: twoCalls, fault: { form: 'stream', hang: 2 } }], {
      upstream,
      timeout: 80,
    })
    const error = await failure(streamed(connected))
    expect(error).toBeInstanceOf(APIError)
    expect(String(error)).toContain('timed out')
    expect(await failure(whole(connected))).toBeInstanceOf(APIConnectionTimeoutError)
    for (const request of connected.upstream.requests) {
      await request.closed
      expect(request.aborted).toBe(true)
    }
  })
})

describe('an error in an answer with status 200', () => {
  it.each([
    ['FastAPI', { detail: 'boom' }],
    ['DashScope', { code: 'InvalidParameter', message: 'boom', request_id: 'r' }],
    ['a type', { type: 'error', message: 'boom' }],
    ['a list', { errors: [{ message: 'boom' }] }],
    ['a number', { error_code: 1, error_msg: 'boom' }],
  ])('as %s has it', async (_, body) => {
    for (const text of [JSON.stringify(body), `data: ${JSON.stringify(body)}\n\n`]) {
      const connected = await connect([{ fault: { status: 200, body: text } }])
      expect(await failure(streamed(connected))).toMatchObject({ message: 'boom' })
      expect(await failure(whole(connected))).toMatchObject({ message: '502 boom' })
    }
  })

  it('between events, over several lines', async () => {
    const event = 'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n'
    const body = `${event}{\n  "error": {\n    "message": "boom"\n  }\n}\n\n`
    const connected = await connect([{ fault: { status: 200, body } }])
    expect(await failure(streamed(connected))).toMatchObject({ message: 'boom' })
    expect(await failure(whole(connected))).toMatchObject({ message: '502 boom' })
  })
})

describe('time-outs', () => {
  it('before the head of the answer', async () => {
    const connected = await connect([{ fault: { hang: 'head' } }], { timeout: 50 })
    for (const ways of [whole, streamed]) {
      expect(await failure(ways(connected))).toBeInstanceOf(APIConnectionTimeoutError)
    }
    await connected.upstream.requests[0]?.closed
    expect(connected.upstream.requests[0]?.aborted).toBe(true)
  })

  it.each([Number.POSITIVE_INFINITY, 3e9])('of %s ms never comes', async (timeout) => {
    const timers = vi.spyOn(globalThis, 'setTimeout')
    const connected = await connect([{ text: twoCalls, delay: 1 }], { timeout })
    expect((await streamed(connected)).choices[0]?.message.tool_calls).toHaveLength(2)
    // Asked to wait for longer than it can, a timer fires again and again.
    expect(timers.mock.calls.filter(([, time]) => time === timeout)).toEqual([])
    timers.mockRestore()
  })

  it('is not waited for by an answer that is complete, whose connection never ends', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      let isCancelled = false
      const body = new ReadableStream<Uint8Array>({
        cancel() {
          isCancelled = true
        },
      })
      const connection = createConnection(async () => new Response(body), undefined)
      await connection.open('http://127.0.0.1:9', {})
      connection.release()
      expect(isCancelled).toBe(false)
      await vi.advanceTimersByTimeAsync(1000)
      expect(isCancelled).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })

  it('is no end of an answer whose `fetch` does not know signals', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    try {
      const connection = createConnection(async () => new Response(new ReadableStream()), undefined, 500)
      await connection.open('http://127.0.0.1:9', {})
      const read = failure(connection.read())
      await vi.advanceTimersByTimeAsync(500)
      expect(await read).toBeInstanceOf(UpstreamTimeout)
    } finally {
      vi.useRealTimers()
    }
  })

  it('counts silence, not the length of the answer', async () => {
    const connected = await connect([{ text: twoCalls, delay: 5 }], { timeout: 100 })
    expect((await streamed(connected)).choices[0]?.message.tool_calls).toHaveLength(2)
  })
})

describe('unusual answers that are none the worse', () => {
  const faults: [string, ReplayFault][] = [
    ['no finish reason but [DONE]', { noFinish: true }],
    ['a finish reason but no [DONE]', { noDone: true }],
    ['no line end after the last frame', { noLastLineEnd: true, noDone: true }],
    ['CRLF', { crlf: true }],
    ['comments', { comments: true }],
    ['no space after data:', { noSpace: true }],
    ['characters in two pieces', { splitCharacters: true }],
    ['stop strings left in', { stop: 'included' }],
  ]
  it.each(faults)('%s', async (_, fault) => {
    for (const upstream of kinds) {
      // The protocols without [DONE] have nothing else that says the end.
      if (fault.noFinish && !contracts[upstream].done) continue
      const connected = await connect([{ text: twoCalls, fault }], { upstream })
      for (const { choices } of [await streamed(connected), await whole(connected)]) {
        expect(choices[0]?.finish_reason).toBe('tool_calls')
        expect(choices[0]?.message.content).toBe('Let me look.')
        expect(choices[0]?.message.tool_calls).toMatchObject([
          { function: { arguments: '{"city": "Paris"}' } },
          { function: { arguments: '{"city": "Oslo 🌍 é"}' } },
        ])
      }
    }
  })

  const frame = (choice: object, beside: object = {}) =>
    `data: ${JSON.stringify({ choices: [{ index: 0, ...choice }], ...beside })}\n\n`
  it.each([
    ['an empty text', ''],
    ['an empty object', {}],
    ['null', null],
    ['false', false],
  ])('%s for an error in every frame', async (_, error) => {
    const body = frame({ delta: { content: 'Hello' }, finish_reason: 'stop' }, { error })
    const connected = await connect([{ fault: { status: 200, body } }])
    for (const { choices } of [await streamed(connected), await whole(connected)]) {
      expect(choices).toMatchObject([{ message: { content: 'Hello' }, finish_reason: 'stop' }])
    }
  })

  it.each(['eos_token', 'eos', 'end_turn', 'stop_sequence', 'tool_calls'])(
    'the finish reason %s of a call',
    async (finish) => {
      for (const upstream of kinds.filter((kind) => kind !== 'llama.cpp')) {
        const connected = await connect([{ text: callParis, finish }], { upstream })
        for (const { choices } of [await streamed(connected), await whole(connected)]) {
          expect(choices).toMatchObject([{ finish_reason: 'tool_calls' }])
        }
      }
    },
  )

  it.each([
    ['text after the finish reason', 'stop', null],
    ['a finish reason in every frame', 'stop', 'stop'],
    ['another finish reason at the end', 'stop', 'length'],
  ])('%s', async (_, finish_reason, last) => {
    const body = [
      frame({ delta: { content: 'Hello' }, finish_reason }),
      frame({ delta: { content: ' world' }, finish_reason: last }),
      'data: [DONE]\n\n',
    ].join('')
    const connected = await connect([{ fault: { status: 200, body } }])
    for (const { choices } of [await streamed(connected), await whole(connected)]) {
      expect(choices).toMatchObject([{ message: { content: 'Hello world' }, finish_reason: last ?? 'stop' }])
    }
  })

  it('a stop string that took the closing mark with it', async () => {
    const connected = await connect([callParis.replace('\n</tool_call>', '')])
    const { choices } = await whole(connected)
    expect(choices[0]?.message.tool_calls).toMatchObject([{ function: { arguments: '{"city": "Paris"}' } }])
  })

  it('an HTML page with status 200 is an error that shows it', async () => {
    const connected = await connect([{ fault: { status: 200, body: '<html>Log in</html>' } }])
    expect(await failure(whole(connected))).toMatchObject({
      status: 502,
      message: expect.stringContaining('<html>Log in</html>'),
    })
    expect(String(await failure(streamed(connected)))).toContain('<html>Log in</html>')
  })
})

describe('requests that are wrong', () => {
  const tool = { type: 'function' as const, function: { name: '' } }

  it.each([
    ['a tool without a name', { ...ask, tools: [tool] }, 'tools[0].function.name'],
    ['no messages', { ...ask, messages: undefined }, 'messages'],
  ])('%s: 400, and nothing is sent', async (_, body, param) => {
    const { client, upstream } = await connect(['never'])
    const error = await failure(client.post('/chat/completions', { body }))
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({ type: 'invalid_request_error', param })
    expect(upstream.requests).toHaveLength(0)
  })

  it.each([
    ['an unknown tool choice', { tool_choice: 'foo' }, 'tool_choice'],
    ['a choice of a tool that is not there', { tool_choice: 'required', tools: [] }, 'tool_choice'],
    [
      'a nested list of tools that are not there',
      { tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [tool] } } },
      'tool_choice.allowed_tools.tools[0]',
    ],
    ['a flag in quotes', { parallel_tool_calls: 'false' }, 'parallel_tool_calls'],
    ['tools that are an object', { tools: {} }, 'tools'],
    ['tools that are text', { tools: 'x' }, 'tools'],
  ])('%s: the field as the app has spelled it', async (_, change, param) => {
    const { client } = await connect(['never'], { upstream: 'completion' })
    const error = await failure(client.post('/chat/completions', { body: { ...ask, ...change } }))
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({ param, message: expect.stringContaining(`400 ${param}`) })
  })

  it('no JSON: a fault of the body, and of no field', async () => {
    const response = await toolFetch({ dialect: 'qwen3' })('http://127.0.0.1:9/v1/chat/completions', {
      method: 'POST',
      body: '{"messages": [',
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { param: null } })
  })

  it('a model that is no text is for the server to refuse', async () => {
    const { client, upstream } = await connect(['Hi.'])
    const model = { toString: null }
    await client.post('/chat/completions', { body: { ...ask, model } })
    expect(upstream.requests[0]?.body.model).toEqual(model)
  })

  it('several choices of an upstream that gives one', async () => {
    const { client } = await connect(['x'], { upstream: 'ollama' })
    const error = await failure(client.chat.completions.create({ ...ask, n: 2 }))
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({ param: 'n', message: expect.stringContaining('send 2 requests') })
  })

  it('wrong options are known when the app starts', () => {
    const unknown = JSON.parse('"gopher"')
    expect(() => toolFetch({ dialect: 'qwen3', upstream: unknown })).toThrow(
      /upstream: .*"gopher".*llama\.cpp/,
    )
    for (const [wrong, message] of [
      [{ dialect: null }, /^dialect must be/],
      [{ history: 'strct' }, /^history must be 'lenient' or 'strict', not "strct"/],
      [{ onWarning: 'x' }, /^onWarning must be a function/],
      [{ timout: 5000 }, /^option timout is not known: is timeout meant/],
      [{ upstream: { kind: 'chat', ulr: 'x' } }, /^upstream.ulr is no field; there are kind, url/],
      [{ onEvent: 'x' }, /^onEvent must be a function/],
      [{ fetch: 'x' }, /^fetch must be a function/],
      [{ timeout: '5000' }, /^timeout: /],
      [{ upstream: 'http://localhost:8080' }, /^upstream is a kind/],
      [{ upstream: { kind: 'chat', stream: 'no' } }, /^upstream.stream must be a boolean/],
      [{ upstream: { kind: 'chat', extraBody: 'x' } }, /^upstream.extraBody must be an object/],
    ] as const) {
      expect(() => Reflect.apply(toolFetch, undefined, [{ dialect: 'qwen3', ...wrong }])).toThrow(message)
    }
    expect(() => toolFetch({ dialect: 'qwen3', timeout: 0 })).toThrow(/timeout/)
    expect(() => toolFetch({ dialect: 'no-such-dialect' })).toThrow(/no-such-dialect/)
    expect(() => toolFetch({ dialect: 'qwen3', upstream: { kind: 'chat', url: '/v1' } })).toThrow(
      /^upstream\.url: .*whole address/,
    )
    const none = JSON.parse('null')
    expect(() => toolFetch(none)).toThrow(/^options must/)
  })
})

describe("a fetch of one's own", () => {
  it('that fails is a connection error', async () => {
    const fetch: Fetch = () => Promise.reject(new TypeError('fetch failed'))
    const client = new OpenAI({
      apiKey: '-',
      baseURL: 'http://127.0.0.1:9/v1',
      maxRetries: 0,
      fetch: toolFetch({ dialect: 'qwen3', fetch }),
    })
    expect(await failure(client.chat.completions.create(ask))).toBeInstanceOf(APIConnectionError)
    const stream = client.chat.completions.create({ ...ask, stream: true })
    expect(await failure(stream.then(collect))).toBeInstanceOf(APIConnectionError)
  })
})
