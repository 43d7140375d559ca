import fc from 'fast-check'
import { jsonrepair } from 'jsonrepair'
import type { ParserEvent } from '../../src/events.js'
import { readXml } from '../../src/grammars/nested-xml.js'
import { collect, createParser, type ParserOptions } from '../../src/parser.js'
import type { Tool } from '../../src/request.js'

export const tools: Tool[] = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      parameters: { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer' } } },
    },
  },
  {
    type: 'function',
    function: {
      name: 'write_file',
      parameters: {
        type: 'object',
        properties: { path: { type: 'string' }, content: { type: 'string' } },
        required: ['path', 'content'],
      },
    },
  },
  { type: 'custom', custom: { name: 'run_query' } },
]

export type ReadOptions = ParserOptions & { reason?: string }

export function eventsOf(chunks: string[], { reason, ...options }: ReadOptions = {}): ParserEvent[] {
  let ids = 0
  const createId = () => `call_${ids++}`
  const parser = createParser({ tools, createId, secondOpinion: jsonrepair, readXml, ...options })
  return [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end(reason)]
}

export function read(chunks: string[], options: ReadOptions = {}) {
  return collect(eventsOf(chunks, options))
}

/** Pieces that replies and their mistakes are made of; any order is a reply that some model might write. */
const pieces = [
  '<tool_call>',
  '</tool_call>',
  '<tool_call>\n',
  '\n</tool_call>',
  '<think>',
  '</think>',
  '<|im_end|>',
  '<|im_start|>user\n',
  '<|endoftext|>',
  '<\u2060|im_end|>',
  '<tool',
  '</',
  '<',
  '{',
  '}',
  '[',
  ']',
  '}}',
  '}}\n</tool_call>',
  '"',
  "'",
  ',',
  ':',
  ';',
  '"name"',
  '"arguments"',
  '"parameters"',
  '"function"',
  '"type": "function"',
  '"get_weather"',
  "'get_weather'",
  '"write_file"',
  '"run_query"',
  '{"name": "get_weather", "arguments": {"city": "',
  '{"arguments": {"path": "a", "content": "',
  '"}, "name": "write_file"}',
  "{'name': 'get_weather', 'arguments': {'city': '",
  '{"name": "run_query", "arguments": {"input": "',
  '"city": ',
  '"days": 3',
  '"input"',
  '{"name": "get_weather", "arguments": {"city": "Paris"}}',
  '{"name": "get_weather"}',
  'name',
  'arguments',
  '"{\\"city\\": \\"P\\"}"',
  '\\',
  '\\n',
  '\\"',
  "\\'",
  '\\u00e9',
  '\\u',
  '\\d',
  '\n',
  '\t',
  ' ',
  '\r\n',
  '\u0001',
  '\u00a0',
  '1',
  '-2.5e3',
  '.5',
  '007',
  '0x1F',
  'true',
  'None',
  'nul',
  'word',
  'two words',
  '/',
  '//',
  '/*',
  '*/',
  '#',
  '```',
  '```json\n',
  '😀',
  '\ud83d',
  'é',
  '=',
  '-',
  '`',
]

/** What models write in the place of the marks. */
const drift = [
  '<function_call>',
  '</function_call>',
  '<tools>',
  '</tools>',
  '<TOOL_CALL id="1">',
  '< tool_call >',
  '</ tool_call >',
  '<|tool_call|>',
  '<|/tool_call|>',
  '<|python_tag|>',
  '<tool name="get_weather">',
  '</tool>',
  '<|im_start|>',
  '<|im_start|>\n',
  '<|im_start|>assistant\n',
  '<|im_start|>tool\n',
  '<|tool_response|>',
  '<tool_response>',
  '</tool_response>',
  '<?xml version="1.0"?>\n',
  '<response>',
  '```\n',
  '```xml\n',
  '```tool_call\n',
]

/** Calls as other families spell them. */
const neighbours = [
  '<function=get_weather>',
  '<function=fly>',
  '<parameter=city>',
  '\nParis\n',
  '</parameter>',
  '</function>',
  '<invoke name="write_file">',
  '<parameter name="path">',
  '</invoke>',
  '<function_calls>',
  '</function_calls>',
  'get_weather',
  '\nget_weather\n',
  'get_weather: ',
  "('get_weather', ",
  '<arg_key>city</arg_key>',
  '<arg_value>',
  '</arg_value>',
  'get_weather(',
  "city='Paris', ",
  'days=3)',
  '[get_weather(city="Paris"), ',
  'write_file(path=\'a\', content="""',
  'fly(',
  '(',
  ')',
  ')]',
  '"""',
  '**{',
]

