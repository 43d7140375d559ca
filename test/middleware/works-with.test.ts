import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import Anthropic from '@anthropic-ai/sdk'
import { ChatOpenAI, OpenAI as CompletionLLM } from '@langchain/openai'
import { generateText, tool, wrapLanguageModel } from 'ai'
import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { toolMiddleware } from '../../src/middleware/ai-sdk.js'
import { type Fetch, toolFetch } from '../../src/middleware/fetch.js'
import { ToolChatModel } from '../../src/middleware/langchain.js'
import { pages } from '../docs/blocks.js'
import { askDashScope, joinAnswers } from '../surfaces/dashscope-client.js'
import { runtimes } from '../upstreams/local/runtimes.js'
import { end } from '../upstreams/local/stand-ins/script.js'
import { ask, connect, kinds, tools, twoCalls } from './setup.js'

/** A model and how an app gets to it: with a `fetch` that knows tools, or without. */
interface Model {
  url: string
  tooled: Fetch
  plain?: Fetch
}

/** The names and arguments of the calls that an app is given. */
type Calls = [name: string, args: unknown][]

const question = 'Weather?'
const parameters = { type: 'object' as const, properties: { city: { type: 'string' as const } } }
const names = ['get_weather', 'get_time']

const protocols = new Map<string, (model: Model) => Promise<Calls>>([
  [
    'Chat Completions',
    async ({ url, tooled }) => {
      const client = new OpenAI({ apiKey: '-', baseURL: `${url}/v1`, fetch: tooled })
      const { choices } = await client.chat.completions.create(ask)
      return (choices[0]?.message.tool_calls ?? []).flatMap((call) =>
        call.type === 'function' ? [[call.function.name, JSON.parse(call.function.arguments)]] : [],
      )
    },
  ],
  [
    'Responses',
    async ({ url, tooled }) => {
      const client = new OpenAI({ apiKey: '-', baseURL: `${url}/v1`, fetch: tooled })
      const flat = names.map((name) => ({ type: 'function' as const, name, parameters, strict: false }))
      const { output } = await client.responses.create({ model: 'm', input: question, tools: flat })
      return output.flatMap((item) =>
        item.type === 'function_call' ? [[item.name, JSON.parse(item.arguments)]] : [],
      )
    },
  ],
  [
    'Messages',
    async ({ url, tooled }) => {
      const client = new Anthropic({ apiKey: '-', baseURL: url, fetch: tooled })
      const { content } = await client.messages.create({
        model: 'm',
        max_tokens: 100,
        messages: [{ role: 'user', content: question }],
        tools: names.map((name) => ({ name, input_schema: parameters })),
      })
      return content.flatMap((block) => (block.type === 'tool_use' ? [[block.name, block.input]] : []))
    },
  ],
  [
    'DashScope',
    async ({ url, tooled }) => {
      const body = {
        model: 'm',
        input: { messages: ask.messages },
        parameters: { result_format: 'message', tools },
      }
      const { calls } = joinAnswers(await askDashScope(tooled, url, body, { streamed: false }), false)
      return calls.map(({ name, arguments: text }) => [name, JSON.parse(text)])
    },
  ],
])

const cityTool = tool({ inputSchema: z.object({ city: z.string() }), execute: () => 'later' })

async function aiSdkCalls({ url, tooled, plain }: Model): Promise<Calls> {
  const baseURL = `${url}/v1`
  const provider = createOpenAICompatible({ name: 'local', baseURL, fetch: plain ?? tooled })
  const model = provider.chatModel('m')
  const { toolCalls } = await generateText({
    model: plain ? wrapLanguageModel({ model, middleware: toolMiddleware({ dialect: 'qwen3' }) }) : model,
    tools: { get_weather: cityTool, get_time: cityTool },
    prompt: question,
  })
  return toolCalls.map(({ toolName, input }) => [toolName, input])
}

async function chatOpenAICalls({ url, tooled }: Model): Promise<Calls> {
  const configuration = { baseURL: `${url}/v1`, fetch: tooled }
  const { tool_calls: calls = [] } = await new ChatOpenAI({ model: 'm', apiKey: '-', configuration })
    .bindTools(tools)
    .invoke(question)
  return calls.map(({ name, args }) => [name, args])
}

async function toolChatModelCalls({ url }: Model, upstream: string): Promise<Calls> {
  const fields = { model: 'm', apiKey: '-', configuration: { baseURL: `${url}/v1` } }
  const inner = upstream === 'chat' ? new ChatOpenAI(fields) : new CompletionLLM(fields)
  const { tool_calls: calls = [] } = await new ToolChatModel({ model: inner, dialect: 'qwen3' })
    .bindTools(tools)
    .invoke(question)
  return calls.map(({ name, args }) => [name, args])
}

async function start(upstream: string): Promise<Model> {
  const runtime = runtimes.find(({ name }) => name === upstream)
  if (runtime) {
    const { fetch } = runtime.start({ replies: [twoCalls + end] })
    return { url: 'http://local', tooled: toolFetch({ dialect: 'qwen3', upstream: runtime.upstream, fetch }) }
  }
  const kind = kinds.find((name) => name === upstream)
  if (kind === undefined) throw new Error(`no upstream ${upstream}`)
  const { upstream: server } = await connect([twoCalls])
  return { url: server.url, tooled: toolFetch({ dialect: 'qwen3', upstream: kind }) }
}

/** The rows of the README's table, each by the heads of its columns. */
function rows(): Map<string, string>[] {
  const [, table = ''] =
    /## What works with what\n.*?\n(\| upstream .*?)\n\n/s.exec(pages.get('README.md') ?? '') ?? []
  const [head = [], , ...body] = table.split('\n').map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.replaceAll('`', '').trim()),
  )
  return body.map((cells) => new Map(cells.map((cell, column) => [head[column] ?? '', cell])))
}

const called = [
  ['get_weather', { city: 'Paris' }],
  ['get_time', { city: 'Oslo 🌍 é' }],
]

it('names every upstream', () => {
  const named = rows().map((row) => row.get('upstream')?.replace(/, .*/, ''))
  expect(named.sort()).toEqual([...kinds, ...runtimes.map(({ name }) => name)].sort())
})

describe.each(rows())('the table of what works with what', (row) => {
  const upstream = row.get('upstream')?.replace(/, .*/, '') ?? ''

  it(`is true of ${upstream}`, async () => {
    for (const [protocol, callsOf] of protocols) {
      expect(row.get(protocol)).toBe('yes')
      expect(await callsOf(await start(upstream)), protocol).toEqual(called)
    }
    expect(await aiSdkCalls(await start(upstream))).toEqual(called)
    expect(await chatOpenAICalls(await start(upstream))).toEqual(called)
    if (row.get('AI SDK') === 'either way') {
      expect(await aiSdkCalls({ ...(await start(upstream)), plain: globalThis.fetch })).toEqual(called)
    }
    if (row.get('LangChain') === 'either way') {
      expect(await toolChatModelCalls(await start(upstream), upstream)).toEqual(called)
    }
  })
})
