import Anthropic from '@anthropic-ai/sdk'
import { APIConnectionTimeoutError, APIUserAbortError } from 'openai'
import { afterEach, describe, expect, it } from 'vitest'
import { toolFetch } from '../../src/middleware/fetch.js'
import type { RenderWarning } from '../../src/render/report.js'
import type { ReplayRequest } from '../../src/testing/index.js'
import { ask, callOslo, callParis, collect, connect, failure, kinds, promptKinds, twoCalls } from './setup.js'

function first<T>(items: T[]): T {
  const [item] = items
  if (item === undefined) throw new Error('expected one')
  return item
}

/** Waits until the upstream has seen its client leave. */
async function leftBy(request: ReplayRequest): Promise<boolean> {
  await request.closed
  return request.aborted
}

describe.each(kinds)('a client that leaves a %s upstream', (upstream) => {
  const slow = { text: twoCalls.repeat(20), delay: 20 }

  it('by aborting a stream', async () => {
    const { client, upstream: server } = await connect([slow], { upstream })
    const controller = new AbortController()
    const stream = await client.chat.completions.create(
      { ...ask, stream: true },
      { signal: controller.signal },
    )
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content) controller.abort()
    }
    expect(await leftBy(first(server.requests))).toBe(true)
  })

  it('by breaking off the loop', async () => {
    const { client, upstream: server } = await connect([slow], { upstream })
    for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) {
      if (chunk.choices[0]?.delta.content) break
    }
    expect(await leftBy(first(server.requests))).toBe(true)
  })

  it('by aborting a whole answer', async () => {
    const { client, upstream: server } = await connect([{ fault: { hang: 'head' } }], { upstream })
    const controller = new AbortController()
    const work = client.chat.completions.create(ask, { signal: controller.signal })
    const failed = failure(work)
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    controller.abort()
    expect(await failed).toBeInstanceOf(APIUserAbortError)
    expect(await leftBy(first(server.requests))).toBe(true)
  })

  it('while nobody reads', async () => {
    const { client, upstream: server } = await connect([slow], { upstream })
    const controller = new AbortController()
    await client.chat.completions.create({ ...ask, stream: true }, { signal: controller.signal })
    controller.abort()
    expect(await leftBy(first(server.requests))).toBe(true)
  })

  it('by cancelling the body', async () => {
    const { client, upstream: server } = await connect([slow], { upstream })
    const response = await client.chat.completions.create({ ...ask, stream: true }).asResponse()
    await response.body?.cancel()
    expect(await leftBy(first(server.requests))).toBe(true)
  })
})

describe('a complete answer', () => {
  it('does not end the connection', async () => {
    const { client, upstream } = await connect([twoCalls])
    await client.chat.completions.stream(ask).done()
    expect(await leftBy(first(upstream.requests))).toBe(false)
  })
})

describe('a slow reader', () => {
  it('holds the upstream back', async () => {
    const size = 64 * 1024
    const { client, upstream } = await connect([{ text: 'x'.repeat(size * 1024) }], {
      replay: { split: (text) => Array.from({ length: text.length / size }, () => 'x'.repeat(size)) },
    })
    const response = await client.chat.completions.create({ ...ask, stream: true }).asResponse()
    const reader = response.body?.getReader()
    await reader?.read()
    const request = first(upstream.requests)
    // What the sockets take by themselves is a few MB; 64 MB were to come.
    await new Promise((resolve) => setTimeout(resolve, 300))
    const written = request.written
    expect(written).toBeLessThan(16 * 1024 * 1024)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(request.written).toBe(written)
    await reader?.cancel()
    expect(await leftBy(request)).toBe(true)
  })
})

