import Anthropic from '@anthropic-ai/sdk'
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod'
import { APIError } from 'openai'
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { toolFetch } from '../../src/middleware/fetch.js'
import type { RenderWarning } from '../../src/render/report.js'
import { ask, callParis, chatKinds, connect, failure, promptKinds } from './setup.js'

const object = '{"name": "get_weather", "arguments": {"city": "Paris"}}'
const schema = { type: 'json_schema' as const, json_schema: { name: 'place', schema: { type: 'object' } } }

async function answer(
  reply: string,
  request: Partial<typeof ask> & { response_format?: typeof schema | { type: 'json_object' | 'text' } },
  options = {},
) {
  const { client } = await connect([reply], options)
  const { choices } = await client.chat.completions.create({ ...ask, ...request })
  const { content, tool_calls: calls } = choices[0]?.message ?? {}
  return { content, calls: calls?.length ?? 0 }
}

describe('an object without marks that names a tool', () => {
  it.each([{ type: 'json_object' as const }, schema])(
    'is the answer where $type is asked for',
    async (format) => {
      expect(await answer(object, { response_format: format })).toEqual({ content: object, calls: 0 })
    },
  )

  it('is a call where nothing or text is asked for', async () => {
    expect(await answer(object, {})).toEqual({ content: null, calls: 1 })
    expect(await answer(object, { response_format: { type: 'text' } })).toEqual({ content: null, calls: 1 })
  })

  it('is what the app says it is', async () => {
    const response_format = { type: 'json_object' as const }
    expect(await answer(object, { response_format }, { untagged: 'call' })).toEqual({
      content: null,
      calls: 1,
    })
    expect(await answer(object, {}, { untagged: 'text' })).toEqual({ content: object, calls: 0 })
  })
})

describe('where JSON is asked for', () => {
  it('a call between its marks is a call', async () => {
    expect(await answer(callParis, { response_format: schema })).toEqual({ content: null, calls: 1 })
  })

  it('a dialect without marks has its own calls', async () => {
    const calls = `{"tool_calls": [${object}]}`
    expect(await answer(calls, { response_format: schema }, { dialect: 'xlam' })).toEqual({
      content: null,
      calls: 1,
    })
  })
})

/** Text that an upstream was sent, and the fields in which servers take a format. */
function sent(body: Record<string, unknown> | undefined) {
  const { response_format, json_schema, format, parameters } = body ?? {}
  return {
    text: JSON.stringify(body),
    formats: [response_format, json_schema, format, Object(parameters).grammar],
  }
}

const stated = /When you answer without calling a function, write one JSON value.*celsius/

describe.each([...chatKinds, ...promptKinds])('a format beside tools, over %s', (upstream) => {
  const celsius = { type: 'object', properties: { celsius: { type: 'number' } } }
  const format = { type: 'json_schema' as const, json_schema: { name: 'weather', schema: celsius } }

  it('is said in the prompt, since a server that enforces it lets the model call nothing', async () => {
    const warnings: RenderWarning[] = []
    const { client, upstream: server } = await connect([callParis], {
      upstream,
      onWarning: (warning) => warnings.push(warning),
    })
    await client.chat.completions.create({ ...ask, response_format: format })
    const { text, formats } = sent(server.requests[0]?.body)
    expect(text).toMatch(stated)
    expect(formats.filter((one) => one !== undefined)).toEqual([])
    expect(JSON.stringify(server.requests[0]?.body.parameters ?? {})).not.toContain('response_format')
    expect(warnings).toEqual([{ field: 'response_format', message: expect.stringContaining('not enforced') }])
  })

  it('is handed on where no tool may be called', async () => {
    for (const change of [{ tool_choice: 'none' as const }, { tools: [] }]) {
      const { client, upstream: server } = await connect(['{"celsius": 18}'], { upstream })
      await client.chat.completions.create({ ...ask, ...change, response_format: format })
      const plain = await connect(['{"celsius": 18}'], { upstream })
      await plain.client.chat.completions.create({ ...ask, ...change })
      expect(server.requests[0]?.body === undefined).toBe(false)
      expect(sent(server.requests[0]?.body).text).not.toMatch(stated)
      // KoboldCpp has no such field.
      if (upstream !== 'koboldcpp') {
        expect(sent(server.requests[0]?.body).text).not.toBe(sent(plain.upstream.requests[0]?.body).text)
      }
    }
  })
})

describe('a format beside tools', () => {
  it('leaves an app its calls and its answer, where the server enforces what it is asked for', async () => {
    const { client } = await connect(({ body }) => {
      if (body.response_format !== undefined) return '{"celsius": 0}'
      return JSON.stringify(body.messages).includes('<tool_response>') ? '{"celsius": 18}' : callParis
    })
    const runner = client.chat.completions.runTools({
      ...ask,
      response_format: zodResponseFormat(z.object({ celsius: z.number() }), 'weather'),
      tools: [
        zodFunction({
          name: 'get_weather',
          parameters: z.object({ city: z.string() }),
          function: ({ city }) => `18 in ${city}`,
        }),
      ],
    })
    expect((await runner.finalChatCompletion()).choices[0]?.message.parsed).toEqual({ celsius: 18 })
  })

  it('cannot begin a turn', async () => {
    const type = 'json_object' as const
    const format = { type, schema: { description: '<|im_end|>' } }
    const { client, upstream } = await connect(['{}'])
    await client.chat.completions.create({ ...ask, response_format: format })
    expect(sent(upstream.requests[0]?.body).text).toContain('<\u2060|im_end|>')
    expect(sent(upstream.requests[0]?.body).text).not.toContain('description": "<|im_end|>')
  })
})

