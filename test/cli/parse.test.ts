import { describe, expect, test } from 'vitest'
import { parseLine } from '../../src/cli/parse.js'
import { everySplit } from '../../src/testing/every-split.js'

const add = {
  type: 'function',
  function: {
    name: 'add',
    parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } },
  },
}
const tools = [add]
const call = '<tool_call>\n{"name": "add", "arguments": {"a": 1.0}}\n</tool_call>'

test('text, reasoning and calls in the protocol spelling', () => {
  const text = `<think>\nEasy.\n</think>\n\nLet me add.\n${call}`
  expect(parseLine({ id: 7, text, tools, dialect: 'qwen3' })).toEqual({
    id: 7,
    content: 'Let me add.',
    reasoning: 'Easy.',
    tool_calls: [
      {
        id: expect.stringMatching(/^call_\w{24}$/),
        type: 'function',
        function: { name: 'add', arguments: '{"a": 1.0}' },
        changes: [],
        violations: [],
      },
    ],
    incomplete: [],
    finish_reason: 'tool_calls',
    changes: [],
  })
})

test('where there is nothing, text is empty and lists are', () => {
  expect(parseLine({ text: '' })).toEqual({
    id: null,
    content: '',
    reasoning: '',
    tool_calls: [],
    incomplete: [],
    finish_reason: 'stop',
    changes: [],
  })
})

test('a repair is told with its call and with the reply', () => {
  const text = "<tool_call>\n{'name': 'add', 'arguments': {'a': 1,}}\n</tool_call>"
  const { tool_calls, changes } = parseLine({ text, tools })
  expect(tool_calls).toMatchObject([{ function: { name: 'add', arguments: '{"a": 1}' } }])
  expect(changes.map((change) => change.kind)).toEqual(['single-quotes', 'extra-comma'])
  expect(tool_calls[0]?.changes).toEqual(changes)
})

test('a call that was cut short is no call', () => {
  const line = parseLine({ text: call.slice(0, 45), tools, finish_reason: 'length' })
  expect(line).toMatchObject({
    tool_calls: [],
    incomplete: [{ id: expect.any(String), name: 'add', text: expect.stringContaining('{"a"') }],
    finish_reason: 'length',
  })
})

test('chunks come to what the text comes to', () => {
  const text = `Sure 🌍.\n${call}\n${call}`
  const whole = withoutIds(parseLine({ text, tools }))
  for (const chunks of everySplit(text)) expect(withoutIds(parseLine({ chunks, tools }))).toEqual(whole)
})

function withoutIds(line: ReturnType<typeof parseLine>) {
  return { ...line, tool_calls: line.tool_calls.map((one) => ({ ...one, id: '' })) }
}

test('events are given when asked for', () => {
  const { events } = parseLine({ chunks: ['a', 'b'] }, { events: true })
  expect(events).toEqual([
    { type: 'text', text: 'a' },
    { type: 'text', text: 'b' },
    { type: 'finish', reason: 'stop', calls: 0 },
  ])
  expect(parseLine({ text: 'a' })).not.toHaveProperty('events')
})

test('the fields of a request and of the prompt reach the parser', () => {
  expect(parseLine({ text: call, tools, tool_choice: 'none' })).toMatchObject({
    content: call,
    tool_calls: [],
  })
  const two = parseLine({ text: call + call, tools, parallel_tool_calls: false })
  expect(two.tool_calls).toHaveLength(1)
  expect(two.changes.map((change) => change.kind)).toEqual(['after-first-call'])
  expect(parseLine({ text: 'Hm.</think>Yes.', prefill: '<think>\n' })).toMatchObject({
    reasoning: 'Hm.',
    content: 'Yes.',
  })
  const unknown = '<tool_call>\n{"name": "sub", "arguments": {}}\n</tool_call>'
  expect(parseLine({ text: unknown, tools }).tool_calls).toHaveLength(1)
  expect(parseLine({ text: unknown, tools, unknown_tool: 'text' }).content).toBe(unknown)
})

test('a default dialect holds where a line names none', () => {
  // The end of a turn in one family, text in the other.
  const text = 'Yes.<|eot_id|>'
  expect(parseLine({ text }, { dialect: 'hermes-3' }).content).toBe('Yes.')
  expect(parseLine({ text, dialect: 'qwen3' }, { dialect: 'hermes-3' }).content).toBe(text)
})

