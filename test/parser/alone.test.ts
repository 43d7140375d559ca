import { expect, test } from 'vitest'
import { alignment, createParser, neighbours, type ParserOptions, parse } from '../../src/dialect-parser.js'
import { qwen3 } from '../../src/dialects/qwen3.js'
import { parse as parseInToolshim } from '../../src/parser.js'
import type { Tool } from '../../src/request.js'

const tools: Tool[] = [
  {
    type: 'function',
    function: {
      name: 'forecast',
      strict: true,
      parameters: {
        type: 'object',
        properties: { city: { type: 'string' }, days: { type: 'integer' } },
        required: ['city'],
      },
    },
  },
]
const block = (body: string) => `<tool_call>\n${body}\n</tool_call>`
const createId = () => 'call_0'

test.each([
  block(`{"name": "forecast", "arguments": {"days": "5", "city": 7, "unit": "C"}}`),
  block(`{'arguments': {'days': '5'}, 'name': 'Forecast'}`),
  block(`<function=forecast>\n<parameter=days>\n5\n</parameter>\n</function>`),
  block(`forecast(city='Oslo', days='3')`),
  '{"name": "forecast", "arguments": {"city": "Oslo"}}',
  'No tool is needed.',
])('with all of its parts it reads as toolshim does: %s', (reply) => {
  const alone = parse(reply, { dialect: qwen3, tools, grammars: neighbours, alignment, createId })
  expect(alone).toEqual(parseInToolshim(reply, { dialect: 'qwen3', tools, createId }))
})

test.each([
  block(`<function=forecast>\n<parameter=days>\n5\n</parameter>\n</function>`),
  block(`forecast(city='Oslo')`),
  block(`forecast\n{"city": "Oslo"}`),
])('a call in a grammar that it was not given is text: %s', (reply) => {
  expect(parse(reply, { tools, createId })).toMatchObject({ content: reply, toolCalls: [], incomplete: [] })
})

test('without alignment arguments stay as they are written, and are not checked', () => {
  const written = '{"days": "5", "unit": null, "CITY": 7}'
  const { toolCalls } = parse(block(`{"name": "forecast", "arguments": ${written}}`), { tools })
  expect(toolCalls).toMatchObject([{ function: { arguments: written }, changes: [], violations: [] }])
})

test('without alignment JSON is repaired all the same', () => {
  const { toolCalls } = parse(block(`{'arguments': {'days': '5',}, 'name': 'Forecast'}`), { tools })
  expect(toolCalls).toMatchObject([{ function: { name: 'forecast', arguments: '{"days": "5"}' } }])
})

test('values in tags have their declared types without alignment', () => {
  const reply = block(
    '<function=forecast>\n<parameter=days>\n5\n</parameter>\n<parameter=city>\n5\n</parameter>\n</function>',
  )
  const { toolCalls } = parse(reply, { tools, grammars: neighbours })
  expect(toolCalls).toMatchObject([{ function: { arguments: '{"days": 5, "city": "5"}' } }])
})

// From JSON, as an app that is not type-checked would pass them.
test.each([
  ['{"align": true}', 'align needs alignment'],
  ['{"missingRequired": "drop"}', 'missingRequired needs alignment'],
  ['{"alignment": true}', 'alignment must be that of toolshim/parser'],
])('%s is an error that names the field', (json, message) => {
  const options: ParserOptions = JSON.parse(json)
  expect(() => createParser(options)).toThrow(message)
})
