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
  ['commas and quotes in a string', string + ', "'.repeat(many)],
  ['commas and keys in a string', string + ', "z": '.repeat(many)],
  ['commas and line breaks in a string', string + ',\n'.repeat(many)],
  ['objects in a string', string + '{"'.repeat(many)],
  ['three quotes', string + '""'.repeat(many)],
  ['words and quotes', call + 'x" '.repeat(many)],
  ['words with commas', call + 'x, y '.repeat(many)],
  ['words with brackets', call + 'f(a, '.repeat(many)],
  ['keys that lost a quote', call + '1, "a: '.repeat(many)],
  ['words and commas', `${call}[${'x, '.repeat(many)}`],
  ['commas', `${call}[1${','.repeat(many)}`],
  ['digits', call + '1'.repeat(many)],
  ['nested brackets', call + '['.repeat(50_000)],
  ['nested objects', call + '{"a":'.repeat(50_000)],
  ['closers of the wrong kind', `${call}${'['.repeat(400)}${'}'.repeat(many)}`],
  ['calls in reasoning', `<think>${'<tool_call>{"name":"f","arguments":{}} x '.repeat(many / 5)}`],
  ['calls in a fence', `\`\`\`\nx\n${'<tool_call>{"name":"f","arguments":{}}'.repeat(many / 5)}`],
  ['fences', '\n```\n'.repeat(many)],
  ['brackets', '['.repeat(10 * many)],
  ['marks in brackets', '[TOOL_CALLS] '.repeat(many)],
  ['tokens', '<|x|> f '.repeat(many)],
  ['starts of turns', '<|im_start|>assistant'.repeat(many)],
  ['ends of turns', `${'<|im_end|> '.repeat(many)}x`],
  ['white space', ' '.repeat(10 * many)],
])('hostile %s are read in linear time, whole and unit by unit', (_, reply) => {
  for (const size of [reply.length, 1]) {
    const parser = createParser({ tools })
    for (let i = 0; i < reply.length; i += size) parser.push(reply.slice(i, i + size))
    expect(parser.end().at(-1)?.type).toBe('finish')
  }
})

test.each([
  ['granite', 'words that begin turns', '\nUSER: '.repeat(many)],
  ['granite', 'lists', '\n[a'.repeat(many)],
  ['granite', 'ticks', '\n`'.repeat(many)],
  ['pythonic', 'items', '\n1. - '.repeat(many)],
  ['pythonic', 'lists behind colons', 'a: [ '.repeat(many)],
  ['pythonic', 'names in lists', "\n['f', 'a".repeat(many)],
  ['pythonic', 'lists of arguments', `['f', ${"'a=1', ".repeat(many)}`],
  ['pythonic', 'arguments in a string', `['f', 'a=${'x, a='.repeat(many)}`],
  ['pythonic', 'other names in a list', `[f(a=1), ${'g(x), '.repeat(many)}`],
  ['pythonic', 'brackets in a string', `[f(a='${'()'.repeat(many)}`],
  ['glm4', 'names', 'f('.repeat(many)],
  ['xlam', 'headings', '### '.repeat(many)],
])('hostile text, in %s %s, is read in linear time, whole and unit by unit', (dialect, _, reply) => {
  for (const size of [reply.length, 1]) {
    const parser = createParser({ tools, dialect })
    for (let i = 0; i < reply.length; i += size) parser.push(reply.slice(i, i + size))
    expect(parser.end().at(-1)?.type).toBe('finish')
  }
})

const node = { type: 'object', properties: { in: { $ref: '#' }, b: { type: 'boolean' } }, required: ['x'] }
const schema = {
  ...node,
  properties: {
    ...node.properties,
    n: { type: 'integer' },
    list: { type: 'array', items: { type: 'integer' } },
    enum: { type: 'array', items: { enum: ['one', 'two words'] } },
    texts: { type: 'array', items: { type: 'string' } },
    several: { anyOf: [node, { type: 'object', properties: { in: { $ref: '#' } }, required: ['y'] }] },
  },
}
const held = [{ type: 'function' as const, function: { name: 'f', parameters: schema } }]
const begin = '<tool_call>\n{"name": "f", "arguments": {'

test.each([
  ['digits in a string for a number', `${begin}"n": "${'1'.repeat(10 * many)}`],
  ['sums', `${begin}"list": [${'"((((1+1", '.repeat(many)}`],
  ['white space in a string for a number', `${begin}"n": "${' '.repeat(10 * many)}`],
  ['strings that nearly are of the enumeration', `${begin}"enum": [${'"two wordz", '.repeat(many)}`],
  ['values that do not fit', `${begin}"list": [${'"x", '.repeat(many)}`],
  ['values that are converted', `${begin}"texts": [${'1, '.repeat(many)}`],
  ['an array in a string', `${begin}"list": "[${'1,'.repeat(5 * many)}`],
  ['arrays in strings', `${begin}"list": [${'"[1, [2", '.repeat(many)}`],
  ['null for optional properties', `{${begin}${'"b": null, '.repeat(many)}`],
  ['white space behind a key', `${begin}"b":${' '.repeat(10 * many)}`],
  ['properties of other names', `${begin}${'"B": 1, '.repeat(many)}`],
  ['the schema in itself', begin + '"in": {'.repeat(50_000)],
  ['one of several schemas in itself', begin + '"several": {"in": {'.repeat(500)],
  ['objects that lack something', `${begin}"x": [${'{"in": {}}, '.repeat(many)}`],
])('hostile arguments, %s, are aligned in linear time, whole and unit by unit', (_, reply) => {
  for (const size of [reply.length, 1]) {
    const parser = createParser({ tools: held })
    for (let i = 0; i < reply.length; i += size) parser.push(reply.slice(i, i + size))
    expect(parser.end().at(-1)?.type).toBe('finish')
  }
})
