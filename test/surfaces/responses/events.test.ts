import type { CompletionUsage } from 'openai/resources'
import type {
  ResponseCreateParams,
  ResponseOutputItem,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses'
import { describe, expect, it } from 'vitest'
import type { ParserEvent } from '../../../src/events.js'
import { createParser } from '../../../src/index.js'
import {
  createResponse,
  createResponseEvents,
  type OutputItem,
  type ResponseEvent,
} from '../../../src/surfaces/responses/index.js'
import { everySplit } from '../../../src/testing/index.js'

const head = { id: 'resp_1', created: 1_766_000_000, model: 'm' }

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
  { type: 'tool-call-arguments', index: 1, text: 'ls' },
  { type: 'tool-call-end', index: 1, changes: [], violations: [] },
  { type: 'text', text: 'After.' },
  { type: 'notice', change: { kind: 'fence', offset: 0, count: 1, message: 'x' } },
  { type: 'finish', reason: 'tool_calls', calls: 2 },
]
const usage = { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 }

function eventsOf(events: ParserEvent[], request = {}): ResponseEvent[] {
  const writer = createResponseEvents(head, request)
  return [...events.flatMap((event) => writer.push([event])), ...writer.end({ usage })]
}

/** The output of the last event. */
function outputOf(events: ResponseEvent[]): OutputItem[] {
  const last = events.at(-1)
  if (!last || !('response' in last)) throw new Error('no last response')
  return last.response.output
}

/** Ids are random. */
const withoutIds = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replace(/"(rs|msg|fc|ctc)_\w{24}"/g, '"$1"'))

describe('createResponseEvents', () => {
  const events = eventsOf(reply)

  it('writes item after item, each closed before the next one opens', () => {
    expect(events.map(({ type }) => type.replace('response.', ''))).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'reasoning_text.delta',
      'reasoning_text.delta',
      'reasoning_text.done',
      'content_part.done',
      'output_item.done',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'output_item.added',
      'function_call_arguments.delta',
      'function_call_arguments.delta',
      'function_call_arguments.done',
      'output_item.done',
      'output_item.added',
      'custom_tool_call_input.delta',
      'custom_tool_call_input.done',
      'output_item.done',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ])
  })

  it('numbers its events from 0 and its items as they come', () => {
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, place) => place))
    const opened = events.filter((event) => event.type === 'response.output_item.added')
    expect(opened.map((event) => 'output_index' in event && event.output_index)).toEqual([0, 1, 2, 3, 4])
  })

  it('names the item of each event by the id that the item has', () => {
    const ids = outputOf(events).map(({ id }) => id)
    for (const event of events) {
      if ('item' in event) expect(event.item.id).toBe(ids[event.output_index])
      if ('item_id' in event) expect(event.item_id).toBe(ids[event.output_index])
    }
    expect(new Set(ids).size).toBe(5)
  })

  it('ends with the whole response', () => {
    expect(withoutIds(events.at(-1))).toMatchObject({
      type: 'response.completed',
      response: {
        id: 'resp_1',
        object: 'response',
        created_at: 1_766_000_000,
        model: 'm',
        status: 'completed',
        error: null,
        incomplete_details: null,
        usage: { input_tokens: 12, output_tokens: 3, total_tokens: 15 },
        output: [
          {
            type: 'reasoning',
            id: 'rs',
            status: 'completed',
            summary: [],
            content: [{ type: 'reasoning_text', text: 'Two calls.' }],
          },
          {
            type: 'message',
            id: 'msg',
            role: 'assistant',
            status: 'completed',
            content: [{ type: 'output_text', text: 'Let me look.', annotations: [] }],
          },
          {
            type: 'function_call',
            id: 'fc',
            call_id: 'call_a',
            name: 'add',
            arguments: '{"a": 1}',
            status: 'completed',
          },
          {
            type: 'custom_tool_call',
            id: 'ctc',
            call_id: 'call_b',
            name: 'shell',
            input: 'ls',
            status: 'completed',
          },
          {
            type: 'message',
            id: 'msg',
            role: 'assistant',
            status: 'completed',
            content: [{ type: 'output_text', text: 'After.', annotations: [] }],
          },
        ],
      },
    })
  })

  it('has the types of the official client', () => {
    for (const event of events) {
      if ('response' in event) {
        const items: ResponseOutputItem[] = event.response.output
        expect(items).toBe(event.response.output)
        continue
      }
      const own: ResponseStreamEvent = event
      expect(own).toBe(event)
    }
  })

  it('has begun although nothing came, and says so in a message', () => {
    const events = createResponseEvents(head).end()
    expect(events.map(({ type }) => type.replace('response.', ''))).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ])
    expect(outputOf(events)).toMatchObject([
      { type: 'message', status: 'completed', content: [{ text: '' }] },
    ])
  })

  it.each<[string, ParserEvent[], string[]]>([
    ['reasoning', [{ type: 'reasoning', text: 'Hm.' }], ['reasoning', 'message']],
    ['calls', reply.slice(4, 8), ['function_call']],
    [
      'reasoning that was cut short',
      [
        { type: 'reasoning', text: 'Hm' },
        { type: 'finish', reason: 'length', calls: 0 },
      ],
      ['reasoning'],
    ],
  ])('has a message beside %s only where nothing else answers', (_, events, types) => {
    expect(outputOf(eventsOf(events)).map(({ type }) => type)).toEqual(types)
  })

  it('does not change an event that was given', () => {
    const writer = createResponseEvents(head)
    const first = writer.push(reply.slice(0, 1))
    const before = JSON.stringify(first)
    writer.push(reply.slice(1))
    writer.end()
    expect(JSON.stringify(first)).toBe(before)
  })
})

