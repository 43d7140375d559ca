import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createParser, type ParserOptions, parse } from '../../src/parser.js'
import type { Tool } from '../../src/request.js'

function toolOf(parameters: Record<string, unknown>): Tool[] {
  return [{ type: 'function', function: { name: 'f', parameters: { type: 'object', ...parameters } } }]
}

const tools = toolOf({
  properties: {
    city: { type: 'string' },
    days: { type: 'integer' },
    list: { type: 'array', items: { type: 'integer' } },
  },
})
const union = toolOf({
  anyOf: [
    { properties: { value: { type: 'integer' }, kind: { const: 'count' } } },
    { properties: { value: { type: 'boolean' }, kind: { const: 'flag' } } },
  ],
})
const limits = { held: 4000, call: 9000 }

const mark = '<tool_call>'
const begin = '{"name": "f", "arguments": {'
const city = `${begin}"city": "`
const whole = `${city}a"}}`
const xml = `${mark}<function=f><parameter=city>a</parameter>`

/** What comes first, and behind it so much of what is held that `n` of it are there. */
type Held = (n: number) => [before: string, held: string]

/** The kinds of events that come with what is held. */
function told([before, held]: ReturnType<Held>, options: ParserOptions): string[] {
  const parser = createParser({ tools, limits, ...options })
  parser.push(before)
  return parser.push(held).map(({ type }) => type)
}

const page = readFileSync(join(import.meta.dirname, '../../docs/parser.md'), 'utf8')
const [, held = ''] = page.split('### What is held, and how long\n')

/** What the page says of it in the last column. */
function boundOf(what: string): string | undefined {
  const row = held.split('\n').find((line) => line.startsWith(`| ${what}`))
  return row?.split('|').at(-2)?.trim()
}

type Bound = [what: string, bound: string, most: number, holds: Held, options?: ParserOptions]

const ofMark = '1,024 of white space, 256 of words'
const bounds: Bound[] = [
  [
    'a `<` or another beginning of a mark',
    "96 characters of another family's",
    96,
    (n) => ['Hi', '<TOOL_CALL id="'.padEnd(n, 'x')],
  ],
  ['a mark, and white space', ofMark, 1024, (n) => [`Hi${mark}`, ' '.repeat(n)]],
  ['a mark, and white space, a fence', ofMark, 1024, (n) => [`Hi${mark}\`\`\`json`, ' '.repeat(n)]],
  ['a mark, and white space, a fence, a name', ofMark, 1024, (n) => ['<function_call>f', ' '.repeat(n)]],
  ['a mark, and white space, a fence, a name or words', ofMark, 256, (n) => [mark, 'word'.padEnd(n, 's')]],
  ['members beside the name', '`limits.call`', 9000, (n) => [mark, '{"city": "'.padEnd(n, 'x')]],
  ['members beside the name', '`limits.call`', 9000, (n) => [mark, '{"name": "f", "id": "'.padEnd(n, 'x')]],
  [
    'a value that is converted as a whole',
    '`limits.held`; 256 characters for a number',
    4000,
    (n) => [`${mark}${begin}"list": "`, '['.padEnd(n, '1,')],
  ],
  ['a call without an opening mark', '`limits.held`', 4000, (n) => ['', city.padEnd(n, 'x')]],
  [
    'a call without an opening mark, in open reasoning',
    '`limits.held`',
    4000,
    (n) => [`<think>So ${mark}`, city.padEnd(n, 'x')],
  ],
  [
    'a call without an opening mark, in open reasoning, or among the lines of a fence',
    '`limits.held`',
    4000,
    (n) => [`\`\`\`\nSo\n${mark}`, city.padEnd(n, 'x')],
  ],
  [
    'a comma in the first 256 characters of a string',
    '300 characters of a key, 2,048 of brackets',
    256,
    (n) => [`${mark}${city}${'x'.repeat(n)}`, ', "k'],
  ],
  [
    'what follows a quote that may be lost: a control token',
    '1,024 characters',
    1024,
    (n) => [`${mark}${city}a}}<`, '|im_end|>'.padEnd(n, 'x')],
  ],
  [
    'what follows a quote that may be lost: a control token, an argument',
    '1,024 characters',
    1024,
    (n) => [`${mark}f(city="a, days=`, 'x'.repeat(n)],
  ],
  [
    'what follows a quote that may be lost: a control token, an argument, a call',
    '1,024 characters',
    1024,
    (n) => [`${mark}[f(city="a), f(`, 'x'.repeat(n)],
  ],
  [
    'a quote in a string that is not well-formed',
    '2,048 characters',
    2048,
    (n) => [`${mark}${city}a "b`, '"'.padEnd(n)],
  ],
  [
    'a property whose name is only like a declared one',
    '1,024 characters',
    1024,
    (n) => [mark + begin, '"City": "'.padEnd(n, 'x')],
  ],
  [
    'a property that may be of several types',
    '1,024 characters',
    1024,
    (n) => [mark + begin, '"value": "'.padEnd(n, 'x')],
    { tools: union },
  ],
  [
    "a call, with `repeats: 'drop'`",
    '`limits.held`, then it comes as it is written',
    4000,
    (n) => [mark, city.padEnd(n, 'x')],
    { repeats: 'drop' },
  ],
  [
    "a call, with `repeats: 'drop'` or a `missingRequired`",
    '`limits.held`, then it comes as it is written',
    4000,
    (n) => [mark, city.padEnd(n, 'x')],
    { missingRequired: 'text' },
  ],
]

