import { describe, expect, test } from 'vitest'
import { createXmlCall } from '../../src/grammars/xml-call.js'
import { type ReadOptions, readChunks, readEverySplit, tool } from './read-call.js'

const tools = [
  tool('get_weather', { city: { type: 'string' }, days: { type: 'integer' } }),
  tool('write', { path: { type: 'string' }, content: { type: 'string' } }),
  tool('set', {
    on: { type: 'boolean' },
    maybe: { type: ['string', 'null'] },
    any: {},
    ratio: { type: 'number' },
    tags: { type: 'array', items: { type: 'string' } },
    place: {
      type: 'object',
      properties: {
        name: { type: 'string' },
        zip: { type: 'string' },
        floor: { type: 'integer' },
        rooms: { type: 'array' },
      },
    },
    stops: {
      type: 'array',
      items: { type: 'object', properties: { name: { type: 'string' }, minutes: { type: 'integer' } } },
    },
    mode: { enum: ['fast', 'slow'] },
    either: { anyOf: [{ type: 'string' }, { type: 'number' }] },
    listOrText: { type: ['array', 'string'] },
  }),
]

const read = (text: string, options: ReadOptions = {}) =>
  readEverySplit(createXmlCall, text, { tools, ...options })

/** One value in a call of `set`. */
const value = (key: string, text: string) =>
  `<function=set>\n<parameter=${key}>\n${text}\n</parameter>\n</function>\n</tool_call>`

describe('a well-formed call', () => {
  test.each([
    [
      'as Qwen3-Coder writes it',
      '<function=get_weather>\n<parameter=city>\nParis\n</parameter>\n<parameter=days>\n3\n</parameter>\n</function>\n</tool_call>',
      '{"city": "Paris", "days": 3}',
    ],
    [
      'as MiniMax M2 writes it',
      '<invoke name="get_weather">\n<parameter name="city">Paris</parameter>\n<parameter name="days">3</parameter>\n</invoke>\n',
      '{"city": "Paris", "days": 3}',
    ],
    [
      'with another attribute',
      '<function name="get_weather"><parameter name="city" string="true">x</parameter></function>',
      '{"city": "x"}',
    ],
    ['without parameters', '<function=get_weather>\n</function>', '{}'],
    ['in one closed tag', '<function=get_weather/>', '{}'],
    [
      'with an object behind the name',
      '<function=get_weather>{"city": "Paris"}</function>',
      '{"city": "Paris"}',
    ],
    [
      'with quotes around the names',
      `<function="get_weather"><parameter='city'>x</parameter></function>`,
      '{"city": "x"}',
    ],
  ])('%s', (_, text, args) => {
    expect(read(text)).toMatchObject({
      outcome: 'closed',
      isCall: true,
      name: 'get_weather',
      args,
      changes: [],
    })
  })

  test('leaves what follows it', () => {
    expect(read('<function=get_weather>\n</function>\n</tool_call> and').rest).toBe('\n</tool_call> and')
  })
})

describe('a value is what the schema declares', () => {
  test.each([
    ['maybe', 'null', 'null'],
    ['maybe', '5', '"5"'],
    ['maybe', 'some "text"', '"some \\"text\\""'],
    ['on', 'true', 'true'],
    ['on', 'maybe', '"maybe"'],
    ['ratio', ' 0.50 ', '0.50'],
    ['ratio', '1/6', '"1/6"'],
    ['ratio', '"5"', '"5"'],
    ['ratio', '"five', '"\\"five"'],
    ['ratio', '"""(', '"\\"\\"\\"("'],
    ['ratio', '12345678901234567890', '12345678901234567890'],
    ['tags', '["a", "b"]', '["a", "b"]'],
    ['tags', 'a, b', '"a, b"'],
    ['tags', '[1] and more', '"[1] and more"'],
    ['place', '{"name": "x", "floor": 2}', '{"name": "x", "floor": 2}'],
    ['mode', 'fast', '"fast"'],
    ['any', '5', '5'],
    ['any', '[1, {"a": null}]', '[1, {"a": null}]'],
    ['any', "['a']", `"['a']"`],
    ['any', 'plain', '"plain"'],
    ['either', '5', '5'],
    ['either', '"5"', '"\\"5\\""'],
    ['either', 'null', '"null"'],
    ['listOrText', '1, 2', '"1, 2"'],
    ['listOrText', '{}, {}', '"{}, {}"'],
    ['undeclared', '5', '5'],
    ['undeclared', 'hello', '"hello"'],
  ])('%s: %s', (key, text, json) => {
    expect(read(value(key, text))).toMatchObject({ isCall: true, args: `{"${key}": ${json}}`, changes: [] })
  })

  test.each([
    ['on', 'True', 'true', 'python-literal 1'],
    ['ratio', '1_000', '1000', 'number-form 1'],
    ['tags', "['a', 'b',]", '["a", "b"]', 'single-quotes 2'],
    ['place', "{'name': None", '{"name": null\n}', 'missing-bracket 1'],
  ])('%s: %s, mended', (key, text, json, change) => {
    const { args, changes } = read(value(key, text))
    expect(args).toBe(`{"${key}": ${json}}`)
    expect(changes).toContain(change)
  })

  test('every type is read from references and from what a schema is put together of', () => {
    const schema = {
      $defs: { n: { type: 'integer' } },
      properties: { a: { $ref: '#/$defs/n' }, b: { allOf: [{ type: 'boolean' }] } },
    }
    const declared = [{ type: 'function' as const, function: { name: 'set', parameters: schema } }]
    const text = '<function=set><parameter=a>1</parameter><parameter=b>true</parameter></function>'
    expect(read(text, { tools: declared }).args).toBe('{"a": 1, "b": true}')
  })

  test('a custom tool gets text', () => {
    const custom = [{ type: 'custom' as const, custom: { name: 'run' } }]
    const text = '<function=run>\n<parameter=input>\n5\n</parameter>\n</function>'
    expect(readChunks(createXmlCall, [text], { tools: custom }).args).toBe('5')
  })
})

