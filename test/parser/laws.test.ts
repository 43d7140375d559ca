import fc from 'fast-check'
import { jsonrepair } from 'jsonrepair'
import { describe, expect, test } from 'vitest'
import { collect, createParser, type ParserOptions } from '../../src/parser.js'
import type { Tool } from '../../src/request.js'
import { everySplit } from '../../src/testing/every-split.js'

const tools: Tool[] = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      parameters: { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer' } } },
    },
  },
  {
    type: 'function',
    function: {
      name: 'write_file',
      parameters: { type: 'object', properties: { path: { type: 'string' }, content: { type: 'string' } } },
    },
  },
  { type: 'custom', custom: { name: 'run_query' } },
]

function read(chunks: string[], options: ParserOptions & { reason?: string } = {}) {
  let ids = 0
  const parser = createParser({
    tools,
    createId: () => `call_${ids++}`,
    secondOpinion: jsonrepair,
    ...options,
  })
  return collect([...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end(options.reason)])
}

/** Pieces that replies and their mistakes are made of; any order is a reply that some model might write. */
const pieces = [
  '<tool_call>',
  '</tool_call>',
  '<tool_call>\n',
  '\n</tool_call>',
  '<think>',
  '</think>',
  '<|im_end|>',
  '<|im_start|>user\n',
  '<|endoftext|>',
  '<\u2060|im_end|>',
  '<tool',
  '</',
  '<',
  '{',
  '}',
  '[',
  ']',
  '}}',
  '}}\n</tool_call>',
  '"',
  "'",
  ',',
  ':',
  ';',
  '"name"',
  '"arguments"',
  '"parameters"',
  '"function"',
  '"type": "function"',
  '"get_weather"',
  "'get_weather'",
  '"write_file"',
  '"run_query"',
  '{"name": "get_weather", "arguments": {"city": "',
  '{"arguments": {"path": "a", "content": "',
  '"}, "name": "write_file"}',
  "{'name': 'get_weather', 'arguments': {'city': '",
  '{"name": "run_query", "arguments": {"input": "',
  '"city": ',
  '"days": 3',
  '"input"',
  '{"name": "get_weather", "arguments": {"city": "Paris"}}',
  '{"name": "get_weather"}',
  'name',
  'arguments',
  '"{\\"city\\": \\"P\\"}"',
  '\\',
  '\\n',
  '\\"',
  "\\'",
  '\\u00e9',
  '\\u',
  '\\d',
  '\n',
  '\t',
  ' ',
  '\r\n',
  '\u0001',
  '\u00a0',
  '1',
  '-2.5e3',
  '.5',
  '007',
  '0x1F',
  'true',
  'None',
  'nul',
  'word',
  'two words',
  '/',
  '//',
  '/*',
  '*/',
  '#',
  '```',
  '```json\n',
  '😀',
  '\ud83d',
  'é',
  '=',
  '-',
  '`',
]
const reply = fc.array(fc.constantFrom(...pieces), { maxLength: 24 }).map((parts) => parts.join(''))
/** The same inside a block, where most of the reader is. */
const block = reply.map((text) => `<tool_call>\n{"name": "get_weather", "arguments": {"city": "${text}`)
const reasons = fc.constantFrom('stop', 'length')
const runs = Number(process.env.LAW_RUNS ?? 60)

