import { describe, expect, it } from 'vitest'
import { createFrameReader, type WireFrame } from '../../src/upstreams/frames.js'

const encoder = new TextEncoder()

function read(text: string, cuts: number[] = []): WireFrame[] {
  const bytes = encoder.encode(text)
  const reader = createFrameReader()
  const edges = [0, ...cuts, bytes.length]
  const frames = edges.slice(1).flatMap((to, at) => reader.push(bytes.slice(edges[at], to)))
  return [...frames, ...reader.end()]
}

const a = { type: 'json', value: { text: 'é😀' } }
const b = { type: 'json', value: { n: 2 } }
const done = { type: 'done' }

const bodies: [string, string, unknown[]][] = [
  ['events', 'data: {"text":"é😀"}\n\ndata: {"n":2}\n\ndata: [DONE]\n\n', [a, b, done]],
  ['events with CRLF', 'data: {"text":"é😀"}\r\n\r\ndata: {"n":2}\r\n\r\n', [a, b]],
  ['events without a space', 'data:{"text":"é😀"}\n\ndata:{"n":2}\n\n', [a, b]],
  [
    'comments, ids and retries',
    ': ping\n\nid: 1\nretry: 5\ndata: {"text":"é😀"}\n\n:\n\ndata: {"n":2}\n\n',
    [a, b],
  ],
  ['an event over several lines', 'data: {"text":\ndata: "é😀"}\n\ndata: {"n":2}\n\n', [a, b]],
  ['a last event without its blank line', 'data: {"text":"é😀"}\n\ndata: {"n":2}', [a, b]],
  ['empty events', 'data:\n\ndata: {"text":"é😀"}\n\ndata: {"n":2}\n\n', [a, b]],
  ['a begin mark and blank lines', '\ufeff\n\ndata: {"text":"é😀"}\n\ndata: {"n":2}\n\n', [a, b]],
  ['a begin mark inside', 'data: {"text":"\ufeff"}\n\n', [{ type: 'json', value: { text: '\ufeff' } }]],
  ['lines', '{"text":"é😀"}\n{"n":2}\n', [a, b]],
  ['lines with CRLF and blank ones', '{"text":"é😀"}\r\n\r\n{"n":2}\r\n', [a, b]],
  ['lines without the last end', '{"text":"é😀"}\n{"n":2}', [a, b]],
  ['a whole body', '{"text":"é😀"}', [{ ...a, isWhole: true }]],
  ['a whole body over several lines', '{\n  "text": "é😀"\n}\n', [{ ...a, isWhole: true }]],
  ['a list', '[{"text":"é😀"},\n{"n":2}]', [a, b].map((frame) => ({ ...frame, isWhole: true }))],
  ['nothing', ' \n', []],
  ['only comments', ': ping\n\n', []],
]

describe('createFrameReader', () => {
  it.each(bodies)('reads %s, wherever the bytes are cut', (_, text, frames) => {
    expect(read(text)).toEqual(frames)
    const length = encoder.encode(text).length
    for (let cut = 1; cut < length; cut++) {
      expect(read(text, [cut])).toEqual(frames)
      // With nothing between.
      expect(read(text, [cut, cut])).toEqual(frames)
    }
    expect(
      read(
        text,
        Array.from({ length: length - 1 }, (_, at) => at + 1),
      ),
    ).toEqual(frames)
  })

  it('gives a frame as soon as it is there', () => {
    const reader = createFrameReader()
    expect(reader.push(encoder.encode('data: {"n":2}\n\ndata: {"n"'))).toEqual([b])
    expect(createFrameReader().push(encoder.encode('{"n":2}\n{"n"'))).toEqual([b])
  })

  it('names an event, for errors', () => {
    expect(read('event: error\ndata: {"message":"no"}\n\n')).toEqual([
      { type: 'json', value: { message: 'no' }, event: 'error' },
    ])
    expect(read('event: error\ndata: no\n\n')).toMatchObject([{ value: { message: 'no' }, event: 'error' }])
  })

  it('gives an error event the status in its comment', () => {
    const error = 'event:error\n:HTTP_STATUS/429\ndata:{"code":"Throttling"}\n\n'
    const result = 'event:result\n:HTTP_STATUS/200\ndata:{"n":2}\n\n'
    expect(read(result + error)).toEqual([
      { ...b, event: 'result' },
      { type: 'json', value: { code: 'Throttling' }, event: 'error', status: 429 },
    ])
    expect(read(result + error.replace(/:HTTP.*\n/, '')).at(-1)).not.toHaveProperty('status')
  })

  it('finds an error that is no proper event', () => {
    expect(read('data: {"n":2}\n\nerror: {"code":500}\n\n')).toMatchObject([
      b,
      { value: { code: 500 }, event: 'error' },
    ])
    expect(read('data: {"n":2}\n\n{"error":"no"}\n')).toMatchObject([b, { value: { error: 'no' } }])
  })

  it.each([
    ['a broken event', 'data: {"n":\n\n', '{"n":'],
    ['an event that is no object', 'data: 5\n\n', '5'],
    ['a broken line', '{"n":2}\n{"n":\n', '{"n":'],
    ['a broken body', '{"n": 1', '{"n": 1'],
    ['a page', '<html>\n<p>', '<html>\n<p>'],
  ])('shows %s', (_, text, shown) => {
    expect(read(text).at(-1)).toEqual({ type: 'invalid', text: shown })
  })
})
