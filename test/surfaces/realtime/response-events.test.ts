import type { ConversationItem, RealtimeServerEvent as SdkEvent } from 'openai/resources/realtime/realtime'
import { describe, expect, it } from 'vitest'
import type { ParserEvent } from '../../../src/events.js'
import { createParser } from '../../../src/parser.js'
import {
  createRealtimeResponse,
  type RealtimeItem,
  type RealtimeServerEvent,
} from '../../../src/surfaces/realtime/index.js'
import { everySplit } from '../../../src/testing/every-split.js'
import { callOslo, callParis } from '../../middleware/setup.js'

// The official client's types: every event and item of ours is one of them.
const toSdk = (event: RealtimeServerEvent): SdkEvent => event
const itemToSdk = (item: RealtimeItem): ConversationItem => item

/** `event_1`, `item_1`, … in the order in which they are asked for. */
function counter() {
  const counts = new Map<string, number>()
  return (prefix: string) => {
    const count = (counts.get(prefix) ?? 0) + 1
    counts.set(prefix, count)
    return `${prefix}_${count}`
  }
}

function write(chunks: readonly string[], finish?: string, conversationId?: string) {
  let calls = 0
  const parser = createParser({ dialect: 'qwen3', createId: () => `call_${calls++}` })
  const response = createRealtimeResponse({
    createId: counter(),
    ...(conversationId !== undefined && { conversationId }),
  })
  const events = [
    ...chunks.flatMap((chunk) => response.push(parser.push(chunk))),
    ...response.push(parser.end(finish)),
    ...response.end(),
  ]
  for (const event of events) toSdk(event)
  for (const item of response.output) itemToSdk(item)
  return events
}

/** Events without their ids, adjacent deltas joined: what has to be the same however a reply is cut. */
function plain(events: readonly RealtimeServerEvent[]): object[] {
  const joined: { type: string; delta?: string }[] = []
  for (const { event_id, ...event } of events) {
    const last = joined.at(-1)
    if ('delta' in event && typeof event.delta === 'string' && last?.type === event.type) {
      joined[joined.length - 1] = { ...last, delta: `${last.delta}${event.delta}` }
    } else {
      joined.push(event)
    }
  }
  return joined
}

const place = { response_id: 'resp_1' }