describe('parallel_tool_calls: false', () => {
  it.each(kinds)('ends the reply after the first call and leaves the %s upstream', async (upstream) => {
    const { client, upstream: server } = await connect(
      [{ text: `${twoCalls}${' '.repeat(400)}`, delay: 5 }],
      {
        upstream,
      },
    )
    const body = { ...ask, parallel_tool_calls: false }
    const { choices } = await client.chat.completions.stream(body).finalChatCompletion()
    expect(choices[0]?.message.tool_calls).toMatchObject([{ function: { name: 'get_weather' } }])
    expect(choices[0]?.finish_reason).toBe('tool_calls')
    expect(await leftBy(first(server.requests))).toBe(true)

    const whole = await client.chat.completions.create(body)
    expect(whole.choices[0]?.message.tool_calls).toHaveLength(1)
    expect(whole.choices[0]?.finish_reason).toBe('tool_calls')
  })

  it('is told of no fault in what it did not wait for', async () => {
    const told: string[] = []
    const { client } = await connect([{ text: `${callParis}\n${callOslo}`, delay: 5 }], {
      replay: { split: (text) => text.match(/.{1,5}/gs) ?? [] },
      onEvent: (event) => {
        if (event.type === 'notice') told.push(event.change.kind)
      },
    })
    const { choices } = await client.chat.completions
      .stream({ ...ask, parallel_tool_calls: false })
      .finalChatCompletion()
    expect(choices[0]?.message.tool_calls).toHaveLength(1)
    expect(told).toEqual([])
  })

  it('does not cut off an answer without calls', async () => {
    const { client, upstream } = await connect(['No call.'])
    const body = { ...ask, parallel_tool_calls: false, stream_options: { include_usage: true } }
    const { choices, usage } = await client.chat.completions.stream(body).finalChatCompletion()
    expect(choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'No call.' } })
    expect(usage?.total_tokens).toBeGreaterThan(0)
    expect(await leftBy(first(upstream.requests))).toBe(false)
  })
})

describe('several choices', () => {
  it.each(['chat', 'completion'] as const)('are kept apart (%s)', async (upstream) => {
    const { client } = await connect([{ choices: [callParis, `Hm.\n${callOslo}`] }], { upstream })
    const whole = await client.chat.completions.create({ ...ask, n: 2 })
    expect(whole.choices).toMatchObject([
      { index: 0, message: { content: null, tool_calls: [{ function: { name: 'get_weather' } }] } },
      { index: 1, message: { content: 'Hm.', tool_calls: [{ function: { name: 'get_time' } }] } },
    ])

    const chunks = await collect(await client.chat.completions.create({ ...ask, n: 2, stream: true }))
    for (const index of [0, 1]) {
      const own = chunks.flatMap((chunk) => chunk.choices.filter((choice) => choice.index === index))
      expect(own[0]?.delta.role).toBe('assistant')
      expect(own.at(-1)?.finish_reason).toBe('tool_calls')
      const text = own
        .flatMap((choice) => choice.delta.tool_calls ?? [])
        .map((call) => call.function?.arguments)
      expect(text.join('')).toBe(['{"city": "Paris"}', '{"city": "Oslo 🌍 é"}'][index])
    }
  })
})

describe('tool_choice', () => {
  it('none shows no tools and reads no calls', async () => {
    const { client, upstream } = await connect([callParis])
    const { choices } = await client.chat.completions.create({ ...ask, tool_choice: 'none' })
    expect(choices[0]?.message).toEqual({ role: 'assistant', content: callParis, refusal: null })
    expect(choices[0]?.finish_reason).toBe('stop')
    expect(JSON.stringify(first(upstream.requests).body)).not.toContain('get_weather')
  })

  it('any, as Mistral has it, is required', async () => {
    const { client, upstream } = await connect([callParis], { upstream: 'completion' })
    for (const tool_choice of ['any', 'required']) {
      await client.post('/chat/completions', { body: { ...ask, tool_choice } })
    }
    const [any, required] = upstream.requests.map(({ body }) => body.prompt)
    expect(any).toBe(required)
    expect(any).toMatch(/<tool_call>\n[^<]*$/)
  })

  it('of one function is begun for the model where it takes a prompt', async () => {
    // The model goes on where the prompt ends.
    const goOn = ({ body }: ReplayRequest) => {
      const prompt = String(body.prompt)
      const begun = [...callParis].findLastIndex((_, at) => prompt.endsWith(callParis.slice(0, at + 1))) + 1
      return callParis.slice(begun)
    }
    for (const upstream of promptKinds) {
      const { client } = await connect(goOn, { upstream })
      const choice = { type: 'function' as const, function: { name: 'get_weather' } }
      const { choices } = await client.chat.completions.create({ ...ask, tool_choice: choice })
      expect(choices[0]?.message.tool_calls).toMatchObject([
        { function: { name: 'get_weather', arguments: '{"city": "Paris"}' } },
      ])
    }
  })
})

