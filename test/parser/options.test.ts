import { expect, test } from 'vitest'
import { describeViolations, type ViolatingCall } from '../../src/describe-violations.js'
import { createParser as createParserAlone } from '../../src/dialect-parser.js'
import { createParser, type ParserOptions, parse } from '../../src/parser.js'

// From JSON, as an app that is not type-checked would pass them.
test.each([
  ['{"dialect": "gpt"}', 'dialect "gpt" is not known'],
  ['{"unknownTool": "keep"}', "unknownTool must be 'call', 'text' or 'drop'"],
  ['{"align": "yes"}', 'align must be true or false'],
  ['{"parallelToolCalls": "no"}', 'parallelToolCalls must be true or false'],
  ['{"dialet": "glm4"}', 'option dialet is not known: is dialect meant?'],
  ['{"missing_required": "drop"}', 'option missing_required is not known: is missingRequired meant?'],
  ['{"perfill": ""}', 'option perfill is not known: is prefill meant?'],
  ['{"prefill": 1}', 'prefill must be a string'],
  ['{"createId": "id"}', 'createId must be a function'],
  ['{"limits": {"depth": 0}}', 'limits.depth must be a whole number above 0'],
  ['{"limits": {"call": -1}}', 'limits.call must be a whole number above 0'],
  ['{"limits": {"held": "64"}}', 'limits.held must be a whole number above 0'],
  ['{"limits": {"size": 1}}', 'limits.size is no limit'],
  ['{"limits": 64}', 'limits must be an object'],
  ['{"secondOpinion": true}', 'secondOpinion must be a function'],
  ['{"readXml": true}', 'readXml must be a function'],
  ['{"dialect": {}}', 'dialect must be an object with marks and controlTokens'],
  ['{"dialect": null}', 'dialect must be an object with marks and controlTokens'],
  ['"qwen3"', "options must be an object, as in { dialect: 'qwen3', tools }"],
  ['null', 'options must be an object'],
  [
    '{"tools": [{"name": "f", "input_schema": {}}]}',
    "not undefined: a tool is { type: 'function', function: {",
  ],
  [
    '{"tools": [{"type": "function", "name": "f"}]}',
    "with a name: a tool is { type: 'function', function: {",
  ],
  ['{"tools": [{"type": "function", "function": {}}]}', 'tools[0].function.name must be a string'],
  ['{"toolChoice": {"type": "function", "function": {"name": "f"}}}', 'toolChoice names "f"'],
])('%s is an error that names the field', (json, message) => {
  const options: ParserOptions = JSON.parse(json)
  expect(() => createParser(options)).toThrow(message)
})

test('the parser alone knows no names, and says so', () => {
  const options = JSON.parse('{"dialect": "qwen3"}')
  expect(() => createParserAlone(options)).toThrow('controlTokens, not "qwen3"')
  expect(() => createParserAlone(JSON.parse('{"grammars": true}'))).toThrow('grammars must be an object')
})

// A stream's chunks often have no text: `choices[0].delta.content` of the first and the last one.
test.each(['null', '1', '{}'])('text that is %s is an error that says what to do', (json) => {
  const text: string = JSON.parse(json)
  expect(() => createParser().push(text)).toThrow(/must be a string, not .*: leave out chunks that have none/)
  expect(() => parse(text)).toThrow('must be a string')
})

test('violations that are not there are an error', () => {
  const call: ViolatingCall = JSON.parse('{"function": {"name": "f", "arguments": "{}"}}')
  expect(() => describeViolations(call)).toThrow('call.violations must be a list')
})

test('names that are only like a short one are let through', () => {
  const options = { dialect: 'qwen3', test: 1, tool: [], align2: true, temperature: 0 }
  expect(() => createParser(options)).not.toThrow()
})

test('fields of a request that is spread into the options', () => {
  const tools = [{ type: 'function' as const, function: { name: 'f' } }]
  const call = '<tool_call>{"name": "f", "arguments": {}}</tool_call>'
  const body = { model: 'm', messages: [], stream: true, temperature: 0, tools }
  const read = (options: ParserOptions) => parse(call + call, { ...body, ...options }).toolCalls.length
  expect(read({})).toBe(2)
  expect(read({ tool_choice: 'none' })).toBe(0)
  expect(read({ tool_choice: 'none', toolChoice: 'auto' })).toBe(2)
  expect(read({ parallel_tool_calls: false })).toBe(1)
  expect(read({ parallel_tool_calls: false, parallelToolCalls: true })).toBe(2)
})

test('a finish reason without a word is none', () => {
  expect(parse('Hi', { finishReason: '' }).finishReason).toBe('stop')
})

test('a parser is for one reply', () => {
  const parser = createParser()
  const finish = [...parser.push('Hi.'), ...parser.end()]
  expect(finish.at(-1)).toEqual({ type: 'finish', reason: 'stop', calls: 0 })
  // A stream's last chunk has counts and no text.
  expect([...parser.push(''), ...parser.end()]).toEqual([])
  expect(() => parser.push('And the next.')).toThrow('the reply has ended: make a parser for each reply')
})
