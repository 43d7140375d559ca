import { describe, expect, it, test } from 'vitest'
import { findUpstream, type UpstreamKind } from '../../src/upstreams/index.js'

const body = {
  model: 'm',
  messages: [{ role: 'user', content: 'Hi' }],
  tools: [{ type: 'function', function: { name: 'f' } }],
  tool_choice: 'auto',
  parallel_tool_calls: true,
  functions: [],
  function_call: 'auto',
  stream: true,
  stream_options: { include_usage: true },
  stop: 'END',
  max_completion_tokens: 50,
  temperature: 0.5,
  top_p: 0.9,
  seed: 7,
  top_k: 20,
  presence_penalty: 0.1,
  enable_thinking: false,
  think: false,
  extra_body: { think: false },
  include_reasoning: false,
  reasoning_split: true,
  reasoning_effort: 'low',
  logprobs: true,
  top_logprobs: 2,
  response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'array' } } },
}

function build(kind: UpstreamKind, change: object = {}, stop = ['<|im_end|>']) {
  const upstream = findUpstream(kind)
  const request = { ...body, ...change }
  return upstream.takes === 'messages'
    ? upstream.buildRequest(request, { messages: [{ role: 'user', content: 'rendered' }], stop })
    : upstream.buildRequest(request, { prompt: 'rendered', stop })
}

describe('what is sent', () => {
  it('to a chat upstream: all but the tools', () => {
    const { tools, tool_choice, parallel_tool_calls, functions, function_call, ...rest } = body
    expect(build('chat')).toEqual({
      ...rest,
      messages: [{ role: 'user', content: 'rendered' }],
      stop: ['END', '<|im_end|>'],
    })
  })

  it('to a completion upstream', () => {
    expect(build('completion')).toEqual({
      model: 'm',
      prompt: 'rendered',
      stream: true,
      stream_options: { include_usage: true },
      stop: ['END', '<|im_end|>'],
      max_tokens: 50,
      temperature: 0.5,
      top_p: 0.9,
      seed: 7,
      top_k: 20,
      presence_penalty: 0.1,
      response_format: body.response_format,
    })
    expect(build('completion', { max_completion_tokens: undefined }).max_tokens).toBeGreaterThan(1000)
    expect(build('completion', { max_completion_tokens: undefined, max_tokens: 9 }).max_tokens).toBe(9)
  })

  it('to llama.cpp', () => {
    expect(build('llama.cpp')).toEqual({
      model: 'm',
      prompt: 'rendered',
      stream: true,
      stop: ['END', '<|im_end|>'],
      n_predict: 50,
      temperature: 0.5,
      top_p: 0.9,
      seed: 7,
      top_k: 20,
      presence_penalty: 0.1,
      json_schema: { type: 'array' },
    })
    expect(build('llama.cpp', { max_completion_tokens: null })).not.toHaveProperty('n_predict')
    expect(build('llama.cpp', { response_format: { type: 'json_object' } }).json_schema).toEqual({})
    expect(build('llama.cpp', { response_format: { type: 'text' } })).not.toHaveProperty('json_schema')
  })

  it('to Ollama', () => {
    expect(build('ollama', { options: { num_ctx: 8192 }, keep_alive: '5m' })).toEqual({
      model: 'm',
      prompt: 'rendered',
      raw: true,
      stream: true,
      keep_alive: '5m',
      format: { type: 'array' },
      options: {
        num_ctx: 8192,
        num_predict: 50,
        temperature: 0.5,
        top_p: 0.9,
        seed: 7,
        top_k: 20,
        presence_penalty: 0.1,
        stop: ['END', '<|im_end|>'],
      },
    })
    expect(build('ollama', { response_format: { type: 'json_object' } }).format).toBe('json')
  })

  it('with stop strings: all of the app, and of the dialect as many as the protocol takes', () => {
    const stop = ['a', 'b', 'c', 'd', 'e']
    expect(build('chat', { stop }, ['x']).stop).toEqual(stop)
    expect(build('chat', { stop: ['a', 'b', 'x'] }, ['x', 'y', 'z']).stop).toEqual(['a', 'b', 'x', 'y'])
    expect(build('llama.cpp', { stop }, ['x', 'y']).stop).toEqual([...stop, 'x', 'y'])
    expect(build('chat', { stop: null }, [])).not.toHaveProperty('stop', [])
  })
})

test('an empty stop string is none', () => {
  expect(build('chat', { stop: '' })).toHaveProperty('stop', ['<|im_end|>'])
})

describe('where it is sent', () => {
  it.each([
    ['chat', '/v1', '/v1/chat/completions'],
    ['completion', '/v1', '/v1/completions'],
    ['completion', '/api/openai', '/api/openai/completions'],
    ['llama.cpp', '/v1', '/completion'],
    ['llama.cpp', '', '/completion'],
    ['ollama', '/v1', '/api/generate'],
    ['ollama', '/ollama/v1', '/ollama/api/generate'],
  ] as const)('%s: beside %s it is %s', (kind, base, path) => {
    expect(findUpstream(kind).path(base, true)).toBe(path)
  })
})

describe('what is read', () => {
  it('from llama.cpp', () => {
    const { read } = findUpstream('llama.cpp')
    expect(read({ content: 'a', stop: false }, false).choices).toEqual([{ index: 0, text: 'a' }])
    const last = { content: '', stop: true, stop_type: 'limit', tokens_evaluated: 3, tokens_predicted: 4 }
    expect(read(last, false)).toMatchObject({
      choices: [{ finish: 'length' }],
      usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
    })
    expect(read({ content: '', stop: true, stopped_limit: true }, false).choices[0]?.finish).toBe('length')
    expect(read({ content: '', stop: true, stop_type: 'word' }, false).choices[0]?.finish).toBe('stop')
  })

  it('from Ollama', () => {
    const { read } = findUpstream('ollama')
    const frame = { model: 'm', created_at: '2026-01-01T00:00:00Z', response: 'a', done: false }
    expect(read(frame, false)).toMatchObject({
      created: 1_767_225_600,
      model: 'm',
      choices: [{ index: 0, text: 'a' }],
    })
    const last = { done: true, done_reason: 'length', prompt_eval_count: 3, eval_count: 4 }
    expect(read(last, false)).toMatchObject({
      choices: [{ finish: 'length' }],
      usage: { total_tokens: 7 },
    })
  })

  it('from a chat upstream: text among parts, and a finish that is not there yet', () => {
    const { read } = findUpstream('chat')
    const parts = [{ type: 'text', text: 'a' }, { type: 'image' }, { type: 'text', text: 'b' }]
    const delta = { content: parts }
    expect(read({ choices: [{ index: 1, delta, finish_reason: 'null' }] }, false).choices).toMatchObject([
      { index: 1, text: 'ab', finish: undefined },
    ])
  })

  it('from any of them, whatever it is given', () => {
    for (const kind of ['chat', 'completion', 'llama.cpp', 'ollama'] as const) {
      for (const frame of [{}, { choices: 5 }, { choices: [null, 7, {}] }, { choices: [{ delta: 'x' }] }]) {
        expect(() => findUpstream(kind).read(frame, false)).not.toThrow()
      }
    }
  })
})