describe.each(kinds)('a call that is asked for without tools (%s)', (upstream) => {
  const plain = { model: 'm', messages: ask.messages }
  const named = { type: 'function', function: { name: 'get_weather' } }

  it.each(['required', named, { type: 'allowed_tools' }, 'banana'])('is refused: %j', async (tool_choice) => {
    const { client, upstream: server } = await connect(['Hi.'], { upstream })
    for (const fields of [{}, { tools: [] }]) {
      const work = client.post('/chat/completions', { body: { ...plain, ...fields, tool_choice } })
      expect(await failure(work)).toMatchObject({
        status: 400,
        type: 'invalid_request_error',
        param: 'tool_choice',
        message: expect.stringContaining('tool_choice is only allowed when tools are specified'),
      })
    }
    expect(server.requests).toEqual([])
  })

  it('is refused in the other protocols', async () => {
    const { client, upstream: server } = await connect(['Hi.'], { upstream })
    expect(
      await failure(client.responses.create({ model: 'm', input: 'Hi', tool_choice: 'required' })),
    ).toMatchObject({
      status: 400,
      param: 'tool_choice',
    })
    const anthropic = new Anthropic({
      baseURL: server.url,
      apiKey: '-',
      fetch: toolFetch({ dialect: 'qwen3', upstream }),
    })
    for (const tool_choice of [{ type: 'any' as const }, { type: 'tool' as const, name: 'get_weather' }]) {
      const work = anthropic.messages.create({ ...plain, max_tokens: 9, tool_choice })
      expect(await failure(work)).toMatchObject({ status: 400, error: { type: 'error' } })
    }
  })

  it.each(['auto', 'none', null])('is not what %j asks for', async (tool_choice) => {
    const { client } = await connect(['Hi.'], { upstream })
    const work = client.post('/chat/completions', { body: { ...plain, tool_choice } })
    expect(await work).toMatchObject({ choices: [{ message: { content: 'Hi.' } }] })
  })
})

