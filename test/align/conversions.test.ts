import { describe, expect, test } from 'vitest'
import { parse } from '../../src/parser.js'
import { align, alignOne, callOf } from './aligned.js'

const integer = { type: 'integer' }
const number = { type: 'number' }
const string = { type: 'string' }
const boolean = { type: 'boolean' }
const strings = { type: 'array', items: string }
const objects = { type: 'array', items: { type: 'object', properties: { id: integer } } }

/** So many schemas, each of which takes one number. */
const valuesTo = (count: number, from = 1) => Array.from({ length: count }, (_, i) => ({ const: from + i }))
const unit = { type: 'string', enum: ['Celsius', 'Kelvin', 'new york'] }

describe('a value is written as the schema asks', () => {
  test.each([
    [integer, '"5"', '5', 'text-to-number'],
    [integer, '" 5 "', '5', 'text-to-number'],
    [integer, '"\\n-12\\t"', '-12', 'text-to-number'],
    [integer, '"1e3"', '1000', 'text-to-number'],
    [integer, '"5.0"', '5', 'text-to-number'],
    [integer, '"-0"', '-0', 'text-to-number'],
    [integer, '"12345678901234567890"', '12345678901234567890', 'text-to-number'],
    [integer, '"9007199254740993.0"', '9007199254740993.0', 'text-to-number'],
    [number, '"0.85"', '0.85', 'text-to-number'],
    [number, '"1e3"', '1e3', 'text-to-number'],
    [number, '"1.50"', '1.50', 'text-to-number'],
    [{ type: 'float' }, '"+.5"', '0.5', 'text-to-number'],
    [{ type: ['integer', 'null'] }, '"7"', '7', 'text-to-number'],
    [boolean, '"true"', 'true', 'text-to-boolean'],
    [boolean, '"False"', 'false', 'text-to-boolean'],
    [{ type: 'bool' }, '" TRUE "', 'true', 'text-to-boolean'],
    [{ type: ['integer', 'null'] }, '"None"', 'null', 'text-to-null'],
    [{ type: 'integer', nullable: true }, '"null"', 'null', 'text-to-null'],
    [string, '5', '"5"', 'value-to-text'],
    [string, '{"a": [1, "b\\n"]}', '"{\\"a\\": [1, \\"b\\\\n\\"]}"', 'value-to-text'],
    [string, '["a", {}]', '"[\\"a\\", {}]"', 'value-to-text'],
    [string, '1.0', '"1.0"', 'value-to-text'],
    [string, '12345678901234567890', '"12345678901234567890"', 'value-to-text'],
    [string, 'true', '"true"', 'value-to-text'],
    [{ type: ['string', 'null'] }, '5', '"5"', 'value-to-text'],
    [strings, '"a"', '["a"]', 'value-to-array'],
    [strings, '"a, b"', '["a, b"]', 'value-to-array'],
    [{ type: 'list', items: integer }, '5', '[5]', 'value-to-array'],
    [{ type: 'array', items: integer }, '"5"', '[5]', 'value-to-array'],
    [strings, '5', '["5"]', 'value-to-array'],
    [{ type: 'array' }, '"a"', '["a"]', 'value-to-array'],
    [{ type: 'array', items: unit }, '"kelvin"', '["Kelvin"]', 'value-to-array'],
    [strings, '"[\\"a\\", \\"b\\"]"', '["a", "b"]', 'text-to-json'],
    [strings, "\"['a', 'b',]\"", '["a", "b"]', 'text-to-json'],
    [strings, "\"('a', 'b')\"", '["a", "b"]', 'text-to-json'],
    [{ type: 'object' }, '" {\\"a\\": 1.0}\\n"', '{"a": 1.0}', 'text-to-json'],
    [{ type: 'dict' }, '"{\'a\': True}"', '{"a": true}', 'text-to-json'],
    [unit, '"celsius"', '"Celsius"', 'enum-spelling'],
    [unit, '" Celsius"', '"Celsius"', 'enum-spelling'],
    [unit, '"NEW YORK "', '"new york"', 'enum-spelling'],
    [{ const: 'On' }, '"on"', '"On"', 'enum-spelling'],
    [{ enum: [1, 2] }, '"2"', '2', 'enum-spelling'],
    [{ type: 'integer', enum: [1, 20] }, '"1.0"', '1', 'text-to-number'],
    [{ anyOf: [{ const: 20 }, { const: 'auto' }] }, '"2e1"', '20', 'text-to-number'],
    [{ enum: ['1', '2'] }, '2', '"2"', 'enum-spelling'],
    [{ enum: [true, 'auto'] }, '"True"', 'true', 'enum-spelling'],
    [number, '1/6', '0.16666666666666666', 'arithmetic'],
    [number, '"1/4"', '0.25', 'arithmetic'],
    [integer, '2*3+1', '7', 'arithmetic'],
    [number, '"(4-1)/2"', '1.5', 'arithmetic'],
    [integer, '"2 ** 10 - 24"', '1000', 'arithmetic'],
  ])('%j of %s is %s', (schema, written, value, kind) => {
    const aligned = alignOne(schema, written)
    expect({ ...aligned, kinds: aligned.kinds.filter((each) => each !== 'bare-word') }).toEqual({
      value,
      kinds: [kind],
      violations: [],
    })
  })

  test('an object that one is asked for in an array', () => {
    expect(alignOne(objects, '{"id": "1", "x": {}}')).toEqual({
      value: '[{"id": 1, "x": {}}]',
      kinds: ['value-to-array', 'text-to-number'],
      violations: [],
    })
  })

  test('what a string holds is made to fit in turn', () => {
    expect(alignOne(objects, '"{\\"id\\": \\"1\\"}"')).toEqual({
      value: '[{"id": 1}]',
      kinds: ['text-to-json', 'value-to-array', 'text-to-number'],
      violations: [],
    })
  })
})

