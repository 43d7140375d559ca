import { inspect } from 'node:util'
import { jsonrepair } from 'jsonrepair'
import type { ChangeKind } from '../../src/events.js'
import { readXml } from '../../src/grammars/nested-xml.js'
import type { ParserOptions } from '../../src/parser.js'
import type { Tool } from '../../src/request.js'

/** A reply that leads to a kind of change, and what the parser is told beside the tools. */
export interface ChangeExample {
  reply: string
  options?: ParserOptions & { finishReason?: string }
}

const properties = {
  t: { type: 'string' },
  n: { type: 'number' },
  on: { type: 'boolean' },
  list: { type: 'array' },
  o: { type: 'object' },
  unit: { enum: ['C', 'K'] },
  none: { type: 'null' },
}
const n = { n: properties.n }

/** What the page says of them stands above its table. */
export const exampleTools: Tool[] = [
  { type: 'function', function: { name: 'f', parameters: { type: 'object', properties } } },
  { type: 'function', function: { name: 'g', parameters: { properties: n, required: ['n'] } } },
  { type: 'function', function: { name: 'h', parameters: { properties: n }, strict: true } },
]

const marked = (text: string) => `<tool_call>${text}</tool_call>`
const f = (args: string) => `{"name": "f", "arguments": ${args}}`
const called = (args: string): ChangeExample => ({ reply: marked(f(args)) })
const block = (text: string): ChangeExample => ({ reply: marked(text) })

