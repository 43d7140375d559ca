import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { findUpstream, type UpstreamKind } from '../../src/upstreams/index.js'
import { ask, callOslo, callParis, collect, connect, failure, twoCalls } from '../middleware/setup.js'
import { serve } from '../server/setup.js'

const body = {
  model: 'm',
  messages: [{ role: 'user', content: 'Hi' }],
  tools: [{ type: 'function', function: { name: 'f' } }],
  tool_choice: 'auto',
  parallel_tool_calls: true,
  stream: true,
  stream_options: { include_usage: true },
  stop: 'END',
  max_completion_tokens: 50,
  temperature: 0.5,
  top_p: 0.9,
  seed: 7,
  top_k: 20,
  repetition_penalty: 1.1,
  enable_thinking: false,
  user: 'me',
  response_format: {
    type: 'json_schema',
    json_schema: { name: 'x', schema: { type: 'object', properties: {} } },
  },
}

function build(
  kind: UpstreamKind,
  change: object = {},
  messages: object[] = [{ role: 'user', content: 'rendered' }],
) {
  const upstream = findUpstream(kind)
  const request = { ...body, ...change }
  const stop = ['<|im_end|>']
  return upstream.takes === 'messages'
    ? upstream.buildRequest(request, { messages, stop })
    : upstream.buildRequest(request, { prompt: 'rendered', stop, marks: ['<tool_call>'] })
}

const png = 'data:image/png;base64,iVBORw0K'
const pictured = [
  { role: 'developer', content: 'Be kind.' },
  {
    role: 'user',
    content: [
      { type: 'text', text: 'What ' },
      { type: 'image_url', image_url: { url: png } },
      { type: 'text', text: 'is this?' },
    ],
  },
]

