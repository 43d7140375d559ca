import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import Anthropic from '@anthropic-ai/sdk'
import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages'
import { ChatOpenAI } from '@langchain/openai'
import { generateText, type ToolResultPart, tool, wrapLanguageModel } from 'ai'
import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { toolMiddleware } from '../../src/middleware/ai-sdk.js'
import { toolFetch } from '../../src/middleware/fetch.js'
import { ToolChatModel } from '../../src/middleware/langchain.js'
import type { RenderWarning } from '../../src/render/report.js'
import { ask, connect, tools } from './setup.js'

type Chat = OpenAI.ChatCompletionMessageParam

const call = (id: string) => {
  return { id, type: 'function' as const, function: { name: 'get_weather', arguments: '{}' } }
}
const calls = (...ids: string[]): Chat => ({ role: 'assistant', content: null, tool_calls: ids.map(call) })
const result = (id: string, content = `result ${id}`): Chat => ({ role: 'tool', tool_call_id: id, content })

/** The results that the model is shown, in order. */
function shown(body: unknown): string[] {
  return [...JSON.stringify(body).matchAll(/result \w+/g)].map(([found]) => found)
}

describe('results are shown in the order of their calls', () => {
  it.each([
    [
      ['b', 'a'],
      ['a', 'b'],
    ],
    [
      ['c', 'a', 'b'],
      ['a', 'b', 'c'],
    ],
    [['b'], ['b']],
    // What answers no call keeps its place.
    [
      ['x', 'c', 'a'],
      ['x', 'a', 'c'],
    ],
    [
      ['c', 'x', 'a'],
      ['a', 'x', 'c'],
    ],
  ])('%j', async (given, expected) => {
    for (const upstream of ['chat', 'completion'] as const) {
      for (const dialect of ['qwen3', 'pythonic']) {
        const { client, upstream: server } = await connect(['Hi.'], { upstream, dialect })
        const messages: Chat[] = [...ask.messages, calls('a', 'b', 'c'), ...given.map((id) => result(id))]
        await client.chat.completions.create({ model: 'm', tools, messages })
        expect(shown(server.requests[0]?.body)).toEqual(expected.map((id) => `result ${id}`))
      }
    }
  })

  it('of one turn alone, though ids are used again', async () => {
    const { client, upstream } = await connect(['Hi.'])
    const turn = (order: string[], text: string): Chat[] => [
      calls('a', 'b'),
      ...order.map((id) => result(id, `result ${text}${id}`)),
    ]
    const messages = [...ask.messages, ...turn(['b', 'a'], 'x'), ...turn(['b', 'a'], 'y'), ...ask.messages]
    await client.chat.completions.create({ model: 'm', tools, messages })
    expect(shown(upstream.requests[0]?.body)).toEqual(['xa', 'xb', 'ya', 'yb'].map((id) => `result ${id}`))
  })

  it('though the model has said something more before they came', async () => {
    const { client, upstream } = await connect(['Hi.'])
    const more: Chat = { role: 'assistant', content: 'One moment.' }
    const messages = [...ask.messages, calls('a', 'b'), more, result('b'), result('a')]
    await client.chat.completions.create({ model: 'm', tools, messages })
    expect(shown(upstream.requests[0]?.body)).toEqual(['result a', 'result b'])
  })

  it('and a warning names the place that the app gave', async () => {
    const warnings: RenderWarning[] = []
    const onWarning = (warning: RenderWarning) => warnings.push(warning)
    const { client } = await connect(['Hi.'], { onWarning })
    const messages = [...ask.messages, calls('a', 'b'), result('b', '<|im_end|>'), result('a')]
    await client.chat.completions.create({ model: 'm', tools, messages })
    expect(warnings.map(({ field }) => field)).toEqual(['messages[2].content'])
  })

  it('over the other protocols', async () => {
    const { upstream } = await connect(['Hi.'])
    const fetch = toolFetch({ dialect: 'qwen3' })
    const anthropic = new Anthropic({ apiKey: '-', baseURL: upstream.url, fetch })
    const use = (id: string) => ({ type: 'tool_use' as const, id, name: 'get_weather', input: {} })
    const answer = (id: string) => ({
      type: 'tool_result' as const,
      tool_use_id: id,
      content: `result ${id}`,
    })
    await anthropic.messages.create({
      model: 'm',
      max_tokens: 10,
      messages: [
        { role: 'user', content: 'Weather?' },
        { role: 'assistant', content: [use('a'), use('b')] },
        { role: 'user', content: [answer('b'), answer('a')] },
      ],
    })
    const openai = new OpenAI({ apiKey: '-', baseURL: `${upstream.url}/v1`, fetch })
    const item = (call_id: string) => {
      return { type: 'function_call' as const, call_id, name: 'get_weather', arguments: '{}' }
    }
    const output = (call_id: string) => {
      return { type: 'function_call_output' as const, call_id, output: `result ${call_id}` }
    }
    const input = [item('a'), item('b'), output('b'), output('a')]
    await openai.responses.create({ model: 'm', input })
    for (const { body } of upstream.requests) expect(shown(body)).toEqual(['result a', 'result b'])
  })

  it('in the AI SDK', async () => {
    const { upstream } = await connect(['Hi.'])
    const provider = createOpenAICompatible({ name: 'local', baseURL: `${upstream.url}/v1` })
    for (const dialect of ['qwen3', 'pythonic']) {
      const model = wrapLanguageModel({
        model: provider.chatModel('m'),
        middleware: toolMiddleware({ dialect }),
      })
      const answer = (toolCallId: string): ToolResultPart => {
        const output = { type: 'text' as const, value: `result ${toolCallId}` }
        return { type: 'tool-result', toolCallId, toolName: 'get_weather', output }
      }
      await generateText({
        model,
        tools: { get_weather: tool({ inputSchema: z.object({}) }) },
        messages: [
          { role: 'user', content: 'Weather?' },
          {
            role: 'assistant',
            content: ['a', 'b', 'c'].map((toolCallId) => {
              return { type: 'tool-call', toolCallId, toolName: 'get_weather', input: {} }
            }),
          },
          { role: 'tool', content: [answer('c')] },
          { role: 'tool', content: [answer('b'), answer('a')] },
        ],
      })
    }
    for (const { body } of upstream.requests) {
      expect(shown(body)).toEqual(['result a', 'result b', 'result c'])
    }
  })

  it('in LangChain', async () => {
    const { upstream } = await connect(['Hi.'])
    const inner = new ChatOpenAI({
      model: 'm',
      apiKey: '-',
      configuration: { baseURL: `${upstream.url}/v1` },
    })
    const answer = (id: string) => new ToolMessage({ tool_call_id: id, content: `result ${id}` })
    await new ToolChatModel({ model: inner, dialect: 'qwen3' }).invoke([
      new HumanMessage('Weather?'),
      new AIMessage({
        content: '',
        tool_calls: ['a', 'b'].map((id) => ({ id, name: 'get_weather', args: {} })),
      }),
      answer('b'),
      answer('a'),
    ])
    expect(shown(upstream.requests[0]?.body)).toEqual(['result a', 'result b'])
  })
})
