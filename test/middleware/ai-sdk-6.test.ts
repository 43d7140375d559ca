import type {
  LanguageModelV3Middleware,
  LanguageModelV3Prompt,
  LanguageModelV3ToolResultOutput,
} from '@ai-sdk/provider'
import {
  generateText,
  type LanguageModel,
  type ModelMessage,
  Output,
  stepCountIs,
  streamText,
  type ToolSet,
  tool,
  wrapLanguageModel,
} from 'ai6'
import { MockLanguageModelV3 } from 'ai6/test'
import { createOpenAICompatible } from 'openai-compatible6'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ToolMiddlewareOptions, toolMiddleware } from '../../src/middleware/ai-sdk-6.js'
import type { ReplayOptions } from '../../src/testing/index.js'
import { callOslo, callParis, collect, failure, replay, sent, twoCalls } from './ai-sdk-setup.js'

const prompt = 'How is the weather in Paris, and the time in Oslo?'
const tools: ToolSet = {
  get_weather: tool({
    description: 'Current weather.',
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => `18 °C in ${city}`,
  }),
  get_time: tool({
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => ({ city, hour: 12 }),
  }),
}

async function connect(replies: ReplayOptions['replies'], options: Partial<ToolMiddlewareOptions> = {}) {
  const upstream = await replay(replies)
  const provider = createOpenAICompatible({
    name: 'local',
    baseURL: `${upstream.url}/v1`,
    includeUsage: true,
  })
  const middleware = toolMiddleware({ dialect: 'qwen3', ...options })
  // Here the types of the specification are those of the newer `@ai-sdk/provider`, which has them with a `readonly`
  // more; how they fit in an app that has only the older one is proven with the package's own types.
  const model: LanguageModel = Reflect.apply(wrapLanguageModel, undefined, [
    { model: provider.chatModel('qwen3-8b'), middleware },
  ])
  return { upstream, model }
}

type Ask = Partial<Omit<Parameters<typeof generateText>[0], 'model' | 'prompt' | 'messages'>>

const ways = {
  async generateText(replies: ReplayOptions['replies'], ask: Ask = {}, options = {}) {
    const { model, upstream } = await connect(replies, options)
    const asked = { model, tools, stopWhen: stepCountIs(4), prompt, maxRetries: 0, ...ask }
    return { upstream, steps: (await generateText(asked)).steps }
  },
  async streamText(replies: ReplayOptions['replies'], ask: Ask = {}, options = {}) {
    const { model, upstream } = await connect(replies, options)
    const asked = { model, tools, stopWhen: stepCountIs(4), prompt, maxRetries: 0, ...ask }
    const result = streamText({ ...asked, onError: () => undefined })
    for await (const part of result.fullStream) if (part.type === 'error') throw part.error
    return { upstream, steps: await result.steps }
  },
}

describe.each(Object.entries(ways))('%s of AI SDK 6', (_, run) => {
  it('runs two parallel tools over two turns', async () => {
    const { steps, upstream } = await run([`<think>\nHm.\n</think>\n\n${twoCalls}`, 'It is 18 °C in Paris.'])
    const [first, second] = steps
    expect(steps).toHaveLength(2)
    expect(first).toMatchObject({ text: 'Let me look.', reasoningText: 'Hm.', finishReason: 'tool-calls' })
    expect(first?.toolCalls.map(({ toolName, input }) => [toolName, input])).toEqual([
      ['get_weather', { city: 'Paris' }],
      ['get_time', { city: 'Oslo 🌍 é' }],
    ])
    expect(second).toMatchObject({ text: 'It is 18 °C in Paris.', finishReason: 'stop', warnings: [] })
    expect(upstream.requests[0]?.body).not.toHaveProperty('tools')
    expect(sent(upstream, 1).slice(2)).toEqual([
      expect.objectContaining({ role: 'assistant', content: `Let me look.\n${callParis}\n${callOslo}` }),
      {
        role: 'user',
        content:
          '<tool_response>\n18 °C in Paris\n</tool_response>\n<tool_response>\n{"city": "Oslo 🌍 é", "hour": 12}\n</tool_response>',
      },
    ])
  })

  it('leaves out a call that was cut short', async () => {
    const { steps } = await run([{ text: `Hi. ${callOslo.slice(0, 60)}`, finish: 'length' }])
    expect(steps).toMatchObject([
      { text: 'Hi.', toolCalls: [], finishReason: 'length', rawFinishReason: 'length' },
    ])
  })

  it('passes a request untouched in which nothing is about tools', async () => {
    const { steps, upstream } = await run([callParis], { tools: {} })
    expect(steps).toMatchObject([{ text: callParis, finishReason: 'stop' }])
    expect(sent(upstream)).toEqual([{ role: 'user', content: prompt }])
  })

  it('has the answer in the format that was asked for', async () => {
    const output = Output.object({ schema: z.object({ degrees: z.number() }) })
    const { steps, upstream } = await run([callParis, '{"degrees": 18}'], { output })
    expect(steps.map(({ text }) => text)).toEqual(['', '{"degrees": 18}'])
    expect(upstream.requests[0]?.body).not.toHaveProperty('response_format')
  })

  it('states a required tool and fails for one that is not there', async () => {
    const { upstream } = await run([callOslo], {
      toolChoice: { type: 'tool', toolName: 'get_time' },
      stopWhen: stepCountIs(1),
    })
    expect(sent(upstream)[0]?.content).toMatch(/You must call the function get_time in your reply\.$/)
    const failed = await failure(run([callOslo], { toolChoice: { type: 'tool', toolName: 'fly' } }))
    expect(failed).toMatchObject({ message: expect.stringMatching(/^toolChoice names "fly"/) })
  })

  it('fails for a model of AI SDK 5, which would stop at the first call', async () => {
    const older = new MockLanguageModelV3({ modelId: 'm' })
    Object.defineProperty(older, 'specificationVersion', { value: 'v2' })
    const middleware = toolMiddleware({ dialect: 'qwen3' })
    const model: LanguageModel = Reflect.apply(wrapLanguageModel, undefined, [{ model: older, middleware }])
    const failed = await failure(generateText({ model, tools, prompt, maxRetries: 0 }))
    expect(failed).toMatchObject({ message: expect.stringMatching(/^model: "m" is of specification v2/) })
    expect(older.doGenerateCalls).toHaveLength(0)
  })
})

