import type Anthropic from '@anthropic-ai/sdk'
import { describe, expect, it } from 'vitest'
import type { ParserEvent } from '../../../src/events.js'
import { createParser } from '../../../src/parser.js'
import {
  createMessage,
  createMessageEvents,
  type Message,
  type MessageEvent,
  messageError,
} from '../../../src/surfaces/messages/index.js'
import { everySplit } from '../../../src/testing/every-split.js'
import { callOslo, callParis, twoCalls } from './setup.js'

const head = { id: 'msg_1', model: 'm' }
const usage = { prompt_tokens: 9, completion_tokens: 3 }

function streamOf(events: readonly ParserEvent[], end = { usage }): MessageEvent[] {
  const writer = createMessageEvents(head)
  return [...events.flatMap((event) => writer.push([event])), ...writer.end(end)]
}

function messageOf(events: readonly ParserEvent[], end = { usage }): Message {
  const writer = createMessage(head)
  writer.push(events)
  return writer.end(end)
}

/** What a client makes of a stream, and whether its blocks open and close as they must. */
function accumulate(events: readonly MessageEvent[]): Message {
  const [start, ...rest] = events
  if (start?.type !== 'message_start') throw new Error('no message_start')
  const { message } = start
  let open: number | undefined
  let json = ''
  for (const event of rest) {
    switch (event.type) {
      case 'message_start':
        throw new Error('two of message_start')
      case 'content_block_start':
        expect([open, event.index]).toEqual([undefined, message.content.length])
        open = event.index
        message.content.push({ ...event.content_block })
        break
      case 'content_block_delta': {
        expect(event.index).toBe(open)
        const block = message.content[event.index]
        const { delta } = event
        if (delta.type === 'text_delta' && block?.type === 'text') block.text += delta.text
        if (delta.type === 'thinking_delta' && block?.type === 'thinking') block.thinking += delta.thinking
        if (delta.type === 'input_json_delta') json += delta.partial_json
        break
      }
      case 'content_block_stop': {
        expect(event.index).toBe(open)
        open = undefined
        const block = message.content[event.index]
        if (block?.type === 'tool_use') block.input = JSON.parse(json)
        json = ''
        break
      }
      case 'message_delta':
        expect(open).toBeUndefined()
        Object.assign(message, event.delta)
        Object.assign(message.usage, event.usage)
        break
      case 'message_stop':
        expect(event).toBe(rest.at(-1))
    }
  }
  expect(rest.at(-1)?.type).toBe('message_stop')
  return message
}

type WithoutCitations<Block extends { type: string }> =
  | Exclude<Block, { type: 'text' }>
  | Omit<Anthropic.TextBlock, 'citations'>

const tools = ['get_weather', 'get_time'].map((name) => ({ type: 'function' as const, function: { name } }))

describe('a stream and a message', () => {
  const replies: [reply: string, finish: string][] = [
    ['', 'stop'],
    ['Sunny.', 'stop'],
    [twoCalls, 'stop'],
    [`<think>\nHm.\n</think>\n\nBefore.\n${callParis}\nBetween.\n${callOslo}\nAfter.`, 'stop'],
    [`<think>\nOnly thoughts`, 'length'],
    [`Look.\n${callParis}\n<tool_call>\n{"name": "get_time", "arguments": {"city": "Os`, 'length'],
    [`${callParis.replace('{"city": "Paris"}', "{'city': 'Paris',}")}`, 'stop'],
    ['<tool_call>\nno call\n</tool_call>', 'stop'],
  ]

  it.each(replies)('of %j are the same, however the reply is cut', (reply, finish) => {
    let whole: Message | undefined
    for (const chunks of everySplit(reply)) {
      let ids = 0
      const parser = createParser({ dialect: 'qwen3', tools, createId: () => `toolu_${ids++}` })
      const events = [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end(finish)]
      const message = messageOf(events)
      whole ??= message
      expect(message).toEqual(whole)
      expect(accumulate(streamOf(events))).toEqual(whole)
    }
  })
})