describe('what would lose something, or could mean two things, passes as it is', () => {
  test.each([
    [integer, '"0.85"', 'integer, not string "0.85"'],
    [integer, '0.85', 'integer, not number 0.85'],
    [integer, '"5.00000000000000000001"', 'integer, not string "5.00000000000000000001"'],
    [integer, '"12abc"', 'integer, not string "12abc"'],
    [integer, '"007"', 'integer, not string "007"'],
    [integer, '"1,000"', 'integer, not string "1,000"'],
    [integer, '""', 'integer, not string ""'],
    [integer, 'null', 'integer, not null'],
    [integer, 'true', 'integer, not boolean true'],
    [integer, '"7/2"', 'integer, not string "7/2"'],
    [integer, '"9007199254740992 + 1"', 'integer, not string "9007199254740992 + 1"'],
    [number, '["1 + 1"]', 'number, not array'],
    [strings, '""', 'array, not string ""'],
    [number, '"1/0"', 'number, not string "1/0"'],
    [number, '"2024/10/15"', 'number, not string "2024/10/15"'],
    [number, '"2024-10-15"', 'number, not string "2024-10-15"'],
    [number, '"10-20"', 'number, not string "10-20"'],
    [number, '"10 - 20"', 'number, not string "10 - 20"'],
    [number, '"1e400"', 'number, not string "1e400"'],
    [integer, '"-1E999"', 'integer, not string "-1E999"'],
    [number, '"soon"', 'number, not string "soon"'],
    [boolean, '"yes"', 'boolean, not string "yes"'],
    [boolean, '1', 'boolean, not number 1'],
    [string, 'null', 'string, not null'],
    [strings, '"[a, b]"', 'array, not string "[a, b]"'],
    [strings, '"[\\"a\\""', 'array, not string "[\\"a\\""'],
    [strings, '"[\\"a\\"] ]"', 'array, not string "[\\"a\\"] ]"'],
    [strings, 'null', 'array, not null'],
    [{ type: 'array', items: integer }, '"a"', 'array, not string "a"'],
    [objects, '5', 'array, not number 5'],
    [{ type: 'object' }, '"{\\"a\\": b}"', 'object, not string "{\\"a\\": b}"'],
    [{ type: 'object' }, '["a"]', 'object, not array'],
    [{ enum: ['true', true] }, '"True"', 'one of "true", true, not string "True"'],
    [{ enum: ['a', 'A'] }, '"a "', 'one of "a", "A", not string "a "'],
    [unit, '"Fahrenheit"', 'one of "Celsius", "Kelvin", "new york", not string "Fahrenheit"'],
    [unit, 'null', 'one of "Celsius", "Kelvin", "new york", not null'],
    [{ anyOf: [integer, strings] }, '"a"', 'integer or array, not string "a"'],
    [
      integer,
      '"a text that goes on for much longer than that"',
      'integer, not string "a text that goes on for much longer than…"',
    ],
    [false, '1', 'nothing, not number 1'],
  ])('%j of %s', (schema, written, violation) => {
    expect(alignOne(schema, written)).toEqual({ value: written, kinds: [], violations: [`/x: ${violation}`] })
  })

  test('items of an array that does not fit are all kept', () => {
    expect(alignOne({ type: 'array', items: integer }, '[1, "a", [2], 3.5, "4"]')).toEqual({
      value: '[1, "a", [2], 3.5, 4]',
      kinds: ['text-to-number'],
      violations: [
        '/x/1: integer, not string "a"',
        '/x/2: integer, not array',
        '/x/3: integer, not number 3.5',
      ],
    })
  })

  test('an item is not made an array', () => {
    expect(alignOne({ type: 'array', items: { type: 'array', items: integer } }, '[1, [2]]').value).toBe(
      '[1, [2]]',
    )
  })
})

