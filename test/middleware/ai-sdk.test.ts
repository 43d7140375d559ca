import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import {
  generateText,
  isStepCount,
  jsonSchema,
  Output,
  type StepResult,
  streamText,
  type ToolSet,
  tool,
} from 'ai'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ParserEvent } from '../../src/index.js'
import {
  type ConnectOptions,
  callOslo,
  callParis,
  collect,
  connect,
  failure,
  sent,
  tools,
  twoCalls,
} from './ai-sdk-setup.js'

const prompt = 'How is the weather in Paris, and the time in Oslo?'
const stopWhen = isStepCount(4)

type Ask = Partial<Omit<Parameters<typeof generateText>[0], 'model' | 'prompt' | 'messages'>>

/** Both ways of asking, told in the same words. */
const ways = {
  async generateText(replies: Parameters<typeof connect>[0], ask: Ask = {}, options: ConnectOptions = {}) {
    const { model, upstream } = await connect(replies, options)
    const { steps } = await generateText({ model, tools, stopWhen, prompt, maxRetries: 0, ...ask })
    return { upstream, steps: steps.map(told) }
  },
  async streamText(replies: Parameters<typeof connect>[0], ask: Ask = {}, options: ConnectOptions = {}) {
    const { model, upstream } = await connect(replies, options)
    const { fullStream, steps } = streamText({
      model,
      tools,
      stopWhen,
      prompt,
      maxRetries: 0,
      onError: () => undefined,
      ...ask,
    })
    for await (const part of fullStream) if (part.type === 'error') throw part.error
    return { upstream, steps: (await steps).map(told) }
  },
}

function told({ content, finishReason, rawFinishReason, warnings, usage }: StepResult<ToolSet>) {
  const parts = content.map((part) => {
    switch (part.type) {
      case 'text':
      case 'reasoning':
        return [part.type, part.text]
      case 'tool-call':
        return [part.type, part.toolName, part.input]
      case 'tool-result':
        return [part.type, part.toolName, part.output]
      case 'tool-error':
        return [part.type, part.toolName]
      default:
        return [part.type]
    }
  })
  return { parts, finishReason, raw: rawFinishReason, warnings: warnings ?? [], tokens: usage.outputTokens }
}