describe('what is sent', () => {
  it('to vLLM: special tokens are asked for, and extraBody may say otherwise', () => {
    expect(build('vllm')).toMatchObject({ prompt: 'rendered', max_tokens: 50, skip_special_tokens: false })
    expect(build('vllm', { skip_special_tokens: true })).toMatchObject({ skip_special_tokens: true })
  })

  it("to Ollama's chat", () => {
    expect(build('ollama-chat', { keep_alive: '5m' })).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'rendered' }],
      stream: true,
      think: false,
      keep_alive: '5m',
      format: body.response_format.json_schema.schema,
      options: {
        num_predict: 50,
        temperature: 0.5,
        top_p: 0.9,
        seed: 7,
        top_k: 20,
        stop: ['END', '<|im_end|>'],
      },
    })
    expect(build('ollama-chat', { think: 'high' }).think).toBe('high')
    expect(build('ollama-chat', { enable_thinking: undefined })).not.toHaveProperty('think')
  })

  it("to Ollama's chat: images beside the text, reasoning under its own name", () => {
    const said = { role: 'assistant', content: 'A cat.', reasoning_content: 'Hm.' }
    expect(build('ollama-chat', {}, [...pictured, said]).messages).toEqual([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'What is this?', images: ['iVBORw0K'] },
      { role: 'assistant', content: 'A cat.', thinking: 'Hm.' },
    ])
  })

  it('to KoboldCpp', () => {
    const request = build('koboldcpp', { num_ctx: 8192, typical_p: 0.9 })
    expect(request).toEqual({
      genkey: expect.stringMatching(/^toolshim-\w{24}$/),
      trim_stop: true,
      prompt: 'rendered',
      max_length: 50,
      max_context_length: 8192,
      stop_sequence: ['END', '<|im_end|>'],
      temperature: 0.5,
      top_p: 0.9,
      top_k: 20,
      rep_pen: 1.1,
      sampler_seed: 7,
      typical: 0.9,
    })
    expect(build('koboldcpp').genkey).not.toBe(request.genkey)
    expect(build('koboldcpp', { max_completion_tokens: null }).max_length).toBeGreaterThan(1000)
  })

  it('to TGI', () => {
    expect(build('tgi', { parameters: { best_of: 1 } })).toEqual({
      inputs: 'rendered',
      parameters: {
        best_of: 1,
        max_new_tokens: 50,
        stop: ['END', '<|im_end|>'],
        return_full_text: false,
        details: true,
        temperature: 0.5,
        top_p: 0.9,
        seed: 7,
        top_k: 20,
        repetition_penalty: 1.1,
        grammar: { type: 'json', value: body.response_format.json_schema.schema },
      },
    })
  })

  it('to TGI: what other servers take and it refuses is left out', () => {
    const greedy = { temperature: 0, top_p: 1, max_completion_tokens: undefined, response_format: undefined }
    expect(build('tgi', greedy).parameters).toEqual({
      do_sample: false,
      max_new_tokens: null,
      stop: ['END', '<|im_end|>'],
      return_full_text: false,
      details: true,
      seed: 7,
      top_k: 20,
      repetition_penalty: 1.1,
    })
    const any = { response_format: { type: 'json_object' }, top_p: 1 }
    expect(build('tgi', any).parameters).not.toHaveProperty('grammar')
    expect(build('tgi', any).parameters).not.toHaveProperty('top_p')
  })

  it('to DashScope', () => {
    expect(build('dashscope', { parameters: { enable_search: true }, n: 2 })).toEqual({
      model: 'm',
      input: { messages: [{ role: 'user', content: 'rendered' }] },
      parameters: {
        enable_search: true,
        n: 2,
        result_format: 'message',
        incremental_output: true,
        stop: ['END', '<|im_end|>'],
        max_tokens: 50,
        temperature: 0.5,
        top_p: 0.9,
        seed: 7,
        top_k: 20,
        repetition_penalty: 1.1,
        enable_thinking: false,
        response_format: body.response_format,
      },
    })
    expect(build('dashscope', { stream: false }).parameters).not.toHaveProperty('incremental_output')
    const effort = { enable_thinking: undefined, reasoning_effort: 'low' }
    expect(build('dashscope', effort).parameters).toMatchObject({ enable_thinking: true })
  })

  it('to DashScope: messages in parts where one has a picture', () => {
    const request = build('dashscope', {}, pictured)
    expect(request.input).toEqual({
      messages: [
        { role: 'system', content: [{ text: 'Be kind.' }] },
        { role: 'user', content: [{ text: 'What ' }, { image: png }, { text: 'is this?' }] },
      ],
    })
    const text = [{ role: 'user', content: [{ type: 'text', text: 'Hi ' }, { text: 'there' }] }]
    expect(build('dashscope', {}, text).input).toEqual({ messages: [{ role: 'user', content: 'Hi there' }] })
  })

  it('to DashScope: a message to go on with, in its own word', () => {
    const begun = { role: 'assistant', content: 'It is' }
    const asked = { continue_final_message: true, add_generation_prompt: false }
    const { input, parameters } = build('dashscope', asked, [...pictured.slice(0, 1), begun])
    expect(input).toMatchObject({ messages: [{ role: 'system' }, { ...begun, partial: true }] })
    for (const field of Object.keys(asked)) expect(parameters).not.toHaveProperty(field)
  })

  it('to DashScope: sound and film', () => {
    const content = [
      { type: 'input_audio', input_audio: { data: 'UklG', format: 'wav' } },
      { type: 'video_url', video_url: { url: 'https://films.example/a.mp4' } },
      { type: 'image_url', image_url: 'https://pictures.example/a.png' },
    ]
    expect(build('dashscope', {}, [{ role: 'user', content }]).input).toEqual({
      messages: [
        {
          role: 'user',
          content: [
            { audio: 'data:audio/wav;base64,UklG' },
            { video: 'https://films.example/a.mp4' },
            { image: 'https://pictures.example/a.png' },
          ],
        },
      ],
    })
  })
})

