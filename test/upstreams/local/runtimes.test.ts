import { setTimeout as wait } from 'node:timers/promises'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { tool as aiTool, generateText, stepCountIs } from 'ai'
import OpenAI, {
  APIError,
  APIUserAbortError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
} from 'openai'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ToolFetchOptions, toolFetch } from '../../../src/middleware/fetch.js'
import { nodeLlamaCppFetch } from '../../../src/upstreams/local/node-llama-cpp.js'
import { transformersFetch } from '../../../src/upstreams/local/transformers.js'
import { webLlmFetch } from '../../../src/upstreams/local/web-llm.js'
import { ask, callOslo, callParis, collect, failure, twoCalls } from '../../middleware/setup.js'
import { type Runtime, runtimes } from './runtimes.js'
import type { Script } from './stand-ins/script.js'

const end = '<|im_end|>'

function connect(runtime: Runtime, script: Script, options: Partial<ToolFetchOptions> = {}) {
  const { fetch, log } = runtime.start(script)
  const client = new OpenAI({
    baseURL: 'http://local/v1',
    apiKey: '-',
    fetch: toolFetch({ dialect: 'qwen3', upstream: runtime.upstream, ...options, fetch }),
  })
  return { client, log, fetch }
}

/** Waits until nothing runs, which has to be soon. */
async function stopped(log: { running: number }): Promise<void> {
  const before = performance.now()
  while (log.running > 0) await wait(5)
  expect(performance.now() - before).toBeLessThan(1000)
}

