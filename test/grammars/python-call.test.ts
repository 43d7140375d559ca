import { describe, expect, test } from 'vitest'
import { createPythonCall } from '../../src/grammars/python-call.js'
import { type ReadOptions, readEverySplit, tool } from './read-call.js'

const tools = [
  tool('f', { a: {}, b: {}, c: {} }),
  tool('book', { guest: { type: 'object', properties: { name: {} } }, nights: { type: 'integer' } }),
  tool('ping'),
]

const read = (text: string, options: ReadOptions = {}) =>
  readEverySplit(createPythonCall, text, { name: 'f', tools, ...options })

describe('a well-formed call', () => {
  test.each([
    ['()', '{}'],
    ['( )', '{}'],
    ["(a='Paris')", '{"a":"Paris"}'],
    ["(a='x', b=3, c=None)", '{"a":"x", "b":3, "c":null}'],
    ['(a=True, b=false, c=null)', '{"a":true, "b":false, "c":null}'],
    ['(\n  a = 1,\n  b = 2,\n)', '{\n  "a": 1,\n  "b": 2\n}'],
    ['(a=-1, b=1_000, c=.5)', '{"a":-1, "b":1000, "c":0.5}'],
    ['(a=1e5, b=0x1F, c=12345678901234567890)', '{"a":1e5, "b":31, "c":12345678901234567890}'],
    ['(a=[1, "x", [2]], b=[])', '{"a":[1, "x", [2]], "b":[]}'],
    ['(a=(1, 2), b=(), c=(1,))', '{"a":[1, 2], "b":[], "c":[1]}'],
    ['(a=("x"), b=(5), c=((("y"))))', '{"a":"x", "b":5, "c":"y"}'],
    ['(a=("x", ("y")), b=(("x",),))', '{"a":["x", "y"], "b":[["x"]]}'],
    ["(a={'k': 1, \"l\": {'m': (1, 2)}})", '{"a":{"k": 1, "l": {"m": [1, 2]}}}'],
    ["(a={1: 'x', True: 'y'})", '{"a":{"1": "x", "True": "y"}}'],
    ["(a={'x', 'y'}, b={1, 2}, c={})", '{"a":["x", "y"], "b":[1, 2], "c":{}}'],
    ["(a={'x'}, b={(1, 2), (3,)}, c={None})", '{"a":["x"], "b":[[1, 2], [3]], "c":[null]}'],
    ['(a={-1, 2})', '{"a":[-1, 2]}'],
    ['(a=dict(x=1, y="z"), b=dict())', '{"a":{"x":1, "y":"z"}, "b":{}}'],
    ['(a=dict(x=dict(y=[1])))', '{"a":{"x":{"y":[1]}}}'],
    [`(a="it's", b='say "hi"')`, `{"a":"it's", "b":"say \\"hi\\""}`],
    [`(a='', b="", c="""""")`, '{"a":"", "b":"", "c":""}'],
    [`(a='''x''', b="""y "quoted" z""")`, '{"a":"x", "b":"y \\"quoted\\" z"}'],
    ['(a="""line 1\n\tline 2\n""")', '{"a":"line 1\\n\\tline 2\\n"}'],
    [`(a="""ends in "quotes\\"""", b="""four"""")`, '{"a":"ends in \\"quotes\\"", "b":"four\\""}'],
    [`(a=r'\\d+\\n', b=f"{x}", c=rb'\\'')`, `{"a":"\\\\d+\\\\n", "b":"{x}", "c":"\\\\'"}`],
    [`(a='\\x41\\u00e9\\U0001F600', b='a\\\nb\\0')`, `{"a":"A\\u00e9😀", "b":"ab\\u0000"}`],
    [`(a='x' 'y', b='x'\n  "y" r'\\z', c='x' + "y")`, `{"a":"xy", "b":"xy\\\\z", "c":"xy"}`],
    [`(a=('one '\n 'two'), b=['x' 'y', 'z'])`, '{"a":"one two", "b":["xy", "z"]}'],
    [`(a={'k': 'x' 'y', 'l': 'z'})`, '{"a":{"k": "xy", "l": "z"}}'],
    ['(**{"a": 1, \'b\': 2})', '{"a": 1, "b": 2}'],
    ['(c=0, **{"a": 1}, b=2)', '{"c":0, "a": 1, "b":2}'],
    ['({"a": 1, \'b\': [2]})', '{"a": 1, "b": [2]}'],
    ['({"a": {"b": 1}}, c=2)', '{"a": {"b": 1}, "c":2}'],
    ['({})', '{}'],
    ['(a="x)", b="(", c="y, c=1")', '{"a":"x)", "b":"(", "c":"y, c=1"}'],
    ['(a="</tool_call>", b="<b>")', '{"a":"</tool_call>", "b":"<b>"}'],
  ])('%s', (text, args) => {
    expect(read(text)).toMatchObject({ outcome: 'closed', isCall: true, args, changes: [], rest: '' })
  })

  test('leaves what follows it', () => {
    expect(read('(a=1), g()]').rest).toBe(', g()]')
  })

  test.each([
    [`(a="x")', 'g()']`, `', 'g()']`],
    [`(a="x", b=['y'])"`, '"'],
    [`(a={'k': "y"})']`, `']`],
  ])('in quotes of another kind ends before them: %s', (text, rest) => {
    expect(read(text)).toMatchObject({ outcome: 'closed', isCall: true, changes: [], rest })
  })

  test('goes on where a quote of the string itself follows', () => {
    expect(read(`(a="x")", b="y")`)).toMatchObject({ args: `{"a":"x\\")", "b":"y"}` })
  })

  test.each([['(a=1  # one\n, b=2)', '{"a":1, "b":2}', 'comment 1']])(
    'with a comment',
    (text, args, change) => {
      expect(read(text)).toMatchObject({ args, changes: [change] })
    },
  )
})