it('a request of another platform’s own is one by its shape', async () => {
  const { upstream } = await connect([callParis])
  const send = toolFetch({ dialect: 'qwen3' })
  for (const body of [ask, { ...ask, stream: true }]) {
    const own = new Request(`${upstream.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'x-team': 'a' },
    })
    // As a package with a `fetch` of its own gives it: its class is not the platform's.
    const { url, method, headers, signal } = own
    const request = { url, method, headers: [...headers], signal, clone: () => own.clone() }
    const response: Response = await Reflect.apply(send, undefined, [request])
    expect(await response.text()).toContain('"tool_calls"')
  }
  expect(upstream.requests.map(({ headers }) => headers['x-team'])).toEqual(['a', 'a'])
  expect(JSON.stringify(upstream.requests)).toContain('# Tools')
})

describe.each(kinds)('an image, over %s', (upstream) => {
  it('reaches a server that takes messages, and is told of where one takes a prompt', async () => {
    const warnings: RenderWarning[] = []
    const onWarning = (warning: RenderWarning) => warnings.push(warning)
    const { client, upstream: server } = await connect(['Hi.'], { upstream, dialect: 'qwen3-vl', onWarning })
    const image = { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,aGk=' } }
    const content = [{ type: 'text' as const, text: 'What is it?' }, image]
    await client.chat.completions.create({ ...ask, messages: [{ role: 'user', content }] })
    const sent = JSON.stringify(server.requests[0]?.body)
    expect(sent).not.toContain('image_pad')
    if (promptKinds.includes(upstream)) {
      expect(warnings).toMatchObject([{ field: 'messages[0].content[1]' }])
    } else {
      expect(sent).toContain('aGk=')
      expect(warnings).toEqual([])
    }
  })
})

describe('requests that have nothing to do with tools', () => {
  const plain = { model: 'm', messages: ask.messages }

  it('pass a chat upstream untouched, both ways', async () => {
    const { client, upstream } = await connect([callParis])
    const body = { ...plain, seed: 7, user: 'me' }
    const { choices } = await client.chat.completions.create(body)
    expect(choices[0]?.message.content).toBe(callParis)
    expect(first(upstream.requests).body).toEqual(body)
    expect((await client.models.list()).data).toMatchObject([{ id: 'replay' }])
  })

  it('call the developer what models’ templates call it, and are untouched otherwise', async () => {
    const { client, upstream } = await connect([callParis])
    const developer = { role: 'developer' as const, content: 'Be brief.' }
    const body = { ...plain, seed: 7, messages: [developer, ...plain.messages] }
    const { choices } = await client.chat.completions.create(body)
    expect(choices[0]?.message.content).toBe(callParis)
    const request = new Request(`${client.baseURL}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', 'x-team': 'a' },
    })
    expect((await toolFetch({ dialect: 'qwen3' })(request)).status).toBe(200)
    const messages = [{ role: 'system', content: 'Be brief.' }, ...plain.messages]
    expect(upstream.requests.map((sent) => sent.body)).toEqual(Array(2).fill({ ...body, messages }))
    expect(upstream.requests[1]?.headers['x-team']).toBe('a')
  })

  it('are read as text where tools are only in the history', async () => {
    const { client, upstream } = await connect([callParis])
    const call = { id: 'c', type: 'function' as const, function: { name: 'f', arguments: '{}' } }
    const messages = [
      ...plain.messages,
      { role: 'assistant' as const, content: null, tool_calls: [call] },
      { role: 'tool' as const, tool_call_id: 'c', content: 'sunny' },
    ]
    const { choices } = await client.chat.completions.create({ ...plain, messages })
    expect(choices[0]?.message.content).toBe(callParis)
    const sent = JSON.stringify(first(upstream.requests).body.messages)
    expect(sent).toContain('sunny')
    expect(sent).not.toContain('"role":"tool"')
    expect(sent).not.toContain('tool_calls')
  })

  it('are rendered where the history has a call of the older kind', async () => {
    const { client, upstream } = await connect(['Hi.'])
    const call = { role: 'assistant' as const, content: null, function_call: { name: 'f', arguments: '{}' } }
    await client.chat.completions.create({ ...plain, messages: [...plain.messages, call] })
    expect(JSON.stringify(first(upstream.requests).body.messages)).not.toContain('function_call')
  })

  it.each(promptKinds)('are rendered for %s, which takes no messages', async (upstream) => {
    const { client } = await connect(['<think>\nHm.\n</think>\n\nHello.'], { upstream })
    const { choices } = await client.chat.completions.create(plain)
    expect(choices[0]?.message).toMatchObject({ content: 'Hello.', reasoning_content: 'Hm.' })
  })

  it('go where the options say, as the options say', async () => {
    const here = await connect(['Hi.'])
    const { client, upstream: elsewhere } = await connect(['never'], {
      upstream: {
        kind: 'chat',
        url: `${here.upstream.url}/v1/chat/completions`,
        stream: false,
        extraBody: { cache_prompt: true },
      },
    })
    const body = { ...plain, seed: 7 }
    const chunks = await collect(await client.chat.completions.create({ ...body, stream: true }))
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('Hi.')
    expect(elsewhere.requests).toEqual([])
    expect(first(here.upstream.requests).body).toEqual({ ...body, stream: false, cache_prompt: true })
  })

  it('are timed as the others are', async () => {
    const { client, upstream } = await connect([{ fault: { hang: 'head' } }], { timeout: 50 })
    expect(await failure(client.chat.completions.create(plain))).toBeInstanceOf(APIConnectionTimeoutError)
    await first(upstream.requests).closed
  })

  it('are sent as they were when their body is a stream, and read from a Request', async () => {
    const { upstream } = await connect(['Hi.'])
    const fetch = toolFetch({ dialect: 'qwen3' })
    const url = `${upstream.url}/v1/chat/completions`
    const headers = { 'content-type': 'application/json', 'x-own': '1' }
    const stream = new Blob([JSON.stringify(plain)]).stream()
    const streamed = { method: 'POST', headers, body: stream, duplex: 'half' }
    await (await fetch(url, streamed)).json()
    await (await fetch(new Request(url, { method: 'POST', headers, body: JSON.stringify(plain) }))).json()
    const withTools = new Request(url, { method: 'POST', headers, body: JSON.stringify(ask) })
    expect(await (await fetch(withTools)).json()).toMatchObject({
      choices: [{ message: { content: 'Hi.' } }],
    })
    expect(upstream.requests.map((request) => request.headers['x-own'])).toEqual(['1', '1', '1'])
    expect(upstream.requests.slice(0, 2).map((request) => request.body)).toEqual([plain, plain])
    expect(first(upstream.requests.slice(2)).body).not.toHaveProperty('tools')
  })
})

