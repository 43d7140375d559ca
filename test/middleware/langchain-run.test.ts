import { InMemoryCache } from '@langchain/core/caches'
import { BaseCallbackHandler } from '@langchain/core/callbacks/base'
import { load } from '@langchain/core/load'
import {
  AIMessage,
  AIMessageChunk,
  HumanMessage,
  mapChatMessagesToStoredMessages,
  mapStoredMessagesToChatMessages,
} from '@langchain/core/messages'
import type { LLMResult } from '@langchain/core/outputs'
import { RunnableLambda } from '@langchain/core/runnables'
import { FakeStreamingChatModel } from '@langchain/core/utils/testing'
import { OpenAI } from '@langchain/openai'
import { createAgent, initChatModel } from 'langchain'
import { describe, expect, test } from 'vitest'
import type { ParserEvent } from '../../src/events.js'
import { ToolChatModel } from '../../src/middleware/langchain.js'
import {
  all,
  callOslo,
  callParis,
  chatOpenAI,
  getTime,
  getWeather,
  innerModels,
  join,
  replay,
  twoCalls,
} from './langchain-setup.js'

const tools = [getWeather, getTime]

interface Run {
  id: string
  parent: string | undefined
  name: string | undefined
  tags: string[]
  metadata: Record<string, unknown>
  tokens: string[]
  end?: LLMResult
  error?: unknown
}

/** Notes the runs of models. */
class Runs extends BaseCallbackHandler {
  name = 'runs'
  override awaitHandlers = true
  runs: Run[] = []

  /** The runs around models, and the run that each of them stands in. */
  chains = new Map<string, string | undefined>()

  override handleChainStart(_: unknown, __: unknown, id: string, parent?: string) {
    this.chains.set(id, parent)
  }

  /** The run of a model that this one stands in. */
  above({ parent }: Run): string | undefined {
    return parent !== undefined && this.chains.has(parent) ? this.chains.get(parent) : parent
  }

  override handleLLMStart(
    ...[llm, , id, parent, , tags = [], metadata = {}]: Parameters<
      NonNullable<BaseCallbackHandler['handleLLMStart']>
    >
  ) {
    this.runs.push({ id, parent, name: llm.id.at(-1), tags, metadata, tokens: [] })
  }

  override handleLLMNewToken(token: string, _: unknown, id: string) {
    this.run(id)?.tokens.push(token)
  }

  override handleLLMEnd(end: LLMResult, id: string) {
    Object.assign(this.run(id) ?? {}, { end })
  }

  override handleLLMError(error: unknown, id: string) {
    Object.assign(this.run(id) ?? {}, { error })
  }

  private run(id: string): Run | undefined {
    return this.runs.find((run) => run.id === id)
  }
}