describe('createResponse', () => {
  it('comes to what the stream ends with', () => {
    const response = createResponse(head, { instructions: 'Be brief.' })
    response.push(reply)
    const last = eventsOf(reply, { instructions: 'Be brief.' }).at(-1)
    expect(withoutIds(response.end({ usage }))).toEqual(
      withoutIds(last && 'response' in last && last.response),
    )
  })

  it('does so however the reply is cut', () => {
    const tools = [{ type: 'function' as const, function: { name: 'add' } }]
    const text =
      '<think>Hm.</think>One.\n<tool_call>\n{"name": "add", "arguments": {"a": 1}}\n</tool_call>\nTwo.'
    const readAll = (chunks: string[]) => {
      const parser = createParser({ dialect: 'qwen3', tools, createId: () => 'call_a' })
      const response = createResponse(head)
      for (const chunk of chunks) response.push(parser.push(chunk))
      response.push(parser.end())
      return withoutIds(response.end())
    }
    const whole = readAll([text])
    for (const chunks of everySplit(text)) expect(readAll(chunks)).toEqual(whole)
  })

  it('repeats what was asked, and says what holds where nothing was', () => {
    expect(createResponse(head).end()).toEqual({
      id: 'resp_1',
      object: 'response',
      created_at: 1_766_000_000,
      completed_at: expect.any(Number),
      model: 'm',
      status: 'completed',
      error: null,
      incomplete_details: null,
      output: [expect.objectContaining({ type: 'message' })],
      access_programs: null,
      background: false,
      frequency_penalty: 0,
      instructions: null,
      max_output_tokens: null,
      max_tool_calls: null,
      metadata: {},
      parallel_tool_calls: true,
      presence_penalty: 0,
      previous_response_id: null,
      reasoning: { effort: null, summary: null },
      store: false,
      temperature: 1,
      text: { format: { type: 'text' } },
      tool_choice: 'auto',
      tools: [],
      top_logprobs: 0,
      top_p: 1,
      truncation: 'disabled',
    })
    const asked = {
      frequency_penalty: 0.5,
      instructions: 'Be brief.',
      max_output_tokens: 64,
      metadata: { a: 'b' },
      parallel_tool_calls: false,
      reasoning: { effort: 'low' },
      temperature: 0.5,
      text: { format: { type: 'json_object' } },
      tool_choice: { type: 'function', name: 'add' },
      tools: [{ type: 'function', name: 'add', parameters: null, strict: true }],
      top_p: 0.9,
      user: 'u',
    }
    expect(createResponse(head, { ...asked, store: true, input: 'Hi', stream: true }).end()).toMatchObject({
      ...asked,
      store: false,
    })
  })

  it('says when it was completed, and of no other that it was', () => {
    const before = Math.floor(Date.now() / 1000)
    const writer = createResponseEvents(head)
    const times = [...writer.push([{ type: 'text', text: 'Hi.' }]), ...writer.end()].flatMap((event) =>
      'response' in event ? event.response.completed_at : [],
    )
    expect(times.slice(0, -1)).toEqual([null, null])
    expect(times.at(-1)).toBeGreaterThanOrEqual(before)
    // An upstream's clock may be ahead.
    const created = 9_000_000_000
    expect(createResponse({ ...head, created }).end().completed_at).toBe(created)
    const cut = createResponse(head)
    cut.push([{ type: 'finish', reason: 'length', calls: 0 }])
    expect(cut.end().completed_at).toBeNull()
  })

  it('takes the client’s own types', () => {
    const request: ResponseCreateParams = { model: 'm', input: 'Hi', max_output_tokens: 64 }
    const counts: CompletionUsage = usage
    expect(createResponse(head, request).end({ usage: counts })).toMatchObject({
      max_output_tokens: 64,
      usage: { total_tokens: 15 },
    })
  })

  it('counts tokens in its own words', () => {
    const counted = {
      ...usage,
      prompt_tokens_details: { cached_tokens: 8 },
      completion_tokens_details: { reasoning_tokens: 2 },
    }
    expect(createResponse(head).end({ usage: counted }).usage).toEqual({
      input_tokens: 12,
      input_tokens_details: { cached_tokens: 8, cache_write_tokens: 0 },
      output_tokens: 3,
      output_tokens_details: { reasoning_tokens: 2 },
      total_tokens: 15,
    })
    const { total_tokens: _, ...noTotal } = usage
    expect(createResponse(head).end({ usage: noTotal }).usage?.total_tokens).toBe(15)
  })
})