describe('where it is sent', () => {
  const dashscope = '/api/v1/services/aigc/text-generation/generation'
  it.each([
    ['vllm', '/v1', false, '/v1/completions'],
    ['ollama-chat', '/ollama/v1', true, '/ollama/api/chat'],
    ['koboldcpp', '/v1', false, '/api/v1/generate'],
    ['koboldcpp', '/v1', true, '/api/extra/generate/stream'],
    ['tgi', '/v1', false, '/generate'],
    ['tgi', '/tgi/v1', true, '/tgi/generate_stream'],
    ['dashscope', '/v1', true, dashscope],
    ['dashscope', '/api/v1', true, dashscope],
    ['dashscope', '/compatible-mode/v1', false, dashscope],
    ['dashscope', '/proxy', false, `/proxy${dashscope}`],
  ] as const)('%s: beside %s, streamed: %s, it is %s', (kind, base, streamed, path) => {
    expect(findUpstream(kind).path(base, streamed, {})).toBe(path)
  })

  it('a request with a picture goes to the multimodal route of DashScope, with its header', async () => {
    const { client, upstream } = await connect([callParis], { upstream: 'dashscope' })
    const content = [
      { type: 'text' as const, text: 'Where is this?' },
      { type: 'image_url' as const, image_url: { url: png } },
    ]
    const messages = [{ role: 'user' as const, content }]
    const { choices } = await client.chat.completions.stream({ ...ask, messages }).finalChatCompletion()
    expect(choices[0]?.message.tool_calls).toHaveLength(1)
    const [request] = upstream.requests
    expect(request?.path).toBe('/api/v1/services/aigc/multimodal-generation/generation')
    expect(request?.headers['x-dashscope-sse']).toBe('enable')
    expect(JSON.stringify(request?.body)).toContain(`{"image":"${png}"}`)
  })

  it('a picture that Ollama would have to fetch is a wrong request', async () => {
    const { client, upstream } = await connect(['never'], { upstream: 'ollama-chat' })
    const image = { type: 'image_url' as const, image_url: { url: 'https://pictures.example/a.png' } }
    const error = await failure(
      client.chat.completions.create({ ...ask, messages: [{ role: 'user', content: [image] }] }),
    )
    expect(error).toMatchObject({
      status: 400,
      param: 'messages',
      message: expect.stringContaining('base64'),
    })
    expect(upstream.requests).toEqual([])
  })
})

