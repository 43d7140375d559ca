import OpenAI from 'openai'
import { afterEach } from 'vitest'
import { type ToolFetchOptions, toolFetch } from '../../src/middleware/fetch.js'
import { createReplayUpstream, type ReplayOptions, type ReplayUpstream } from '../../src/testing/replay.js'
import type { UpstreamKind } from '../../src/upstreams/index.js'

/** The kinds that take messages, and those that take a prompt. */
export const chatKinds: UpstreamKind[] = ['chat', 'ollama-chat', 'dashscope']
export const promptKinds: UpstreamKind[] = ['completion', 'vllm', 'llama.cpp', 'ollama', 'koboldcpp', 'tgi']
export const kinds = [...chatKinds, ...promptKinds]

const opened: ReplayUpstream[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((upstream) => upstream.close()))
})

/** A replay upstream and the official client in front of it, joined by `toolFetch`. */
export async function connect(
  replies: ReplayOptions['replies'],
  {
    replay,
    maxRetries = 0,
    ...options
  }: Partial<ToolFetchOptions> & { replay?: Partial<ReplayOptions>; maxRetries?: number } = {},
) {
  const upstream = await createReplayUpstream({ replies, ...replay })
  opened.push(upstream)
  const client = new OpenAI({
    apiKey: 'none',
    baseURL: `${upstream.url}/v1`,
    maxRetries,
    fetch: toolFetch({ dialect: 'qwen3', ...options }),
  })
  return { upstream, client }
}

export function functionTool(name: string, parameter: string) {
  return {
    type: 'function' as const,
    function: {
      name,
      parameters: { type: 'object', properties: { [parameter]: { type: 'string' } }, required: [parameter] },
    },
  }
}

export const weather = functionTool('get_weather', 'city')
export const time = functionTool('get_time', 'city')
export const tools = [weather, time]

export const callParis = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>'
export const callOslo = '<tool_call>\n{"name": "get_time", "arguments": {"city": "Oslo 🌍 é"}}\n</tool_call>'
export const twoCalls = `Let me look.\n\n${callParis}\n${callOslo}`

export const ask = { model: 'm', messages: [{ role: 'user' as const, content: 'Weather?' }], tools }

/** The first argument that a promise is rejected with. */
export async function failure(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
  } catch (error) {
    return error
  }
  throw new Error('expected a rejection')
}

export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of stream) items.push(item)
  return items
}
