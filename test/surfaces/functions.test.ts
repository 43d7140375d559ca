import { BadRequestError } from 'openai'
import type { ChatCompletionMessageParam } from 'openai/resources'
import { describe, expect, it } from 'vitest'
import { callOslo, callParis, collect, connect, failure, kinds, twoCalls } from '../middleware/setup.js'

const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const functions = [
  { name: 'get_weather', description: 'Current weather.', parameters },
  { name: 'get_time', parameters },
]
const ask = { model: 'm', messages: [{ role: 'user' as const, content: 'Weather?' }], functions }
const paris = { name: 'get_weather', arguments: '{"city": "Paris"}' }

describe('tools in the older form of Chat Completions, functions', () => {
  it.each(kinds)('give a function call from a %s upstream, whole and streamed the same', async (upstream) => {
    const { client, upstream: server } = await connect([callParis], { upstream })
    const { choices } = await client.chat.completions.create(ask)
    expect(choices).toMatchObject([{ index: 0, finish_reason: 'function_call' }])
    expect(choices[0]?.message).toEqual({
      role: 'assistant',
      content: null,
      refusal: null,
      function_call: paris,
    })
    const streamed = await client.chat.completions.stream(ask).finalChatCompletion()
    expect(streamed.choices[0]).toMatchObject({
      finish_reason: 'function_call',
      message: { role: 'assistant', content: null, function_call: paris },
    })
    for (const { body } of server.requests) {
      expect(JSON.stringify(body)).toContain('Current weather.')
      expect(body).not.toHaveProperty('functions')
      expect(body).not.toHaveProperty('function_call')
    }
  })

  it('are streamed as the protocol does it: the name, pieces of the arguments, the finish', async () => {
    const { client } = await connect([`Look.\n${callParis}`])
    const chunks = await collect(await client.chat.completions.create({ ...ask, stream: true }))
    const deltas = chunks.map(({ choices }) => choices[0]?.delta ?? {})
    const calls = deltas.flatMap((delta) => delta.function_call ?? [])
    expect(calls[0]).toEqual({ name: 'get_weather', arguments: '' })
    for (const piece of calls.slice(1)) expect(Object.keys(piece)).toEqual(['arguments'])
    expect(calls.map((piece) => piece.arguments).join('')).toBe(paris.arguments)
    expect(deltas.some((delta) => 'tool_calls' in delta)).toBe(false)
    const reasons = chunks.map(({ choices }) => choices[0]?.finish_reason)
    expect(reasons).toEqual([...Array(chunks.length - 1).fill(null), 'function_call'])
    expect(deltas.map((delta) => delta.content ?? '').join('')).toBe('Look.')
  })

  it('are in one piece, where calls are', async () => {
    const { client } = await connect([callParis], { calls: 'whole' })
    const chunks = await collect(await client.chat.completions.create({ ...ask, stream: true }))
    expect(chunks.flatMap(({ choices }) => choices[0]?.delta.function_call ?? [])).toEqual([paris])
  })

  it('have one call in an answer, with the text before it', async () => {
    const { client, upstream } = await connect([twoCalls])
    for (const message of [
      (await client.chat.completions.create(ask)).choices[0]?.message,
      (await client.chat.completions.stream(ask).finalChatCompletion()).choices[0]?.message,
    ]) {
      expect(message).toMatchObject({ content: 'Let me look.', function_call: paris })
      expect(message).not.toHaveProperty('tool_calls')
    }
    expect(upstream.requests).toHaveLength(2)
  })

  it('run in a loop, as runFunctions of the client’s fourth version has it', async () => {
    const { client, upstream } = await connect([callParis, callOslo, 'Sunny, and 3 pm.'])
    const messages: ChatCompletionMessageParam[] = [...ask.messages]
    const ran: string[] = []
    for (;;) {
      const { choices } = await client.chat.completions.create({ ...ask, messages, function_call: 'auto' })
      const message = choices[0]?.message ?? expect.fail('no choice')
      messages.push(message)
      // It stops where there is no call, whatever the finish reason is.
      if (!message.function_call) break
      const { name, arguments: text } = message.function_call
      ran.push(`${name} ${text}`)
      messages.push({ role: 'function', name, content: `result of ${name}` })
    }
    expect(ran).toEqual(['get_weather {"city": "Paris"}', 'get_time {"city": "Oslo 🌍 é"}'])
    expect(messages.at(-1)).toMatchObject({ content: 'Sunny, and 3 pm.' })
    const last = JSON.stringify(upstream.requests[2]?.body)
    expect(last).toContain('result of get_weather')
    expect(last).toContain('result of get_time')
  })

  it('are not finished where the call was cut short', async () => {
    const { client } = await connect([{ text: callParis.slice(0, -30), finish: 'length' }])
    const { choices } = await client.chat.completions.create(ask)
    expect(choices[0]).toMatchObject({ finish_reason: 'length', message: { content: null } })
    expect(choices[0]?.message).not.toHaveProperty('function_call')
    const chunks = await collect(await client.chat.completions.create({ ...ask, stream: true }))
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('length')
  })

  it('stop where the model answers with text', async () => {
    const { client } = await connect(['Sunny.'])
    const { choices } = await client.chat.completions.create(ask)
    expect(choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'Sunny.' } })
  })

  it('are not called with function_call none, and one of them is with its name', async () => {
    const { client, upstream } = await connect([callParis], { upstream: 'completion' })
    const none = await client.chat.completions.create({ ...ask, function_call: 'none' })
    expect(none.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: callParis } })
    await client.chat.completions.create({ ...ask, function_call: { name: 'get_time' } })
    const [first, second] = upstream.requests.map(({ body }) => String(body.prompt))
    expect(first).not.toContain('get_weather')
    expect(second).toMatch(/"name": "get_time", "arguments":$/)
  })

  it.each([
    [{ tools: [{ type: 'function', function: { name: 'f' } }] }, 'functions', 'give functions or tools'],
    [{ functions: 'get_time' }, 'functions', 'must be an array'],
    [{ functions: [{ name: '' }] }, 'functions[0].name', 'must be a string'],
    [{ functions: [{ name: 'f', description: 1 }] }, 'functions[0].description', 'must be a string'],
    [{ functions: [null] }, 'functions[0]', 'must be an object'],
    [{ functions: [{ name: 'f' }, { name: 'f' }] }, 'functions[1]', 'names must differ'],
    [{ functions: [], function_call: 'auto' }, 'function_call', 'there are no functions'],
    [{ functions: undefined, function_call: { name: 'f' } }, 'function_call', 'there are no functions'],
    [{ function_call: { name: 'f' } }, 'function_call', 'not among the functions (get_weather, get_time)'],
    [{ function_call: 'required' }, 'function_call', "must be 'auto', 'none' or { name }"],
  ])('are refused where they are wrong: %j', async (fields, param, words) => {
    const { client, upstream } = await connect(['never'])
    const error = await failure(client.post('/chat/completions', { body: { ...ask, ...fields } }))
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({ param, message: expect.stringContaining(words) })
    expect(upstream.requests).toHaveLength(0)
  })
})
