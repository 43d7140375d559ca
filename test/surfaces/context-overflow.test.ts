import Anthropic from '@anthropic-ai/sdk'
import { APIError } from 'openai'
import { describe, expect, it } from 'vitest'
import { toolFetch } from '../../src/middleware/fetch.js'
import type { ReplayFault } from '../../src/testing/replay-reply.js'
import { ask, collect, connect, failure } from '../middleware/setup.js'

const { model } = ask
const flat = { type: 'function' as const, name: 'get_weather', parameters: {}, strict: false }
const asked = { model, input: 'Weather?', tools: [flat] }

/** The official clients of three protocols, in front of a server that answers so. */
async function failing(fault: ReplayFault) {
  const { client, upstream } = await connect([{ text: 'Hello there', fault }])
  const fetch = toolFetch({ dialect: 'qwen3' })
  const anthropic = new Anthropic({ apiKey: '-', baseURL: upstream.url, maxRetries: 0, fetch })
  const message = {
    model,
    max_tokens: 100,
    messages: [{ role: 'user' as const, content: 'Weather?' }],
    tools: [{ name: 'get_weather', input_schema: { type: 'object' as const } }],
  }
  return {
    chat: () => failure(client.chat.completions.create(ask)),
    chatStream: async () => failure(collect(await client.chat.completions.create({ ...ask, stream: true }))),
    responses: () => failure(client.responses.create(asked)),
    responsesStream: async () => failure(collect(await client.responses.create({ ...asked, stream: true }))),
    messages: () => failure(anthropic.messages.create(message)),
    messagesStream: () => failure(anthropic.messages.stream(message).finalMessage()),
  }
}

describe('a conversation that is too long for the model', () => {
  const less = ', decrease input length or `max_tokens`'
  it.each<[string, string | Record<string, unknown>, string]>([
    [
      'OpenAI',
      { message: 'Too long.', type: 'invalid_request_error', code: 'context_length_exceeded' },
      'prompt is too long',
    ],
    [
      'vLLM',
      {
        message:
          "This model's maximum context length is 8192 tokens. However, your request has 16000 input tokens. Please reduce " +
          'the length of the input messages.',
        type: 'BadRequestError',
        code: 400,
      },
      'prompt is too long: 16000 tokens > 8192 maximum',
    ],
    [
      'vLLM, of what was asked for',
      {
        message:
          "'max_tokens' or 'max_completion_tokens' is too large: 32000. This model's maximum context length is 32768 tokens " +
          'and your request has 20000 input tokens (32000 > 32768 - 20000).',
        code: 400,
      },
      `input length and \`max_tokens\` exceed context limit: 20000 + 32000 > 32768${less}`,
    ],
    [
      'an older vLLM',
      "This model's maximum context length is 8192 tokens. However, you requested 40000 tokens (8000 in the messages, 32000 " +
        'in the completion). Please reduce the length of the messages or completion.',
      `input length and \`max_tokens\` exceed context limit: 8000 + 32000 > 8192${less}`,
    ],
    [
      'an older vLLM, of a prompt',
      "This model's maximum context length is 8192 tokens. However, you requested 42000 tokens (10000 in the messages, 32000 " +
        'in the completion).',
      'prompt is too long: 10000 tokens > 8192 maximum',
    ],
    [
      'vLLM, of its own',
      {
        message: 'The decoder prompt (length 5000) is longer than the maximum model length of 4096.',
        code: 400,
      },
      'prompt is too long: 5000 tokens > 4096 maximum',
    ],
    [
      'SGLang',
      { message: "The input (5000 tokens) is longer than the model's context length (4096 tokens)." },
      'prompt is too long: 5000 tokens > 4096 maximum',
    ],
    [
      'SGLang, of what was asked for',
      "Requested token count exceeds the model's maximum context length of 8192 tokens. You requested a total of 40000 " +
        'tokens: 8000 tokens from the input messages and 32000 tokens for the completion.',
      `input length and \`max_tokens\` exceed context limit: 8000 + 32000 > 8192${less}`,
    ],
    [
      'llama.cpp',
      {
        code: 400,
        message: 'the request exceeds the available context size, try increasing it',
        type: 'exceed_context_size_error',
        n_prompt_tokens: 5000,
        n_ctx: 4096,
      },
      'prompt is too long: 5000 tokens > 4096 maximum',
    ],
    [
      'an older llama.cpp',
      'the request exceeds the available context size. try increasing the context size or enable context shift',
      'prompt is too long',
    ],
    [
      'LM Studio',
      'Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context ' +
        'length of only 4096 tokens.',
      'prompt is too long: 5000 tokens > 4096 maximum',
    ],
    ['Ollama', 'the input length exceeds the context length', 'prompt is too long'],
    [
      'Text Generation Inference',
      'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 500 `inputs` tokens and 32000 ' +
        '`max_new_tokens`',
      `input length and \`max_tokens\` exceed context limit: 500 + 32000 > 4096${less}`,
    ],
    [
      'DashScope',
      { message: 'Range of input length should be [1, 30720]', code: 'InvalidParameter' },
      'prompt is too long',
    ],
  ])('is said in the words of each protocol: %s', async (_, error, said) => {
    const clients = await failing({ status: 400, body: { error } })
    const words = typeof error === 'string' ? error : String(error.message)
    for (const fail of [clients.chat, clients.responses]) {
      expect(await fail()).toMatchObject({
        status: 400,
        code: 'context_length_exceeded',
        message: `400 ${words}`,
      })
    }
    expect(await clients.messages()).toMatchObject({
      status: 400,
      error: { error: { type: 'invalid_request_error', message: `${said}: ${words}` } },
    })
  })

  it('is said in the middle of a stream too', async () => {
    const message = "The input (5000 tokens) is longer than the model's context length (4096 tokens)."
    const clients = await failing({ error: { after: 1, frame: { error: { message, code: 400 } } } })
    for (const fail of [clients.chatStream, clients.responsesStream]) {
      const error = await fail()
      expect(error).toBeInstanceOf(APIError)
      expect(error).toMatchObject({ code: 'context_length_exceeded' })
    }
    expect(await clients.messagesStream()).toMatchObject({
      message: expect.stringContaining(`prompt is too long: 5000 tokens > 4096 maximum: ${message}`),
    })
  })

  it.each([
    { message: 'Your tier allows a maximum context length of 8k a minute', code: 'rate_limit_exceeded' },
    { message: 'Invalid value: "what if a request exceeds the context length?"', code: 'invalid_value' },
  ])('is not what only speaks of it: $message', async (error) => {
    const clients = await failing({ status: 400, body: { error } })
    expect(await clients.chat()).toMatchObject({ code: error.code })
  })

  it.each(['Too many tokens per minute.', 'max_tokens must be at most 4096.', 'The model is not loaded.'])(
    'is not every error: %s',
    async (message) => {
      const clients = await failing({ status: 400, body: { error: { message, code: 'other' } } })
      expect(await clients.chat()).toMatchObject({ code: 'other' })
      expect(await clients.messages()).toMatchObject({ error: { error: { message } } })
    },
  )
})
