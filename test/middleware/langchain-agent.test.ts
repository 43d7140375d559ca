import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { AIMessage, AIMessageChunk, HumanMessage, ToolMessage } from '@langchain/core/messages'
import { createAgent, toolStrategy } from 'langchain'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { toolFetch } from '../../src/middleware/fetch.js'
import { ToolChatModel } from '../../src/middleware/langchain.js'
import type { ReplayUpstream } from '../../src/testing/replay.js'
import {
  all,
  callParis,
  callText,
  chatOpenAI,
  getTime,
  getWeather,
  innerModels,
  replay,
  twoCalls,
} from './langchain-setup.js'

type Route = [name: string, create: (upstream: ReplayUpstream) => BaseChatModel]

const routes: Route[] = [
  ...innerModels.map(([name, create]): Route => {
    return [name, (upstream) => new ToolChatModel({ model: create(upstream), dialect: 'qwen3' })]
  }),
  [
    'ChatOpenAI with toolFetch',
    (upstream) => chatOpenAI(upstream, { configuration: { fetch: toolFetch({ dialect: 'qwen3' }) } }),
  ],
]

/** The server's id is that of the answer: a graph takes two messages of one id for one. */
let answers = 0
function reply(text: string) {
  return { text, untouched: [{ completion: { id: `answer-${answers++}` } }] }
}

const question = { messages: [new HumanMessage('Weather in Paris, time in Oslo?')] }

describe.each(routes)('an agent over %s', (_, create) => {
  test('calls two tools at once, and answers', async () => {
    const upstream = await replay([reply(twoCalls), reply(callParis), reply('18 °C and 12:00.')])
    const agent = createAgent({
      model: create(upstream),
      tools: [getWeather, getTime],
      systemPrompt: 'Be brief.',
    })

    const { messages } = await agent.invoke(question)

    expect(messages.map(({ type, text }) => [type, text])).toEqual([
      ['human', 'Weather in Paris, time in Oslo?'],
      ['ai', 'Let me look.'],
      ['tool', '18 °C in Paris'],
      ['tool', '12:00 in Oslo 🌍 é'],
      ['ai', ''],
      ['tool', '18 °C in Paris'],
      ['ai', '18 °C and 12:00.'],
    ])
    const calls = messages.filter(AIMessage.isInstance).flatMap((message) => message.tool_calls ?? [])
    expect(calls.map(({ name, args }) => [name, args])).toEqual([
      ['get_weather', { city: 'Paris' }],
      ['get_time', { city: 'Oslo 🌍 é' }],
      ['get_weather', { city: 'Paris' }],
    ])
    const answered = messages.filter(ToolMessage.isInstance).map((message) => message.tool_call_id)
    expect(answered).toEqual(calls.map(({ id }) => id))
    const last = JSON.stringify(upstream.requests[2]?.body)
    for (const shown of ['Be brief.', 'get_time', 'Let me look.', '12:00 in Oslo'])
      expect(last).toContain(shown)
    expect(upstream.requests.every(({ body }) => !('tools' in body))).toBe(true)
  })

  test('streams its messages without the text of the calls', async () => {
    const upstream = await replay([reply(twoCalls), reply('18 °C and 12:00.')])
    const agent = createAgent({ model: create(upstream), tools: [getWeather, getTime] })

    const streamed = await all(await agent.stream(question, { streamMode: 'messages' }))

    const said = streamed.flatMap(([message]) => (AIMessageChunk.isInstance(message) ? [message] : []))
    expect(said.map(({ text }) => text).join('')).toBe('Let me look.18 °C and 12:00.')
    const chunks = said.flatMap((message) => message.tool_call_chunks ?? []).filter(({ name }) => name)
    expect(chunks.map(({ index, name }) => [index, name])).toEqual([
      [0, 'get_weather'],
      [1, 'get_time'],
    ])
    const results = streamed.flatMap(([message]) => (ToolMessage.isInstance(message) ? [message.text] : []))
    expect(results).toEqual(['18 °C in Paris', '12:00 in Oslo 🌍 é'])
  })

  test('streams its updates', async () => {
    const upstream = await replay([reply(twoCalls), reply('Done.')])
    const agent = createAgent({ model: create(upstream), tools: [getWeather, getTime] })
    const updates = await all(await agent.stream(question, { streamMode: 'updates' }))
    expect(updates.flatMap((update) => Object.keys(update))).toEqual([
      'model_request',
      'tools',
      'tools',
      'model_request',
    ])
  })

  test('gives a structured response by a call', async () => {
    const args = { city: 'Paris', degrees: 18 }
    const upstream = await replay(({ body }) => {
      const [, name = ''] = /(extract-\d+)/.exec(JSON.stringify(body)) ?? []
      return requests++ === 0 ? reply(callParis) : reply(callText(name, args))
    })
    let requests = 0
    const schema = z.object({ city: z.string(), degrees: z.number() })
    const agent = createAgent({
      model: create(upstream),
      tools: [getWeather],
      responseFormat: toolStrategy(schema),
    })
    const { structuredResponse } = await agent.invoke(question)
    expect(structuredResponse).toEqual(args)
  })
})