describe('what fits is never touched', () => {
  test.each([
    [integer, '1.0'],
    [integer, '1e5'],
    [integer, '-0'],
    [number, '12345678901234567890'],
    [{ type: ['string', 'integer'] }, '"5"'],
    [{ anyOf: [integer, { type: 'string' }] }, '"5"'],
    [{ oneOf: [{ type: 'null' }, strings, { type: 'string' }] }, '"[1]"'],
    [{}, '{"a": ["5"]}'],
    [true, '"5"'],
    [{ type: 'any' }, '"true"'],
    [{ type: { type: 'string' } }, '5'],
    [{ type: 'string' }, '"a\\u0062\\/"'],
    [unit, '"K\\u0065lvin"'],
    [{ enum: [1, 'a', null] }, '1.0'],
    // A list of which nothing has the declared type says nothing.
    [{ type: 'integer', enum: ['1', '2'] }, '5'],
    [strings, '[ "a" ,\n"b"]'],
    [{ type: 'object', additionalProperties: integer }, '{"a": 1, "b":2}'],
    [{ prefixItems: [integer, string], items: boolean }, '[1, "a", true, false]'],
    [{ $ref: '#/nowhere' }, '5'],
    [{ $ref: '#nowhere' }, '"5"'],
    [{ $ref: '' }, '"5"'],
    [{ $ref: 'https://example.com/schema' }, '5'],
  ])('%j: %s', (schema, value) => {
    expect(alignOne(schema, value)).toEqual({ value, kinds: [], violations: [] })
  })
})