it('a stream has its parts in order', async () => {
  const { model } = await connect([`Sure.\n${callParis}`])
  const { fullStream } = streamText({ model, tools, prompt })
  const types = (await collect(fullStream)).map(({ type }) => type)
  expect(types.filter((type, at) => type !== types[at - 1])).toEqual([
    'start',
    'start-step',
    'text-start',
    'text-delta',
    'text-end',
    'tool-input-start',
    'tool-input-delta',
    'tool-input-end',
    'tool-call',
    'tool-result',
    'finish-step',
    'finish',
  ])
})

type Item = Extract<LanguageModelV3ToolResultOutput, { type: 'content' }>['value'][number]

describe('files in a result', () => {
  const pixel = 'iVBORw0KGgo='
  const call = {
    type: 'tool-call' as const,
    toolCallId: 'a',
    toolName: 'get_weather',
    input: { city: 'Paris' },
  }
  const named = { toolCallId: 'a', toolName: 'get_weather' }

  /** What the model is given for a result of one item: the user's message. */
  async function shown(item: Item) {
    const prompt: LanguageModelV3Prompt = [
      { role: 'assistant', content: [call] },
      {
        role: 'tool',
        content: [{ type: 'tool-result', ...named, output: { type: 'content', value: [item] } }],
      },
    ]
    const { transformParams }: LanguageModelV3Middleware = toolMiddleware({ dialect: 'qwen3' })
    const model = new MockLanguageModelV3()
    const params = await transformParams?.({ type: 'generate', params: { prompt }, model })
    const { content } = params?.prompt.at(-1) ?? {}
    return content
  }

  it.each<[Item, { data: string | URL; mediaType: string; filename?: string }]>([
    [
      { type: 'file-data', data: pixel, mediaType: 'application/pdf', filename: 'a.pdf' },
      { data: pixel, mediaType: 'application/pdf', filename: 'a.pdf' },
    ],
    [
      { type: 'image-data', data: pixel, mediaType: 'image/png' },
      { data: pixel, mediaType: 'image/png' },
    ],
    [
      { type: 'image-url', url: 'http://a/b.png' },
      { data: new URL('http://a/b.png'), mediaType: 'image/*' },
    ],
  ])('are the user’s: %j', async (item, file) => {
    expect(await shown(item)).toEqual([
      { type: 'text', text: '<tool_response>\n' },
      { type: 'file', ...file },
      { type: 'text', text: '\n</tool_response>' },
    ])
  })

  it.each<[Item, string]>([
    [{ type: 'file-id', fileId: 'f1' }, '{"type": "file-id", "fileId": "f1"}'],
    [{ type: 'image-url', url: 'b.png' }, '{"type": "image-url", "url": "b.png"}'],
  ])('that cannot be are described: %j', async (item, text) => {
    expect(await shown(item)).toEqual([{ type: 'text', text: `<tool_response>\n${text}\n</tool_response>` }])
  })

  it('reach the server', async () => {
    const image = { type: 'image-data' as const, data: pixel, mediaType: 'image/png' }
    const messages: ModelMessage[] = [
      { role: 'user', content: 'Show me.' },
      { role: 'assistant', content: [call] },
      {
        role: 'tool',
        content: [{ type: 'tool-result', ...named, output: { type: 'content', value: [image] } }],
      },
    ]
    const { model, upstream } = await connect(['Fine.'])
    await generateText({ model, tools, messages })
    expect(sent(upstream).at(-1)).toMatchObject({
      role: 'user',
      content: expect.arrayContaining([
        { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } },
      ]),
    })
  })
})
