import type { UpstreamKind } from '../../src/upstreams/index.js'

/** What a kind of upstream is proven with, and what its protocol cannot say. */
export interface Contract {
  /** Where a client beside `/v1` finds it. */
  path: { whole: string; streamed: string }
  lines: 'sse' | 'ndjson'
  /** Whether `[DONE]` ends a stream, so that a finish reason may be missing. */
  done: boolean
  /** Whether its answers name the model. */
  namesModel: boolean
  /** Whether it counts tokens. */
  counts: { whole: boolean; streamed: boolean }
  /** Whether one request gives several choices. */
  manyChoices: boolean
  /** Whether it can tell reasoning apart by itself. */
  reasons: boolean
  /** A frame, and a whole answer, with a call that the server has parsed by itself: `get_weather` in Paris. */
  nativeCall?: { frame: object; last: object; whole: object }
  /** How many stop strings it takes, where they are in the request, and whether one may stay in the text. */
  stops: { most: number; of: (body: Record<string, unknown>) => unknown; stay?: true }
  /** Its own words for finish reasons, and OpenAI's. */
  finishes: [own: string, read: string][]
  /** The same error, `no luck`, in the middle of a stream and instead of an answer. */
  error: { frame: Record<string, unknown>; body: Record<string, unknown> }
}

const call = { function: { name: 'get_weather', arguments: '{"city": "Paris"}' } }
const openAi = {
  lines: 'sse',
  done: true,
  namesModel: true,
  counts: { whole: true, streamed: true },
  manyChoices: true,
  reasons: false,
  stops: { most: 4, of: (body) => body.stop },
  finishes: [
    ['stop', 'stop'],
    ['length', 'length'],
    ['content_filter', 'content_filter'],
    ['eos_token', 'stop'],
  ],
  error: {
    frame: { error: { message: 'no luck', type: 'server_error', code: 500 } },
    body: { error: { message: 'no luck', type: 'invalid_request_error', param: null, code: null } },
  },
} satisfies Partial<Contract>

const ollama = {
  lines: 'ndjson',
  done: false,
  namesModel: true,
  counts: { whole: true, streamed: true },
  manyChoices: false,
  reasons: true,
  stops: { most: Number.POSITIVE_INFINITY, of: (body) => Object(body.options).stop },
  finishes: [
    ['stop', 'stop'],
    ['length', 'length'],
  ],
  error: { frame: { error: 'no luck' }, body: { error: 'no luck' } },
} satisfies Partial<Contract>

const ollamaCall = { function: { name: 'get_weather', arguments: { city: 'Paris' } } }
const ollamaMessage = { role: 'assistant', content: '', tool_calls: [ollamaCall] }

export const contracts: Record<UpstreamKind, Contract> = {
  chat: {
    ...openAi,
    path: { whole: '/v1/chat/completions', streamed: '/v1/chat/completions' },
    reasons: true,
    nativeCall: {
      frame: { choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id: 'a', ...call }] } }] },
      last: { choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] },
      whole: {
        choices: [{ index: 0, message: { tool_calls: [{ id: 'a', ...call }] }, finish_reason: 'tool_calls' }],
      },
    },
  },

  completion: { ...openAi, path: { whole: '/v1/completions', streamed: '/v1/completions' } },

  vllm: {
    ...openAi,
    path: { whole: '/v1/completions', streamed: '/v1/completions' },
    error: {
      frame: { object: 'error', message: 'no luck', type: 'BadRequestError', param: null, code: 400 },
      body: { object: 'error', message: 'no luck', type: 'BadRequestError', param: null, code: 400 },
    },
  },

  'llama.cpp': {
    ...openAi,
    path: { whole: '/completion', streamed: '/completion' },
    done: false,
    manyChoices: false,
    stops: { most: Number.POSITIVE_INFINITY, of: (body) => body.stop },
    finishes: [
      ['stop', 'stop'],
      ['length', 'length'],
    ],
  },

  ollama: { ...ollama, path: { whole: '/api/generate', streamed: '/api/generate' } },

  'ollama-chat': {
    ...ollama,
    path: { whole: '/api/chat', streamed: '/api/chat' },
    nativeCall: {
      frame: { model: 'm', message: ollamaMessage, done: false },
      last: { model: 'm', message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop' },
      whole: { model: 'm', message: ollamaMessage, done: true, done_reason: 'stop' },
    },
  },

  koboldcpp: {
    path: { whole: '/api/v1/generate', streamed: '/api/extra/generate/stream' },
    lines: 'sse',
    done: false,
    namesModel: false,
    counts: { whole: true, streamed: false },
    manyChoices: false,
    reasons: false,
    stops: { most: Number.POSITIVE_INFINITY, of: (body) => body.stop_sequence, stay: true },
    finishes: [
      ['stop', 'stop'],
      ['length', 'length'],
    ],
    error: {
      frame: { detail: { msg: 'no luck', type: 'service_unavailable' } },
      body: { detail: { msg: 'no luck', type: 'service_unavailable' } },
    },
  },

  tgi: {
    path: { whole: '/generate', streamed: '/generate_stream' },
    lines: 'sse',
    done: false,
    namesModel: false,
    // A whole answer there does not count the prompt.
    counts: { whole: false, streamed: true },
    manyChoices: false,
    reasons: false,
    stops: { most: 4, of: (body) => Object(body.parameters).stop, stay: true },
    finishes: [
      ['stop', 'stop'],
      ['length', 'length'],
      ['stop_sequence', 'stop'],
    ],
    error: {
      frame: { error: 'no luck', error_type: 'incomplete_generation' },
      body: { error: 'no luck', error_type: 'validation' },
    },
  },

  dashscope: {
    path: {
      whole: '/api/v1/services/aigc/text-generation/generation',
      streamed: '/api/v1/services/aigc/text-generation/generation',
    },
    lines: 'sse',
    done: false,
    namesModel: false,
    counts: { whole: true, streamed: true },
    manyChoices: true,
    reasons: true,
    nativeCall: {
      frame: {
        output: {
          choices: [
            { message: { content: '', tool_calls: [{ index: 0, id: 'a', ...call }] }, finish_reason: 'null' },
          ],
        },
      },
      last: { output: { choices: [{ message: { content: '' }, finish_reason: 'tool_calls' }] } },
      whole: {
        output: {
          choices: [
            { message: { content: '', tool_calls: [{ id: 'a', ...call }] }, finish_reason: 'tool_calls' },
          ],
        },
      },
    },
    stops: { most: Number.POSITIVE_INFINITY, of: (body) => Object(body.parameters).stop },
    finishes: [
      ['stop', 'stop'],
      ['length', 'length'],
    ],
    error: {
      frame: { code: 'InternalError', message: 'no luck', request_id: 'r' },
      body: { code: 'InvalidParameter', message: 'no luck', request_id: 'r' },
    },
  },
}
