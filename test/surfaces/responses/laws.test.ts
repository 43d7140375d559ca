import fc from 'fast-check'
import { ResponseStream } from 'openai/lib/responses/ResponseStream'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { ParserEvent } from '../../../src/events.js'
import { renderMessages } from '../../../src/index.js'
import {
  createResponse,
  createResponseEvents,
  type Response,
  type ResponseEvent,
  readResponsesRequest,
} from '../../../src/surfaces/responses/index.js'
import { drifted, eventsOf, options } from '../../parser/replies.js'

const runs = Number(process.env.LAW_RUNS ?? 60)
const head = { id: 'resp_1', created: 1_766_000_000, model: 'm' }

function write(events: ParserEvent[]): ResponseEvent[] {
  const writer = createResponseEvents(head)
  return [...events.flatMap((event) => writer.push([event])), ...writer.end()]
}

function lastOf(events: ResponseEvent[]): Response {
  const last = events.at(-1)
  if (!last || !('response' in last)) throw new Error('no last response')
  return last.response
}

/** What the official client makes of the events, as it reads them from a socket. */
async function hear(events: ResponseEvent[]) {
  const lines = new Blob(events.map((event) => `${JSON.stringify(event)}\n`))
  return ResponseStream.fromReadableStream(lines.stream()).finalResponse()
}

const withoutIds = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replace(/"(rs|msg|fc|ctc)_\w{24}"/g, '"$1"'))

// The two are written one after the other, and a second may end between them.
beforeAll(() => vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 }))
afterAll(() => vi.useRealTimers())

describe('whatever a model writes', () => {
  test('the client comes by itself to what the last event says, without what was cut short', async () => {
    await fc.assert(
      fc.asyncProperty(drifted, options, async (text, chosen) => {
        const events = write(eventsOf([...text], chosen))
        const heard = await hear(events.slice(0, -1))
        const { output } = lastOf(events)
        const closed = new Set(output.map(({ id }) => id))
        expect(heard.output.filter(({ id }) => id !== undefined && closed.has(id))).toMatchObject(output)
        for (const item of heard.output) {
          if (item.type === 'message' || item.type === 'reasoning') expect(closed).toContain(item.id)
        }
        expect((await hear(events)).output).toMatchObject(output)
      }),
      { numRuns: runs },
    )
  })

  test('one item is open at a time, numbers are dense, and what is closed is listed', () => {
    fc.assert(
      fc.property(drifted, options, (text, chosen) => {
        const events = write(eventsOf([text], chosen))
        let open: number | undefined
        let next = 0
        const closed: unknown[] = []
        events.forEach((event, place) => {
          expect(event.sequence_number).toBe(place)
          if (event.type === 'response.output_item.added' && 'item' in event) {
            expect(event.output_index).toBe(next++)
            open = event.output_index
          } else if ('output_index' in event) {
            expect(event.output_index).toBe(open)
            if ('item' in event) closed.push(event.item)
          }
        })
        expect(closed).toEqual(lastOf(events).output)
      }),
      { numRuns: runs },
    )
  })

  test('a whole response is what the stream ends with', () => {
    fc.assert(
      fc.property(drifted, options, (text, chosen) => {
        const events = eventsOf([text], chosen)
        const response = createResponse(head)
        response.push(events)
        expect(withoutIds(response.end())).toEqual(withoutIds(lastOf(write(events))))
      }),
      { numRuns: runs },
    )
  })
})

const json = fc.jsonValue({ maxDepth: 2 })
const word = fc.constantFrom('add', 'call_a', '', 'text', '{"a": 1}')
const wordOrJson = fc.oneof(word, json)
const part = fc.record(
  {
    type: fc.constantFrom(
      'input_text',
      'output_text',
      'refusal',
      'input_image',
      'input_file',
      'input_audio',
      'x',
    ),
    text: wordOrJson,
    refusal: wordOrJson,
    image_url: wordOrJson,
    file_data: wordOrJson,
  },
  { requiredKeys: ['type'] },
)
const content = fc.oneof(word, fc.array(fc.oneof(part, json), { maxLength: 3 }), json)
const item = fc.record(
  {
    type: fc.constantFrom(
      'message',
      'reasoning',
      'function_call',
      'function_call_output',
      'custom_tool_call',
      'custom_tool_call_output',
      null,
    ),
    role: fc.constantFrom('user', 'assistant', 'system', 'developer'),
    content,
    summary: content,
    output: content,
    call_id: wordOrJson,
    name: fc.constantFrom('add', 'sum'),
    arguments: wordOrJson,
    input: wordOrJson,
  },
  { requiredKeys: ['role', 'name'] },
)
const tool = fc.record({
  type: fc.constantFrom('function', 'custom'),
  name: fc.constantFrom('add', 'sum', 'mul'),
  description: fc.oneof(word, fc.constant(null)),
  parameters: json,
  strict: fc.constantFrom(true, false, null),
  format: json,
})
/** A body that is nearly a request. */
const body = fc.record(
  {
    input: fc.oneof(fc.array(item, { maxLength: 6 }), wordOrJson),
    instructions: fc.oneof(word, fc.constant(null)),
    tools: fc.oneof(fc.array(tool, { maxLength: 2 }), fc.constant(null)),
    tool_choice: fc.oneof(fc.constantFrom('auto', 'none', 'required'), json),
    parallel_tool_calls: fc.constantFrom(true, false, null),
    reasoning: json,
    text: json,
    metadata: json,
  },
  { requiredKeys: ['input'] },
)

describe('whatever an app asks', () => {
  test('it is read, or refused with the name of a field', () => {
    let wereRead = 0
    fc.assert(
      fc.property(body, (asked) => {
        try {
          const request = readResponsesRequest(asked)
          wereRead++
          for (const dialect of ['qwen3', 'hermes-3']) renderMessages(request, { dialect })
          createResponse(head, asked).end()
        } catch (error) {
          expect(String(error)).toMatch(/^Error: (input|instructions|tools?|tool_choice|toolChoice)\b/)
        }
      }),
      { numRuns: runs * 10 },
    )
    expect(wereRead).toBeGreaterThan(runs)
  })
})