describe('a message', () => {
  const call = (text: string, custom?: true): ParserEvent[] => [
    { type: 'tool-call-start', index: 0, id: 'toolu_1', name: 'f', ...(custom && { custom }) },
    { type: 'tool-call-arguments', index: 0, text },
    { type: 'tool-call-end', index: 0, changes: [], violations: [] },
    { type: 'finish', reason: 'tool_calls', calls: 1 },
  ]

  it('has what the client’s types require', () => {
    // The stop reason may be an upstream's own word, and of citations, where there are none, Anthropic sends nothing.
    type Block = WithoutCitations<Anthropic.ContentBlock>
    const message: Omit<Anthropic.Message, 'stop_reason' | 'content'> & { content: Block[] } = messageOf(
      call('{"a": 1}'),
    )
    expect(message).toEqual({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [{ type: 'tool_use', id: 'toolu_1', name: 'f', input: { a: 1 }, caller: { type: 'direct' } }],
      stop_reason: 'tool_use',
      stop_sequence: null,
      stop_details: null,
      container: null,
      diagnostics: null,
      usage: {
        input_tokens: 9,
        output_tokens: 3,
        cache_creation: null,
        cache_creation_input_tokens: null,
        cache_read_input_tokens: null,
        inference_geo: null,
        output_tokens_details: null,
        server_tool_use: null,
        service_tier: null,
        speed: null,
      },
    })
  })

  it('has events that the client’s types allow', () => {
    type Raw =
      | Exclude<
          Anthropic.RawMessageStreamEvent,
          { type: 'message_start' | 'message_delta' | 'content_block_start' }
        >
      | {
          type: 'content_block_start'
          index: number
          content_block: WithoutCitations<Anthropic.RawContentBlockStartEvent['content_block']>
        }
    const isRaw = (
      event: MessageEvent,
    ): event is Exclude<MessageEvent, { type: 'message_start' | 'message_delta' }> =>
      event.type !== 'message_start' && event.type !== 'message_delta'
    const events: Raw[] = streamOf(call('{}')).filter(isRaw)
    expect(events.map(({ type }) => type)).toEqual([
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_stop',
    ])
  })

  it('is the same as JSON, with the input as the model wrote it', () => {
    const input = '{"b": 1.0, "2": 12345678901234567890, "1": "\\u00e9", "__proto__": {"x": 1}}'
    for (const name of ['f', '"input":null', '\n']) {
      const events = call(input).map((event) =>
        event.type === 'tool-call-start' ? { ...event, name } : event,
      )
      const writer = createMessage(head)
      writer.push([{ type: 'text', text: 'Look: "input":null' }, ...events])
      const json = writer.endAsJson({ usage })
      expect(json).toContain(`"input":${input}`)
      expect(JSON.parse(json)).toEqual(writer.end({ usage }))
    }
  })

  it('gives free text as the one string that the model was shown', () => {
    expect(messageOf(call('ls "$HOME"\n', true)).content).toMatchObject([
      { input: { input: 'ls "$HOME"\n' } },
    ])
  })

  it('keeps what is no JSON as text', () => {
    expect(messageOf(call('Rome')).content).toMatchObject([{ input: 'Rome' }])
    expect(accumulate(streamOf(call('Rome'))).content).toMatchObject([{ input: 'Rome' }])
  })

  it('asks for no tool where no call has come', () => {
    const reply: ParserEvent[] = [
      { type: 'text', text: 'Hi.' },
      { type: 'finish', reason: 'tool_calls', calls: 0 },
    ]
    expect(messageOf(reply).stop_reason).toBe('end_turn')
  })

  it('counts no tokens below zero, however many were cached', () => {
    const cached = { ...usage, prompt_tokens_details: { cached_tokens: 10 } }
    expect(messageOf([], { usage: cached }).usage).toMatchObject({
      input_tokens: 0,
      cache_read_input_tokens: 10,
    })
  })

  it('is complete without a single event', () => {
    expect(accumulate(streamOf([]))).toEqual(messageOf([]))
    expect(messageOf([])).toMatchObject({ content: [], stop_reason: 'end_turn' })
  })
})

describe('messageError', () => {
  const error = { message: 'no', type: 'upstream_error', param: null, code: null }
  it.each([
    [400, 'invalid_request_error'],
    [401, 'authentication_error'],
    [402, 'billing_error'],
    [403, 'permission_error'],
    [404, 'not_found_error'],
    [408, 'timeout_error'],
    [409, 'conflict_error'],
    [413, 'request_too_large'],
    [418, 'invalid_request_error'],
    [422, 'invalid_request_error'],
    [429, 'rate_limit_error'],
    [500, 'api_error'],
    [502, 'api_error'],
    [503, 'overloaded_error'],
    [504, 'timeout_error'],
    [529, 'overloaded_error'],
    ['oom', 'api_error'],
    [undefined, 'api_error'],
  ])('of status %s is %s', (status, type) => {
    expect(messageError(error, status)).toEqual({
      type: 'error',
      error: { type, message: 'no' },
      request_id: null,
    })
  })

  it('keeps a type that is the protocol’s own, where the status says no more', () => {
    const timeout = { ...error, type: 'timeout_error' }
    expect(messageError(timeout, 'upstream_timeout').error.type).toBe('timeout_error')
    expect(messageError({ ...error, type: 'billing_error' }, 400).error.type).toBe('billing_error')
    expect(messageError({ ...error, type: 'invalid_request_error' }, 401).error.type).toBe(
      'authentication_error',
    )
  })
})