describe('what an upstream sends beside text', () => {
  it.each(['reasoning_content', 'reasoning', 'thinking'])('%s becomes reasoning_content', async (name) => {
    const reply = { reasoning: 'I should look.', reasoningField: name, text: twoCalls }
    const { client } = await connect([reply])
    const whole = await client.chat.completions.create(ask)
    expect(whole.choices[0]?.message).toMatchObject({
      reasoning_content: 'I should look.',
      content: 'Let me look.',
    })

    const chunks = await collect(await client.chat.completions.create({ ...ask, stream: true }))
    const deltas = chunks.map(
      (chunk) => new Map<string, unknown>(Object.entries(chunk.choices[0]?.delta ?? {})),
    )
    expect(deltas.map((delta) => delta.get('reasoning_content') ?? '').join('')).toBe('I should look.')
    for (const delta of deltas) if (delta.has('reasoning_content')) expect(delta.size).toBe(1)
  })

  it("Ollama's thinking becomes reasoning_content", async () => {
    const { client } = await connect([{ reasoning: 'Hm.', text: 'Yes.' }], {
      upstream: { kind: 'ollama', stream: true },
    })
    const { choices } = await client.chat.completions.create(ask)
    expect(choices[0]?.message).toMatchObject({ reasoning_content: 'Hm.', content: 'Yes.' })
  })

  const untouched = [
    {
      completion: { system_fingerprint: 'fp', provider: { name: 'x' } },
      choice: { logprobs: { content: [{ token: 'a' }] } },
      delta: { audio: { id: 'a1', data: 'UklG' }, annotations: [{ type: 'url' }], tool_calls: [] },
    },
    { delta: { audio: { data: 'Rg==' } } },
  ]

  it('passes untouched in a whole answer', async () => {
    const { client } = await connect([{ text: twoCalls, untouched }])
    const completion = await client.chat.completions.create(ask)
    expect(completion).toMatchObject({ system_fingerprint: 'fp', provider: { name: 'x' } })
    expect(completion.choices[0]).toMatchObject({
      logprobs: { content: [{ token: 'a' }] },
      message: { audio: { id: 'a1', data: 'UklG' }, annotations: [{ type: 'url' }] },
    })
    expect(completion.choices[0]?.message.tool_calls).toHaveLength(2)
  })

  it.each([null, []])('is no call where tool_calls is %j', async (tool_calls) => {
    const delta = { tool_calls, audio: { id: 'a1' } }
    const reply = { text: 'Some words.', untouched: [{ delta }] }
    const { client } = await connect([reply, { ...reply, fault: { form: 'stream' } }])
    for (let count = 0; count < 2; count++) {
      const { choices } = await client.chat.completions.create(ask)
      expect(choices[0]?.message).toMatchObject({ content: 'Some words.', audio: { id: 'a1' } })
      expect(choices[0]?.message).not.toHaveProperty('tool_calls')
    }
  })

  it('passes once, where the last piece of text has the token counts beside it', async () => {
    const delta = { role: 'assistant', content: 'Hi.' }
    const choices = [{ index: 0, delta, finish_reason: 'stop' }]
    const frame = { id: 'x', system_fingerprint: 'fp', choices, usage: { total_tokens: 3 } }
    const body = `data: ${JSON.stringify(frame)}\n\ndata: [DONE]\n\n`
    const { client } = await connect([{ fault: { status: 200, body } }])
    const asked = { ...ask, stream: true as const, stream_options: { include_usage: true } }
    const chunks = await collect(await client.chat.completions.create(asked))
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 3 } })
    expect(chunks.at(-1)).not.toHaveProperty('system_fingerprint')
    expect(chunks.filter((chunk) => 'system_fingerprint' in chunk)).not.toEqual([])
  })

  it('passes untouched in a stream, and is joined when a whole answer is made of one', async () => {
    const { client } = await connect([
      { text: 'Some words and no call.', untouched },
      { text: 'Some words and no call.', untouched, fault: { form: 'stream' } },
    ])
    const completion = await client.chat.completions.stream(ask).finalChatCompletion()
    const joined = await client.chat.completions.create(ask)
    for (const one of [completion, joined]) {
      expect(one.choices[0]).toMatchObject({
        logprobs: { content: [{ token: 'a' }] },
        message: { content: 'Some words and no call.', audio: { id: 'a1', data: 'UklGRg==' } },
      })
      expect(one.choices[0]?.message).not.toHaveProperty('tool_calls')
    }
    expect(completion).toMatchObject({ system_fingerprint: 'fp', provider: { name: 'x' } })
  })
})

