import { expect, test } from 'vitest'
import { createParser, type FunctionTool } from '../../src/index.js'

const tools: FunctionTool[] = [
  {
    type: 'function',
    function: { name: 'search', parameters: { properties: { query: { type: 'string' } } } },
  },
]

/** How much of a reply comes before the event that begins its call. */
function startOf(dialect: string, reply: string): string {
  const parser = createParser({ dialect, tools })
  let read = ''
  for (const char of reply) {
    read += char
    if (parser.push(char).some(({ type }) => type === 'tool-call-start')) return read
  }
  throw new Error('no call has begun')
}

// Apps show then which tool is called, long before its arguments are there.
test.each([
  ['qwen3', '<tool_call>\n{"name": "search", "arguments": {', '"query": "tea"}}\n</tool_call>'],
  ['qwen3', '<tool_call>\n{"name": "search", "arguments": "{', '\\"query\\": \\"tea\\"}"}\n</tool_call>'],
  ['hermes-2-pro', "<tool_call>\n{'name': 'search', 'arguments': {", "'query': 'tea'}}\n</tool_call>"],
  ['granite', '<function_call> {"name": "search", "arguments": {', '"query": "tea"}}'],
  ['xlam', '{"tool_calls": [{"name": "search", "arguments": {', '"query": "tea"}}]}'],
])('%s: a call begins with its name and the bracket of its arguments: %s', (dialect, before, after) => {
  expect(startOf(dialect, before + after)).toBe(before)
})