describe.each(innerModels)('a run over %s', (_, create) => {
  test('has the run of the inner model below it', async () => {
    const upstream = await replay([twoCalls])
    const model = new ToolChatModel({ model: create(upstream), dialect: 'qwen3' }).bindTools(tools)
    const config = { tags: ['mine'], metadata: { user: 'u1' }, runName: 'weather' }

    for (const ask of [
      (runs: Runs) => model.invoke('Weather?', { ...config, callbacks: [runs] }),
      async (runs: Runs) => join(await model.stream('Weather?', { ...config, callbacks: [runs] })),
    ]) {
      const runs = new Runs()
      await ask(runs)
      const [outer, inner] = runs.runs
      if (!outer || !inner) throw new Error('there are not two runs')
      expect(runs.runs).toHaveLength(2)
      expect(outer).toMatchObject({ parent: undefined, name: 'ToolChatModel', metadata: { user: 'u1' } })
      expect(runs.above(inner)).toBe(outer.id)
      expect(inner.metadata).toMatchObject({ user: 'u1' })
      expect(outer.tags).toEqual(['mine'])
      expect(inner.tags).toEqual(expect.arrayContaining(['mine', 'langsmith:nostream']))
      for (const run of [outer, inner]) expect(run).toMatchObject({ end: expect.anything() })
      expect(outer.end?.generations[0]?.[0]).toMatchObject({ text: 'Let me look.' })
    }
  })

  test('is told the text as it comes, without the calls', async () => {
    const upstream = await replay([twoCalls])
    const model = new ToolChatModel({ model: create(upstream), dialect: 'qwen3' }).bindTools(tools)
    const runs = new Runs()
    await join(await model.stream('Weather?', { callbacks: [runs] }))
    expect(runs.runs[0]?.tokens.join('')).toBe('Let me look.')
  })

  test('ends at once when it is aborted', async () => {
    let controller = new AbortController()
    const upstream = await replay(({ body }) => {
      setTimeout(() => controller.abort(), 50)
      return body.stream ? { text: twoCalls, delay: 30 } : { fault: { hang: 'head' } }
    })
    const model = new ToolChatModel({ model: create(upstream), dialect: 'qwen3' }).bindTools(tools)
    for (const ask of [
      (signal: AbortSignal) => model.invoke('Weather?', { signal }),
      async (signal: AbortSignal) => join(await model.stream('Weather?', { signal })),
    ]) {
      controller = new AbortController()
      const before = upstream.requests.length
      await expect(ask(controller.signal)).rejects.toThrow(/abort/i)
      expect(upstream.requests.length - before).toBe(1)
    }
    await Promise.all(upstream.requests.map(({ closed }) => closed))
    expect(upstream.requests.every(({ aborted }) => aborted)).toBe(true)
    await expect(model.invoke('Weather?', { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i)
    await expect(model.invoke('Weather?', { timeout: 20 })).rejects.toThrow(/abort|timeout/i)
  })

  test('fails as the inner model does', async () => {
    const upstream = await replay([{ fault: { status: 400, body: { error: { message: 'no such model' } } } }])
    const model = new ToolChatModel({ model: create(upstream), dialect: 'qwen3' }).bindTools(tools)
    const runs = new Runs()
    await expect(model.invoke('Weather?', { callbacks: [runs] })).rejects.toThrow(/400/)
    await expect(model.stream('Weather?', { callbacks: [runs] })).rejects.toThrow(/400/)
    expect(runs.runs.every(({ error }) => error !== undefined)).toBe(true)
  })
})

test('trying again is for LangChain', async () => {
  const upstream = await replay([{ fault: { status: 500 } }, twoCalls])
  const model = new ToolChatModel({ model: chatOpenAI(upstream), dialect: 'qwen3' }).bindTools(tools)
  expect((await model.withRetry().invoke('Weather?')).tool_calls).toHaveLength(2)
})

test('an HTTP error keeps its status', async () => {
  const upstream = await replay([{ fault: { status: 429, body: { error: { message: 'slow down' } } } }])
  const model = new ToolChatModel({ model: chatOpenAI(upstream), dialect: 'qwen3' }).bindTools(tools)
  await expect(model.invoke('Weather?')).rejects.toMatchObject({ status: 429 })
  await expect(model.stream('Weather?')).rejects.toMatchObject({ status: 429 })
})

test('a stream that breaks off in the middle is an error, after what came', async () => {
  const upstream = await replay([{ text: twoCalls, fault: { cutAfter: 5 } }])
  const model = new ToolChatModel({ model: chatOpenAI(upstream), dialect: 'qwen3' }).bindTools(tools)
  const texts: string[] = []
  const read = async () => {
    for await (const { text } of await model.stream('Weather?')) texts.push(text)
  }
  await expect(read()).rejects.toThrow()
  expect(texts.join('')).toMatch(/^Let me/)
})

test.each(['v1', 'v2'] as const)(
  'streamEvents %s tells of this model alone, each token once',
  async (version) => {
    const upstream = await replay([twoCalls])
    const model = new ToolChatModel({ model: chatOpenAI(upstream), dialect: 'qwen3' }).bindTools(tools)
    const chain = RunnableLambda.from((text: string) => [new HumanMessage(text)]).pipe(model)
    for (const runnable of [model, chain]) {
      const events = await all(runnable.streamEvents('Weather?', { version }))
      const ofModels = events.filter(({ event }) => /^on_(chat_model|llm)_/.test(event))
      expect(new Set(ofModels.map(({ name }) => name))).toEqual(new Set(['ToolChatModel']))
      expect(ofModels.map(({ event }) => event).filter((event) => !event.endsWith('_stream'))).toHaveLength(2)
      const chunks = ofModels.flatMap(({ data }) => (data.chunk ? [data.chunk] : []))
      expect(chunks.map((chunk: AIMessageChunk) => chunk.text).join('')).toBe('Let me look.')
    }
  },
)

test('an agent tells of its model alone in streamEvents', async () => {
  const upstream = await replay([twoCalls, 'Done.'])
  const agent = createAgent({
    model: new ToolChatModel({ model: chatOpenAI(upstream), dialect: 'qwen3' }),
    tools,
  })
  const input = { messages: [new HumanMessage('Weather?')] }
  const events = await all(agent.streamEvents(input, { version: 'v2' }))
  const chunks = events.flatMap(({ event, data }) => (event === 'on_chat_model_stream' ? [data.chunk] : []))
  expect(chunks.map((chunk: AIMessageChunk) => chunk.text).join('')).toBe('Let me look.Done.')
  expect(chunks.flatMap((chunk: AIMessageChunk) => chunk.tool_call_chunks ?? [])).toHaveLength(2)
})

test('an agent gives the events of the newest version', async () => {
  const upstream = await replay([twoCalls, 'Done.'])
  const agent = createAgent({
    model: new ToolChatModel({ model: chatOpenAI(upstream), dialect: 'qwen3' }),
    tools,
  })
  const run = await agent.streamEvents({ messages: [new HumanMessage('Weather?')] }, { version: 'v3' })
  const texts: string[] = []
  for await (const message of run.messages) texts.push(await message.text)
  expect(texts).toEqual(['Let me look.', 'Done.'])
  const { messages } = await run.output
  expect(messages.map(({ type }) => type)).toEqual(['human', 'ai', 'tool', 'tool', 'ai'])
})

test('without tools, and with none in the history, the inner model is called as it is', async () => {
  const upstream = await replay(['<think>\nHm.\n</think>\n\nHello.'])
  const model = new ToolChatModel({ model: chatOpenAI(upstream), dialect: 'qwen3' })
  const messages = [new HumanMessage({ content: 'Hi', name: 'ann' })]

  const message = await model.invoke(messages, { stop: ['X'] })
  expect(message.content).toBe('<think>\nHm.\n</think>\n\nHello.')
  expect(upstream.requests[0]?.body).toEqual({
    model: 'm',
    stream: false,
    stop: ['X'],
    messages: [{ role: 'user', content: 'Hi', name: 'ann' }],
  })
  expect((await join(await model.stream(messages))).content).toBe(message.content)
  expect(upstream.requests[1]?.body).not.toHaveProperty('stop')
  expect((await model.streamEvents(messages)).text).toBe(message.content)
})

test('with no tools but some in the history, the history is shown and no call is read', async () => {
  const upstream = await replay([callParis])
  const model = new ToolChatModel({ model: chatOpenAI(upstream), dialect: 'qwen3' })
  const call = { id: 'c1', name: 'get_weather', args: { city: 'Paris' } }
  const message = await model.invoke([
    new HumanMessage('Weather?'),
    new AIMessage({ content: '', tool_calls: [call] }),
    { role: 'tool', tool_call_id: 'c1', content: '18' },
  ])
  expect(message.text).toBe(callParis)
  expect(message.tool_calls).toEqual([])
  expect(JSON.stringify(upstream.requests[0]?.body)).toContain('<tool_response>')
})

test('token counts are those of the inner model', async () => {
  const counts = { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 }
  const upstream = await replay([{ text: twoCalls, usage: counts }])
  const usage = { input_tokens: 7, output_tokens: 5, total_tokens: 12 }
  const llm = new OpenAI({ model: 'm', apiKey: '-', configuration: { baseURL: `${upstream.url}/v1` } })
  for (const inner of [chatOpenAI(upstream), llm]) {
    const model = new ToolChatModel({ model: inner, dialect: 'qwen3' }).bindTools(tools)
    expect((await model.invoke('Weather?')).usage_metadata).toMatchObject(usage)
  }
  const streamed = new ToolChatModel({ model: chatOpenAI(upstream), dialect: 'qwen3' }).bindTools(tools)
  expect((await join(await streamed.stream('Weather?'))).usage_metadata).toMatchObject(usage)
  const result = await new ToolChatModel({ model: chatOpenAI(upstream), dialect: 'qwen3' }).generate(
    [[new HumanMessage('a')], [new HumanMessage('b')]],
    { tools },
  )
  expect(result.llmOutput).toEqual({
    tokenUsage: { promptTokens: 14, completionTokens: 10, totalTokens: 24 },
  })
})

test('as many generations come as the inner model gives', async () => {
  const upstream = await replay([{ choices: [callParis, `Or so. ${callOslo}`] }])
  const seen: [number, string][] = []
  const model = new ToolChatModel({
    model: chatOpenAI(upstream, { n: 2 }),
    dialect: 'qwen3',
    onEvent: (event: ParserEvent, { choice }) => {
      if (event.type === 'tool-call-start') seen.push([choice, event.name])
    },
  })
  const { generations } = await model.generate([[new HumanMessage('Weather?')]], { tools })
  const messages = generations[0]?.flatMap((generation) =>
    'message' in generation ? [generation.message] : [],
  )
  expect(messages).toMatchObject([
    { content: '', tool_calls: [{ name: 'get_weather' }] },
    { content: 'Or so.', tool_calls: [{ name: 'get_time' }] },
  ])
  expect(seen).toEqual([
    [0, 'get_weather'],
    [1, 'get_time'],
  ])
  expect((await join(await model.stream('Weather?', { tools }))).tool_calls).toMatchObject([
    { name: 'get_weather' },
  ])
})

test('stop strings are the caller’s, the inner model’s and the dialect’s', async () => {
  const upstream = await replay(['Hello.'])
  const inner = chatOpenAI(upstream, { stop: ['OWN'] })
  const model = new ToolChatModel({ model: inner, dialect: 'qwen3' }).bindTools(tools)
  await model.invoke('Hi')
  await model.invoke('Hi', { stop: ['END'] })
  const bound = new ToolChatModel({ model: inner.withConfig({ stop: ['BOUND'] }), dialect: 'qwen3' })
  await bound.bindTools(tools).invoke('Hi')
  expect(upstream.requests.map(({ body }) => body.stop)).toEqual([
    ['OWN', '<|im_end|>', '<|im_start|>', '<|endoftext|>'],
    ['END', '<|im_end|>', '<|im_start|>', '<|endoftext|>'],
    ['BOUND', '<|im_end|>', '<|im_start|>', '<|endoftext|>'],
  ])
})

test('an LLM is given the prompt of the dialect, begun as the choice asks', async () => {
  const upstream = await replay(['{"name": "get_time", "arguments": {"city": "Oslo"}}\n</tool_call>'])
  const [, create] = innerModels.find(([name]) => name === 'an LLM') ?? []
  if (!create) throw new Error('there is no LLM')
  const model = new ToolChatModel({ model: create(upstream), dialect: 'qwen3', reasoning: false })
  const bound = model.bindTools(tools, { tool_choice: 'any' })

  for (const message of [await bound.invoke('Time?'), await join(await bound.stream('Time?'))]) {
    expect(message.tool_calls).toMatchObject([{ name: 'get_time', args: { city: 'Oslo' } }])
  }
  const [asked] = upstream.requests
  expect(asked?.body.prompt).toMatch(/^<\|im_start\|>system\n# Tools/)
  expect(asked?.body.prompt).toMatch(/<\|im_start\|>assistant\n<think>\n\n<\/think>\n\n<tool_call>\n$/)
  expect(asked?.body.stop).toContain('<|im_end|>')
  // An LLM is a chat model without tools as well.
  expect((await model.invoke('Time?')).type).toBe('ai')
  expect(upstream.requests.at(-1)?.body.prompt).toContain('<|im_start|>user\nTime?<|im_end|>')
})

test('the begin token is for a server that does not write it', async () => {
  const upstream = await replay(['Hi.'])
  const [, create] = innerModels.find(([name]) => name === 'an LLM') ?? []
  if (!create) throw new Error('there is no LLM')
  for (const bos of [undefined, true]) {
    const model = new ToolChatModel({ model: create(upstream), dialect: 'hermes-2-pro', ...(bos && { bos }) })
    await model.invoke('Hi', { tools })
  }
  const [without, withIt] = upstream.requests.map(({ body }) => String(body.prompt))
  expect(withIt).toBe(`<|begin_of_text|>${without}`)
})

test('what is not about tools reaches the inner model', async () => {
  const upstream = await replay(['{"name": "get_time", "arguments": {"city": "Oslo"}}'])
  const model = new ToolChatModel({ model: chatOpenAI(upstream), dialect: 'qwen3' })
  const format = { response_format: { type: 'json_object' } }
  const options = { tools, tool_choice: 'auto', ...format, seed: 7 }
  const message = await model.invoke('Time?', options)
  expect(upstream.requests[0]?.body).toMatchObject({ seed: 7 })
  expect(Object.keys(upstream.requests[0]?.body ?? {})).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/tool/)]),
  )
  // Asked for JSON, an object without marks is the answer. A server that enforces it lets the model call nothing.
  expect(message.tool_calls).toEqual([])
  expect(message.text).toContain('get_time')
  expect(upstream.requests[0]?.body).not.toHaveProperty('response_format')
  expect(JSON.stringify(upstream.requests[0]?.body)).toContain('write one JSON value and nothing else')

  for (const others of [{ tools, tool_choice: 'none' }, {}]) {
    await model.invoke('Time?', { ...others, ...format })
  }
  for (const { body } of upstream.requests.slice(1)) expect(body).toMatchObject(format)
})