describe('a request that a client spells otherwise', () => {
  it('has a slash at the end', async () => {
    const { client } = await connect([callParis])
    const completion = await client.post('/chat/completions/', { body: ask })
    expect(completion).toMatchObject({ choices: [{ finish_reason: 'tool_calls' }] })
  })

  it('has a body that is an iterator', async () => {
    const { upstream } = await connect(['Hi.'])
    const text = JSON.stringify({ model: 'm', messages: ask.messages })
    const body = (async function* () {
      yield new TextEncoder().encode(text)
    })()
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, duplex: 'half', body }
    // Node's `fetch` takes iterators, its types do not.
    await Reflect.apply(toolFetch({ dialect: 'qwen3' }), undefined, [
      `${upstream.url}/v1/chat/completions`,
      init,
    ])
    expect(first(upstream.requests).body).toEqual(JSON.parse(text))
  })

  it('ends with the one call that it wanted, streamed and whole, though its token limit cut what came after it', async () => {
    for (const text of [`${callParis}\n`, `${callParis}\n<tool_call>\n{"name": "get_ti`]) {
      const { client } = await connect([{ text, finish: 'length' }])
      const body = { ...ask, parallel_tool_calls: false }
      const whole = await client.chat.completions.create(body)
      const streamed = await client.chat.completions.stream(body).finalChatCompletion()
      for (const { choices } of [whole, streamed]) {
        expect(choices).toMatchObject([{ finish_reason: 'tool_calls', message: { tool_calls: [{}] } }])
      }
    }
  })
})

describe('as the platform’s own fetch', () => {
  const platform = globalThis.fetch
  afterEach(() => {
    globalThis.fetch = platform
  })

  it.each([
    ['by itself', (made: typeof fetch) => made],
    [
      'in one of the app’s own',
      (made: typeof fetch): typeof fetch =>
        async (input, init) =>
          made(input, { ...init, headers: { ...init?.headers, 'x-app': await 'mine' } }),
    ],
  ])('does not send to itself: %s', async (_, install) => {
    const { upstream } = await connect([callParis])
    globalThis.fetch = install(toolFetch({ dialect: 'qwen3' }))
    const url = `${upstream.url}/v1/chat/completions`
    const answer = await globalThis.fetch(url, { method: 'POST', body: JSON.stringify(ask) })
    expect(await answer.json()).toMatchObject({ choices: [{ finish_reason: 'tool_calls' }] })
    expect(upstream.requests).toHaveLength(1)
  })
})