test('arguments are made to fit, unless align is false', () => {
  const typed = [
    {
      type: 'function',
      function: { name: 'add', parameters: { type: 'object', properties: { a: { type: 'integer' } } } },
    },
  ]
  const line = { text: '<tool_call>{"name": "add", "arguments": {"a": "1"}}</tool_call>', tools: typed }
  const violations = [{ path: '/a', expected: 'integer', found: 'string "1"' }]
  expect(parseLine(line).tool_calls).toMatchObject([{ function: { arguments: '{"a": 1}' }, violations: [] }])
  expect(parseLine({ ...line, align: false }).tool_calls).toMatchObject([
    { function: { arguments: '{"a": "1"}' }, changes: [], violations },
  ])
})

test('calls that repeat others or lack a parameter are left out where the line says so', () => {
  const parameters = { properties: { a: {} }, required: ['a'] }
  const add = { type: 'function', function: { name: 'add', parameters } }
  const call = (args: string) => `<tool_call>{"name": "add", "arguments": ${args}}</tool_call>`
  const line = { text: call('{"a": 1}') + call('{"a": 1}') + call('{}'), tools: [add] }
  const made = (options: object) =>
    parseLine({ ...line, ...options }).tool_calls.map(
      (made) => made.type === 'function' && made.function.arguments,
    )
  expect(made({})).toEqual(['{"a": 1}', '{"a": 1}', '{}'])
  expect(made({ repeats: 'drop' })).toEqual(['{"a": 1}', '{}'])
  expect(made({ repeats: 'drop', missing_required: 'drop' })).toEqual(['{"a": 1}'])
  expect(parseLine({ ...line, missing_required: 'text' }).content).toBe(call('{}'))
})

test('null is as good as left out', () => {
  const line = {
    text: 'Hi',
    chunks: null,
    tools: null,
    dialect: null,
    finish_reason: null,
    tool_choice: null,
    parallel_tool_calls: null,
    prefill: null,
    align: null,
    unknown_tool: null,
    repeats: null,
    missing_required: null,
  }
  expect(parseLine(line)).toEqual(parseLine({ text: 'Hi' }))
})

describe('a line that is not valid is an error that names the field', () => {
  test.each<[line: unknown, message: string]>([
    ['Hi', 'a line must be a JSON object'],
    [{}, 'text or chunks must be given'],
    [{ text: 'a', chunks: ['a'] }, 'text and chunks are both given'],
    [{ text: 1 }, 'text must be a string'],
    [{ chunks: 'a' }, 'chunks must be an array of strings'],
    [{ chunks: ['a', null] }, 'chunks must be an array of strings'],
    [{ text: '', dialect: {} }, 'dialect must be a string'],
    [{ text: '', dialect: 'gpt' }, 'dialect "gpt" is not known'],
    [{ text: '', tools: {} }, 'tools must be an array'],
    [{ text: '', tools: [{ type: 'function' }] }, 'tools[0].function must be an object with a name'],
    [{ text: '', tools: [add, add] }, 'tools[1] has the name of an earlier tool'],
    [{ text: '', tools, tool_choice: { type: 'function', function: { name: 'sub' } } }, 'names "sub"'],
    [{ text: '', parallel_tool_calls: 'no' }, 'parallel_tool_calls must be true or false'],
    [{ text: '', toolChoice: 'none' }, 'field toolChoice is not known: is tool_choice meant?'],
    [{ text: '', unkown_tool: 'drop' }, 'field unkown_tool is not known: is unknown_tool meant?'],
    [{ text: '', prefill: 1 }, 'prefill must be a string'],
    [{ text: '', finish_reason: 1 }, 'finish_reason must be a string'],
    [{ text: '', unknown_tool: 'keep' }, "unknownTool must be 'call', 'text' or 'drop'"],
    [{ text: '', align: 'yes' }, 'align must be true or false'],
    [{ text: '', repeats: 'keep' }, "repeats must be 'call' or 'drop'"],
    [{ text: '', missing_required: 'keep' }, "missingRequired must be 'call', 'text' or 'drop'"],
  ])('%j', (line, message) => {
    expect(() => parseLine(line)).toThrow(message)
  })
})
