import { expect, test } from 'vitest'
import { createParser } from '../../src/parser.js'

const tools = [
  {
    type: 'function' as const,
    function: { name: 'f', parameters: { type: 'object', properties: { a: { type: 'string' } } } },
  },
]
const call = '<tool_call>\n{"name": "f", "arguments": {"a": '
const string = `${call}"`
const many = 100_000

/** Each would take hours in a reader that looks back: the test's own time limit is the check. */
test.each([
  ['openers', '<tool_call>'.repeat(many)],
  ['openers and brackets', '<tool_call>{'.repeat(many)],
  ['openers and quotes', '<tool_call>{"'.repeat(many)],
  ['openers and words', '<tool_call>hi {"a":"'.repeat(many)],
  ['quotes', string + '"'.repeat(many)],
  ['quotes and words', string + '"x '.repeat(many)],
  ['quotes and keys', string + '", "b": '.repeat(many)],
  ['quotes and closers', string + '"}'.repeat(many)],
  ['closers in a string', string + '}'.repeat(many)],
  ['half marks in a string', string + '</tool_call'.repeat(many)],
  ['backslashes', string + '\\'.repeat(10 * many)],
  ['white space after a quote', `${string}"${' '.repeat(10 * many)}`],
  ['words', call + 'x '.repeat(many)],
  ['words and commas', `${call}[${'x, '.repeat(many)}`],
  ['commas', `${call}[1${','.repeat(many)}`],
  ['digits', call + '1'.repeat(many)],
  ['nested brackets', call + '['.repeat(50_000)],
  ['nested objects', call + '{"a":'.repeat(50_000)],
  ['closers of the wrong kind', `${call}${'['.repeat(400)}${'}'.repeat(many)}`],
  ['calls in reasoning', `<think>${'<tool_call>{"name":"f","arguments":{}} x '.repeat(many / 5)}`],
  ['ends of turns', `${'<|im_end|> '.repeat(many)}x`],
  ['white space', ' '.repeat(10 * many)],
])('hostile %s are read in linear time, whole and unit by unit', (_, reply) => {
  for (const size of [reply.length, 1]) {
    const parser = createParser({ tools })
    for (let i = 0; i < reply.length; i += size) parser.push(reply.slice(i, i + size))
    expect(parser.end().at(-1)?.type).toBe('finish')
  }
})