describe('a Request', () => {
  it('keeps what it asks of its connection', async () => {
    const { upstream } = await connect(['Hi.'])
    const sent: (RequestInit | undefined)[] = []
    const fetch = toolFetch({
      dialect: 'qwen3',
      fetch: (input, init) => {
        sent.push(init)
        return globalThis.fetch(input, init)
      },
    })
    const request = new Request(`${upstream.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify(ask),
      credentials: 'include',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
    })
    expect((await fetch(request)).status).toBe(200)
    expect((await fetch(request, { redirect: 'follow' })).status).toBe(200)
    const kept = { credentials: 'include', referrerPolicy: 'no-referrer' }
    expect(sent).toMatchObject([
      { ...kept, redirect: 'error' },
      { ...kept, redirect: 'follow' },
    ])
  })
})

describe('options', () => {
  it('onEvent is told what the protocol has no place for', async () => {
    const events: string[] = []
    const { client } = await connect([{ text: callParis.slice(0, -40), finish: 'length' }], {
      onEvent: (event, { id, choice }) => events.push(`${id} ${choice} ${event.type}`),
    })
    await client.chat.completions.create(ask)
    expect(events).toContain('replay-1 0 tool-call-incomplete')
    expect(events.at(-1)).toBe('replay-1 0 finish')
  })

  it('url, extraBody and createId', async () => {
    const { upstream } = await connect([callParis])
    const other = await connect(['never'])
    const redirected = other.client.withOptions({
      fetch: toolFetch({
        dialect: 'qwen3',
        upstream: {
          kind: 'completion',
          url: `${upstream.url}/v1/completions?x=1`,
          extraBody: { skip_special_tokens: false },
        },
        createId: () => 'mine',
      }),
    })
    const { choices } = await redirected.chat.completions.create(ask)
    expect(choices[0]?.message.tool_calls).toMatchObject([{ id: 'mine' }])
    expect(first(upstream.requests)).toMatchObject({
      path: '/v1/completions',
      body: { skip_special_tokens: false },
    })
    expect(other.upstream.requests).toEqual([])
  })

  it('extraBody has the last word: objects are merged, the rest is replaced or left out', async () => {
    const { client, upstream } = await connect(['Hi.'], {
      upstream: {
        kind: 'ollama',
        extraBody: {
          options: { num_ctx: 8192, stop: ['END'], seed: undefined },
          keep_alive: null,
          raw: false,
        },
      },
    })
    await client.post('/chat/completions', {
      body: { ...ask, temperature: 0, seed: 7, keep_alive: '5m', options: { top_k: 3 } },
    })
    const { body } = first(upstream.requests)
    expect(body).toMatchObject({ keep_alive: null, raw: false })
    expect(body.options).toEqual({ top_k: 3, temperature: 0, num_ctx: 8192, stop: ['END'] })
  })

  it.each([
    ['enable_thinking', { enable_thinking: false }],
    ['chat_template_kwargs', { chat_template_kwargs: { enable_thinking: false } }],
  ])('%s reaches the prompt, and a chat server as it is', async (_, thinking) => {
    const prompted = await connect(['Hi.'], { upstream: 'completion' })
    await prompted.client.post('/chat/completions', { body: { ...ask, ...thinking } })
    const { body } = first(prompted.upstream.requests)
    expect(body.prompt).toContain('<think>\n\n</think>')
    for (const field of Object.keys(thinking)) expect(body).not.toHaveProperty(field)

    const chat = await connect(['Hi.'])
    await chat.client.post('/chat/completions', { body: { ...ask, ...thinking } })
    expect(first(chat.upstream.requests).body).toMatchObject(thinking)
  })

  it('writes no begin token, which these servers add', async () => {
    for (const upstream of promptKinds) {
      const { client, upstream: server } = await connect(['Hi.'], { upstream })
      await client.chat.completions.create(ask)
      expect(String(first(server.requests).body.prompt)).not.toMatch(/^<(bos|s|\|begin_of_text\|)>/)
    }
  })
})