describe.each(Object.entries(ways))('%s', (_name, run) => {
  it('runs two parallel tools over two turns', async () => {
    const { steps, upstream } = await run([twoCalls, 'It is 18 °C in Paris.'])
    expect(steps).toMatchObject([
      {
        parts: [
          ['text', 'Let me look.'],
          ['tool-call', 'get_weather', { city: 'Paris' }],
          ['tool-call', 'get_time', { city: 'Oslo 🌍 é' }],
          ['tool-result', 'get_weather', '18 °C in Paris'],
          ['tool-result', 'get_time', { city: 'Oslo 🌍 é', hour: 12 }],
        ],
        finishReason: 'tool-calls',
        raw: 'stop',
        warnings: [],
      },
      { parts: [['text', 'It is 18 °C in Paris.']], finishReason: 'stop', raw: 'stop' },
    ])
    expect(steps.every(({ tokens }) => (tokens ?? 0) > 0)).toBe(true)

    const [first, second] = upstream.requests.map(({ body }) => body)
    expect(first).not.toHaveProperty('tools')
    expect(first).not.toHaveProperty('tool_choice')
    expect(first?.stop).toContain('<|im_end|>')
    expect(sent(upstream)).toEqual([
      { role: 'system', content: expect.stringContaining('"name": "get_weather"') },
      { role: 'user', content: prompt },
    ])
    expect(second?.messages).toEqual([
      ...sent(upstream),
      { role: 'assistant', content: `Let me look.\n${callParis}\n${callOslo}` },
      {
        role: 'user',
        content:
          '<tool_response>\n18 °C in Paris\n</tool_response>\n<tool_response>\n{"city": "Oslo 🌍 é", "hour": 12}\n</tool_response>',
      },
    ])
  })

  it('gives text on both sides of a call', async () => {
    const { steps } = await run([`Before.\n${callParis}\nAfter.`, 'Done.'])
    expect(steps[0]?.parts.slice(0, 3)).toEqual([
      ['text', 'Before.'],
      ['tool-call', 'get_weather', { city: 'Paris' }],
      ['text', 'After.'],
    ])
  })

  it('gives reasoning that stands in the text', async () => {
    const { steps, upstream } = await run([`<think>\nThey ask.\n</think>\n\nSure.\n${callParis}`, 'Done.'])
    expect(steps[0]?.parts.slice(0, 3)).toEqual([
      ['reasoning', 'They ask.'],
      ['text', 'Sure.'],
      ['tool-call', 'get_weather', { city: 'Paris' }],
    ])
    expect(sent(upstream, 1)[2]).toMatchObject({ role: 'assistant', reasoning_content: 'They ask.' })
  })

  it('gives reasoning that the prompt has opened, and that the server has told apart', async () => {
    const opened = await run([`They ask.\n</think>\n\n${callParis}`, 'Done.\n'], {}, { dialect: 'qwq-32b' })
    expect(opened.steps[0]?.parts.slice(0, 2)).toEqual([
      ['reasoning', 'They ask.'],
      ['tool-call', 'get_weather', { city: 'Paris' }],
    ])
    const apart = await run(
      [{ reasoning: 'They ask.', text: `\n\n${callParis}` }, 'Done.'],
      {},
      { dialect: 'qwq-32b' },
    )
    expect(apart.steps[0]?.parts.slice(0, 2)).toEqual(opened.steps[0]?.parts.slice(0, 2))
  })

  it('leaves out a call that was cut short', async () => {
    const cut = `Let me look.\n${callParis}\n${callOslo.slice(0, 60)}`
    const { steps, upstream } = await run([{ text: cut, finish: 'length' }])
    expect(steps).toMatchObject([
      {
        parts: [
          ['text', 'Let me look.'],
          ['tool-call', 'get_weather', { city: 'Paris' }],
        ],
        finishReason: 'length',
        raw: 'length',
      },
    ])
    expect(upstream.requests).toHaveLength(1)
  })

  it('says length where the model itself stopped inside a call', async () => {
    const { steps } = await run([callOslo.slice(0, 60)])
    expect(steps).toMatchObject([{ parts: [], finishReason: 'length', raw: 'stop' }])
  })

  it('runs tools when the server has its own word for the end', async () => {
    const { steps } = await run([{ text: callParis, finish: 'eos_token' }, 'Done.'])
    expect(steps).toMatchObject([{ finishReason: 'tool-calls', raw: 'eos_token' }, { finishReason: 'stop' }])
  })

  it('lets the SDK answer an unknown tool and wrong input', async () => {
    const { steps, upstream } = await run([
      '<tool_call>\n{"name": "fly", "arguments": {}}\n</tool_call>',
      '<tool_call>\n{"name": "get_weather", "arguments": {"town": "Paris"}}\n</tool_call>',
      'Sorry.',
    ])
    expect(steps.map(({ parts }) => parts)).toEqual([
      [
        ['tool-call', 'fly', {}],
        ['tool-error', 'fly'],
      ],
      [
        ['tool-call', 'get_weather', { town: 'Paris' }],
        ['tool-error', 'get_weather'],
      ],
      [['text', 'Sorry.']],
    ])
    expect(sent(upstream, 1).at(-1)?.content).toMatch(/unavailable tool 'fly'/)
    expect(sent(upstream, 2).at(-1)?.content).toMatch(/Invalid input for tool get_weather/)
  })

  it('gives repaired and converted arguments', async () => {
    const count = tool({
      inputSchema: z.object({ to: z.number().int() }),
      execute: async ({ to }) => to + 1,
    })
    const { steps } = await run(
      ["<tool_call>\n{'name': 'count', 'arguments': {'to': '5',}}\n</tool_call>", 'Six.'],
      {
        tools: { count },
      },
    )
    expect(steps[0]?.parts).toEqual([
      ['tool-call', 'count', { to: 5 }],
      ['tool-result', 'count', 6],
    ])
  })

  it('stops after the first call where parallel calls are off', async () => {
    const single = { providerOptions: { toolshim: { parallelToolCalls: false } } }
    for (const { ask = {}, option = {} } of [{ ask: single }, { option: { parallelToolCalls: false } }]) {
      const { steps, upstream } = await run([twoCalls, 'Done.'], ask, option)
      expect(steps[0]?.parts.map(([type]) => type)).toEqual(['text', 'tool-call', 'tool-result'])
      expect(steps[0]?.tokens).toBeGreaterThan(0)
      expect(sent(upstream)[0]?.content).toContain('at most one function call')
    }
  })

  it('passes a request untouched in which nothing is about tools', async () => {
    const { steps, upstream } = await run([`<think>x</think>${callParis}`], { tools: {} })
    expect(steps).toMatchObject([{ parts: [['text', `<think>x</think>${callParis}`]], finishReason: 'stop' }])
    expect(upstream.requests[0]?.body).not.toHaveProperty('stop')
    expect(sent(upstream)).toEqual([{ role: 'user', content: prompt }])
  })

  it('has the answer in the format that was asked for', async () => {
    const output = Output.object({ schema: z.object({ degrees: z.number() }) })
    const { steps, upstream } = await run([callParis, '{"degrees": 18}'], { output })
    expect(steps.map(({ parts }) => parts.at(-1))).toEqual([
      ['tool-result', 'get_weather', '18 °C in Paris'],
      ['text', '{"degrees": 18}'],
    ])
    // A server that enforces the format could not call a tool.
    expect(upstream.requests.every(({ body }) => body.response_format === undefined)).toBe(true)
    expect(sent(upstream)[0]?.content).toMatch(/write one JSON value.*"degrees": \{"type": "number"\}/s)
    expect(steps[0]?.warnings).toEqual([
      expect.objectContaining({ type: 'compatibility', feature: 'responseFormat' }),
    ])
  })

  it('takes an object without marks for the answer where JSON is asked for, else for a call', async () => {
    const object = '{"name": "get_weather", "arguments": {"city": "Paris"}}'
    const answer = await run([object], { output: Output.json() })
    expect(answer.steps).toMatchObject([{ parts: [['text', object]], finishReason: 'stop' }])
    const call = await run([object, 'Done.'])
    expect(call.steps[0]?.parts[0]).toEqual(['tool-call', 'get_weather', { city: 'Paris' }])
  })

  it('passes a format on where no tool may be called', async () => {
    const { upstream } = await run(['{}'], { output: Output.json(), toolChoice: 'none' })
    expect(upstream.requests[0]?.body.response_format).toEqual({ type: 'json_object' })
  })
})

