import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { defineDialect } from '../../src/dialects/define.js'
import { qwen3 } from '../../src/dialects/qwen3.js'
import { readBaseline } from '../../src/eval/baselines.js'
import { evaluate, readEntries, readEntry } from '../../src/eval/index.js'
import { partsThatDiffer } from '../../src/eval/read-reply.js'
import { parse } from '../../src/parser.js'

const replies = readFileSync(join(import.meta.dirname, 'replies.jsonl'), 'utf8')
const { entries, problems } = readEntries(replies)

test('an evaluation counts by category and overall', () => {
  expect(problems).toEqual([])
  const { overall, categories, changes, failed } = evaluate(entries)
  expect(overall).toEqual({
    entries: 7,
    expecting: 5,
    decoded: 5,
    tool: 4,
    parameters: 3,
    right: 3,
    expectingNone: 2,
    relevance: 1,
    streamed: 7,
  })
  expect(categories.map(({ category, entries, right }) => [category, entries, right])).toEqual([
    ['one', 3, 2],
    ['two', 2, 1],
    ['none', 2, 0],
  ])
  expect(changes.map(({ kind, entries, count }) => [kind, entries, count])).toEqual([
    ['single-quotes', 1, 6],
    ['extra-comma', 1, 1],
  ])
  expect(changes[1]?.example).toMatchObject({ id: 'one-python', change: { kind: 'extra-comma' } })
  expect(changes[1]?.example.around).toContain("'litres': 2,}}")
  expect(failed.map(({ entry, reasons }) => [entry.id, ...reasons])).toEqual([
    ['one-wrong', 'book_table: guests is 5, accepted: 4'],
    [
      'two-half',
      'called: water_plants; expected: water_plants, water_plants',
      expect.stringContaining('hall'),
    ],
    ['none-called', 'no call was expected: water_plants'],
  ])
  expect(failed[0]?.calls).toEqual([
    { name: 'book_table', arguments: '{"restaurant": "Zum Anker", "guests": 5}' },
  ])
})

test('plain readers are scored on the same entries', () => {
  const { baselines } = evaluate(entries, { against: ['regex', 'jsonrepair'] })
  expect(
    baselines.map(({ name, overall }) => [name, overall.decoded, overall.right, overall.relevance]),
  ).toEqual([
    ['regex', 4, 2, 1],
    ['jsonrepair', 5, 3, 1],
  ])
  expect(baselines[0]?.overall).not.toHaveProperty('streamed')
})

test('options choose entries, dialect and what the parser does', () => {
  const { overall, categories } = evaluate(entries, { categories: ['two', 'none'] })
  expect([overall.entries, categories.length]).toEqual([4, 2])

  const raw = '<call>{"name": "nap", "arguments": {}}</call>'
  const own = defineDialect({
    id: 'own',
    template: () => '',
    marks: { call: { open: '<call>', close: '</call>' } },
    controlTokens: { start: '[TURN]', end: '[END]', others: [] },
  })
  const nap = [{ id: 1, raw, expected: [{ name: 'nap', args: {} }] }]
  expect(evaluate(nap, { dialect: own }).overall.right).toBe(1)
  expect(evaluate(nap, { dialect: own, against: ['regex'] }).baselines[0]?.overall.right).toBe(1)

  const tools = [{ type: 'function' as const, function: { name: 'rest' } }]
  const unknown = [{ id: 1, tools, raw, expected: [] }]
  expect(evaluate(unknown, { dialect: own }).overall.relevance).toBe(0)
  expect(evaluate(unknown, { dialect: own, unknownTool: 'drop' }).overall.relevance).toBe(1)
  const known = [{ id: 1, raw: raw + raw, expected: [{ name: 'nap', args: {} }] }]
  expect(evaluate(known, { dialect: own }).overall.right).toBe(0)
  expect(evaluate(known, { dialect: own, repeats: 'drop' }).overall.right).toBe(1)
})

test('a finish reason, a custom tool and what was cut short', () => {
  const tools = [{ type: 'custom' as const, custom: { name: 'note' } }]
  const raw = '<tool_call>\n{"name": "note", "arguments": {"input": "Milk"}}\n</tool_call>'
  const expected = [{ name: 'note', args: { input: ['milk'] }, required: ['input'] }]
  expect(evaluate([{ id: 1, tools, raw, expected }], { dialect: 'qwen3' }).overall.right).toBe(1)
  const cut = { id: 2, tools: null, raw: raw.slice(0, 50), expected, finish_reason: 'length' }
  const { failed } = evaluate([cut], { dialect: 'qwen3' })
  expect(failed[0]).toMatchObject({ calls: [], incomplete: [{ name: 'note' }] })
})

test('a result in pieces is the same only with the same text, calls, arguments and changes', () => {
  const result = (raw: string) => parse(raw, { createId: () => 'id' })
  const call = '<tool_call>\n{"name": "nap", "arguments": {"a": 1}}\n</tool_call>'
  const differ = (raw: string) => partsThatDiffer(result(call), result(raw))
  expect(differ(call)).toEqual([])
  expect(differ(`Hm. ${call}`)).toEqual(['content'])
  expect(differ(`<think>Hm.</think>${call}`)).toEqual(['reasoning'])
  expect(differ(call.replace('1', '1.0'))).toEqual(['toolCalls'])
  expect(differ(call.replace('1', '1,'))).toEqual(['toolCalls', 'changes'])
  expect(differ(call.slice(0, 40))).toEqual(['toolCalls', 'incomplete', 'finishReason', 'changes'])
})

test('progress is told after each entry', () => {
  const told: number[][] = []
  evaluate(entries.slice(0, 3), { onProgress: (...numbers) => told.push(numbers) })
  expect(told).toEqual([
    [1, 3],
    [2, 3],
    [3, 3],
  ])
})

