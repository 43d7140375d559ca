import vm from 'node:vm'
import { build } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'
import { esbuildTemplates } from '../../build/handlebars.js'

/** What a web page would bundle. */
const page = `
export * from './src/index.ts'
export * from './src/surfaces/chat-completions/index.ts'
export * from './src/middleware/fetch.ts'
export * from './src/middleware/ai-sdk.ts'
export * from './src/eval/index.ts'
export * from './src/surfaces/realtime/index.ts'
export * from './src/upstreams/local/transformers.ts'
export * from './src/upstreams/local/web-llm.ts'
`
type Page = typeof import('../../src/index.js') &
  typeof import('../../src/surfaces/chat-completions/index.js') &
  typeof import('../../src/middleware/fetch.js') &
  typeof import('../../src/eval/index.js')

const tools = [
  {
    type: 'function' as const,
    function: {
      name: 'get_weather',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
]
const messages = [{ role: 'user' as const, content: 'How is the weather in Paris?' }]
const reply = `<think>
They mean Paris.
</think>

Let me look.
<tool_call>
{"name": "get_weather", "arguments": {'city': "Paris"}}
</tool_call>`

let code = ''
beforeAll(async () => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: page, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'page',
    target: 'es2022',
    write: false,
    // Only code is looked at: comments of dependencies speak of imports.
    minifyWhitespace: true,
    metafile: true,
    plugins: [esbuildTemplates],
  })
  expect(Object.values(metafile.outputs).flatMap((output) => output.imports)).toEqual([])
  code = outputFiles[0]?.text ?? ''
})

/**
 * A page with a strict content policy: the language, the web's own names that are given here, and no evaluation of text.
 * What the realm gives back is compared as JSON, since its objects are not of this one.
 */
function open(names: Record<string, unknown> = {}): Page {
  const context = vm.createContext({ ...names }, { codeGeneration: { strings: false, wasm: false } })
  expect(vm.runInContext('[typeof process, typeof Buffer, typeof require].join()', context)).toBe(
    'undefined,undefined,undefined',
  )
  expect(() => vm.runInContext('new Function("return 1")()', context)).toThrow(/Code generation/)
  vm.runInContext(code, context)
  return vm.runInContext('page', context)
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe('the bundle for a browser', () => {
  it('imports nothing from Node and evaluates nothing', () => {
    expect(code).not.toMatch(/['"`]node:/)
    expect(code).not.toMatch(/\b(require|import)\s*\(/)
    expect(code).not.toMatch(/\beval\s*\(/)
    expect(code).not.toMatch(/\bFunction\s*\(/)
  })

  it('renders a prompt', () => {
    const { renderPrompt, dialects } = open()
    for (const dialect of dialects.keys()) {
      const { prompt } = renderPrompt({ messages, tools }, { dialect })
      expect(prompt).toContain('"name": "get_weather"')
      expect(prompt).toContain('How is the weather in Paris?')
    }
  })

  it('reads a streamed reply and writes chunks', () => {
    const { createParser, createChatCompletionChunks, collect } = open()
    const parser = createParser({ dialect: 'qwen3', tools, createId: () => 'call_1' })
    const events = [...[...reply].flatMap((character) => parser.push(character)), ...parser.end()]
    expect(plain(collect(events))).toMatchObject({
      content: 'Let me look.',
      reasoning: 'They mean Paris.',
      toolCalls: [{ id: 'call_1', function: { name: 'get_weather', arguments: '{"city": "Paris"}' } }],
      finishReason: 'tool_calls',
      changes: [{ kind: 'single-quotes' }],
    })
    const chunks = createChatCompletionChunks({ id: 'chatcmpl-1', created: 1_766_000_000, model: 'm' })
    expect(plain(chunks.push(events).at(-1))).toMatchObject({
      choices: [{ delta: {}, finish_reason: 'tool_calls' }],
    })
  })

  it('scores a recorded reply', () => {
    const { evaluate } = open()
    const expected = [{ name: 'get_weather', args: { city: ['paris'] }, required: ['city'] }]
    const { overall } = evaluate([{ id: 1, format: 'qwen3', tools, raw: reply, expected }])
    expect(plain(overall)).toMatchObject({ expecting: 1, right: 1, streamed: 1 })
  })

  it('answers a request with the names that every browser has', async () => {
    const { toolFetch } = open({
      AbortController,
      AbortSignal,
      Headers,
      ReadableStream,
      Request,
      Response,
      TextDecoder,
      TextEncoder,
      TransformStream,
      URL,
      clearTimeout,
      crypto,
      setTimeout,
    })
    const answer = {
      choices: [{ index: 0, message: { role: 'assistant', content: reply }, finish_reason: 'stop' }],
    }
    const fetch = toolFetch({ dialect: 'qwen3', fetch: async () => Response.json(answer) })
    const response = await fetch('http://localhost:8080/v1/chat/completions', {
      method: 'POST',
      body: JSON.stringify({ model: 'm', messages, tools }),
    })
    expect(await response.json()).toMatchObject({
      choices: [
        {
          message: { tool_calls: [{ function: { name: 'get_weather', arguments: '{"city": "Paris"}' } }] },
          finish_reason: 'tool_calls',
        },
      ],
    })
  })
})