describe('what is no literal is kept as it is written', () => {
  test.each([
    ['1 / 6', '1 / 6'],
    ['2 * (3 + 4)', '2 * (3 + 4)'],
    ['(1 + 2) * 3', '(1 + 2) * 3'],
    ['((1 + 2) * (3))', '(1 + 2) * (3)'],
    ['1 + 2', '1 + 2'],
    ['date(2024, 1, 5)', 'date(2024, 1, 5)'],
    ['g(h(1, "a, b)"), x=[1, 2])', 'g(h(1, "a, b)"), x=[1, 2])'],
    ['rows[0]["k, l"].name', 'rows[0]["k, l"].name'],
    ['dict([("a", 1)])', 'dict([("a", 1)])'],
    ['dict(other)', 'dict(other)'],
    ['os.path', 'os.path'],
    ['New York', 'New York'],
    ["it's fine", "it's fine"],
  ])('%s', (text, value) => {
    const result = read(`(a=${text}, b=2)`)
    expect(JSON.parse(result.args ?? '')).toEqual({ a: value, b: 2 })
    expect(result.changes).toEqual(['bare-word 1'])
  })
})

describe('arguments without names', () => {
  test.each([
    ['("x", 2, c=3)', '{"a":"x", "b":2, "c":3}', ['positional-argument 2']],
    ["('x', [1], (2, 3))", '{"a":"x", "b":[1], "c":[2, 3]}', ['positional-argument 3']],
    ["('x', -1, None)", '{"a":"x", "b":-1, "c":null}', ['positional-argument 3']],
    ["(r'\\d', f(1), x)", '{"a":"\\\\d", "b":"f(1)", "c":"x"}', ['positional-argument 3', 'bare-word 2']],
    ['({"other": 1})', '{"a":{"other": 1}}', ['positional-argument 1']],
    ['({"x", "y"})', '{"a":["x", "y"]}', ['positional-argument 1']],
    ['(b=1, "x")', '{"b":1}', ['extra-argument 1']],
    ['(1, 2, 3, [4], 5)', '{"a":1, "b":2, "c":3}', ['positional-argument 3', 'extra-argument 2']],
  ])('%s', (text, args, changes) => {
    const result = read(text)
    expect(result).toMatchObject({ isCall: true, args })
    expect(result.changes.toSorted()).toEqual(changes.toSorted())
  })

  test('a dict is the first parameter where that is an object', () => {
    const { args } = read('({"name": "Ann"}, 3)', { name: 'book' })
    expect(args).toBe('{"guest":{"name": "Ann"}, "nights":3}')
    expect(read('({})', { name: 'book' }).args).toBe('{"guest":{}}')
    expect(read('({"guest": {"name": "Ann"}})', { name: 'book' }).args).toBe('{"guest": {"name": "Ann"}}')
  })

  test('no parameter is made up', () => {
    expect(read('("x", {"k": 1})', { name: 'ping' })).toMatchObject({
      args: '{}',
      changes: ['extra-argument 2'],
    })
    expect(read('("x", {"k": 1})', { name: 'ping' }).details[0]).toContain('"x"{"k": 1}')
    expect(read('("x")', { tools: undefined })).toMatchObject({ args: '{}', changes: ['extra-argument 1'] })
    expect(read('({"x": 1})', { tools: undefined })).toMatchObject({ args: '{"x": 1}', changes: [] })
  })
})