test('what is said of a conversation is in its cache', async () => {
  const upstream = await replay([callParis, callOslo])
  const model = new ToolChatModel({
    model: chatOpenAI(upstream),
    dialect: 'qwen3',
    cache: new InMemoryCache(),
  })
  const once = await model.invoke('Weather?', { tools })
  const again = await model.invoke('Weather?', { tools })
  const others = await model.invoke('Weather?', { tools: [getTime] })
  expect(again.tool_calls).toEqual(once.tool_calls)
  expect(others.tool_calls).toMatchObject([{ name: 'get_time' }])
  expect(upstream.requests).toHaveLength(2)
})

test('a batch is answered in its order', async () => {
  const upstream = await replay(({ body }) =>
    JSON.stringify(body.messages).includes('Paris?') ? callParis : callOslo,
  )
  const model = new ToolChatModel({ model: chatOpenAI(upstream), dialect: 'qwen3' }).bindTools(tools)
  const messages = await model.batch(['Paris?', 'Oslo?'], { maxConcurrency: 1 })
  expect(messages.map(({ tool_calls: calls }) => calls?.[0]?.name)).toEqual(['get_weather', 'get_time'])
})

test('a model that is chosen with the configuration is told it', async () => {
  const upstream = await replay([callParis])
  const inner = await initChatModel(undefined, {
    modelProvider: 'openai',
    configurableFields: ['model'],
    apiKey: '-',
    configuration: { baseURL: `${upstream.url}/v1` },
  })
  const model = new ToolChatModel({ model: inner, dialect: 'qwen3' }).bindTools(tools)
  const config = { configurable: { model: 'chosen' } }
  expect((await model.invoke('Weather?', config)).tool_calls).toHaveLength(1)
  expect((await join(await model.stream('Weather?', config))).tool_calls).toHaveLength(1)
  expect(upstream.requests.map(({ body }) => body.model)).toEqual(['chosen', 'chosen'])
})