describe('the events of a response', () => {
  it('are those of the protocol, in its order', () => {
    const text = { id: 'item_1', object: 'realtime.item', type: 'message', role: 'assistant' }
    const call = {
      id: 'item_2',
      object: 'realtime.item',
      type: 'function_call',
      call_id: 'call_0',
      name: 'get_weather',
    }
    const first = { ...place, item_id: 'item_1', output_index: 0, content_index: 0 }
    const second = { ...place, item_id: 'item_2', output_index: 1, call_id: 'call_0' }
    const doneText = {
      ...text,
      status: 'completed',
      content: [{ type: 'output_text', text: 'Let me look.' }],
    }
    const doneCall = { ...call, status: 'completed', arguments: '{"city": "Paris"}' }
    const head = { object: 'realtime.response', id: 'resp_1', output_modalities: ['text'] }
    expect(plain(write([`Let me look.\n${callParis}`]))).toEqual([
      { type: 'response.created', response: { ...head, status: 'in_progress', output: [] } },
      {
        type: 'response.output_item.added',
        ...place,
        output_index: 0,
        item: { ...text, status: 'in_progress', content: [] },
      },
      { type: 'response.content_part.added', ...first, part: { type: 'text', text: '' } },
      { type: 'response.output_text.delta', ...first, delta: 'Let me look.' },
      { type: 'response.output_text.done', ...first, text: 'Let me look.' },
      { type: 'response.content_part.done', ...first, part: { type: 'text', text: 'Let me look.' } },
      { type: 'response.output_item.done', ...place, output_index: 0, item: doneText },
      {
        type: 'response.output_item.added',
        ...place,
        output_index: 1,
        item: { ...call, status: 'in_progress', arguments: '' },
      },
      { type: 'response.function_call_arguments.delta', ...second, delta: '{"city": "Paris"}' },
      {
        type: 'response.function_call_arguments.done',
        ...second,
        name: 'get_weather',
        arguments: '{"city": "Paris"}',
      },
      { type: 'response.output_item.done', ...place, output_index: 1, item: doneCall },
      {
        type: 'response.done',
        response: {
          ...head,
          status: 'completed',
          status_details: { type: 'completed' },
          output: [doneText, doneCall],
        },
      },
    ])
  })

  it('have ids of their own', () => {
    const ids = write([`Hi.\n${callParis}\n${callOslo}`]).map(({ event_id }) => event_id)
    expect(new Set(ids).size).toBe(ids.length)
    const { event_id, ...first } = createRealtimeResponse().push([])[0] ?? { event_id: '' }
    expect(event_id).toMatch(/^event_\w{24}$/)
    expect(first).toMatchObject({ response: { id: expect.stringMatching(/^resp_\w{24}$/) } })
  })

  const cutCall = callOslo.slice(0, -24)
  it.each([
    ['text', 'Hello 🌍.', 'stop'],
    ['two calls', `${callParis}\n${callOslo}`, 'stop'],
    ['text around calls', `One.\n${callParis}\nTwo.\n${callOslo}\nThree.`, 'stop'],
    ['reasoning', `<think>\nHm.\n</think>\n\n${callParis}`, 'stop'],
    ['a call that is cut short', `Hi.\n${callParis}\n${cutCall}`, 'length'],
    ['text that is cut short', 'Hello wor', 'length'],
    [
      'a broken call',
      "<tool_call>\n{'name': 'get_time', 'arguments': {'city': 'Oslo',}}\n</tool_call>",
      'stop',
    ],
    ['nothing', '', 'stop'],
  ])('are the same however the reply is cut: %s', (_, reply, finish) => {
    for (const conversationId of [undefined, 'conv_1']) {
      const whole = plain(write([reply], finish, conversationId))
      for (const chunks of everySplit(reply)) {
        expect(plain(write(chunks, finish, conversationId))).toEqual(whole)
      }
    }
  })

  it('join to what the items are done with', () => {
    const events = write([...`One.\n${callParis}\nTwo.\n${callOslo}\nThree.`])
    const deltas = new Map<string, string>()
    for (const event of events) {
      if (
        event.type === 'response.output_text.delta' ||
        event.type === 'response.function_call_arguments.delta'
      ) {
        deltas.set(event.item_id, (deltas.get(event.item_id) ?? '') + event.delta)
      }
    }
    expect([...deltas.values()]).toEqual([
      'One.',
      '{"city": "Paris"}',
      'Two.',
      '{"city": "Oslo 🌍 é"}',
      'Three.',
    ])
    const done = events.at(-1)
    expect(done?.type === 'response.done' && done.response.output).toHaveLength(5)
  })

  it('never finish a call that is cut short', () => {
    const events = write([`Hi.\n${callParis}\n${cutCall}`], 'length')
    const done = events.filter(({ type }) => type === 'response.function_call_arguments.done')
    expect(done).toMatchObject([{ name: 'get_weather' }])
    const items = events.flatMap((event) => (event.type === 'response.output_item.done' ? [event.item] : []))
    expect(items).toMatchObject([
      { type: 'message', status: 'completed' },
      { name: 'get_weather', status: 'completed' },
      { name: 'get_time', status: 'incomplete' },
    ])
    expect(events.at(-1)).toMatchObject({
      type: 'response.done',
      response: {
        status: 'incomplete',
        status_details: { type: 'incomplete', reason: 'max_output_tokens' },
        output: items,
      },
    })
  })

  it('say why a reply was cut, and never that an unknown end was whole', () => {
    const statusOf = (finish: string) => write(['Hi'], finish).at(-1)
    expect(statusOf('content_filter')).toMatchObject({
      response: { status: 'incomplete', status_details: { reason: 'content_filter' } },
    })
    expect(statusOf('abort')).toMatchObject({
      response: { status: 'incomplete', status_details: { type: 'incomplete' } },
    })
    // Ended before the parser was.
    const response = createRealtimeResponse()
    response.push([{ type: 'tool-call-start', index: 0, id: 'call_0', name: 'add' }])
    const ended = response.end()
    expect(ended.map(({ type }) => type)).toEqual(['response.output_item.done', 'response.done'])
    expect(ended.at(-1)).toMatchObject({
      response: { status: 'incomplete', output: [{ status: 'incomplete' }] },
    })
  })

  it('finish no call that has not ended, at the end of a whole reply either', () => {
    const response = createRealtimeResponse()
    const events = [
      ...response.push([
        { type: 'tool-call-start', index: 0, id: 'call_0', name: 'add' },
        { type: 'finish', reason: 'stop', calls: 0 },
      ]),
      ...response.end(),
    ]
    const [item] = events.flatMap((event) => (event.type === 'response.output_item.done' ? [event.item] : []))
    expect(item).toMatchObject({ type: 'function_call', status: 'incomplete' })
  })

  it('end when the client breaks in, and when the model fails', () => {
    const start: ParserEvent[] = [
      { type: 'text', text: 'Hel' },
      { type: 'tool-call-start', index: 0, id: 'call_0', name: 'add' },
      { type: 'tool-call-arguments', index: 0, text: '{"a": 1' },
    ]
    const cancelled = createRealtimeResponse()
    cancelled.push(start)
    expect(cancelled.cancel().at(-1)).toMatchObject({
      response: {
        status: 'cancelled',
        status_details: { type: 'cancelled', reason: 'client_cancelled' },
        output: [{ status: 'completed' }, { status: 'incomplete', arguments: '{"a": 1' }],
      },
    })
    const failed = createRealtimeResponse()
    failed.push(start)
    expect(failed.fail({ message: 'out of memory', code: 'oom' }).at(-1)).toMatchObject({
      response: {
        status: 'failed',
        status_details: {
          type: 'failed',
          error: { type: 'server_error', code: 'oom', message: 'out of memory' },
        },
      },
    })
  })

  it('are announced as items of the conversation that they are part of', () => {
    const response = createRealtimeResponse({
      createId: counter(),
      conversationId: 'conv_1',
      previousItemId: 'item_0',
      maxOutputTokens: 50,
      metadata: { topic: 'weather' },
    })
    const events = [
      ...response.push([
        { type: 'text', text: 'Hi.' },
        { type: 'tool-call-start', index: 0, id: 'call_0', name: 'add' },
        { type: 'tool-call-arguments', index: 0, text: '{}' },
        { type: 'tool-call-end', index: 0, changes: [], violations: [] },
        { type: 'finish', reason: 'tool_calls', calls: 1 },
      ]),
      ...response.end({ usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } }),
    ]
    const items = events.filter(({ type }) => type.startsWith('conversation.item'))
    expect(items).toMatchObject([
      {
        type: 'conversation.item.added',
        previous_item_id: 'item_0',
        item: { id: 'item_1', status: 'in_progress' },
      },
      {
        type: 'conversation.item.done',
        previous_item_id: 'item_0',
        item: { id: 'item_1', status: 'completed' },
      },
      { type: 'conversation.item.added', previous_item_id: 'item_1', item: { id: 'item_2' } },
      { type: 'conversation.item.done', previous_item_id: 'item_1', item: { id: 'item_2', arguments: '{}' } },
    ])
    expect(events.at(-1)).toMatchObject({
      response: {
        conversation_id: 'conv_1',
        max_output_tokens: 50,
        metadata: { topic: 'weather' },
        usage: { input_tokens: 3, output_tokens: 4, total_tokens: 7 },
      },
    })
  })

  it('write a custom call as a function with one string', () => {
    const response = createRealtimeResponse()
    const pieces = ['ls "$', 'HOME"\n', '🌍'.slice(0, 1), '🌍'.slice(1)]
    const events = response.push([
      { type: 'tool-call-start', index: 0, id: 'call_0', name: 'shell', custom: true },
      ...pieces.map((text) => ({ type: 'tool-call-arguments' as const, index: 0, text })),
      { type: 'tool-call-end', index: 0, changes: [], violations: [] },
    ])
    const done = events.find((event) => event.type === 'response.function_call_arguments.done')
    expect(JSON.parse(done && 'arguments' in done ? done.arguments : '')).toEqual({ input: 'ls "$HOME"\n🌍' })
  })
})
