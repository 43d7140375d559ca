import { describe, expect, it } from 'vitest'
import type { ParserEvent } from '../../src/events.js'
import {
  createChatCompletion,
  createChatCompletionChunks,
} from '../../src/surfaces/chat-completions/index.js'

const head = { id: 'chatcmpl-1', created: 1_766_000_000, model: 'm' }

const reply: ParserEvent[] = [
  { type: 'reasoning', text: 'Two ' },
  { type: 'reasoning', text: 'calls.' },
  { type: 'text', text: 'Let me ' },
  { type: 'text', text: 'look.' },
  { type: 'tool-call-start', index: 0, id: 'call_a', name: 'add' },
  { type: 'tool-call-arguments', index: 0, text: '{"a"' },
  { type: 'tool-call-arguments', index: 0, text: ': 1}' },
  { type: 'tool-call-end', index: 0, changes: [], violations: [] },
  { type: 'tool-call-start', index: 1, id: 'call_b', name: 'shell', custom: true },
  { type: 'tool-call-arguments', index: 1, text: 'ls "' },
  { type: 'tool-call-arguments', index: 1, text: '$HOME"' },
  { type: 'tool-call-end', index: 1, changes: [], violations: [] },
  { type: 'notice', change: { kind: 'fence', offset: 0, count: 1, message: 'x' } },
  { type: 'finish', reason: 'tool_calls', calls: 2 },
]

describe('createChatCompletionChunks', () => {
  const chunks = createChatCompletionChunks(head).push(reply)
  const deltas = chunks.map((chunk) => chunk.choices[0]?.delta ?? {})

  it('writes the deltas in the order of the events, one entry each', () => {
    expect(deltas).toEqual([
      { role: 'assistant' },
      { reasoning_content: 'Two ' },
      { reasoning_content: 'calls.' },
      { content: 'Let me ' },
      { content: 'look.' },
      {
        tool_calls: [{ index: 0, id: 'call_a', type: 'function', function: { name: 'add', arguments: '' } }],
      },
      { tool_calls: [{ index: 0, function: { arguments: '{"a"' } }] },
      { tool_calls: [{ index: 0, function: { arguments: ': 1}' } }] },
      { tool_calls: [{ index: 1, id: 'call_b', type: 'custom', custom: { name: 'shell', input: '' } }] },
      { tool_calls: [{ index: 1, custom: { input: 'ls "' } }] },
      { tool_calls: [{ index: 1, custom: { input: '$HOME"' } }] },
      {},
    ])
  })

  it('gives every chunk its head, and the finish reason to the last', () => {
    for (const chunk of chunks) expect(chunk).toMatchObject({ ...head, object: 'chat.completion.chunk' })
    const reasons = chunks.map((chunk) => chunk.choices[0]?.finish_reason)
    expect(reasons).toEqual([...Array(chunks.length - 1).fill(null), 'tool_calls'])
  })

  it('keeps choices apart, custom calls of one from functions of another too', () => {
    const writer = createChatCompletionChunks(head)
    const custom = writer.push([{ type: 'tool-call-start', index: 0, id: 'a', name: 'sh', custom: true }], 0)
    const plain = writer.push([{ type: 'tool-call-start', index: 0, id: 'b', name: 'add' }], 1)
    const text = { type: 'tool-call-arguments', index: 0, text: '{}' } as const
    expect(custom.map((chunk) => chunk.choices[0]?.delta.role)).toEqual(['assistant', undefined])
    expect(plain.map((chunk) => chunk.choices[0]?.delta.role)).toEqual(['assistant', undefined])
    expect(writer.push([text], 0)[0]?.choices).toEqual([
      { index: 0, delta: { tool_calls: [{ index: 0, custom: { input: '{}' } }] }, finish_reason: null },
    ])
    expect(writer.push([text], 1)[0]?.choices).toEqual([
      { index: 1, delta: { tool_calls: [{ index: 0, function: { arguments: '{}' } }] }, finish_reason: null },
    ])
  })

  it('hands unknown parts on once: beside text, or in a chunk of their own', () => {
    const writer = createChatCompletionChunks(head)
    writer.push([])
    const untouched = {
      completion: { service_tier: 'flex', id: 'not this one' },
      choice: { logprobs: { content: [1] } },
      delta: { audio: { data: 'UklG' } },
    }
    const events: ParserEvent[] = [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ]
    expect(writer.push(events, 0, untouched)).toEqual([
      {
        ...head,
        object: 'chat.completion.chunk',
        service_tier: 'flex',
        choices: [
          {
            index: 0,
            delta: { content: 'a', audio: { data: 'UklG' } },
            logprobs: { content: [1] },
            finish_reason: null,
          },
        ],
      },
      {
        ...head,
        object: 'chat.completion.chunk',
        service_tier: 'flex',
        choices: [{ index: 0, delta: { content: 'b' }, finish_reason: null }],
      },
    ])
    expect(writer.push([], 0, untouched)).toHaveLength(1)
    expect(writer.push([], 0, { choice: untouched.choice })).toMatchObject([
      { choices: [{ index: 0, delta: {}, logprobs: { content: [1] }, finish_reason: null }] },
    ])
    expect(writer.push([], 0, { choice: { logprobs: null } })).toEqual([])
  })

  it('gives what was counted at the end, in a chunk of its own', () => {
    const writer = createChatCompletionChunks(head)
    writer.push(reply)
    const usage = { prompt_tokens: 3, completion_tokens: 4 }
    expect(writer.end({ usage, timings: { n: 1 } })).toEqual([
      { ...head, object: 'chat.completion.chunk', choices: [], usage, timings: { n: 1 } },
    ])
    expect(writer.end()).toEqual([])
    expect(writer.end({ usage: null })).toEqual([])
  })

  it('says nothing for empty text', () => {
    const writer = createChatCompletionChunks(head)
    writer.push([])
    expect(writer.push([{ type: 'text', text: '' }])).toEqual([])
  })

  it('does not let unknown fields reach a prototype', () => {
    const fields = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2}')
    const writer = createChatCompletionChunks(head)
    const [chunk] = writer.push([], 0, { completion: fields, delta: fields, choice: fields })
    expect(Object.getPrototypeOf(chunk)).toBe(Object.prototype)
    expect(JSON.stringify(chunk)).toContain('"__proto__":{"polluted":1}')
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })
})