test('messages can be stored', async () => {
  const upstream = await replay([`<think>\nHm.\n</think>\n\n${twoCalls}`])
  const model = new ToolChatModel({ model: chatOpenAI(upstream), dialect: 'qwen3' }).bindTools(tools)
  for (const message of [await model.invoke('Weather?'), await join(await model.stream('Weather?'))]) {
    const stored: unknown = await load(JSON.stringify(message))
    expect(stored).toMatchObject({
      content: 'Let me look.',
      tool_calls: message.tool_calls,
      additional_kwargs: { reasoning_content: 'Hm.' },
      usage_metadata: { total_tokens: expect.any(Number) },
    })
    expect(AIMessage.isInstance(stored)).toBe(true)
    const [again] = mapStoredMessagesToChatMessages(mapChatMessagesToStoredMessages([message]))
    expect(again).toMatchObject({ content: 'Let me look.', tool_calls: message.tool_calls })
  }
})

test('blocks that are no text are handed on', async () => {
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }
  const empty = { type: 'text', text: '' }
  const content = [{ type: 'text', text: `Look.${callParis}` }, empty, image]
  const inner = new FakeStreamingChatModel({
    responses: [new AIMessage({ content })],
    chunks: [new AIMessageChunk({ content })],
  })
  const model = new ToolChatModel({ model: inner, dialect: 'qwen3' }).bindTools(tools)
  for (const message of [await model.invoke('Draw.'), await join(await model.stream('Draw.'))]) {
    expect(message.content).toContainEqual(image)
    expect(message.content).not.toContainEqual(empty)
    expect(message.text).toBe('Look.')
    expect(message.tool_calls).toHaveLength(1)
  }
})