describe('what is read', () => {
  it.each(['chat', 'ollama-chat', 'koboldcpp', 'tgi', 'dashscope'] as const)(
    'from %s, whatever it is given',
    (kind) => {
      const hostile = [
        {},
        { message: 5 },
        { message: { content: [null, 5, { text: 6 }], tool_calls: [null, {}] }, done: 'yes' },
        { results: [7] },
        { results: {} },
        { token: 'x', details: 5 },
        { token: {}, generated_text: 6, details: { tokens: [null, 5, {}] } },
        { output: { choices: [null, 5, {}, { message: 'x' }] } },
        { output: { text: 5 }, usage: 5 },
      ]
      for (const frame of hostile) {
        for (const isWhole of [true, false])
          expect(() => findUpstream(kind).read(frame, isWhole)).not.toThrow()
      }
    },
  )

  const token = (text: string, special = false) => ({ id: 1, text, logprob: 0, special })
  it('from TGI: special tokens that are marks, and none that only frame or end the answer', () => {
    const { read } = findUpstream('tgi')
    const textOf = (frame: object) => read({ ...frame }, false).choices[0]?.text
    expect(textOf({ token: token('<tool_call>', true) })).toBe('<tool_call>')
    expect(textOf({ token: token('</s>', true) })).toBeUndefined()
    // Written by the model as plain text.
    expect(textOf({ token: token('</s>') })).toBe('</s>')
    const ended = { finish_reason: 'eos_token', generated_tokens: 3, input_length: 4 }
    expect(read({ token: token('<|odd|>', true), generated_text: 'x', details: ended }, false)).toMatchObject(
      {
        choices: [{ text: undefined, finish: 'stop' }],
        usage: { prompt_tokens: 4, completion_tokens: 3, total_tokens: 7 },
      },
    )
    const cut = { finish_reason: 'length', generated_tokens: 3 }
    expect(read({ token: token('Paris'), generated_text: 'x', details: cut }, false).choices).toMatchObject([
      { text: 'Paris', finish: 'length' },
    ])
  })

  it('from TGI: a whole answer has the marks that its text lacks', async () => {
    const call = callParis.replace(/<\/?tool_call>/g, '')
    const tokens = [
      token('<tool_call>', true),
      token(call),
      token('</tool_call>', true),
      token('<|im_end|>', true),
    ]
    const whole = {
      generated_text: call,
      details: { finish_reason: 'eos_token', generated_tokens: 4, tokens },
    }
    for (const answer of [whole, [whole]]) {
      const { client } = await connect([{ fault: { status: 200, body: JSON.stringify(answer) } }], {
        upstream: 'tgi',
      })
      const { choices } = await client.chat.completions.create(ask)
      expect(choices).toMatchObject([
        { message: { content: null, tool_calls: [{ function: { arguments: '{"city": "Paris"}' } }] } },
      ])
    }
    expect(findUpstream('tgi').read({ generated_text: 'Hi.' }, true).choices).toMatchObject([
      { text: 'Hi.', finish: 'stop' },
    ])
  })

  it('from KoboldCpp: older versions say nothing but the text', () => {
    const { read } = findUpstream('koboldcpp')
    expect(read({ results: [{ text: 'Hi.' }] }, true)).toEqual({
      choices: [{ index: 0, text: 'Hi.', finish: 'stop' }],
      usage: undefined,
    })
    expect(read({ token: 'a', finish_reason: null }, false).choices).toEqual([{ index: 0, text: 'a' }])
  })

  it('from DashScope: the older form of an answer, and its token counts', () => {
    const { read } = findUpstream('dashscope')
    const usage = {
      input_tokens: 3,
      output_tokens: 4,
      total_tokens: 7,
      prompt_tokens_details: { cached_tokens: 1 },
      output_tokens_details: { reasoning_tokens: 2 },
    }
    expect(read({ output: { text: 'Hi.', finish_reason: 'null' }, usage, request_id: 'r' }, false)).toEqual({
      id: 'r',
      choices: [{ index: 0, text: 'Hi.', finish: undefined }],
      usage: {
        prompt_tokens: 3,
        completion_tokens: 4,
        total_tokens: 7,
        prompt_tokens_details: { cached_tokens: 1 },
        completion_tokens_details: { reasoning_tokens: 2 },
      },
      untouched: {},
    })
    // As the multimodal models have it.
    const message = { role: 'assistant', content: [{ text: 'A ' }, { text: 'cat.' }] }
    expect(read({ output: { choices: [{ message, finish_reason: 'stop' }] } }, true).choices).toMatchObject([
      { index: 0, text: 'A cat.', finish: 'stop' },
    ])
  })

  it('from DashScope: events that repeat everything so far', async () => {
    const upstream = {
      kind: 'dashscope' as const,
      extraBody: { parameters: { incremental_output: false } },
    }
    const { client, upstream: server } = await connect([{ text: twoCalls, reasoning: 'Hm, Paris.' }], {
      upstream,
    })
    const chunks = await collect(await client.chat.completions.create({ ...ask, stream: true }))
    const deltas = chunks.map(
      (chunk) => new Map<string, unknown>(Object.entries(chunk.choices[0]?.delta ?? {})),
    )
    const joined = (name: string) => deltas.map((delta) => delta.get(name) ?? '').join('')
    expect([joined('reasoning_content'), joined('content')]).toEqual(['Hm, Paris.', 'Let me look.'])
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('tool_calls')
    expect(server.requests[0]?.body).toMatchObject({ parameters: { incremental_output: false } })
  })

  it('from DashScope: calls that repeat everything so far', async () => {
    const calls = (...texts: string[]) =>
      texts.map((text, index) => ({
        index,
        id: `c${index}`,
        type: 'function',
        function: { name: 'get_weather', arguments: text },
      }))
    const frames = [calls('{"ci'), calls('{"city": "Paris"}'), calls('{"city": "Paris"}', '{"city": "Oslo"}')]
    const event = (tool_calls: object[], finish_reason: string) =>
      `data:${JSON.stringify({ output: { choices: [{ message: { content: '', tool_calls }, finish_reason }] } })}\n\n`
    const last = frames.at(-1) ?? []
    const sent = frames.map((one) => event(one, 'null')).join('') + event(last, 'tool_calls')
    const upstream = { kind: 'dashscope' as const, extraBody: { parameters: { incremental_output: false } } }
    const { client } = await connect([{ fault: { status: 200, body: sent } }], { upstream })
    const { choices } = await client.chat.completions.stream(ask).finalChatCompletion()
    expect(choices[0]?.message.tool_calls).toMatchObject([
      { id: 'c0', function: { arguments: '{"city": "Paris"}' } },
      { id: 'c1', function: { arguments: '{"city": "Oslo"}' } },
    ])
  })
})