describe('nested XML', () => {
  test.each([
    ['place', '<name>Home</name><zip>01234</zip><floor>2</floor>', '{"name":"Home","zip":"01234","floor":2}'],
    ['place', '<name>a < b && c</name>', '{"name":"a < b && c"}'],
    ['place', '<name>&lt;b&gt; &amp;</name>', '{"name":"&lt;b&gt; &amp;"}'],
    ['place', '<name> </name><floor>two</floor>', '{"name":" ","floor":"two"}'],
    ['place', '<rooms></rooms>', '{"rooms":[]}'],
    ['tags', '<item>a</item><item>5</item>', '["a","5"]'],
    [
      'stops',
      '<stop><name>x</name><minutes>5</minutes></stop>\n<stop><name>y</name></stop>',
      '[{"name":"x","minutes":5},{"name":"y"}]',
    ],
    ['place', '<extra><a>1</a><a>2</a></extra>', '{"extra":{"a":["1","2"]}}'],
  ])('%s: %s', (key, text, json) => {
    expect(read(value(key, text))).toMatchObject({ args: `{"${key}": ${json}}`, changes: ['nested-xml 1'] })
  })

  test.each([
    ['that is not closed', '<name>x'],
    ['with a reserved name', '<__proto__><admin>true</admin></__proto__>'],
    ['with a constructor', '<constructor>1</constructor>'],
    ['with what every object has', '<hasOwnProperty>1</hasOwnProperty>'],
    ['with attributes', '<name lang="en">x</name>'],
    ['with a declaration', '<!DOCTYPE a [<!ENTITY b "c">]><name>&b;</name>'],
    ['with text between elements', '<name>x</name> and <floor>1</floor>'],
    ['nested deeper than arguments', '<a>'.repeat(300) + '</a>'.repeat(300)],
  ])('%s stays text', (_, text) => {
    expect(read(value('place', text))).toMatchObject({
      args: `{"place": ${JSON.stringify(text)}}`,
      changes: [],
    })
  })

  test('stays text without a reader for it', () => {
    expect(read(value('place', '<name>x</name>'), { withoutXml: true }).args).toBe(
      '{"place": "<name>x</name>"}',
    )
  })
})

const write = (content: string, end = '\n</parameter>\n</function>\n</tool_call>') =>
  `<function=write>\n<parameter=path>\na\n</parameter>\n<parameter=content>\n${content}${end}`

describe('text in a string stays text', () => {
  test.each([
    ['comparisons', 'if (a < b && c > d) x = "y\\n"'],
    ['HTML', '<div class="a">\n</div>'],
    ['tags of the grammar', 'use <parameter> and </parameter> and <function=f> here'],
    ['a closing tag in quotes', 'x = "</parameter>"'],
    ['a closing tag and more', 'a </parameter>\nb'],
    ['the end of a function and more', 'a </function>\nb'],
    ['the closing mark and more', 'a </tool_call>\nb'],
    ['a key that is no parameter', '<parameter=other>\nx'],
    [
      'a whole call',
      'Example:\n<function=set>\n<parameter=on>\ntrue\n</parameter>\n</function>\n</tool_call>\nDone.',
    ],
    ['two calls', '<function=a>\n</function>\n</tool_call>\n<function=b>\n</function>\n</tool_call> x'],
    ['blank lines around it', '\n\nx\n\n'],
    ['Windows line breaks', 'a\r\nb\r\n'],
    ['control tokens', '<|im_end|> <think>'],
    ['surrogates', 'a😀b'],
    ['entities', '&lt;a&gt; &amp;'],
    ['nothing', ''],
  ])('%s', (_, content) => {
    const result = read(write(content))
    expect(JSON.parse(result.args ?? '')).toEqual({ path: 'a', content })
    expect(result).toMatchObject({ outcome: 'closed', isCall: true, changes: [], rest: '\n</tool_call>' })
  })

  test('a control token that was neutralised is written as it was', () => {
    expect(read(write('<\u2060|im_end|>'))).toMatchObject({
      args: '{"path": "a", "content": "<|im_end|>"}',
      changes: ['restored-token 1'],
    })
  })
})

