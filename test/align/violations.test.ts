import { describe, expect, test } from 'vitest'
import { createAlignment } from '../../src/align/alignment.js'
import { createCall } from '../../src/align/call.js'
import { indexTools } from '../../src/align/tools.js'
import { describeViolations, parse } from '../../src/index.js'
import { Token } from '../../src/json/tokens.js'
import { defaultLimits } from '../../src/limits.js'
import { readTools } from '../../src/tools.js'
import { align } from './aligned.js'

const parameters = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer' } },
  required: ['city', 'days'],
}
const tools = [{ type: 'function' as const, function: { name: 'forecast', parameters } }]

test('violations are words for the model', () => {
  const [call] = parse('<tool_call>{"name": "forecast", "arguments": {"days": "soon"}}</tool_call>', {
    tools,
  }).toolCalls
  expect(call && describeViolations(call)).toBe(
    [
      'The call of forecast was not made, because it does not fit:',
      '- at /days: expected integer, found string "soon"',
      '- expected required property "city", found nothing',
      'Call again with all of this put right.',
    ].join('\n'),
  )
})

test('a call to a tool that is not declared is described too', () => {
  const [call] = parse('<tool_call>{"name": "fly", "arguments": {}}</tool_call>', { tools }).toolCalls
  expect(call && describeViolations(call)).toContain('- expected a declared tool: forecast, found fly')
})

test('what is quoted of a text ends in no half of a character', () => {
  const { violations } = align(parameters, `{"city": "Rome", "days": "${'x'.repeat(39)}😀 and more"}`)
  expect(violations).toEqual([{ path: '/days', expected: 'integer', found: `string "${'x'.repeat(39)}…"` }])
})

test('a call that fits has nothing to describe', () => {
  expect(describeViolations({ violations: [], function: { name: 'forecast' } })).toBe('')
  expect(describeViolations({ violations: [{ path: '/a', expected: 'b', found: 'c' }] })).toContain(
    'The call was not made',
  )
})

test('many violations and many changes are not all listed', () => {
  const many = { properties: { a: { items: { type: 'integer' } }, b: { items: { type: 'integer' } } } }
  const written = `{"a": [${Array(100).fill('null').join()}], "b": [${Array(100).fill('"1"').join()}]}`
  const { violations, changes } = align(many, written.slice(0, 60).replace(/,[^,]*$/, ']}'))
  expect(violations.length).toBeGreaterThan(5)
  expect(changes).toEqual([])
  const text = `<tool_call>{"name": "f", "arguments": ${written}}</tool_call>`
  const [call] = parse(text, {
    tools: [{ type: 'function', function: { name: 'f', parameters: many } }],
  }).toolCalls
  expect(call?.violations).toHaveLength(32)
  expect(call?.changes).toHaveLength(33)
  expect(call?.changes.at(-1)).toEqual({
    kind: 'text-to-number',
    offset: expect.any(Number),
    count: 68,
    message: expect.any(String),
  })
})

describe('missingRequired', () => {
  const missing = (...given: [Token, string][]) => {
    const call = createCall({
      tools: indexTools(readTools(tools)),
      isAllowed: () => true,
      noCall: undefined,
      passUnknown: true,
      alignment: createAlignment,
      align: true,
      limits: defaultLimits,
      emit: () => {},
      nextIndex: () => 0,
      createId: () => 'call_0',
    })
    call.setName('forecast', 0)
    call.begin(0)
    for (const [kind, text] of given) call.token(kind, text)
    return call.missingRequired()
  }

  test('names the required parameters that did not come', () => {
    const members: [Token, string][] = [
      [Token.open, '{'],
      [Token.key, '"days"'],
      [Token.colon, ':'],
      [Token.atom, '1'],
      [Token.close, '}'],
    ]
    expect(missing(...members)).toEqual(['city'])
  })

  test('names all of them when there are no arguments', () => {
    expect(missing()).toEqual(['city', 'days'])
  })
})