describe('an error of DashScope that is an event', () => {
  const error =
    'id:1\nevent:error\n:HTTP_STATUS/429\ndata:{"code":"Throttling","message":"no luck","request_id":"r"}\n\n'

  it('instead of an answer, with its status', async () => {
    const { client } = await connect([{ fault: { status: 429, body: error } }], { upstream: 'dashscope' })
    for (const work of [
      client.chat.completions.create(ask),
      client.chat.completions.stream(ask).finalChatCompletion(),
    ]) {
      expect(await failure(work)).toMatchObject({ status: 429, code: 'Throttling', message: '429 no luck' })
    }
  })

  it('in the middle of one that the app wants whole', async () => {
    const { client } = await connect([{ fault: { status: 200, body: error } }], {
      upstream: { kind: 'dashscope', stream: true },
    })
    const failed = await failure(client.chat.completions.create(ask))
    expect(failed).toMatchObject({ status: 429, code: 'Throttling', message: '429 no luck' })
  })
})

describe('a stop string that a server leaves in its text', () => {
  it.each(['koboldcpp', 'tgi'] as const)('is named, as vLLM names it (%s)', async (upstream) => {
    const { client } = await connect([{ text: 'Well. STOP', fault: { stop: 'included' } }], { upstream })
    const { choices } = await client.chat.completions.create({ ...ask, stop: ['END', 'STOP'] })
    expect(choices).toMatchObject([
      { message: { content: 'Well. ' }, finish_reason: 'stop', stop_reason: 'STOP' },
    ])
  })
})

describe('a whole answer that does not say why it ended', () => {
  const answers: [UpstreamKind, object, object][] = [
    ['llama.cpp', { content: callParis }, { stop: false }],
    ['ollama', { model: 'm', response: callParis }, { done: false }],
    ['ollama-chat', { model: 'm', message: { role: 'assistant', content: callParis } }, { done: false }],
  ]
  it.each(answers)(
    'is complete (%s), unless it says that more was to come',
    async (upstream, answer, more) => {
      const bodies = [answer, { ...answer, ...more }].map((body) => JSON.stringify(body))
      const { client } = await connect(
        bodies.map((body) => ({ fault: { status: 200, body } })),
        { upstream },
      )
      const { choices } = await client.chat.completions.create(ask)
      expect(choices).toMatchObject([{ finish_reason: 'tool_calls', message: { tool_calls: [{}] } }])
      expect(await failure(client.chat.completions.create(ask))).toMatchObject({ status: 502 })
    },
  )
})

