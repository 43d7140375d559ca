import OpenAI from 'openai'
import { expect, it } from 'vitest'
import { toolFetch } from '../../src/middleware/fetch.ts'

/** What a model of bytes writes as one token each, beside them. */
export const specialTokens = ['<|im_start|>', '<|im_end|>', '<tool_call>', '</tool_call>']
/** The token that ends a text: `<|im_end|>`. */
export const endToken = 257

/**
 * What an adapter has to do over the package's own code.
 *
 * @param runtime `fetch` and its `upstream`, `say(text)` for what the model is to write next, `made()` for how many tokens it
 * has made, `contextSize` if it has one.
 */
export function describeRuntime({ fetch, upstream = 'completion', say, made, contextSize }) {
  const client = new OpenAI({
    apiKey: '-',
    baseURL: 'http://local/v1',
    fetch: toolFetch({ dialect: 'qwen3', upstream, fetch }),
  })
  const ask = {
    model: 'm',
    temperature: 0,
    messages: [{ role: 'user', content: 'Weather in Oslo 🌍?' }],
    tools: [
      { type: 'function', function: { name: 'get_weather', parameters: { properties: { city: {} } } } },
    ],
  }

  it('reads text and calls, special tokens and characters of several', async () => {
    const call = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Oslo 🌍 é"}}\n</tool_call>'
    const text = `Let me  look , é🌍.\n${call}`
    say(text)
    const whole = await client.chat.completions.create(ask)
    say(text)
    const streamed = await client.chat.completions
      .stream({ ...ask, stream_options: { include_usage: true } })
      .finalChatCompletion()
    for (const { choices, usage } of [whole, streamed]) {
      expect(choices[0]).toMatchObject({
        finish_reason: 'tool_calls',
        message: {
          content: 'Let me  look , é🌍.',
          tool_calls: [{ function: { name: 'get_weather', arguments: '{"city": "Oslo 🌍 é"}' } }],
        },
      })
      expect(usage.prompt_tokens).toBeGreaterThan(100)
      expect(usage.completion_tokens).toBeGreaterThan(80)
    }
  })

  it('stops at a stop string', async () => {
    say('Hello STOP and more')
    const { choices } = await client.chat.completions.create({ ...ask, stop: 'STOP' })
    expect(choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'Hello ' } })
    expect(made()).toBe('Hello STOP'.length)
    say('Hello STOP and more')
    const streamed = await client.chat.completions.stream({ ...ask, stop: 'STOP' }).finalChatCompletion()
    expect(streamed.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'Hello ' } })
    expect(made()).toBe('Hello STOP'.length)
  })

  it('stops when it is aborted', async () => {
    say('word '.repeat(300))
    const controller = new AbortController()
    const stream = await client.chat.completions.create(
      { ...ask, stream: true },
      { signal: controller.signal },
    )
    for await (const chunk of stream) if (chunk.choices[0].delta.content) controller.abort()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(made()).toBeLessThan(50)
    say('Hi')
    expect((await client.chat.completions.create(ask)).choices[0].message.content).toBe('Hi')
  })

  it('says when a limit was met', async () => {
    say('Hello')
    const { choices } = await client.chat.completions.create({ ...ask, max_tokens: 2 })
    expect(choices[0]).toMatchObject({ finish_reason: 'length', message: { content: 'He' } })
  })

  if (contextSize === undefined) return
  it('ends where the context does, and refuses a prompt that leaves no room', async () => {
    say('x'.repeat(3000))
    const full = await client.chat.completions.create({ ...ask, max_tokens: 3000 })
    expect(full.choices[0].finish_reason).toBe('length')
    expect(full.usage.total_tokens).toBe(contextSize)
    const long = client.chat.completions.create({
      ...ask,
      messages: [{ role: 'user', content: 'x'.repeat(contextSize) }],
    })
    await expect(long).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded' })
  })
}