describe('words beside calls, where the answer is to be JSON', () => {
  const format = zodResponseFormat(z.object({ celsius: z.number() }), 'weather')
  const cityOf = z.object({ city: z.string() })
  const weatherTool = zodFunction({ name: 'get_weather', parameters: cityOf })
  const request = { ...ask, tools: [weatherTool], response_format: format }
  const reply = `<think>\nHm.\n</think>\n\nLet me\nlook.\n${callParis}\nOne moment.`

  it('are no answer to the official client, whole and streamed', async () => {
    const { client } = await connect([reply])
    const whole = await client.chat.completions.parse(request)
    const streamed = await client.chat.completions.stream(request).finalChatCompletion()
    for (const { choices } of [whole, streamed]) {
      expect(choices[0]?.message).toMatchObject({
        content: null,
        tool_calls: [{ function: { parsed_arguments: { city: 'Paris' } } }],
      })
    }
    const words = 'Hm.\n\nLet me\nlook.\n\nOne moment.'
    expect(whole.choices[0]?.message).toMatchObject({ reasoning_content: words })
    let thought = ''
    for await (const { choices } of await client.chat.completions.create({ ...request, stream: true })) {
      const delta: object = choices[0]?.delta ?? {}
      if ('reasoning_content' in delta) thought += delta.reasoning_content
    }
    expect(thought).toBe(words)
  })

  it.each([false, true])('do not end a run of tools (stream: %s)', async (stream) => {
    const { client } = await connect([reply, '{"celsius": 18}'])
    const runnable = zodFunction({ name: 'get_weather', parameters: cityOf, function: () => '18 °C' })
    const body = { ...request, tools: [runnable] }
    const runner = stream
      ? client.chat.completions.runTools({ ...body, stream })
      : client.chat.completions.runTools({ ...body, stream })
    expect((await runner.finalChatCompletion()).choices[0]?.message.parsed).toEqual({ celsius: 18 })
  })

  it('are no answer to Anthropic’s client, whole and streamed', async () => {
    const { upstream } = await connect([reply])
    const anthropic = new Anthropic({
      apiKey: '-',
      baseURL: upstream.url,
      maxRetries: 0,
      fetch: toolFetch({ dialect: 'qwen3' }),
    })
    const asked = {
      model: 'm',
      max_tokens: 100,
      messages: [{ role: 'user' as const, content: 'Weather?' }],
      tools: [{ name: 'get_weather', input_schema: { type: 'object' as const } }],
      output_config: { format: zodOutputFormat(z.object({ celsius: z.number() })) },
    }
    const whole = await anthropic.messages.parse(asked)
    const streamed = await anthropic.messages.stream(asked).finalMessage()
    for (const { content } of [whole, streamed]) {
      expect(content).toMatchObject([
        { type: 'thinking', thinking: 'Hm.\n\nLet me\nlook.' },
        { type: 'tool_use', input: { city: 'Paris' } },
        { type: 'thinking', thinking: '\n\nOne moment.' },
      ])
    }
  })

  it('are text in every other answer', async () => {
    const { client } = await connect([reply])
    const { choices } = await client.chat.completions.create({ ...ask })
    expect(choices[0]?.message).toMatchObject({
      content: 'Let me\nlook.One moment.',
      reasoning_content: 'Hm.',
    })
  })

  it.each([
    ['JSON', '{"celsius": 18}', '{"celsius": 18}'],
    ['JSON in a fence', '```json\n{"celsius": 18}\n```', '```json\n{"celsius": 18}\n```'],
    ['JSON before a call', `{"celsius": 18}\n${callParis}`, '{"celsius": 18}'],
    ['words, where there is no call', 'I  cannot.', 'I  cannot.'],
  ])('are not taken for what is one: %s', async (_, text, content) => {
    const { client } = await connect([text])
    const whole = await client.chat.completions.create(request)
    expect(whole.choices[0]?.message.content).toBe(content)
    let streamed = ''
    for await (const { choices } of await client.chat.completions.create({ ...request, stream: true }))
      streamed += choices[0]?.delta.content ?? ''
    expect(streamed).toBe(content)
  })

  it('are given when the answer breaks off', async () => {
    const { client } = await connect([{ text: 'Let me look at it now.', fault: { cutAfter: 3 } }])
    let streamed = ''
    const reading = async () => {
      for await (const { choices } of await client.chat.completions.create({ ...request, stream: true }))
        streamed += choices[0]?.delta.content ?? ''
    }
    expect(await failure(reading())).toBeInstanceOf(APIError)
    expect(streamed).toMatch(/^Let me/)
  })

  it('are held no longer than text may be', async () => {
    const long = `${'word '.repeat(20_000)}`
    const { client } = await connect([`${long}${callParis}`])
    const { choices } = await client.chat.completions.create(request)
    expect(choices[0]?.message.content?.length).toBeGreaterThan(99_000)
    expect(choices[0]?.message.tool_calls).toHaveLength(1)
  })
})

describe('the Responses protocol', () => {
  it.each([true, false])('has words beside calls as reasoning too, streamed: %s', async (streamed) => {
    const { client } = await connect([`Let me look.\n${callParis}`])
    const request = {
      model: ask.model,
      input: 'Weather?',
      tools: [{ type: 'function' as const, name: 'get_weather', parameters: {}, strict: false }],
      text: { format: { type: 'json_schema' as const, name: 'place', schema: { type: 'object' } } },
    }
    const response = streamed
      ? await client.responses.stream(request).finalResponse()
      : await client.responses.parse(request)
    expect(response.output_text).toBe('')
    expect(response.output.map(({ type }) => type)).toEqual(['reasoning', 'function_call'])
  })
})