describe('createChatCompletion', () => {
  function whole(events: ParserEvent[]) {
    const writer = createChatCompletion(head)
    writer.push(events)
    return writer.end().choices[0]
  }

  it('collects the same reply', () => {
    const writer = createChatCompletion(head)
    for (const event of reply) expect(writer.push([event])).toEqual([])
    writer.fields({ service_tier: 'flex' })
    expect(writer.end({ usage: { total_tokens: 3 }, timings: { n: 1 } })).toEqual({
      ...head,
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: 'Let me look.',
            refusal: null,
            reasoning_content: 'Two calls.',
            tool_calls: [
              { id: 'call_a', type: 'function', function: { name: 'add', arguments: '{"a": 1}' } },
              { id: 'call_b', type: 'custom', custom: { name: 'shell', input: 'ls "$HOME"' } },
            ],
          },
          logprobs: null,
          finish_reason: 'tool_calls',
        },
      ],
      usage: { total_tokens: 3 },
      service_tier: 'flex',
      timings: { n: 1 },
    })
  })

  it('has null content and no other field where there is nothing', () => {
    expect(whole([{ type: 'finish', reason: 'stop', calls: 0 }])?.message).toStrictEqual({
      role: 'assistant',
      content: null,
      refusal: null,
    })
  })

  it('leaves an unfinished call out', () => {
    const choice = whole([
      { type: 'tool-call-start', index: 0, id: 'a', name: 'add' },
      { type: 'tool-call-arguments', index: 0, text: '{"a": ' },
      { type: 'tool-call-incomplete', index: 0, id: 'a', name: 'add', text: '1', changes: [] },
      { type: 'finish', reason: 'length', calls: 0 },
    ])
    expect(choice?.message).not.toHaveProperty('tool_calls')
    expect(choice?.finish_reason).toBe('length')
  })

  it('joins unknown parts of deltas and keeps the choices in order', () => {
    const writer = createChatCompletion(head)
    writer.push([], 1)
    writer.push([], 0, { delta: { audio: { id: 'x', data: 'Ukl' } }, choice: { logprobs: { content: [1] } } })
    writer.push([], 0, { delta: { audio: { id: 'x', data: 'GRg' } }, choice: { logprobs: { content: [2] } } })
    const { choices } = writer.end()
    expect(choices.map((choice) => choice.index)).toEqual([0, 1])
    expect(choices[0]).toMatchObject({
      message: { audio: { id: 'x', data: 'UklGRg' } },
      logprobs: { content: [1, 2] },
    })
  })
})