describe('a reply that was stopped', () => {
  const cutCall: ParserEvent[] = [
    { type: 'text', text: 'Look.' },
    { type: 'tool-call-start', index: 0, id: 'call_a', name: 'add' },
    { type: 'tool-call-arguments', index: 0, text: '{}' },
    { type: 'tool-call-end', index: 0, changes: [], violations: [] },
    { type: 'tool-call-start', index: 1, id: 'call_b', name: 'add' },
    { type: 'tool-call-arguments', index: 1, text: '{"a": 1' },
    { type: 'tool-call-incomplete', index: 1, id: 'call_b', name: 'add', text: '', changes: [] },
    { type: 'finish', reason: 'length', calls: 1 },
  ]

  it.each([
    ['length', 'max_output_tokens'],
    ['content_filter', 'content_filter'],
  ])('in a message is incomplete, and says why: %s', (reason, why) => {
    const events = eventsOf([
      { type: 'text', text: 'It is' },
      { type: 'finish', reason, calls: 0 },
    ])
    expect(events.at(-2)).toMatchObject({ type: 'response.output_item.done', item: { status: 'incomplete' } })
    expect(events.at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: {
        status: 'incomplete',
        incomplete_details: { reason: why },
        output: [{ status: 'incomplete', content: [{ text: 'It is' }] }],
      },
    })
  })

  it('in a call never ends the call, and leaves it out of the output', () => {
    const events = eventsOf(cutCall)
    const closed = events.filter(({ type }) => type.endsWith('.done'))
    expect(JSON.stringify(closed)).not.toContain('call_b')
    expect(outputOf(events)).toMatchObject([
      { type: 'message', status: 'completed' },
      { type: 'function_call', call_id: 'call_a', status: 'completed' },
    ])
    expect(events.at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: { incomplete_details: { reason: 'max_output_tokens' } },
    })
  })

  it('in a call is incomplete whatever reason the upstream gives', () => {
    const stopped = cutCall.map((event) => (event.type === 'finish' ? { ...event, reason: 'abort' } : event))
    expect(eventsOf(stopped).at(-1)).toMatchObject({ type: 'response.incomplete' })
  })

  it('in a call that had no name yet opens nothing', () => {
    const events = eventsOf([
      { type: 'text', text: 'Look.' },
      { type: 'tool-call-incomplete', index: 0, id: 'call_a', name: null, text: '{"na', changes: [] },
      { type: 'finish', reason: 'length', calls: 0 },
    ])
    expect(outputOf(events)).toMatchObject([{ type: 'message', status: 'incomplete' }])
    expect(events.filter(({ type }) => type === 'response.output_item.added')).toHaveLength(1)
  })

  it('without a word of it is incomplete where a call is open', () => {
    const events = eventsOf(cutCall.slice(0, 6))
    expect(outputOf(events)).toHaveLength(2)
    expect(events.at(-1)).toMatchObject({ type: 'response.incomplete' })
  })

  it('keeps the place of what follows a call that was cut short', () => {
    const [, , , , ...rest] = cutCall
    const events = eventsOf([...rest.slice(0, 3), { type: 'text', text: 'Then.' }, ...rest.slice(3)])
    const opened = events.flatMap((event) =>
      event.type === 'response.output_item.added' && 'item' in event
        ? [[event.output_index, event.item.type]]
        : [],
    )
    expect(opened).toEqual([
      [0, 'function_call'],
      [1, 'message'],
    ])
    expect(outputOf(events)).toMatchObject([{ type: 'message' }])
  })
})