describe.each(Object.entries(ways))('the tool choice, %s', (_name, run) => {
  it('none: shows no tools and reads no calls', async () => {
    const { steps, upstream } = await run([callParis], { toolChoice: 'none' })
    expect(steps).toMatchObject([{ parts: [['text', callParis]], finishReason: 'stop' }])
    expect(sent(upstream)).toEqual([{ role: 'user', content: prompt }])
  })

  it('required: is stated', async () => {
    const { steps, upstream } = await run([callParis, callOslo], {
      toolChoice: 'required',
      stopWhen: isStepCount(2),
    })
    expect(steps.map(({ parts }) => parts[0]?.[1])).toEqual(['get_weather', 'get_time'])
    expect(sent(upstream)[0]?.content).toMatch(/You must call one of the functions in your reply\.$/)
  })

  it('one tool: is stated and no other is accepted', async () => {
    const toolChoice = { type: 'tool' as const, toolName: 'get_time' }
    const { steps, upstream } = await run([callOslo], { toolChoice, stopWhen: isStepCount(1) })
    expect(steps[0]?.parts[0]).toEqual(['tool-call', 'get_time', { city: 'Oslo 🌍 é' }])
    expect(sent(upstream)[0]?.content).toMatch(/You must call the function get_time in your reply\.$/)
  })

  it('of a tool that is not there is an error that names it', async () => {
    const toolChoice = { type: 'tool' as const, toolName: 'fly' }
    expect(await failure(run([callOslo], { toolChoice }))).toMatchObject({
      message: expect.stringMatching(/^toolChoice names "fly", which is not among the tools/),
    })
  })

  it('that is not met is the SDK’s own error', async () => {
    const events: ParserEvent[] = []
    const onEvent = (event: ParserEvent) => events.push(event)
    const failed = await failure(run(['No.'], { toolChoice: 'required' }, { onEvent }))
    expect(failed).toMatchObject({ name: 'AI_ToolChoiceViolationError' })
    expect(events).toContainEqual({
      type: 'notice',
      change: expect.objectContaining({ kind: 'choice-not-met' }),
    })
  })
})