export const changeExamples: Record<ChangeKind, ChangeExample> = {
  'single-quotes': called(`{'t': 'a'}`),
  'smart-quotes': called(`{“t”: “a”}`),
  'token-quotes': called(`{"t": <|"|>a<|"|>}`),
  'triple-quotes': called(`{"t": """a"""}`),
  'inner-quotes': called(`{"t": "say "hi" to me"}`),
  'raw-newline': called('{"t": "a\nb"}'),
  'raw-tab': called('{"t": "a\tb"}'),
  'raw-control': called('{"t": "a\u0001b"}'),
  'invalid-escape': called('{"t": "C:\\Users"}'),
  'escaped-apostrophe': called(`{"t": "it\\'s"}`),
  'python-literal': called('{"on": True}'),
  'number-form': called('{"n": .5}'),
  tuple: called('{"list": (1, 2)}'),
  'bare-word': called('{"t": Oslo}'),
  'bare-key': called('{t: "a"}'),
  comment: called('{"n": 1 /* one */}'),
  'extra-comma': called('{"n": 1,}'),
  'missing-comma': called('{"n": 1 "t": "a"}'),
  'missing-colon': called('{"n" 1}'),
  'missing-value': called('{"n": 1, "x": }'),
  'missing-bracket': block('{"name": "f", "arguments": {"n": 1}'),
  'missing-quote': called('{"t": "a}'),
  'missing-tag': block('<function=f><parameter=n>1</function>'),
  'extra-bracket': block(`${f('{"n": 1}')}}`),
  'stray-text': called('{... "n": 1}'),
  'name-key': block('{"tool": "f", "arguments": {}}'),
  'arguments-key': block('{"name": "f", "parameters": {}}'),
  'string-arguments': block('{"name": "f", "arguments": "{\\"n\\": 1}"}'),
  'list-arguments': block('{"name": "f", "arguments": [{"n": 1}]}'),
  'empty-arguments': block('{"name": "f"}'),
  'function-envelope': block('{"function": {"name": "f", "arguments": {}}}'),
  'flat-arguments': block('{"name": "f", "n": 1}'),
  'nested-xml': {
    reply: marked('<function=f><parameter=o><a>1</a></parameter></function>'),
    options: { readXml },
  },
  'positional-argument': block('g(1)'),
  'extra-argument': block('g(1, 2)'),
  'moved-name': block('{"arguments": {"n": 1, "name": "f"}}'),
  'duplicate-key': block('{"name": "f", "name": "g", "arguments": {}}'),
  'extra-key': block('{"name": "f", "thought": "Hm.", "arguments": {}}'),
  'undeclared-property': block('{"name": "h", "arguments": {"n": 1, "x": 2}}'),
  'property-name': called('{"N": 1}'),
  'repeated-property': called('{"N": 2, "n": 1}'),
  'null-property': called('{"n": null}'),
  'text-to-number': called('{"n": "5"}'),
  'text-to-boolean': called('{"on": "true"}'),
  'text-to-null': called('{"none": "null"}'),
  'text-to-json': called('{"list": "[1]"}'),
  'value-to-text': called('{"t": 5}'),
  'value-to-array': called('{"list": 1}'),
  'array-to-value': called('{"n": [1]}'),
  'enum-spelling': called('{"unit": "c"}'),
  arithmetic: called('{"n": "1/2"}'),
  fence: { reply: `\`\`\`json\n${marked(f('{}'))}\n\`\`\`` },
  'text-in-block': block(`${f('{}')} Done.`),
  'second-call': block(`${f('{}')} ${f('{"n": 1}')}`),
  'doubled-mark': { reply: `<tool_call>${marked(f('{}'))}` },
  'drifted-mark': { reply: `<tools>${f('{}')}</tools>` },
  'missing-mark': { reply: `${f('{}')}</tool_call>` },
  'other-grammar': block('f(n=1)'),
  'missing-required': {
    reply: marked('{"name": "g", "arguments": {}}'),
    options: { missingRequired: 'drop' },
  },
  'repeated-call': { reply: marked(f('{}')).repeat(2), options: { repeats: 'drop' } },
  'unclosed-reasoning': { reply: `<think>Hm. ${marked(f('{}'))}` },
  'control-token': { reply: 'Hi.<|im_end|>' },
  'restored-token': called('{"t": "<\u2060|im_end|>"}'),
  'next-turn': { reply: 'Hi.<|im_end|>\n<|im_start|>user\nAnd?' },
  'second-opinion': {
    reply: marked('{\\"name\\": \\"f\\", \\"arguments\\": {}}'),
    options: { secondOpinion: jsonrepair },
  },
  'not-a-call': block('{"n": 1}'),
  'corrected-name': block('{"name": "functions.F", "arguments": {}}'),
  'unknown-tool': {
    reply: marked('{"name": "other", "arguments": {}}'),
    options: { unknownTool: 'drop' },
  },
  'no-call': {
    reply: '<function_call> {"name": "no_function", "arguments": {}}',
    options: { dialect: 'granite' },
  },
  'not-allowed': {
    reply: marked(f('{}')),
    options: { toolChoice: { type: 'function', function: { name: 'g' } } },
  },
  'choice-not-met': { reply: 'Hi.', options: { toolChoice: 'required' } },
  'after-first-call': { reply: `${marked(f('{}'))} Done.`, options: { parallelToolCalls: false } },
  limit: { reply: marked(f('{"list": [[1]]}')), options: { limits: { depth: 2 } } },
  'after-limit': { reply: marked(f('{"t": "a longer text"}')), options: { limits: { call: 8 } } },
  cut: { reply: '<tool_call>{"name": "f", "arguments": {"n', options: { finishReason: 'length' } },
}

/** An example as a cell of the page's table. */
export function showExample({ reply, options = {} }: ChangeExample): string {
  const given = Object.entries(options).map(([name, value]) => {
    const shown = typeof value === 'function' ? value.name : inspect(value, { depth: null })
    return shown === name ? name : `${name}: ${shown}`
  })
  return [code(reply), ...given.map(code)].join(' with ')
}

/** What cannot be seen, or would end a table's line, has a sign. */
function code(text: string): string {
  const shown = text
    .replaceAll('\n', '⏎')
    .replaceAll('\t', '⇥')
    .replaceAll('\u0001', '␁')
    .replaceAll('\u2060', '·')
    .replaceAll('|', '\\|')
  return shown.includes('`') ? `\` ${shown} \`` : `\`${shown}\``
}
