import { setTimeout as wait } from 'node:timers/promises'
import OpenAI, { BadRequestError } from 'openai'
import { describe, expect, it } from 'vitest'
import { toolFetch } from '../../../src/middleware/fetch.js'
import { webLlmFetch } from '../../../src/upstreams/local/web-llm.js'
import { ask, callParis, failure } from '../../middleware/setup.js'
import { runtimes } from './runtimes.js'

const webLlm = runtimes.filter(({ name }) => name === 'WebLLM')

function connect(create: (request: object) => Promise<object>, upstream: 'chat' | 'completion' = 'chat') {
  const completions = { create }
  const engine = { chat: { completions }, completions, interruptGenerate() {} }
  const fetch = toolFetch({ dialect: 'qwen3', upstream, fetch: webLlmFetch(engine) })
  return new OpenAI({ baseURL: 'http://local/v1', apiKey: '-', fetch })
}

function message(content: string, finish = 'stop') {
  return { id: '1', choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: finish }] }
}

/** An engine that says Hi, and what it was asked. */
function createEcho() {
  const asked: object[] = []
  const create = async (request: object) => {
    asked.push(request)
    return message('Hi')
  }
  return { asked, create }
}

describe('a request to a WebLLM engine', () => {
  it('switches thinking as the engine does', async () => {
    const { asked, create } = createEcho()
    const client = connect(create)
    await client.chat.completions.create({ ...ask, reasoning_effort: 'none' })
    await client.chat.completions.create(ask)
    expect(asked[0]).toMatchObject({ extra_body: { enable_thinking: false } })
    expect(asked[1]).not.toHaveProperty('extra_body')
  })

  it('gives a schema as text', async () => {
    const { asked, create } = createEcho()
    const schema = { type: 'object', properties: { a: { type: 'integer' } } }
    await connect(create).chat.completions.create({
      model: 'm',
      messages: ask.messages,
      response_format: { type: 'json_schema', json_schema: { name: 'a', schema } },
    })
    expect(asked[0]).toMatchObject({
      response_format: { type: 'json_object', schema: JSON.stringify(schema) },
    })
  })

  it('joins parts that are all text, and leaves others', async () => {
    const { asked, create } = createEcho()
    const image = { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,' } }
    const text = (words: string) => ({ type: 'text' as const, text: words })
    await connect(create).chat.completions.create({
      model: 'm',
      user: 'somebody',
      messages: [
        { role: 'user', content: [text('One '), text('two')] },
        { role: 'user', content: [text('See '), image] },
      ],
    })
    expect(asked[0]).toMatchObject({
      messages: [{ content: 'One two' }, { content: [text('See '), image] }],
    })
    expect(asked[0]).not.toHaveProperty('user')
    expect(asked[0]).not.toHaveProperty('stream_options')
  })

  it('may be a prompt', async () => {
    const create = async (request: object) => {
      expect(request).toMatchObject({ prompt: expect.stringContaining('get_weather'), max_tokens: 2048 })
      return { id: '1', choices: [{ index: 0, text: callParis, finish_reason: 'stop' }] }
    }
    const { choices } = await connect(create, 'completion').chat.completions.create(ask)
    expect(choices[0]?.message.tool_calls).toMatchObject([{ function: { name: 'get_weather' } }])
  })
})

describe('an answer of a WebLLM engine', () => {
  it('that the app itself has interrupted was cut short', async () => {
    const client = connect(async () => message(callParis.slice(0, 50), 'abort'))
    const { choices } = await client.chat.completions.create(ask)
    expect(choices[0]).toMatchObject({ finish_reason: 'length' })
    expect(choices[0]?.message.tool_calls).toBeUndefined()
  })

  it('that is no stream where one was asked for is an error', async () => {
    const client = connect(async () => message('Hi'))
    expect(String(await failure(client.chat.completions.create({ ...ask, stream: true })))).toContain(
      'no stream',
    )
  })

  it('that the request is wrong is a bad request', async () => {
    const error = Object.assign(new Error('Prompt tokens exceed'), { name: 'ContextWindowSizeExceededError' })
    const client = connect(() => Promise.reject(error))
    for (const stream of [false, true]) {
      const failed = await failure(client.chat.completions.create({ ...ask, stream }))
      expect(failed).toBeInstanceOf(BadRequestError)
      expect(failed).toMatchObject({ code: 'context_length_exceeded' })
    }
  })
})

describe('a slow reader', () => {
  it.each(webLlm)('holds the engine back', async ({ start }) => {
    const { fetch, log } = start({ replies: ['word '.repeat(1000)] })
    const body = JSON.stringify({ messages: [], stream: true })
    const response = await fetch('http://local/v1/chat/completions', { method: 'POST', body })
    const reader = response.body?.getReader()
    await reader?.read()
    await wait(50)
    expect(log.tokens).toBeLessThan(5)
    await reader?.cancel()
  })

  it.each(runtimes.filter(({ waits }) => !waits))(
    'does not keep the others from their turn with $name',
    async ({ start }) => {
      const { fetch } = start({ replies: ['word '.repeat(100), 'Hello.'] })
      const post = (fields: object) =>
        fetch('http://local/v1/completions', {
          method: 'POST',
          body: JSON.stringify({ prompt: 'Hi', max_tokens: 1000, ...fields }),
        })
      const unread = await post({ stream: true })
      const answer: unknown = await (await post({})).json()
      expect(answer).toMatchObject({ choices: [{ text: 'Hello.' }] })
      const frames = (await unread.text()).split('\n\n').filter((frame) => frame.startsWith('data: {'))
      const texts = frames.map((frame) => JSON.parse(frame.slice('data: '.length)).choices[0].text)
      expect(texts.join('')).toBe('word '.repeat(100))
    },
  )
})