describe('a stream', () => {
  async function parts(replies: Parameters<typeof connect>[0], options: ConnectOptions = {}) {
    const { model } = await connect(replies, options)
    const { fullStream } = streamText({ model, tools, prompt, maxRetries: 0, onError: () => undefined })
    return collect(fullStream)
  }

  it('has its parts in the order of a provider with tools of its own', async () => {
    const all = await parts([`<think>\nHm.\n</think>\n\nSure.\n${callParis}\nAnd:\n${callOslo}`])
    const order = all.map((part) => ('id' in part ? `${part.type} ${part.id}` : part.type))
    const named = order
      .filter((type, at) => type !== order[at - 1])
      .map((type) =>
        type.replace(/call_\w+/, (id) => `call ${[...new Set(order.join().match(/call_\w+/g))].indexOf(id)}`),
      )
    expect(named).toEqual([
      'start',
      'start-step',
      'reasoning-start txt-0-reasoning',
      'reasoning-delta txt-0-reasoning',
      'reasoning-end txt-0-reasoning',
      'text-start txt-0',
      'text-delta txt-0',
      'text-end txt-0',
      'tool-input-start call 0',
      'tool-input-delta call 0',
      'tool-input-end call 0',
      'tool-call',
      'text-start txt-0-1',
      'text-delta txt-0-1',
      'text-end txt-0-1',
      'tool-input-start call 1',
      'tool-input-delta call 1',
      'tool-input-end call 1',
      'tool-call',
      'tool-result',
      'finish-step',
      'finish',
    ])
  })

  it('gives the input as it is written, and the same as the call has', async () => {
    const all = await parts([callOslo])
    const deltas = all.flatMap((part) => (part.type === 'tool-input-delta' ? [part.delta] : []))
    expect(deltas.length).toBeGreaterThan(2)
    expect(deltas.join('')).toBe('{"city": "Oslo 🌍 é"}')
    const ids = all.flatMap((part) => {
      if (part.type === 'tool-input-start' || part.type === 'tool-input-end') return [part.id]
      return part.type === 'tool-call' ? [part.toolCallId] : []
    })
    expect(new Set(ids).size).toBe(1)
    expect(ids).toHaveLength(3)
  })

  it('ends the input of a call that was cut short, and gives no call', async () => {
    const all = await parts([{ text: callOslo.slice(0, 60), finish: 'length' }])
    const types = all.map(({ type }) => type)
    expect(types.filter((type) => type.startsWith('tool-'))).toEqual(
      expect.arrayContaining(['tool-input-start', 'tool-input-delta', 'tool-input-end']),
    )
    expect(types).not.toContain('tool-call')
    expect(types).not.toContain('error')
    expect(all.at(-1)).toMatchObject({ type: 'finish', finishReason: 'length' })
  })

  it('gives an error of the upstream in its place', async () => {
    const frame = { error: { message: 'out of memory' } }
    const all = await parts([{ text: `Hello. ${callParis}`, fault: { error: { after: 4, frame } } }])
    expect(all).toContainEqual({
      type: 'error',
      error: expect.objectContaining({ message: 'out of memory' }),
    })
    expect(all.map(({ type }) => type)).not.toContain('tool-call')
    expect(all.at(-1)).toMatchObject({ type: 'finish', finishReason: 'error' })
  })

  it('passes raw chunks as they come', async () => {
    const { model } = await connect([callParis])
    const { fullStream } = streamText({ model, tools, prompt, include: { rawChunks: true } })
    const types = (await collect(fullStream)).map(({ type }) => type)
    expect(types.filter((type) => type === 'raw').length).toBeGreaterThan(5)
    expect(types).toContain('tool-call')
  })

  it('fails in the middle as it would without the middleware', async () => {
    const { model, upstream } = await connect([{ text: twoCalls, fault: { cutAfter: 8 } }])
    const provider = createOpenAICompatible({ name: 'local', baseURL: `${upstream.url}/v1` })
    for (const one of [model, provider.chatModel('qwen3-8b')]) {
      const types: string[] = []
      const { fullStream } = streamText({ model: one, tools, prompt, maxRetries: 0 })
      const failed = await failure(
        (async () => {
          for await (const { type } of fullStream) types.push(type)
        })(),
      )
      expect(failed).toMatchObject({ name: 'AI_APICallError' })
      expect(types).toContain('text-delta')
      expect(types).not.toContain('tool-call')
    }
  })

  it('is let go of when the app aborts', async () => {
    const { model, upstream } = await connect([{ text: twoCalls.repeat(20), delay: 20 }])
    const controller = new AbortController()
    const { fullStream } = streamText({ model, tools, prompt, abortSignal: controller.signal })
    const types: string[] = []
    for await (const { type } of fullStream) {
      types.push(type)
      if (type === 'text-delta') controller.abort()
    }
    expect(types.at(-1)).toBe('abort')
    await upstream.requests[0]?.closed
    expect(upstream.requests[0]?.aborted).toBe(true)
  })
})