describe('broken quotes', () => {
  test.each([
    [`(a='It's', b=1)`, { a: "It's", b: 1 }],
    [`(a='ATP (Men's Singles)', b='x')`, { a: "ATP (Men's Singles)", b: 'x' }],
    [`(a="say "hi" to", b=1)`, { a: 'say "hi" to', b: 1 }],
    [`(a='rock 'n' roll')`, { a: "rock 'n' roll" }],
    [`(a=['it's', 'x'])`, { a: ["it's", 'x'] }],
    [`(a={'k': 'it's', 'c': 1})`, { a: { k: "it's", c: 1 } }],
    [`(a="""def x():\n  """doc"""\n  return 1""")`, { a: 'def x():\n  """doc"""\n  return 1' }],
    [
      `(a='SELECT * FROM t WHERE b='c' AND d='e'', b=2)`,
      { a: "SELECT * FROM t WHERE b='c' AND d='e'", b: 2 },
    ],
    [`('It's', 'x')`, { a: "It's", b: 'x' }],
  ])('%s', (text, args) => {
    const result = read(text)
    expect(JSON.parse(result.args ?? '')).toEqual(args)
    expect(result.changes.join()).toContain('inner-quotes')
  })

  test('the next call in a list is no text', () => {
    expect(read(`(a='It's'), g(b='x')]`).rest).toBe(`, g(b='x')]`)
    expect(read(`(a='It's')\ng(b='x')`).rest).toBe(`\ng(b='x')`)
  })
})

describe('mended', () => {
  test.each([
    ['(a="x" b=1)', '{"a":"x","b":1}', 'missing-comma 1'],
    ['(a=[1, 2)', '{"a":[1, 2]}', 'missing-bracket 1'],
    ['(a={"k": [1, 2)', '{"a":{"k": [1, 2]}}', 'missing-bracket 2'],
    ['(a=, b=1)', '{"a":null, "b":1}', 'missing-value 1'],
    ['(a=1,, b=2)', '{"a":1, "b":2}', 'extra-comma 1'],
    ['(a: 1)', '{"a": 1}', ''],
    ['(a={"k" 1})', '{"a":{"k" :1}}', 'missing-colon 1'],
    ['(a={k: 1})', '{"a":{"k": 1}}', 'bare-key 1'],
    ['(a=1]', '{"a":1}', 'extra-bracket 1'],
    ['(a=("x"', '{"a":"x"}', 'missing-bracket 2'],
    ['(a={"x", "y"', '{"a":["x", "y"]}', 'missing-bracket 2'],
    ['(a="x"</tool_call>', '{"a":"x"}', 'missing-bracket 1'],
    ['(a="x"\n</tool_call>', '{"a":"x"\n}', 'missing-bracket 1'],
    ['(a=g(1</tool_call>', '{"a":"g(1"}', 'missing-bracket 1'],
  ])('%s', (text, args, change) => {
    const result = read(text)
    expect(result).toMatchObject({ isCall: true, args })
    if (change !== '') expect(result.changes).toContain(change)
  })
})

describe('cut short', () => {
  test.each([
    ['(a', '{'],
    ['(a=', '{"a":'],
    ['(a="x', '{"a":"x'],
    ['(a=("x", "y', '{"a":["x", "y'],
    ['(a=12', '{"a":'],
    ['(a=g(1', '{"a":'],
  ])('%s', (text, args) => {
    expect(read(text)).toMatchObject({ outcome: 'cut', isCall: false, args })
  })

  test('by its length is no call', () => {
    expect(read('(a="x"', { stopped: false })).toMatchObject({ outcome: 'cut', isCall: false })
  })
})