describe('text that comes while a call is open', () => {
  const start: ParserEvent = { type: 'tool-call-start', index: 0, id: 'call_a', name: 'add' }
  const text: ParserEvent = { type: 'text', text: 'Meanwhile.' }

  it.each<[string, ParserEvent[]]>([
    ['its end', [{ type: 'tool-call-end', index: 0, changes: [], violations: [] }]],
    [
      'its being cut short',
      [{ type: 'tool-call-incomplete', index: 0, id: 'call_a', name: 'add', text: '', changes: [] }],
    ],
    ['the finish', []],
  ])('waits for %s', (_, ending) => {
    const writer = createResponseEvents(head)
    expect(writer.push([start, text]).at(-1)).toMatchObject({
      type: 'response.output_item.added',
      output_index: 0,
    })
    const rest = [
      ...writer.push([...ending, { type: 'finish', reason: 'tool_calls', calls: 1 }]),
      ...writer.end(),
    ]
    expect(outputOf(rest).at(-1)).toMatchObject({ type: 'message', content: [{ text: 'Meanwhile.' }] })
  })
})

describe('a failure', () => {
  const error = { message: 'out of memory', type: 'server_error', param: null, code: 'oom' }

  it('is an error event and a failed response with what had come', () => {
    const writer = createResponseEvents(head)
    writer.push(reply.slice(0, 6))
    const events = writer.fail(error)
    expect(events).toMatchObject([
      { type: 'error', code: 'oom', message: 'out of memory', param: null, error },
      {
        type: 'response.failed',
        response: {
          status: 'failed',
          error: { code: 'oom', message: 'out of memory' },
          output: [
            { type: 'reasoning', status: 'completed' },
            { type: 'message', status: 'completed' },
          ],
        },
      },
    ])
  })

  it('gives a message that was open as incomplete, and text that waited for a call', () => {
    const open = createResponseEvents(head)
    open.push([{ type: 'text', text: 'It is' }])
    expect(outputOf(open.fail(error))).toMatchObject([{ status: 'incomplete', content: [{ text: 'It is' }] }])

    const waiting = createResponseEvents(head)
    waiting.push([
      { type: 'tool-call-start', index: 0, id: 'call_a', name: 'add' },
      { type: 'text', text: 'x' },
    ])
    expect(outputOf(waiting.fail(error))).toMatchObject([{ type: 'message', content: [{ text: 'x' }] }])
  })

  it('begins the response before it fails it, and has words for a code that is a number or none', () => {
    const events = createResponseEvents(head).fail({ ...error, code: 503, param: 7 })
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'error',
      'response.failed',
    ])
    expect(events[2]).toMatchObject({ code: '503', param: '7', error: { code: 503 } })
    const [, , , failed] = createResponseEvents(head).fail({ ...error, code: null })
    expect(failed).toMatchObject({ response: { error: { code: 'server_error' } } })
  })
})

describe('words beside calls, where the answer is to be JSON', () => {
  const json = { text: { format: { type: 'json_schema', name: 'a', schema: {} } } }
  const phases = (events: ParserEvent[], request: object) =>
    outputOf(eventsOf(events, request)).flatMap((item) => (item.type === 'message' ? [item.phase] : []))

  it('are marked, so that no client reads them as the answer', () => {
    expect(phases(reply, json)).toEqual(['commentary', 'commentary'])
    expect(phases(reply, {})).toEqual([undefined, undefined])
    expect(phases([{ type: 'text', text: '{}' }], json)).toEqual([undefined])
  })
})