describe('properties', () => {
  const parameters = {
    type: 'object',
    properties: { city_name: string, days: integer, unit: { type: ['string', 'null'] } },
    required: ['city_name'],
  }

  test.each([
    ['case', '{"City_Name": "Rome"}', '{"city_name": "Rome"}'],
    ['separators', '{"city-name": "Rome"}', '{"city_name": "Rome"}'],
    ['no separators', '{"cityName":"Rome"}', '{"city_name":"Rome"}'],
  ])('are called as they are declared: %s', (_, written, args) => {
    expect(align(parameters, written)).toMatchObject({
      args,
      changes: [{ kind: 'property-name' }],
      violations: [],
    })
  })

  test('keep their names where the right one has come, or two are alike', () => {
    const twice = '{"city_name": "Rome", "cityName": "Oslo"}'
    expect(align(parameters, twice)).toMatchObject({ args: twice, changes: [] })
    const alike = { type: 'object', properties: { a_b: {}, aB: {} } }
    expect(align(alike, '{"ab": 1}')).toMatchObject({ args: '{"ab": 1}', changes: [] })
    const either = { anyOf: [{ properties: { a_b: {} } }, { properties: { aB: {} } }] }
    expect(align(either, '{"ab": 1}')).toMatchObject({ args: '{"ab": 1}', changes: [] })
  })

  test('keep their names in an object that is declared to be open', () => {
    const open = { ...parameters, additionalProperties: true }
    expect(align(open, '{"city_name": "", "Days": 1}').changes).toEqual([])
  })

  test.each([
    ['the first', '{"days": null, "city_name": ""}', '{ "city_name": ""}'],
    ['the last', '{"city_name": "", "days" : null }', '{"city_name": "" }'],
    ['the only one', '{ "days": null}', '{ }'],
    [
      'and its neighbours',
      '{"days": null, "city_name": "", "days": null, "unit": "K"}',
      '{ "city_name": "", "unit": "K"}',
    ],
  ])('that are optional and null are left out: %s', (_, written, args) => {
    const aligned = align(parameters, written)
    expect(aligned.args).toBe(args)
    expect(aligned.changes[0]).toEqual({ kind: 'null-property', path: '/days', before: 'null' })
  })

  test.each([
    ['under its name', '{"days": null, "days": 5, "city_name": ""}', []],
    ['under one like it', '{"days": null, "Days": 5, "city_name": ""}', ['property-name']],
  ])('that were left out may still come: %s', (_, written, kinds) => {
    const { args, changes } = align(parameters, written)
    expect(args).toBe('{ "days": 5, "city_name": ""}')
    expect(changes.map(({ kind }) => kind)).toEqual(['null-property', ...kinds])
  })

  test('keep a null that they take, and one that they need', () => {
    const written = '{"unit": null, "city_name": null}'
    expect(align(parameters, written)).toMatchObject({
      args: written,
      violations: [{ path: '/city_name', expected: 'string', found: 'null' }],
    })
  })

  test('that are required are missed', () => {
    const nested = { properties: { at: parameters, list: { items: parameters } }, required: ['at', 'to/~'] }
    expect(align(nested, '{"list": [{"city_name": ""}, {}]}').violations).toEqual([
      { path: '/list/1', expected: 'required property "city_name"', found: 'nothing' },
      { path: '', expected: 'required property "at"', found: 'nothing' },
      { path: '', expected: 'required property "to/~"', found: 'nothing' },
    ])
  })

  test('that are not declared are told where none are allowed', () => {
    const closed = { type: 'object', properties: { a: {}, b: {} }, additionalProperties: false }
    expect(align(closed, '{"x/y": 1, "a": 2}')).toEqual({
      args: '{"x/y": 1, "a": 2}',
      changes: [],
      violations: [{ path: '/x~1y', expected: 'one of the properties "a", "b"', found: '"x/y"' }],
    })
  })
})

