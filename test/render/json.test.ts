import fc from 'fast-check'
import { expect, test } from 'vitest'
import { spaceJson, writeJson } from '../../src/render/json.js'
import { stringifyDeep } from '../../src/render/stringify.js'

test('spelled as Python spells it', () => {
  expect(writeJson({ b: [1, 'é,: "x"'], a: {}, c: [] })).toBe('{"b": [1, "é,: \\"x\\""], "a": {}, "c": []}')
  expect(writeJson("<b>&'/\u2028\x7f\x00\x1f\b\f\n\r\t\\")).toBe(
    '"<b>&\'/\u2028\x7f\\u0000\\u001f\\b\\f\\n\\r\\t\\\\"',
  )
  expect(writeJson(undefined)).toBe('null')
  expect(() => writeJson('\ud800')).not.toThrow()
})

test('respelled text keeps what its numbers are and the order of its keys', () => {
  expect(spaceJson(' {"2" :1.0 ,\n"1":[ 1e5,-0.0,12345678901234567890 ] }\n')).toBe(
    '{"2": 1.0, "1": [100000.0, -0.0, 12345678901234567890]}',
  )
  expect(spaceJson('[-0,-0.0,-0e0,"-0"]')).toBe('[0, -0.0, -0.0, "-0"]')
  expect(spaceJson('"\\u00e9\\/\\ud83c\\udf89\\u0001\\u2028 : , "')).toBe('"é/🎉\\u0001\u2028 : , "')
})

test('floats are written as Python writes them', () => {
  expect(writeJson([0.0001, 0.00001, -0.0000123, 1e-7, 1.5e-10, 5e-324, 1e21])).toBe(
    '[0.0001, 1e-05, -1.23e-05, 1e-07, 1.5e-10, 5e-324, 1e+21]',
  )
  expect(writeJson({ '0.00001': '0.00001, 1e-7' })).toBe('{"0.00001": "0.00001, 1e-7"}')
  expect(spaceJson('[0.000010,1.50,-2E+3,0e9,1e15,1e16,1.25e19,0.10000000000000000000001,1e999]')).toBe(
    '[1e-05, 1.5, -2000.0, 0.0, 1000000000000000.0, 1e+16, 1.25e+19, 0.1, 1e999]',
  )
})

test('the same value, however it was spaced', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
      expect(spaceJson(JSON.stringify(value, null, indent))).toBe(writeJson(value))
      expect(JSON.parse(writeJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('deep and long text is respelled in linear time', () => {
  const depth = 200_000
  expect(spaceJson('['.repeat(depth) + ']'.repeat(depth)).length).toBe(2 * depth)
  expect(spaceJson(`"${'\\n'.repeat(1_000_000)}"`).length).toBe(2_000_002)
})

test('values too deep for JSON.stringify are written all the same', () => {
  for (const [open, close] of [
    ['[', ']'],
    ['{"a": ', '}'],
  ] as const) {
    const depth = 100_000
    const json = `${open.repeat(depth)}[1, "x", {"b": null}]${close.repeat(depth)}`
    expect(writeJson(JSON.parse(json)) === json).toBe(true)
  }
  let endless: unknown[] = []
  const start = endless
  for (let depth = 0; depth < 20_000; depth++) endless = [endless]
  start.push(endless)
  expect(() => writeJson(endless)).toThrow(TypeError)
})

test('written so, a value is what JSON.stringify makes of it', () => {
  const odd = [undefined, () => 1, { a: undefined, b: Symbol('x'), c: new Date(0) }, Number.NaN, [[]], {}]
  expect(stringifyDeep(odd)).toBe(JSON.stringify(odd))
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(stringifyDeep(value)).toBe(JSON.stringify(value))
    }),
  )
})