describe('a whole answer', () => {
  it('fails as the provider does', async () => {
    const { model } = await connect([{ fault: { status: 429, body: { error: { message: 'Too fast.' } } } }])
    const failed = await failure(generateText({ model, tools, prompt, maxRetries: 0 }))
    expect(failed).toMatchObject({ name: 'AI_APICallError', statusCode: 429, message: 'Too fast.' })
  })

  it('is let go of when the app aborts', async () => {
    const controller = new AbortController()
    const { model, upstream } = await connect(() => {
      controller.abort()
      return { fault: { hang: 'head' } }
    })
    const work = generateText({ model, tools, prompt, abortSignal: controller.signal })
    expect(await failure(work)).toMatchObject({ name: 'AbortError' })
    await upstream.requests[0]?.closed
    expect(upstream.requests[0]?.aborted).toBe(true)
  })

  it('is complete though the server does not say why it ended', async () => {
    const { model } = await connect([{ text: callParis, fault: { noFinish: true } }])
    const { finishReason, toolResults } = await generateText({ model, tools, prompt })
    expect(finishReason).toBe('tool-calls')
    expect(toolResults).toHaveLength(1)
  })
})

describe('what was changed', () => {
  const bad = "<tool_call>\n{'name': 'get_weather', 'arguments': {'city': 'Oslo', 'unit': 'C'}}\n</tool_call>"
  const strict = tool({
    inputSchema: jsonSchema<{ city: string }>({
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city', 'day'],
    }),
    execute: async () => 'none',
  })

  it('is told, and stands in the call’s metadata', async () => {
    const told: [ParserEvent, { id: string; modelId: string }][] = []
    const { model } = await connect([bad], { onEvent: (event, about) => told.push([event, about]) })
    const { toolCalls } = await generateText({ model, tools: { get_weather: strict }, prompt })
    expect(toolCalls[0]?.providerMetadata).toEqual({
      toolshim: {
        changes: [expect.objectContaining({ kind: 'single-quotes', message: expect.any(String) })],
        violations: [{ path: '', expected: 'required property "day"', found: 'nothing' }],
      },
    })
    expect(told.map(([event]) => event.type)).toEqual([
      'tool-call-start',
      'tool-call-arguments',
      'tool-call-end',
      'finish',
    ])
    expect(told[0]?.[1]).toEqual({ id: 'replay-1', modelId: 'qwen3-8b' })
  })

  it('is nothing in a call that is as it should be', async () => {
    const { model } = await connect([callParis])
    const { toolCalls } = await generateText({ model, tools, prompt })
    expect(toolCalls[0]?.providerMetadata).toBeUndefined()
  })
})

it('the parser’s own options hold', async () => {
  const again = `${callParis}\n${callParis}\n<tool_call>\n{"name": "fly", "arguments": {}}\n</tool_call>`
  const { model } = await connect([again], { repeats: 'drop', unknownTool: 'drop', createId: () => 'mine' })
  const { toolCalls } = await generateText({ model, tools, prompt })
  expect(toolCalls.map(({ toolCallId, toolName }) => [toolCallId, toolName])).toEqual([
    ['mine', 'get_weather'],
  ])
})

describe('wrong options', () => {
  it.each([
    [{ dialect: 'gpt' }, /^dialect/],
    [{ dialect: 'qwen3', repeats: 'no' }, /^repeats must be/],
    [{ dialect: 'qwen3', history: 'no' }, /^history must be/],
    [{ dialect: 'qwen3', parallelToolCalls: 'no' }, /^parallelToolCalls must be true or false/],
    [{ dialect: 'qwen3', onEvent: 'no' }, /^onEvent must be a function/],
    [{ dialect: 'qwen3', onEvents: () => {} }, /^option onEvents is not known: is onEvent meant/],
    [{}, /^dialect: name the one of your model/],
    [undefined, /^options: give an object/],
  ])('%j are known when the app starts', async (options, message) => {
    const { toolMiddleware } = await import('../../src/middleware/ai-sdk.js')
    expect(() => Reflect.apply(toolMiddleware, undefined, [options])).toThrow(message)
  })

  it('of a call are an error', async () => {
    const { model } = await connect([callParis])
    const providerOptions = { toolshim: { parallelToolCalls: 'no' } }
    expect(await failure(generateText({ model, tools, prompt, providerOptions }))).toMatchObject({
      message: 'providerOptions.toolshim.parallelToolCalls must be true or false',
    })
  })
})