describe('schemas', () => {
  test('a recursive one is followed', () => {
    const tree = {
      properties: { tree: { $ref: '#/$defs/tree' } },
      $defs: {
        tree: {
          type: 'object',
          properties: { size: integer, children: { type: 'array', items: { $ref: '#/$defs/tree' } } },
          required: ['size'],
        },
      },
    }
    expect(align(tree, '{"tree": {"size": "1", "children": [{"size": "2", "children": [{}]}]}}')).toEqual({
      args: '{"tree": {"size": 1, "children": [{"size": 2, "children": [{}]}]}}',
      changes: [
        { kind: 'text-to-number', path: '/tree/size', before: '"1"', after: '1' },
        { kind: 'text-to-number', path: '/tree/children/0/size', before: '"2"', after: '2' },
      ],
      violations: [
        { path: '/tree/children/0/children/0', expected: 'required property "size"', found: 'nothing' },
      ],
    })
  })

  test.each([
    ['#/$defs/a~1b~01', 'a/b~1', {}],
    ['#/$defs/a%20b', 'a b', {}],
    ['#/$defs/Map%3Ccaf%C3%A9%3E', 'Map<caf\u00e9>', {}],
    ['#/$defs/100%', '100%', {}],
    ['#/$defs/a%20b', 'a%20b', {}],
    ['#days', 'a', { $anchor: 'days' }],
    ['Days', 'a', { $id: 'Days' }],
  ])('a reference is followed: %s', (ref, name, named) => {
    const schema = {
      properties: { x: { $ref: ref } },
      $defs: { other: { type: 'string' }, [name]: { type: 'integer', ...named } },
    }
    expect(align(schema, '{"x": "5"}')).toMatchObject({ args: '{"x": 5}', violations: [] })
  })

  test('a schema that names itself is followed', () => {
    const node = {
      $id: 'Node',
      properties: { size: integer, inside: { type: 'array', items: { $ref: 'Node' } } },
    }
    expect(alignOne(node, '{"size": "1", "inside": [{"size": "2"}]}').value).toBe(
      '{"size": 1, "inside": [{"size": 2}]}',
    )
  })

  test('a reference to itself says nothing, and the schema beside it counts', () => {
    const schema = { properties: { x: { allOf: [{ $ref: '#/properties/x' }, integer] } } }
    expect(align(schema, '{"x": "5"}')).toMatchObject({ args: '{"x": 5}', violations: [] })
  })

  test('unions that refer to each other in many ways are not followed without end', () => {
    const $defs: Record<string, unknown> = { d40: integer }
    for (let i = 0; i < 40; i++) {
      const next = { $ref: `#/$defs/d${i + 1}` }
      $defs[`d${i}`] = { anyOf: [next, { anyOf: [next, integer] }] }
    }
    const schema = { properties: { x: { $ref: '#/$defs/d0' } }, $defs }
    expect(align(schema, '{"x": 5}')).toEqual({ args: '{"x": 5}', changes: [], violations: [] })
  })

  /** Whole only: what is tried here is the schema. */
  function argumentsOf(parameters: Record<string, unknown>, args: string) {
    const { toolCalls } = parse(callOf(args), {
      tools: [{ type: 'function', function: { name: 'f', parameters } }],
    })
    return toolCalls.map((call) => call.type === 'function' && call.function.arguments)
  }

  test.each([
    [64, '5'],
    [65, '"5"'],
  ])('of %d ways to be right, more than 64 are not told apart', (count, value) => {
    const parameters = { properties: { x: { anyOf: valuesTo(count) } } }
    expect(argumentsOf(parameters, '{"x": "5"}')).toEqual([`{"x": ${value}}`])
  })

  test.each([
    [4, '5'],
    [5, '"5"'],
  ])('of those of a property in 64 objects, %d in each, more than 256 are not', (each, value) => {
    const anyOf = valuesTo(64).map((_, i) => ({ properties: { x: { anyOf: valuesTo(each, 1 + i * each) } } }))
    expect(argumentsOf({ anyOf }, '{"x": "5"}')).toEqual([`{"x": ${value}}`])
  })

  test('one that is in itself, as none of JSON is, is followed no deeper than it has to be', () => {
    const properties: Record<string, unknown> = { x: { $ref: 'nowhere' }, y: {} }
    const parameters = { type: 'object', properties }
    properties.self = parameters
    expect(argumentsOf(parameters, '{"self": {"x": "say "hi", "y": 1}}')).toEqual([
      '{"self": {"x": "say \\"hi", "y": 1}}',
    ])
  })

  test('where every name is of one pattern, that is what undeclared properties are', () => {
    const record = { type: 'object', patternProperties: { '^(.*)$': integer } }
    expect(alignOne(record, '{"a": "1", "b": 2}').value).toBe('{"a": 1, "b": 2}')
    const some = { type: 'object', patternProperties: { '^n_': integer }, additionalProperties: false }
    expect(alignOne(some, '{"n_a": "1"}')).toEqual({ value: '{"n_a": "1"}', kinds: [], violations: [] })
  })

  test('a discriminator tells which of several objects is meant', () => {
    const shape = {
      anyOf: [
        {
          type: 'object',
          properties: { kind: { const: 'circle' }, size: integer },
          required: ['kind', 'size'],
        },
        { type: 'object', properties: { kind: { const: 'text' }, size: string, text: string } },
      ],
    }
    expect(alignOne(shape, '{"kind": "Circle", "size": "5"}').value).toBe('{"kind": "circle", "size": 5}')
    expect(alignOne(shape, '{"kind": "text", "size": "5"}').value).toBe('{"kind": "text", "size": "5"}')
    expect(alignOne(shape, '{"size": "5"}')).toMatchObject({ value: '{"size": "5"}', kinds: [] })
  })

  test('allOf holds as a whole', () => {
    const both = {
      allOf: [{ $ref: '#/$defs/a' }, { properties: { b: integer }, required: ['b'] }],
      $defs: { a: { type: 'object', properties: { a: integer } } },
    }
    expect(align(both, '{"a": "1", "b": "2"}').args).toBe('{"a": 1, "b": 2}')
    expect(alignOne({ allOf: [number, { type: ['integer', 'string'] }] }, '"5"').value).toBe('5')
  })

  test.each([
    ['null', null],
    ['a string', 'object'],
    ['circles', { $ref: '#', allOf: [{ $ref: '#' }], anyOf: [{ $ref: '#' }] }],
    [
      'wrong fields',
      { type: 5, properties: [], required: 'x', items: 3, enum: {}, allOf: { a: 1 }, anyOf: [null] },
    ],
    [
      'wrong fields below',
      { properties: { x: { type: [], enum: [], required: true, $ref: 7, prefixItems: {} } } },
    ],
    ['its own names', { properties: { ['__proto__']: { type: 'integer' } }, required: ['toString'] }],
  ])('%s take everything', (_, parameters) => {
    const written = '{"x": "5", "y": [null, {"z": 1.0}], "toString": 1}'
    expect(align(parameters, written)).toEqual({ args: written, changes: [], violations: [] })
  })
})

describe('align: false', () => {
  test.each([
    [integer, '"5"', 'integer, not string "5"'],
    [strings, '"a"', 'array, not string "a"'],
    [unit, '"kelvin"', 'one of "Celsius", "Kelvin", "new york", not string "kelvin"'],
    [{ type: 'array' }, '"[1]"', 'array, not string "[1]"'],
  ])('changes nothing, and tells: %j of %s', (schema, value, violation) => {
    expect(alignOne(schema, value, { align: false })).toEqual({
      value,
      kinds: [],
      violations: [`/x: ${violation}`],
    })
  })

  test('what fits has no violation', () => {
    expect(alignOne(unit, '"Kelvin"', { align: false })).toEqual({
      value: '"Kelvin"',
      kinds: [],
      violations: [],
    })
  })

  test('a strict tool still takes no undeclared property', () => {
    const parameters = { properties: { a: integer }, required: ['a'] }
    expect(align(parameters, '{"A": 1, "a": null}', { align: false, strict: true })).toMatchObject({
      args: '{ "a": null}',
      changes: [{ kind: 'undeclared-property' }],
      violations: [{ path: '/a' }],
    })
  })
})
