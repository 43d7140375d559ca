import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { type LanguageModelMiddleware, type ToolSet, tool, wrapLanguageModel } from 'ai'
import { afterEach } from 'vitest'
import { z } from 'zod'
import { type ToolMiddlewareOptions, toolMiddleware } from '../../src/middleware/ai-sdk.js'
import { createReplayUpstream, type ReplayOptions, type ReplayUpstream } from '../../src/testing/replay.js'

// The warnings are looked at in results.
globalThis.AI_SDK_LOG_WARNINGS = false

const opened: ReplayUpstream[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((upstream) => upstream.close()))
})

export async function replay(
  replies: ReplayOptions['replies'],
  options?: Partial<ReplayOptions>,
): Promise<ReplayUpstream> {
  const upstream = await createReplayUpstream({ replies, ...options })
  opened.push(upstream)
  return upstream
}

export interface ConnectOptions extends Partial<ToolMiddlewareOptions> {
  kind?: 'chat' | 'completion'
  /** Middleware that sees the request before ours, and the reply after it. */
  before?: LanguageModelMiddleware[]
  /** Between ours and the model. */
  after?: LanguageModelMiddleware[]
  structured?: boolean
}

/** A replay upstream and the SDK's own provider in front of it, wrapped in the middleware. */
export async function connect(
  replies: ReplayOptions['replies'],
  { kind = 'chat', before = [], after = [], structured = false, ...options }: ConnectOptions = {},
) {
  const upstream = await replay(replies)
  const provider = createOpenAICompatible({
    name: 'local',
    baseURL: `${upstream.url}/v1`,
    includeUsage: true,
    supportsStructuredOutputs: structured,
  })
  const model = wrapLanguageModel({
    model: kind === 'chat' ? provider.chatModel('qwen3-8b') : provider.completionModel('qwen3-8b'),
    middleware: [...before, toolMiddleware({ dialect: 'qwen3', ...options }), ...after],
  })
  return { upstream, model }
}

export const tools: ToolSet = {
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

export const callParis = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>'
export const callOslo = '<tool_call>\n{"name": "get_time", "arguments": {"city": "Oslo 🌍 é"}}\n</tool_call>'
export const twoCalls = `Let me look.\n\n${callParis}\n${callOslo}`

/** The text of a message that the server was sent. */
export function sent(upstream: ReplayUpstream, request = 0): { role: string; content: string }[] {
  const { messages } = upstream.requests[request]?.body ?? {}
  if (!Array.isArray(messages)) throw new Error('expected a request with messages')
  return messages
}

export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of stream) items.push(item)
  return items
}

/** The first argument that a promise is rejected with. */
export async function failure(work: PromiseLike<unknown>): Promise<unknown> {
  try {
    await work
  } catch (error) {
    return error
  }
  throw new Error('expected a rejection')
}
