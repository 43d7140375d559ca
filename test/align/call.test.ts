import { describe, expect, test } from 'vitest'
import { collect, createParser, type ParserOptions } from '../../src/parser.js'
import type { Tool } from '../../src/request.js'
import { everySplit } from '../../src/testing/every-split.js'

const tools: Tool[] = [
  { type: 'custom', custom: { name: 'run_query' } },
  {
    type: 'function',
    function: { name: 'save', parameters: { type: 'object', properties: { path: {}, name: {} } } },
  },
  { type: 'function', function: { name: 'list', parameters: { type: 'object', properties: { path: {} } } } },
]

/** Reads one block at every split, and gives what all of them came to. */
function read(body: string, options: ParserOptions = {}) {
  const text = `<tool_call>\n${body}\n</tool_call>`
  const results = [[text], ...everySplit(text)].map((chunks) => {
    const parser = createParser({ tools, createId: () => 'call_0', ...options })
    const events = [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end()]
    const { toolCalls, content } = collect(events)
    return {
      content,
      calls: toolCalls.map((call) => ({
        text: call.type === 'custom' ? call.custom.input : call.function.arguments,
        name: call.type === 'custom' ? call.custom.name : call.function.name,
        changes: call.changes.map(({ kind }) => kind),
      })),
    }
  })
  const [whole] = results
  for (const result of results) expect(result).toEqual(whole)
  return whole
}

describe('a custom tool', () => {
  test.each([
    ['gets the meaning of its one string', '{"input": "SELECT \\"a\\"\\n\\u00e9"}', 'SELECT "a"\né'],
    ['gets it behind other members', '{"n": {"input": "x"}, "input": "SELECT 1"}', 'SELECT 1'],
    ['gets arguments without that string as they are', '{"sql": [1.0]}', '{"sql": [1.0]}'],
    ['gets text given in the place of arguments', '"SELECT 1"', 'SELECT 1'],
    ['gets nothing where nothing was given', '""', ''],
    ['gets the string out of arguments given as text', '"{\\"input\\": \\"SELECT 1\\"}"', 'SELECT 1'],
  ])('%s', (_, args, text) => {
    const nameFirst = read(`{"name": "run_query", "arguments": ${args}}`)
    expect(nameFirst).toMatchObject({ content: '', calls: [{ name: 'run_query', text }] })
  })

  test('gets it when the name comes last', () => {
    expect(read('{"arguments": {"input": "SELECT 1"}, "name": "run_query"}')).toMatchObject({
      calls: [{ name: 'run_query', text: 'SELECT 1' }],
    })
  })
})

describe('arguments before the name', () => {
  test('give back a name that a forgotten brace left in them', () => {
    expect(read('{"arguments": {"path": "a", "name": "list"}')).toMatchObject({
      calls: [{ name: 'list', text: '{"path": "a"}', changes: expect.arrayContaining(['moved-name']) }],
    })
  })

  test('keep a name that is all there is of them', () => {
    expect(read('{"arguments": {"name": "list"}')?.calls).toEqual([])
  })

  test('keep a name that is a property of the tool', () => {
    expect(read('{"arguments": {"path": "a", "name": "save"}')?.calls).toEqual([])
  })
})

test('the first name counts, and a name written otherwise is corrected', () => {
  expect(read('{"name": "functions.List", "name": "save", "arguments": {}}')).toMatchObject({
    calls: [{ name: 'list', text: '{}', changes: ['corrected-name', 'duplicate-key'] }],
  })
})

test('a name that is far longer than those declared is none of them', () => {
  const options: ParserOptions = { unknownTool: 'text' }
  const called = (separators: number) =>
    read(`{"name": "list${'_'.repeat(separators)}", "arguments": {}}`, options)?.calls.length
  expect(called(252)).toBe(1)
  expect(called(253)).toBe(0)
})

test('two tools that are alike but for their spelling are not guessed between', () => {
  const alike: Tool[] = ['get_time', 'getTime'].map((name) => ({ type: 'function', function: { name } }))
  expect(read('{"name": "Get-Time", "arguments": {}}', { tools: alike, unknownTool: 'text' })?.calls).toEqual(
    [],
  )
})

test('a declared name may begin like the prefix that others are given', () => {
  const text = '[functions.intersect(first="x")]'
  const tools: Tool[] = [
    {
      type: 'function',
      function: { name: 'functions.intersect', parameters: { type: 'object', properties: { first: {} } } },
    },
  ]
  for (const chunks of [[text], ...everySplit(text)]) {
    const parser = createParser({ dialect: 'pythonic', tools })
    const { toolCalls } = collect([...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end()])
    expect(toolCalls).toMatchObject([
      { function: { name: 'functions.intersect', arguments: '{"first":"x"}' }, changes: [] },
    ])
  }
})