describe.each(runtimes)('a model in this process, with $name', (runtime) => {
  it('calls tools, streamed and whole', async () => {
    const { client, log } = connect(runtime, { replies: [twoCalls + end] })
    const whole = await client.chat.completions.create(ask)
    const streamed = await client.chat.completions
      .stream({ ...ask, stream_options: { include_usage: true } })
      .finalChatCompletion()
    for (const { choices, usage } of [whole, streamed]) {
      expect(choices[0]?.finish_reason).toBe('tool_calls')
      expect(choices[0]?.message.content).toBe('Let me look.')
      expect(choices[0]?.message.tool_calls).toMatchObject([
        { type: 'function', function: { name: 'get_weather', arguments: '{"city": "Paris"}' } },
        { type: 'function', function: { name: 'get_time', arguments: '{"city": "Oslo 🌍 é"}' } },
      ])
      expect(usage?.prompt_tokens).toBeGreaterThan(0)
      expect(usage?.completion_tokens).toBeGreaterThan(0)
    }
    expect(log.prompts[0]).toContain('get_weather')
    await stopped(log)
  })

  it('runs tools over two turns', async () => {
    const { client, log } = connect(runtime, { replies: [callParis + end, `It is 18 °C.${end}`] })
    const runner = client.chat.completions.runTools({
      model: 'm',
      stream: true,
      messages: ask.messages,
      tools: [
        {
          type: 'function',
          function: { name: 'get_weather', description: '', parameters: {}, function: () => '18 °C' },
        },
      ],
    })
    expect(await runner.finalContent()).toBe('It is 18 °C.')
    expect(log.prompts[1]).toContain('<tool_response>')
  })

  it('serves the AI SDK', async () => {
    const { log, fetch } = connect(runtime, { replies: [callParis + end, `It is 18 °C.${end}`] })
    const provider = createOpenAICompatible({
      name: 'local',
      baseURL: 'http://local/v1',
      fetch: toolFetch({ dialect: 'qwen3', upstream: runtime.upstream, fetch }),
    })
    const { text, steps } = await generateText({
      model: provider('m'),
      prompt: 'Weather in Paris?',
      tools: {
        get_weather: aiTool({
          inputSchema: z.object({ city: z.string() }),
          execute: async ({ city }) => `18 °C in ${city}`,
        }),
      },
      stopWhen: stepCountIs(3),
    })
    expect(text).toBe('It is 18 °C.')
    expect(steps[0]?.toolCalls).toMatchObject([{ toolName: 'get_weather', input: { city: 'Paris' } }])
    expect(log.prompts[1]).toContain('18 °C in Paris')
  })

  it('gives text before the generation ends', async () => {
    const { client, log } = connect(runtime, { replies: [`${'word '.repeat(60)}${callParis}`], delay: 2 })
    const running: number[] = []
    for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) {
      if (chunk.choices[0]?.delta.content) running.push(log.running)
    }
    expect(running.slice(0, 5)).toEqual([1, 1, 1, 1, 1])
    await stopped(log)
  })

  it('answers one request after the other', async () => {
    const { client, log } = connect(runtime, { replies: [callParis, callOslo, 'Hello.'], delay: 1 })
    const answers = await Promise.all([
      client.chat.completions.create(ask),
      client.chat.completions.stream(ask).finalChatCompletion(),
      client.chat.completions.create(ask),
    ])
    const said = answers.map(({ choices: [choice] }) => {
      const [call] = choice?.message.tool_calls ?? []
      return call?.type === 'function' ? call.function.name : choice?.message.content
    })
    expect(said.sort()).toEqual(['Hello.', 'get_time', 'get_weather'])
    expect(log.together).toBe(1)
  })

  it('ends at a stop string of the app, wherever it is cut', async () => {
    for (const stop of ['STOP', ' S', 'lo S', ['zzz', 'TOP']]) {
      const { client, log } = connect(runtime, { replies: ['Hello STOP and more words that nobody wants.'] })
      const cut = 'Hello STOP'.slice(0, 'Hello STOP'.indexOf(Array.isArray(stop) ? 'TOP' : stop))
      const streamed = await client.chat.completions.stream({ ...ask, stop }).finalChatCompletion()
      const whole = await client.chat.completions.create({ ...ask, stop })
      for (const { choices } of [streamed, whole]) {
        expect(choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: cut } })
      }
      await stopped(log)
    }
  })

  it('ends where the model plays the next turn', async () => {
    const text = `${callParis}<|im_end|>\n<|im_start|>user\nThanks!`
    const { client, log } = connect(runtime, { replies: [text] })
    const { choices } = await client.chat.completions.stream(ask).finalChatCompletion()
    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { content: null, tool_calls: [{ function: { name: 'get_weather' } }] },
    })
    await stopped(log)
  })

  it('gives no call as finished that was cut short', async () => {
    const { client } = connect(runtime, { replies: [twoCalls] })
    const body = { ...ask, max_completion_tokens: 28 }
    const whole = await client.chat.completions.create(body)
    const chunks = await collect(await client.chat.completions.create({ ...body, stream: true }))
    expect(whole.choices[0]).toMatchObject({
      finish_reason: 'length',
      message: { tool_calls: [{ function: { name: 'get_weather' } }] },
    })
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('length')
  })

  it('stops soon when a stream is aborted', async () => {
    const { client, log } = connect(runtime, { replies: ['word '.repeat(2000)], delay: 2 })
    const controller = new AbortController()
    const body = { ...ask, max_tokens: 4000, stream: true as const }
    const stream = await client.chat.completions.create(body, { signal: controller.signal })
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) controller.abort()
    await stopped(log)
    expect(log.tokens).toBeLessThan(100)
    // And is free for the next one.
    expect((await client.chat.completions.create({ ...ask, max_tokens: 3 })).choices).toHaveLength(1)
  })

  it('stops soon when nobody reads on', async () => {
    const { client, log } = connect(runtime, { replies: ['word '.repeat(2000)], delay: 2 })
    const body = { ...ask, max_tokens: 4000, stream: true as const }
    for await (const chunk of await client.chat.completions.create(body)) {
      if (chunk.choices[0]?.delta.content) break
    }
    await stopped(log)
    const response = await client.chat.completions.create(body).asResponse()
    await response.body?.cancel()
    await stopped(log)
    expect(log.tokens).toBeLessThan(200)
  })

  it('stops soon when a whole answer is aborted', async () => {
    const { client, log } = connect(runtime, { replies: ['word '.repeat(2000)], delay: 2 })
    const controller = new AbortController()
    const work = client.chat.completions.create({ ...ask, max_tokens: 4000 }, { signal: controller.signal })
    setTimeout(() => controller.abort(), 50)
    expect(await failure(work)).toBeInstanceOf(APIUserAbortError)
    await stopped(log)
    expect(log.tokens).toBeLessThan(100)
  })

  it('is free again when a stream is aborted before its first token', async () => {
    const { client, log } = connect(runtime, { replies: ['word '.repeat(100), 'Hello.'], delay: 30 })
    const controller = new AbortController()
    const body = { ...ask, stream: true as const }
    const work = client.chat.completions.create(body, { signal: controller.signal })
    setTimeout(() => controller.abort(), 10)
    expect(await failure(work)).toBeInstanceOf(APIUserAbortError)
    await stopped(log)
    expect((await client.chat.completions.create(ask)).choices[0]?.message.content).toBe('Hello.')
  })

  it('forgets a request that is aborted while it waits', async () => {
    const { client, log } = connect(runtime, { replies: ['one '.repeat(40), 'two'], delay: 2 })
    const controller = new AbortController()
    const first = client.chat.completions.create(ask)
    const second = client.chat.completions.create(ask, { signal: controller.signal })
    const third = client.chat.completions.create(ask)
    await wait(20)
    controller.abort()
    expect(await failure(second)).toBeInstanceOf(APIUserAbortError)
    expect((await first).choices[0]?.message.content).toMatch(/^one/)
    expect((await third).choices[0]?.message.content).toBe('two')
    expect(log.requests).toHaveLength(2)
  })

  it('leaves the model after the first call when the app wants one', async () => {
    const { client, log } = connect(runtime, { replies: [`${twoCalls}${' word'.repeat(2000)}`], delay: 2 })
    const body = { ...ask, max_tokens: 4000, parallel_tool_calls: false }
    const { choices } = await client.chat.completions.stream(body).finalChatCompletion()
    expect(choices[0]?.message.tool_calls).toHaveLength(1)
    await stopped(log)
    expect(log.tokens).toBeLessThan(200)
  })

  it('passes a failure in mid-answer on, and the next request is answered', async () => {
    const { client, log } = connect(runtime, { replies: [twoCalls.repeat(3)], failAfter: 20, delay: 1 })
    const error = await failure(client.chat.completions.stream(ask).done())
    expect(error).toBeInstanceOf(APIError)
    expect(error).toMatchObject({ message: 'out of memory', type: 'server_error' })
    const whole = await failure(client.chat.completions.create(ask))
    expect(whole).toBeInstanceOf(InternalServerError)
    expect(String(whole)).toContain('out of memory')
    await stopped(log)
    // It is not sent again: that would fail in the same way.
    expect(log.requests).toHaveLength(2)
  })

  it('passes a failure before the first token on with its status', async () => {
    const { client } = connect(runtime, { replies: [twoCalls], failAfter: 0 })
    const error = await failure(client.chat.completions.create({ ...ask, stream: true }))
    expect(error).toBeInstanceOf(InternalServerError)
    expect(String(error)).toContain('out of memory')
  })

  it('sends what is asked in the words of the runtime', async () => {
    const { client, log } = connect(runtime, { replies: ['Hi'] })
    const sampling = { temperature: 0.5, top_p: 0.9, seed: 7, max_completion_tokens: 50 }
    await client.chat.completions.create({ ...ask, ...sampling })
    expect(log.requests[0]).toMatchObject(
      {
        'node-llama-cpp': { temperature: 0.5, topP: 0.9, seed: 7, maxTokens: 50, stopOnAbortSignal: true },
        'transformers.js': { temperature: 0.5, top_p: 0.9, do_sample: true, max_new_tokens: 50 },
        WebLLM: { temperature: 0.5, top_p: 0.9, seed: 7, max_tokens: 50 },
      }[runtime.name] ?? {},
    )
  })

  it('says what it does not have', async () => {
    const { client, fetch } = connect(runtime, { replies: ['Hi'] })
    expect(await failure(client.models.list())).toBeInstanceOf(NotFoundError)
    const response = await fetch('http://local/v1/embeddings', { method: 'POST', body: '{}' })
    expect(response.status).toBe(404)
    const path = runtime.upstream === 'chat' ? 'chat/completions' : 'completions'
    const bad = await fetch(`http://local/v1/${path}`, { method: 'POST', body: '[' })
    expect(bad.status).toBe(400)
  })

  it('rejects with the reason when the signal is aborted already', async () => {
    const { fetch, log } = connect(runtime, { replies: ['Hi'] })
    const path = runtime.upstream === 'chat' ? 'chat/completions' : 'completions'
    const init = { method: 'POST', body: '{"prompt": "", "messages": []}', signal: AbortSignal.abort('no') }
    expect(await failure(fetch(`http://local/v1/${path}`, init))).toBe('no')
    expect(log.requests).toEqual([])
  })
})