describe('a stream of an older KoboldCpp, which has no place for a finish reason,', () => {
  const streamed = (text: string, about: object = {}) => ({
    fault: {
      status: 200,
      body: (text.match(/.{1,7}/gs) ?? [])
        .map((token) => `event: message\ndata: ${JSON.stringify({ token, ...about })}\n\n`)
        .join(''),
    },
  })
  const begun = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"'

  it.each([
    ['Hello there.', { finish_reason: 'stop', message: { content: 'Hello there.' } }],
    [twoCalls, { finish_reason: 'tool_calls', message: { tool_calls: [{}, {}] } }],
    // Its stop string took the closing mark.
    [callParis.replace('\n</tool_call>', ''), { finish_reason: 'tool_calls', message: { tool_calls: [{}] } }],
    [begun, { finish_reason: 'length', message: { content: null } }],
    // The arguments are whole.
    [`${begun}}`, { finish_reason: 'tool_calls', message: { tool_calls: [{}] } }],
    [`${callOslo}${begun}`, { finish_reason: 'length', message: { tool_calls: [{}] } }],
  ])('ends where it ends: %j', async (text, choice) => {
    const upstream = { kind: 'koboldcpp' as const, stream: true }
    const { client } = await connect([streamed(text)], { upstream })
    const whole = await client.chat.completions.create(ask)
    expect(whole.choices).toMatchObject([choice])
    const chunks = await collect(await client.chat.completions.create({ ...ask, stream: true }))
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe(choice.finish_reason)
    const { url } = await serve([streamed(text)], { tools: { upstream } })
    const served = new OpenAI({ baseURL: url, apiKey: '-' })
    expect((await served.chat.completions.create(ask)).choices).toEqual(whole.choices.map(withoutIds))
  })

  it('is not over without one where there is a place for it', async () => {
    const { client } = await connect([streamed('Hel', { finish_reason: null })], {
      upstream: { kind: 'koboldcpp', stream: true },
      maxRetries: 0,
    })
    expect(await failure(client.chat.completions.create(ask))).toMatchObject({ code: 'upstream_unfinished' })
  })
})

/** A choice of which the ids of calls may be any. */
function withoutIds({ message, ...choice }: OpenAI.ChatCompletion.Choice): object {
  const calls = message.tool_calls?.map((call) => ({ ...call, id: expect.any(String) }))
  return { ...choice, message: { ...message, ...(calls && { tool_calls: calls }) } }
}

describe('KoboldCpp is told when the client leaves', () => {
  const slow = { text: twoCalls.repeat(20), delay: 20 }

  it('a stream, or before an answer has come', async () => {
    const { client, upstream } = await connect([slow, { fault: { hang: 'head' } }], { upstream: 'koboldcpp' })
    for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) {
      if (chunk.choices[0]?.delta.content) break
    }
    const controller = new AbortController()
    const work = client.chat.completions.create(ask, { signal: controller.signal })
    await expect.poll(() => upstream.requests.length).toBe(2)
    controller.abort()
    await failure(work)
    const keys = upstream.requests.map(({ body }) => ({ genkey: body.genkey }))
    await expect.poll(() => upstream.aborts).toEqual(keys)
  })

  it('through an endpoint of its own', async () => {
    const { url, upstream } = await serve([twoCalls, slow, { fault: { hang: 'head' } }], {
      tools: { upstream: { kind: 'koboldcpp' } },
    })
    const asked = (stream: boolean, signal?: AbortSignal) =>
      fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...ask, stream }),
        signal: signal ?? null,
      })
    expect(await (await asked(false)).json()).toMatchObject({ choices: [{ finish_reason: 'tool_calls' }] })
    await (await asked(true)).body?.cancel()
    const controller = new AbortController()
    const work = failure(asked(false, controller.signal))
    await expect.poll(() => upstream.requests.length).toBe(3)
    controller.abort()
    await work
    const keys = upstream.requests.slice(1).map(({ body }) => ({ genkey: body.genkey }))
    await expect.poll(() => upstream.aborts).toEqual(keys)
  })

  it('or has enough, and not when the answer was complete', async () => {
    const { client, upstream } = await connect([twoCalls, twoCalls, slow], { upstream: 'koboldcpp' })
    await client.chat.completions.create(ask)
    await client.chat.completions.stream(ask).done()
    expect(upstream.aborts).toEqual([])
    await client.chat.completions.stream({ ...ask, parallel_tool_calls: false }).done()
    await expect.poll(() => upstream.aborts).toHaveLength(1)
  })
})
