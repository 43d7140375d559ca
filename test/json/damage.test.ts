import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { collect, createParser } from '../../src/index.js'
import type { Tool } from '../../src/request.js'

const text = { type: 'string' }
const tool = (name: string, properties: Record<string, object>): Tool => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties } },
})
const tools = [
  tool('get_weather', { city: text, days: { type: 'integer' } }),
  tool('search', {
    query: text,
    tags: { type: 'array', items: text },
    limit: { type: 'integer' },
    edits: { type: 'array', items: { type: 'object', properties: { old: text, new: text } } },
  }),
]

function read(chunks: readonly string[], dialect: string) {
  const parser = createParser({ dialect, tools, createId: () => 'id' })
  const events = [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end('stop')]
  return collect(events).toolCalls.flatMap((call) =>
    call.type === 'function' ? [{ name: call.function.name, text: call.function.arguments }] : [],
  )
}

/** The calls that are read, whole and one character at a time, which must be the same. */
function calls(reply: string, dialect: string): [string, unknown][] {
  const whole = read([reply], dialect)
  expect(read([...reply], dialect)).toEqual(whole)
  return whole.map((call) => [call.name, JSON.parse(call.text)])
}

const block = (inside: string) => `<tool_call>\n${inside}\n</tool_call>`
const first = '{"name": "get_weather", "arguments": {"city": "Oslo"}}'
const second = '{"name": "search", "arguments": {"query": "tea", "limit": 5}}'
const both = [
  ['get_weather', { city: 'Oslo' }],
  ['search', { query: 'tea', limit: 5 }],
]

/** The reply without one of the quotes and brackets where this stands. */
function* without(reply: string, end: string): Generator<string> {
  const from = reply.indexOf(end)
  for (let at = from; at < from + end.length; at++) {
    if (!/\w/.test(reply.charAt(at))) yield reply.slice(0, at) + reply.slice(at + 1)
  }
}

describe('a quote or bracket that was lost before the next call leaves both calls whole', () => {
  test.each([
    ['in a list', 'qwen3', block(`[${first}, ${second}]`), '"}}'],
    ['on two lines', 'qwen3', block(`${first}\n${second}`), '"}}'],
    ['in two blocks', 'qwen3', `${block(first)}\n${block(second)}`, '"}}'],
    [
      'behind marks that nothing closes',
      'granite',
      `<function_call> ${first} <function_call> ${second}`,
      '"}}',
    ],
    ['in Python', 'pythonic', '[get_weather(city="Oslo"), search(query="tea", limit=5)]', 'o"'],
  ])('%s', (_, dialect, reply, end) => {
    for (const damaged of without(reply, end)) expect(calls(damaged, dialect)).toEqual(both)
  })
})

describe('what was lost between members and items leaves their neighbours whole', () => {
  const items = [
    { old: 'a', new: 'b' },
    { old: 'c', new: 'd' },
  ]
  test.each([
    ['an item', { edits: items }, '"b"}'],
    ['a list of strings', { tags: ['a', 'b'], query: 'tea' }, '"]'],
    ['a string', { query: 'tea', limit: 5 }, 'a"'],
  ])('%s', (_, args, end) => {
    const reply = block(`{"name": "search", "arguments": ${JSON.stringify(args)}}`)
    for (const damaged of without(reply, end)) expect(calls(damaged, 'qwen3')).toEqual([['search', args]])
  })
})

describe('what is well-formed is kept, whatever its strings look like', () => {
  const pieces = [
    'Oslo',
    'days',
    '"',
    "'",
    '“',
    '`',
    '}',
    ']',
    ')',
    '{',
    ', ',
    ': ',
    '，',
    '\n',
    '=',
    '...',
    '*3',
    '(',
  ]
  const marks = [
    '"name": "search"',
    ', "limit": 3',
    "days': 2",
    ', limit=3)',
    '), search(',
    '}}, {',
    '<|im_end|>',
  ]
  const string = fc
    .array(fc.constantFrom(...pieces, ...marks), { maxLength: 6 })
    .map((parts) => parts.join(''))
  const args = fc.record(
    {
      query: string,
      tags: fc.array(string, { maxLength: 3 }),
      limit: fc.nat(),
      edits: fc.array(fc.record({ old: string })),
    },
    { requiredKeys: [] },
  )

  test('in JSON to the byte', () => {
    fc.assert(
      fc.property(args, (value) => {
        const written = JSON.stringify(value)
        expect(read([block(`{"name": "search", "arguments": ${written}}`)], 'qwen3')).toEqual([
          { name: 'search', text: written },
        ])
      }),
      { numRuns: 500 },
    )
  })

  test('in Python', () => {
    const quoted = (value: string) => `'${value.replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`
    fc.assert(
      fc.property(string, fc.array(string, { maxLength: 3 }), (query, tags) => {
        const reply = `[search(query=${quoted(query)}, tags=[${tags.map(quoted).join(', ')}])]`
        expect(calls(reply, 'pythonic')).toEqual([['search', { query, tags }]])
      }),
      { numRuns: 500 },
    )
  })
})
