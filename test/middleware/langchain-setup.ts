import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager'
import { SimpleChatModel } from '@langchain/core/language_models/chat_models'
import { BaseLLM } from '@langchain/core/language_models/llms'
import type { AIMessageChunk, BaseMessage } from '@langchain/core/messages'
import { GenerationChunk, type LLMResult } from '@langchain/core/outputs'
import { tool } from '@langchain/core/tools'
import { ChatOpenAI, OpenAI } from '@langchain/openai'
import { createParser as createEventParser } from 'eventsource-parser'
import { afterEach } from 'vitest'
import { z } from 'zod'
import type { InnerModel } from '../../src/middleware/langchain.js'
import { createReplayUpstream, type ReplayOptions, type ReplayUpstream } from '../../src/testing/replay.js'

const opened: ReplayUpstream[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((upstream) => upstream.close()))
})

export async function replay(replies: ReplayOptions['replies'], options: Partial<ReplayOptions> = {}) {
  const upstream = await createReplayUpstream({ replies, ...options })
  opened.push(upstream)
  return upstream
}

export const getWeather = tool(({ city }) => `18 °C in ${city}`, {
  name: 'get_weather',
  description: 'Tells the weather.',
  schema: z.object({ city: z.string().describe('A city.') }),
})

export const getTime = tool(({ city }) => `12:00 in ${city}`, {
  name: 'get_time',
  description: 'Tells the time.',
  schema: z.object({ city: z.string() }),
})

export function callText(name: string, args: object): string {
  return `<tool_call>\n${JSON.stringify({ name, arguments: args })}\n</tool_call>`
}

export const callParis = callText('get_weather', { city: 'Paris' })
export const callOslo = callText('get_time', { city: 'Oslo 🌍 é' })
export const twoCalls = `Let me look.\n\n${callParis}\n${callOslo}`
export const cutCall = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Par'

type ChatFields = NonNullable<ConstructorParameters<typeof ChatOpenAI>[0]> & object

export function chatOpenAI({ url }: { url: string }, fields: Partial<ChatFields> = {}): ChatOpenAI {
  const { configuration, ...rest } = fields
  return new ChatOpenAI({
    model: 'm',
    apiKey: '-',
    maxRetries: 0,
    configuration: { baseURL: `${url}/v1`, ...configuration },
    ...rest,
  })
}

/** A chat model that cannot stream. */
class HttpChatModel extends SimpleChatModel {
  constructor(private readonly url: string) {
    super({})
  }

  override _llmType(): string {
    return 'http-chat'
  }

  override async _call(messages: BaseMessage[], options: this['ParsedCallOptions']): Promise<string> {
    const roles = new Map([
      ['human', 'user'],
      ['ai', 'assistant'],
    ])
    const body = {
      stop: options.stop,
      messages: messages.map(({ type, content }) => ({ role: roles.get(type) ?? type, content })),
    }
    const response = await post(`${this.url}/v1/chat/completions`, body, options.signal)
    const { choices } = await response.json()
    return choices[0].message.content
  }
}

/** llama.cpp's own endpoint: it takes a prompt. */
class HttpLLM extends BaseLLM {
  constructor(private readonly url: string) {
    super({})
  }

  override _llmType(): string {
    return 'http-llm'
  }

  override async _generate(prompts: string[], options: this['ParsedCallOptions']): Promise<LLMResult> {
    const generations = prompts.map(async (prompt) => {
      const { stop, signal } = options
      const response = await post(`${this.url}/completion`, { prompt, stop }, signal)
      const { content, stop_type: type } = await response.json()
      return [{ text: content, generationInfo: { finish_reason: type === 'limit' ? 'length' : 'stop' } }]
    })
    return { generations: await Promise.all(generations) }
  }

  override async *_streamResponseChunks(
    prompt: string,
    { stop, signal }: this['ParsedCallOptions'],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<GenerationChunk> {
    const response = await post(`${this.url}/completion`, { prompt, stop, stream: true }, signal)
    const data: string[] = []
    const events = createEventParser({ onEvent: (event) => data.push(event.data) })
    const decoder = new TextDecoder()
    for await (const bytes of response.body ?? []) {
      events.feed(decoder.decode(bytes, { stream: true }))
      for (const frame of data.splice(0)) {
        const { content, stop_type: type } = JSON.parse(frame)
        const info = type && { finish_reason: type === 'limit' ? 'length' : 'stop' }
        yield new GenerationChunk({ text: content, ...(info && { generationInfo: info }) })
        await runManager?.handleLLMNewToken(content)
      }
    }
  }
}

async function post(url: string, body: object, signal: AbortSignal | undefined): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
    ...(signal && { signal }),
  })
  if (!response.ok) throw new Error(`HTTP ${response.status}`)
  return response
}

/** Inner models of every kind. */
export const innerModels: [name: string, create: (upstream: { url: string }) => InnerModel][] = [
  ['ChatOpenAI', (upstream) => chatOpenAI(upstream)],
  ['a chat model that cannot stream', ({ url }) => new HttpChatModel(url)],
  ['an LLM', ({ url }) => new HttpLLM(url)],
  ['an LLM with retries', ({ url }) => new HttpLLM(url).withRetry({ stopAfterAttempt: 2 })],
  ['an LLM with a fallback', ({ url }) => new HttpLLM(url).withFallbacks([new HttpLLM(url)])],
  [
    'the LLM of OpenAI',
    ({ url }) =>
      new OpenAI({ model: 'm', apiKey: '-', maxRetries: 0, configuration: { baseURL: `${url}/v1` } }),
  ],
  ['ChatOpenAI with retries', (upstream) => chatOpenAI(upstream).withRetry({ stopAfterAttempt: 2 })],
  ['ChatOpenAI with a fallback', (upstream) => chatOpenAI(upstream).withFallbacks([chatOpenAI(upstream)])],
  ['ChatOpenAI with a configuration', (upstream) => chatOpenAI(upstream).withConfig({ tags: ['inner'] })],
]

/** The chunks of a stream, joined to the message that they make. */
export async function join(stream: AsyncIterable<AIMessageChunk>): Promise<AIMessageChunk> {
  let joined: AIMessageChunk | undefined
  for await (const chunk of stream) joined = joined ? joined.concat(chunk) : chunk
  if (joined === undefined) throw new Error('the stream had no chunk')
  return joined
}

export async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of stream) items.push(item)
  return items
}