describe('what the model says of itself', () => {
  const inner = chatOpenAI({ url: 'http://127.0.0.1:1' })
  const model = new ToolChatModel({ model: inner, dialect: 'qwen3' })

  test('its profile has tools, and no answers of a schema', () => {
    expect(model.profile).toMatchObject({ toolCalling: true, structuredOutput: false })
  })

  test('its traces name the model that answers', () => {
    expect(model.getLsParamsWithDefaults({})).toMatchObject({
      ls_provider: 'openai',
      ls_model_name: 'm',
      ls_model_type: 'chat',
    })
    expect(model.toJSON()).toMatchObject({
      type: 'not_implemented',
      id: ['langchain', 'chat_models', 'toolshim', 'ToolChatModel'],
    })
    expect(model._llmType()).toBe('toolshim')
  })

  test('its outputs of the first version are blocks', async () => {
    const upstream = await replay([`<think>\nHm.\n</think>\n\nLook.\n${callParis}`])
    const blocks = new ToolChatModel({ model: chatOpenAI(upstream), dialect: 'qwen3', outputVersion: 'v1' })
    const { content } = await blocks.invoke('Weather?', { tools })
    expect(content).toMatchObject([
      { type: 'reasoning', reasoning: 'Hm.' },
      { type: 'text', text: 'Look.' },
      { type: 'tool_call', name: 'get_weather', args: { city: 'Paris' } },
    ])
  })

  test.each([
    ['no options', [], /^options: give an object/],
    ['no model', [{ dialect: 'qwen3' }], /^model: give a chat model or an LLM/],
    ['an unknown dialect', [{ model: inner, dialect: 'nope' }], /^dialect "nope" is not known/],
    ['an option', [{ model: inner, dialect: 'qwen3', unknownTool: 'maybe' }], /^unknownTool must be/],
    ['history', [{ model: inner, dialect: 'qwen3', history: 'no' }], /^history must be/],
    ['a name', [{ model: inner, dialect: 'qwen3', onEvents() {} }], /^option onEvents .* onEvent meant/],
  ])('%s can be wrong', (_, given, message) => {
    expect(() => Reflect.construct(ToolChatModel, given)).toThrow(message)
  })
})