describe.each(runtimes.filter(({ upstream }) => upstream === 'completion'))(
  'a prompt for $name',
  (runtime) => {
    it('begins a required call for the model', async () => {
      const { client, log } = connect(runtime, { replies: [`{"city": "Paris"}}\n</tool_call>${end}`] })
      const choice = { type: 'function' as const, function: { name: 'get_weather' } }
      const { choices } = await client.chat.completions.create({ ...ask, tool_choice: choice })
      expect(log.prompts[0]).toMatch(/<tool_call>\n\{"name": "get_weather"/)
      expect(choices[0]?.message.tool_calls ?? choices[0]?.message.content).toBeTruthy()
    })

    it('that leaves no room for an answer is refused', async () => {
      const { client } = connect(runtime, { replies: ['Hi'], contextSize: 100 })
      for (const stream of [false, true]) {
        const error = await failure(client.chat.completions.create({ ...ask, stream }))
        expect(error).toBeInstanceOf(BadRequestError)
        expect(error).toMatchObject({ code: 'context_length_exceeded' })
      }
    })

    it('gives one choice', async () => {
      const { client } = connect(runtime, { replies: ['Hi'] })
      expect(await failure(client.chat.completions.create({ ...ask, n: 2 }))).toBeInstanceOf(BadRequestError)
    })
  },
)

describe('what is not loaded is known when the app starts', () => {
  it.each([
    [nodeLlamaCppFetch, undefined, 'options must be an object, as in { completion, contextSequence }'],
    [nodeLlamaCppFetch, {}, 'completion must be a LlamaCompletion'],
    [nodeLlamaCppFetch, { completion: {} }, 'completion has no generateCompletionWithMeta: it must be'],
    [transformersFetch, null, 'options must be an object, as in { generator, stopping }'],
    [transformersFetch, { generator: () => [] }, 'generator has no tokenizer: it must be what pipeline('],
    [transformersFetch, { generator: { tokenizer: {}, model: {} } }, 'stopping must be a new Interruptable'],
    [webLlmFetch, undefined, 'engine must be what CreateMLCEngine or'],
    [webLlmFetch, Promise.resolve(), 'engine has no chat: it must be what CreateMLCEngine or'],
  ])('%o %o', (make, given, message) => {
    expect(() => Reflect.apply(make, undefined, [given])).toThrow(message)
  })
})