describe('a line that is no entry is a problem that names line and field', () => {
  const good = { id: 1, format: 'hermes', raw: '', expected: [] }
  const one = { name: 'a', args: {} }

  test('the others are read', () => {
    const text = `\uFEFF${JSON.stringify(good)}\n\n{"id": 2}\r\nno JSON\n${JSON.stringify({ ...good, id: 3 })}`
    const read = readEntries(text)
    expect(read.entries.map(({ id }) => id)).toEqual([1, 3])
    expect(read.problems).toEqual([
      { line: 3, message: 'raw must be a string' },
      { line: 4, message: expect.stringContaining('the line is not JSON') },
    ])
  })

  test.each<[line: unknown, message: string]>([
    [[], 'the line must be a JSON object'],
    [{ ...good, id: undefined }, 'id must be a string or a number'],
    [{ ...good, raw: 1 }, 'raw must be a string'],
    [{ ...good, category: 1 }, 'category must be a string'],
    [{ ...good, lang: 1 }, 'lang must be a string'],
    [{ ...good, finish_reason: 1 }, 'finish_reason must be a string'],
    [{ ...good, tools: {} }, 'tools must be an array'],
    [{ ...good, tools: [{ type: 'function' }] }, 'tools[0].function must be an object with a name'],
    [{ ...good, expected: undefined }, 'expected must be an array of calls'],
    [{ ...good, expected: ['a'] }, 'expected[0] must be an object with name and args'],
    [{ ...good, expected: [one, { args: {} }] }, 'expected[1].name must be a string'],
    [{ ...good, expected: [{ name: 'a' }] }, 'expected[0].args must be an object'],
    [
      { ...good, expected: [{ ...one, args: { x: 1 } }] },
      'expected[0].args.x must be an array of accepted values',
    ],
    [{ ...good, expected: [{ ...one, types: { x: 1 } }] }, 'expected[0].types.x must be a type'],
    [{ ...good, expected: [{ ...one, required: 'x' }] }, 'expected[0].required must be an array of names'],
    [{ ...good, format: undefined }, 'format must name the dialect'],
    [{ ...good, format: 'runes' }, 'format "runes" is no known dialect; there are hermes,'],
  ])('%j', (line, message) => {
    expect(() => readEntry(line)).toThrow(message)
  })

  test('a dialect for all lines takes the place of their format', () => {
    expect(readEntry({ ...good, format: 'runes' }, { dialect: 'qwen3' }).format).toBe('runes')
    expect(() => readEntry(good, { dialect: 'runes' })).toThrow('dialect "runes" is not known')
  })
})

describe('plain readers', () => {
  const read = (name: 'regex' | 'jsonrepair', raw: string, marks: object = qwen3.marks) =>
    readBaseline(name, raw, { ...qwen3, marks })
  const one = [{ name: 'a', arguments: { x: 1 } }]
  const good = '<tool_call>{"name": "a", "arguments": {"x": 1}}</tool_call>'
  const bad = "<tool_call>{'name': 'a', 'arguments': {'x': 1}}</tool_call>"

  test('between tags', () => {
    expect(read('regex', `Hm. ${good} {"name": "b"}`)).toEqual(one)
    expect(read('regex', `${bad}${good}`)).toEqual(one)
    expect(read('jsonrepair', bad + good)).toEqual([...one, ...one])
    expect(read('regex', good.slice(0, -12))).toEqual(one)
    expect(read('regex', '{"name": "a", "arguments": {"x": 1}}')).toEqual([])
  })

  test('without a closing tag up to the next opener', () => {
    const marks = { call: { open: '<fn>' } }
    const text = '<fn> {"name": "a", "arguments": {"x": 1}} <fn> {"name": "a", "parameters": {"x": 1}} '
    expect(read('regex', text, marks)).toEqual([...one, ...one])
  })

  test.each(['regex', 'jsonrepair'] as const)('without tags, %s', (name) => {
    const untagged = (raw: string) => read(name, raw, {})
    expect(untagged('Well: [{"name": "a", "arguments": {"x": 1}}] fine')).toEqual(one)
    expect(untagged('{"tool_calls": [{"name": "a", "arguments": {"x": 1}}]}')).toEqual(one)
    expect(untagged('a\n{"x": 1}')).toEqual(one)
    expect(untagged('[a(x=1), b.c(y="f(2, 3)", z=[1, 2])]')).toEqual([
      ...one,
      { name: 'b.c', arguments: { y: 'f(2, 3)', z: [1, 2] } },
    ])
    expect(untagged('Just text (really).')).toEqual([])
    expect(untagged('')).toEqual([])
  })

  test('only jsonrepair knows single quotes', () => {
    expect(read('regex', "[a(x='b')]", {})).toEqual([])
    expect(read('jsonrepair', "[a(x='b')]", {})).toEqual([{ name: 'a', arguments: { x: 'b' } }])
  })
})

// As an app that is not type-checked would pass them, and without entries nothing else would look at them.
test.each([
  [{ dialect: 'gpt' }, 'dialect "gpt" is not known'],
  [{ against: 'regex' }, "against must be a list, as in ['regex']"],
  [{ against: ['xml'] }, 'against must be of regex, jsonrepair, not "xml"'],
  [{ categories: 'simple' }, 'categories must be a list'],
  [{ missing_required: 'drop' }, 'is missingRequired meant?'],
  [{ unknownTool: 'keep' }, "unknownTool must be 'call', 'text' or 'drop'"],
])('the option %j is an error that names it', (options, message) => {
  expect(() => Reflect.apply(evaluate, undefined, [[], options])).toThrow(message)
})
