import { expect, test } from 'vitest'
import type { ParserEvent } from '../../src/events.js'
import { formatEvents } from '../../src/testing/format-events.js'

test('one line for each event, deltas joined, ids numbered', () => {
  const events: ParserEvent[] = [
    { type: 'reasoning', text: 'Hm' },
    { type: 'reasoning', text: '.' },
    { type: 'text', text: 'A\n' },
    { type: 'tool-call-start', index: 0, id: 'call_xyz', name: 'add' },
    { type: 'tool-call-arguments', index: 0, text: '{"a": ' },
    { type: 'tool-call-arguments', index: 0, text: '"é"}' },
    {
      type: 'tool-call-end',
      index: 0,
      changes: [{ kind: 'raw-tab', offset: 7, count: 2, message: '' }],
      violations: [{ path: '/a', expected: 'a number', found: 'a string' }],
    },
    { type: 'tool-call-start', index: 1, id: 'call_abc', name: 'run sql', custom: true },
    { type: 'tool-call-arguments', index: 1, text: '{"a": ' },
    {
      type: 'tool-call-incomplete',
      index: 1,
      id: 'call_abc',
      name: 'run sql',
      text: '"b',
      changes: [{ kind: 'cut', offset: 9, count: 1, message: '' }],
    },
    { type: 'tool-call-incomplete', index: 2, id: 'call_def', name: null, text: '', changes: [] },
    { type: 'notice', change: { kind: 'control-token', offset: 30, count: 1, message: '', text: '<|x|>' } },
    { type: 'finish', reason: 'length', calls: 1 },
  ]
  expect(formatEvents(events)).toBe(`reasoning "Hm."
text "A\\n"
tool-call-start 0 call_0 add
tool-call-arguments 0 {"a": "é"}
tool-call-end 0
  change raw-tab at 7, 2 times
  violation at "/a": expected a number, found a string
tool-call-start 1 call_1 "run sql" custom
tool-call-arguments 1 "{\\"a\\": "
tool-call-incomplete 1 call_1 "run sql" "\\"b"
  change cut at 9
tool-call-incomplete 2 call_2 null ""
notice control-token at 30 "<|x|>"
finish length 1`)
})

test('what cannot be seen is escaped', () => {
  const text = 'a\u0000\t\u00a0\u200d\u2028\u2060\ud83d😀\u{e0001} b'
  expect(formatEvents([{ type: 'text', text }])).toBe(
    'text "a\\u0000\\t\\u00a0\\u200d\\u2028\\u2060\\ud83d😀\\udb40\\udc01 b"',
  )
})

test('deltas of two calls stay apart, and a name can be "null"', () => {
  expect(
    formatEvents([
      { type: 'tool-call-arguments', index: 0, text: '{}' },
      { type: 'tool-call-arguments', index: 1, text: '{}' },
      { type: 'tool-call-start', index: 2, id: 'c', name: 'null' },
    ]),
  ).toBe('tool-call-arguments 0 {}\ntool-call-arguments 1 {}\ntool-call-start 2 call_0 "null"')
})
