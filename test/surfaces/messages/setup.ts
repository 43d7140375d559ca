import Anthropic from '@anthropic-ai/sdk'
import { afterEach } from 'vitest'
import { type ToolFetchOptions, toolFetch } from '../../../src/middleware/fetch.js'
import { createReplayUpstream, type ReplayOptions, type ReplayUpstream } from '../../../src/testing/replay.js'

const opened: ReplayUpstream[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((upstream) => upstream.close()))
})

/** A replay upstream and Anthropic's client in front of it, joined by `toolFetch`. */
export async function connect(
  replies: ReplayOptions['replies'],
  { maxRetries = 0, ...options }: Partial<ToolFetchOptions> & { maxRetries?: number } = {},
) {
  const upstream = await createReplayUpstream({ replies })
  opened.push(upstream)
  const client = new Anthropic({
    apiKey: 'secret',
    baseURL: upstream.url,
    maxRetries,
    fetch: toolFetch({ dialect: 'qwen3', ...options }),
  })
  return { upstream, client }
}

const input_schema = {
  type: 'object' as const,
  properties: { city: { type: 'string' } },
  required: ['city'],
}
export const tools = [
  { name: 'get_weather', description: 'Current weather.', input_schema },
  { name: 'get_time', input_schema },
]
export const ask = {
  model: 'm',
  max_tokens: 500,
  messages: [{ role: 'user' as const, content: 'Weather?' }],
  tools,
}

export const callParis = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>'
export const callOslo = '<tool_call>\n{"name": "get_time", "arguments": {"city": "Oslo 🌍 é"}}\n</tool_call>'
export const twoCalls = `Let me look.\n\n${callParis}\n${callOslo}`

/** Whole and streamed, which have to come to the same. */
export const ways = [
  [
    'whole',
    (client: Anthropic, body: Partial<Anthropic.MessageCreateParamsNonStreaming> = {}) =>
      client.messages.create({ ...ask, ...body }),
  ],
  [
    'streamed',
    (client: Anthropic, body: Partial<Anthropic.MessageCreateParamsNonStreaming> = {}) =>
      client.messages.stream({ ...ask, ...body }).finalMessage(),
  ],
] as const