describe('what docs/parser.md says of what is held', () => {
  test.each(bounds)('%s: %s', (what, bound, most, holds, options = {}) => {
    expect(boundOf(what)).toBe(bound)
    expect(told(holds(most), options)).toEqual([])
    expect(told(holds(most + 1), options)).not.toEqual([])
  })

  test.each<[what: string, most: number, value: (n: number) => string, to: string[], past: string[]]>([
    ['a comma', 256, (n) => `a, ${'k'.repeat(n)}: 1`, ['bare-word', 'bare-key'], ['bare-word']],
    ['a quote', 256, (n) => `a"${' '.repeat(n)}, "days": 1`, ['missing-quote'], ['bare-word']],
    [
      'brackets',
      512,
      (n) => `${'('.padEnd(n - 1, 'x')}), "days": 1`,
      ['bare-word'],
      ['tuple', 'value-to-text', 'bare-word'],
    ],
  ])('%s in a word without quotes: %d characters', (_, most, value, to, past) => {
    expect(boundOf('a comma, a quote or brackets in a word')).toBe('256 characters, 512 of brackets')
    const kindsOf = (n: number) => {
      const { toolCalls } = parse(`${mark}${begin}"city": ${value(n)}}}</tool_call>`, { tools })
      return toolCalls.flatMap(({ changes }) => changes.map(({ kind }) => kind))
    }
    expect(kindsOf(most)).toEqual(to)
    expect(kindsOf(most + 1)).toEqual(past)
  })
})

describe('what is held beside that', () => {
  test.each<[what: string, most: number, holds: Held, options?: ParserOptions]>([
    ['white space behind text', 4000, (n) => ['Hi', ' '.repeat(n)]],
    ['brackets that may stand around a call', 4, (n) => ['Hi\n', '['.repeat(n)]],
    ['separators, with which no name begins', 2, (n) => ['Hi\n', '_'.repeat(n)], { dialect: 'glm4' }],
    ['what may be an envelope', 4000, (n) => ['Hi\n', '{"tool_'.padEnd(n, '\\')]],
    ['the beginning of a turn that begins again', 1024, (n) => ['', '<|im_start|>assistant\n'.repeat(n)]],
    ['white space behind a call', 1024, (n) => [`<think>${xml}</function>`, ' '.repeat(n)]],
    ['a comment behind a call', 4095, (n) => [`${mark}[f(city="a") # `, 'x'.repeat(n)]],
    ['words behind a call', 256, (n) => [`Hi ${mark}Oslo: ${whole}`, 'x'.repeat(n)]],
    ['a key in a tag', 256, (n) => [`${mark}f\n<arg_key>`, 'x'.repeat(n)]],
    ['white space before a value in a tag', 1024, (n) => [`${mark}f<arg_key>city</arg_key>`, ' '.repeat(n)]],
    ['white space behind a closing tag', 1024, (n) => [xml, ' '.repeat(n)]],
    ['a number in a string', 256, (n) => [`${mark}${begin}"days": "`, '1'.repeat(n)]],
    ['white space behind a key that may be left out', 4000, (n) => [mark + begin, '"days":'.padEnd(n)]],
    ['text that has passed a limit', 4096, (n) => [city.padEnd(4001, 'x'), 'x'.repeat(n - 4001)]],
    ['white space in front of it', 32, (n) => [`${mark}${begin}"days": "`, ' '.repeat(n)]],
  ])('%s', (_, most, holds, options = {}) => {
    expect(told(holds(most), options)).toEqual([])
    expect(told(holds(most + 1), options)).not.toEqual([])
  })

  test('white space that comes behind text in one chunk', () => {
    const textOf = (n: number) => {
      const parser = createParser({ tools, limits })
      parser.push('Hi')
      return parser.push(`there${' '.repeat(n)}`)
    }
    expect(textOf(4000)).toEqual([{ type: 'text', text: 'there' }])
    expect(textOf(4001)).toEqual([{ type: 'text', text: `there${' '.repeat(4001)}` }])
  })

  test('white space that is more of what was too much is held no longer', () => {
    const parser = createParser({ tools, limits })
    parser.push(`Hi${' '.repeat(4001)}`)
    expect(parser.push(' ')).toEqual([{ type: 'text', text: ' ' }])
  })
})