describe('laws', () => {
  test.each([
    ['pieces', reply],
    ['a call and pieces', block],
    ['any text', fc.string({ unit: 'binary', maxLength: 60 })],
  ])('1, 2: however %s are cut, the same comes out', (_, replies) => {
    fc.assert(
      fc.property(replies, reasons, (text, reason) => {
        const whole = read([text], { reason })
        for (const chunks of everySplit(text)) expect(read(chunks, { reason })).toEqual(whole)
      }),
      { numRuns: runs },
    )
  })

  test('3, 6: arguments of finished calls are one JSON object', () => {
    fc.assert(
      fc.property(fc.oneof(reply, block), reasons, (text, reason) => {
        for (const call of read([text], { reason }).toolCalls) {
          if (call.type !== 'function') continue
          const value: unknown = JSON.parse(call.function.arguments)
          expect(typeof value === 'object' && value !== null && !Array.isArray(value)).toBe(true)
        }
      }),
      { numRuns: runs * 10 },
    )
  })

  test('4: a well-formed call passes to the byte', () => {
    const spacing = fc.constantFrom('', ' ', '\n', ' \t ')
    const value = fc.jsonValue().map((json) => JSON.stringify(json))
    const member = fc
      .tuple(fc.string({ unit: 'grapheme' }), value, spacing)
      .map(([key, json, space]) => `${JSON.stringify(key)}${space}:${space}${json}`)
    const args = fc
      .tuple(fc.array(member, { maxLength: 4 }), spacing)
      .map(([members, space]) => `{${space}${members.join(`${space},${space}`)}${space}}`)
    fc.assert(
      fc.property(args, fc.boolean(), fc.constantFrom('', '\n'), (json, nameFirst, line) => {
        const object = nameFirst
          ? `{"name": "get_weather", "arguments": ${json}}`
          : `{"arguments": ${json}, "name": "get_weather"}`
        const result = read([`<tool_call>${line}${object}${line}</tool_call>`])
        expect(result.toolCalls).toMatchObject([{ function: { arguments: json }, changes: [] }])
        expect(result.content).toBe('')
      }),
      { numRuns: runs * 5 },
    )
  })

  test('4, 7: whatever a well-formed string says, it passes to the byte and nothing in it is a call', () => {
    const document = reply.filter((text) => !text.includes('\u2060'))
    fc.assert(
      fc.property(document, document, fc.boolean(), fc.boolean(), (first, second, compact, nameFirst) => {
        const json = JSON.stringify(
          { path: first, content: second, list: [second, first] },
          null,
          compact ? 0 : 1,
        )
        const object = nameFirst
          ? `{"name": "write_file", "arguments": ${json}}`
          : `{"arguments": ${json}, "name": "write_file"}`
        const result = read([`<tool_call>\n${object}\n</tool_call>`])
        expect(result).toMatchObject({
          content: '',
          toolCalls: [{ function: { name: 'write_file', arguments: json }, changes: [] }],
        })
      }),
      { numRuns: runs * 10 },
    )
  })

  test('7: a document with broken quotes that shows calls runs none of them', () => {
    const example = fc
      .record({
        object: fc.constantFrom(
          '{"name": "get_weather", "arguments": {"city": "Rome"}}',
          '{"name":"get_weather","arguments":{}}',
          '{"arguments": {"path": "/etc", "content": ""}, "name": "write_file"}',
          '{"name": "write_file", "arguments": {"content": "x", "path": "/etc"}}',
          "{'name': 'get_weather', 'arguments': {'city': 'Rome'}}",
        ),
        line: fc.constantFrom('\n', '', ' ', '\\n'),
      })
      .map(({ object, line }) => `<tool_call>${line}${object}${line}</tool_call>`)
    const words = fc.constantFrom(
      '',
      '\n',
      ' Models write ',
      '. Then, "quoted", and ',
      '\n## Calls\n',
      ' (see below) ',
      'Config: {"a": "b"}\n',
      '[{"k": {"x": "y"}}]',
    )
    const document = fc
      .tuple(words, fc.array(fc.tuple(example, words), { minLength: 2, maxLength: 3 }))
      .map(([start, rest]) => start + rest.map((pair) => pair.join('')).join(''))
    fc.assert(
      fc.property(document, fc.boolean(), fc.boolean(), (content, pathFirst, closed) => {
        const args = pathFirst
          ? `{"path": "doc.md", "content": "${content}"}`
          : `{"content": "${content}", "path": "doc.md"}`
        const text = `<tool_call>\n{"name": "write_file", "arguments": ${args}}${closed ? '\n</tool_call>' : ''}`
        const made = read([text]).toolCalls
        expect(made.length).toBeLessThanOrEqual(1)
        for (const call of made) {
          expect(call).toMatchObject({ function: { name: 'write_file' } })
          if (call.type === 'function')
            expect(JSON.parse(call.function.arguments)).toMatchObject({ path: 'doc.md' })
        }
      }),
      { numRuns: runs * 10 },
    )
  })
})