describe('forgotten tags', () => {
  test.each([
    [
      'of a value before the next',
      '<function=write><parameter=path>a\n<parameter=content>b</parameter></function>',
      'closed',
    ],
    [
      'of a value before the end',
      '<function=write><parameter=path>a</parameter><parameter=content>b\n</function>\n</tool_call>',
      'closed',
    ],
    ['of a value and the function', write('b', '\n</tool_call>\n'), 'unclosed-mark'],
    ['of the function', write('b', '\n</parameter>\n</tool_call>'), 'tagged'],
    ['of everything behind the last value', write('b', '</parameter>'), 'unclosed'],
    ['of the function before the next call', write('b', '</parameter><tool_call>{}'), 'closed'],
  ])('%s', (_, text, outcome) => {
    const result = read(text)
    expect(result).toMatchObject({ isCall: true, args: '{"path": "a", "content": "b"}' })
    expect(result.changes[0]).toMatch(/^missing-tag/)
    if (outcome !== 'unclosed-mark') expect(result.outcome).toBe(outcome)
  })

  test('a bracket of a tag', () => {
    expect(read('<function=write\n<parameter=path\na</parameter></function>')).toMatchObject({
      name: 'write',
      args: '{"path": "a"}',
      changes: ['missing-tag 1'],
    })
  })

  test('a key that is too long to be one is left out', () => {
    const long = 'k'.repeat(300)
    const text = `<function=write><parameter=path>a</parameter><parameter=${long}></function>`
    expect(read(text)).toMatchObject({ isCall: true, args: '{"path": "a"}', changes: ['stray-text 45'] })
  })
})

describe('a header', () => {
  test.each([
    ['in other letters', '<Function=write><Parameter=path>a</Parameter></Function>'],
    ['with white space', '<function = write><parameter=path>a</parameter></function>'],
    ['of another word', '<tool=write><parameter=path>a</parameter></tool>'],
  ])('%s', (_, text) => {
    expect(read(text)).toMatchObject({ isCall: true, args: '{"path": "a"}', changes: [] })
  })

  test('in its own letters makes other letters in a value text', () => {
    const text =
      '<function=write><parameter=content><Parameter></Parameter></Function></parameter></function>'
    expect(read(text)).toMatchObject({ args: '{"content": "<Parameter></Parameter></Function>"}' })
  })
})

describe('no call', () => {
  test.each([
    ['words', '<function=write> is how', ' is how'],
    ['another tag', '<function=write><b>', '<b>'],
    ['another header', '<functions>x', 's>x'],
    ['no name', '<function=>\n', '>\n'],
  ])('%s', (_, text, rest) => {
    const result = read(text)
    expect(result).toMatchObject({ outcome: 'stopped', isCall: false, args: undefined })
    expect(rest.endsWith(result.rest)).toBe(true)
  })
})

describe('a call that is cut short', () => {
  test.each([
    ['in the header', '<function=wri', undefined],
    ['before arguments', '<function=write>\n', undefined],
    ['in a key', '<function=write><parameter=pa', undefined],
    ['in a string', '<function=write><parameter=path>a\nb', '{"path": "a\\nb'],
    ['in a value that is held', '<function=get_weather><parameter=days>12', '{"days": '],
    [
      'in an example',
      write('<tool_call>\n<function=a>\n<parameter=b>', '\n</parameter>\n</function>\n</tool_call>'),
      '{"path": "a", "content": "<tool_call>\\n<function=a>\\n<parameter=b>\\n</parameter>\\n</function>\\n</tool_call>',
    ],
  ])('%s', (_, text, args) => {
    expect(read(text)).toMatchObject({ outcome: 'cut', isCall: false, args })
  })

  test('gives what was held', () => {
    expect(read('<function=get_weather><parameter=days>12').rest).toBe('12')
    expect(read('<function=write><parameter=path>a\n</para').rest).toBe('\n</para')
  })

  test('by its length is no call, even where only tags are missing', () => {
    expect(read('<function=write><parameter=path>a</parameter>', { stopped: false })).toMatchObject({
      outcome: 'cut',
      isCall: false,
    })
  })
})