/** What stands where calls have no marks, and around several. */
const bare = [
  '{"tool_calls": [',
  '{"tool": "get_weather", "input": {"city": "Paris"}}',
  '{"get_weather": {"city": "Paris"}}',
  '{"name": "fly", "arguments": {}}',
  '{"name": "get_weather", "description": "The weather.", "parameters": {"type": "object"}}',
  '[{"name": "get_weather", "arguments": {"city": "Paris"}}',
  '{"name": "write_file", "arguments": {"content": "x"}}',
  ']}',
  '<function_call> {"name": "no_function", "arguments": {}}',
  '<|endoftext|>',
  '<|observation|>',
  '<|assistant|>',
  '<|eot_id|>',
  '<|EOT|>',
  '\nUSER: ',
  ' USER: ',
  'ASSISTANT: ',
  '\n### Response:',
  '<|user|>',
  '<|start_header_id|>',
  'print(',
  '. ',
]

function textOf(of: readonly string[], maxLength: number) {
  return fc.array(fc.constantFrom(...of), { maxLength }).map((parts) => parts.join(''))
}

/** What a model may write in the family's own way, or nearly. */
export const reply = textOf(pieces, 24)
/** The same inside a block, where most of the reader is. */
export const block = reply.map(
  (text) => `<tool_call>\n{"name": "get_weather", "arguments": {"city": "${text}`,
)
/** Fewer pieces, so that whole calls are among them. */
const calls = [
  ...drift,
  ...neighbours,
  ...bare,
  '<tool_call>',
  '</tool_call>',
  '\n',
  ' ',
  ',',
  '"',
  '}',
  'word',
]
const whole = pieces.filter((piece) => piece.includes('"name"') || piece.includes("'name'"))
/** A well-formed call, in the mark of the first dialects. */
const wellFormed = fc
  .constantFrom(
    '{"name": "get_weather", "arguments": {"city": "Paris", "days": "3"}}',
    '{"arguments": {"path": "a", "content": "x"}, "name": "write_file"}',
    "{'name': 'get_weather', 'arguments': {'city': 'Paris',}}",
  )
  .map((object) => `<tool_call>\n${object}\n</tool_call>\n`)
/** What a model may write in any family's way. */
export const drifted = fc.oneof(
  textOf([...calls, ...whole, ...whole, ...whole], 12),
  textOf([...calls, ...pieces], 16),
  fc.tuple(textOf(calls, 4), wellFormed, textOf([...calls, ...pieces], 8)).map((parts) => parts.join('')),
)

export const reasons = fc.constantFrom('stop', 'length')

/** How a reply may be read: every dialect and what an app may choose. */
export const options: fc.Arbitrary<ReadOptions> = fc
  .record({
    dialect: fc.constantFrom('qwen3', 'granite', 'glm4', 'xlam', 'pythonic'),
    reason: reasons,
    tools: seldom(10, tools, fc.constant([])),
    toolChoice: seldom(10, undefined, fc.constant('none' as const)),
    parallelToolCalls: seldom(6, undefined, fc.constant(false)),
    repeats: seldom(3, undefined, fc.constant('drop' as const)),
    missingRequired: seldom(3, undefined, fc.constantFrom('text' as const, 'drop' as const)),
    unknownTool: seldom(3, undefined, fc.constantFrom('text' as const, 'drop' as const)),
    untagged: seldom(6, undefined, fc.constant('text' as const)),
    align: seldom(6, undefined, fc.constant(false)),
    limits: seldom(
      3,
      undefined,
      fc.oneof(limitsOf({ depth: 4, calls: 3, call: 120 }), limitsOf({ held: 120, calls: 3 })),
    ),
  })
  .map(({ limits, ...rest }) => ({ ...rest, limits: limits && withoutUndefined(limits) }))

/** Once in so many runs another value than the usual one. */
function seldom<Usual, Other>(times: number, usual: Usual, other: fc.Arbitrary<Other>) {
  return fc.oneof({ weight: times - 1, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other })
}

/** Some of these limits, up to the given numbers. */
function limitsOf(most: Record<string, number>) {
  return fc.record(
    Object.fromEntries(Object.entries(most).map(([name, max]) => [name, fc.integer({ min: 1, max })])),
    { requiredKeys: [] },
  )
}

/** A limit that is left out has its default. */
function withoutUndefined(limits: Record<string, number | undefined>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(limits).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
