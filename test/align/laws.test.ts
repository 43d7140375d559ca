import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isFields } from '../../src/fields.js'
import { collect, type ParserOptions } from '../../src/parser.js'
import { formatEvents } from '../../src/testing/format-events.js'
import { callOf, readPieces } from './aligned.js'

type Json = Record<string, unknown>

const keys = fc.constantFrom('a', 'b', 'to do', 'toString', 'x/y')
/** Strings that look like other values, and others. */
const texts = fc.oneof(
  fc.constantFrom(
    '5',
    ' 5 ',
    '5.0',
    '0.85',
    '1e3',
    '1/6',
    '2*3',
    'true',
    'False',
    'None',
    'null',
    'kelvin',
    'Kelvin',
  ),
  fc.constantFrom(
    '[1]',
    "['a']",
    '{"a": 1}',
    '[',
    '{',
    '(1,)',
    '["a" "b"]',
    '',
    '12abc',
    'trueish',
    '\u00e9 \ud83d\ude00 "\n',
  ),
  fc.string({ maxLength: 8 }),
)
const values = fc.letrec<{ value: unknown; object: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(texts, fc.integer(), fc.constantFrom(null, true, false, 0.5, 5, 1e21)),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
}))

const scalarTypes = ['string', 'integer', 'number', 'boolean', 'null']
const types = [...scalarTypes, 'array', 'object']

/** `several`: whether objects and arrays may be alternatives of a union, of which the aligner only rules out some. */
function schemas(several: boolean): fc.Arbitrary<unknown> {
  return fc.letrec<{ schema: unknown; list: unknown; object: unknown; scalar: Json }>((tie) => ({
    scalar: fc.oneof(
      fc.constantFrom(...scalarTypes).map((type) => ({ type })),
      fc
        .uniqueArray(fc.constantFrom(...scalarTypes), { minLength: 1, maxLength: 3 })
        .map((type) => ({ type })),
      fc
        .uniqueArray(fc.constantFrom('Kelvin', 'a', '5', 5, 6, true, null, 'TRUE'), { minLength: 1 })
        .map((list) => ({
          enum: list,
        })),
      fc.constantFrom('Kelvin', 5, true).map((value) => ({ const: value })),
    ),
    list: fc.oneof(
      tie('schema').map((items) => ({ type: 'array', items })),
      fc
        .tuple(fc.array(tie('schema'), { minLength: 1, maxLength: 2 }), tie('schema'))
        .map(([prefixItems, items]) => ({ type: 'array', prefixItems, items })),
    ),
    object: fc
      .record(
        {
          properties: fc.dictionary(keys, tie('schema'), { maxKeys: 3 }),
          required: fc.uniqueArray(keys, { maxLength: 2 }),
          additionalProperties: fc.oneof(fc.boolean(), tie('schema')),
        },
        { requiredKeys: [] },
      )
      .map((object) => ({ type: 'object', ...object })),
    schema: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      tie('scalar'),
      tie('list'),
      tie('object'),
      fc.constantFrom({ $ref: '#' }, { $ref: '#/$defs/one' }, {}, true),
      fc
        .array(tie('scalar'), { minLength: 1, maxLength: 2 })
        .chain((scalars) =>
          fc.oneof(tie('list'), tie('object')).map((other) => ({ anyOf: [...scalars, other] })),
        ),
      fc
        .tuple(tie('scalar'), fc.constantFrom(...types))
        .map(([scalar, type]) => ({ allOf: [scalar, { type }] })),
      ...(several
        ? [
            fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
            fc.tuple(tie('schema'), tie('schema')).map((allOf) => ({ allOf })),
          ]
        : []),
    ),
  })).schema
}

function roots(several: boolean): fc.Arbitrary<Json> {
  return fc
    .tuple(
      fc.dictionary(keys, schemas(several), { maxKeys: 4 }),
      fc.uniqueArray(keys, { maxLength: 2 }),
      schemas(several),
      fc.boolean(),
    )
    .map(([properties, required, one, additionalProperties]) => ({
      type: 'object',
      properties,
      required,
      additionalProperties,
      $defs: { one },
    }))
}

const ajv = new Ajv2020({ strict: false, logger: false, ownProperties: true })

/** What a validator says; nothing for a schema that goes round in circles. Compiling costs the most: many values each. */
function compile(schema: Json): ((value: unknown) => boolean) | undefined {
  try {
    const validate = ajv.compile(schema)
    return (value) => {
      try {
        return validate(value)
      } catch {
        return false
      }
    }
  } catch {
    return undefined
  }
}

/** JSON in one of the ways in which a model may write it. */
const spaces = fc.constantFrom('', ' ', '\n  ')
const written = (arbitrary: fc.Arbitrary<Json>) =>
  fc.tuple(arbitrary, spaces).map(([value, space]) => JSON.stringify(value, null, space))

function read(schema: Json, args: string, options: ParserOptions = {}) {
  const [call] = collect(readPieces(schema, [callOf(args)], options)).toolCalls
  if (call?.type !== 'function') throw new Error('no call was read')
  return { ...call, args: call.function.arguments }
}

const sometimes = (runs: number) => ({ numRuns: runs })

/** Sees each of many values under each of many schemas, with the validator's word. */
function compare(
  several: boolean,
  see: (schema: Json, args: string, isValid: (value: unknown) => boolean) => void,
) {
  fc.assert(
    fc.property(
      roots(several),
      fc.array(written(values.object), { minLength: 10, maxLength: 10 }),
      (schema, lines) => {
        const isValid = compile(schema)
        if (isValid !== undefined) for (const args of lines) see(schema, args, isValid)
      },
    ),
    sometimes(300),
  )
}

test('what a validator takes passes to the byte, and the other way round', () => {
  let valid = 0
  compare(false, (schema, args, isValid) => {
    const verdict = isValid(JSON.parse(args))
    const { violations } = read(schema, args, { align: false })
    expect(violations.length === 0).toBe(verdict)
    if (!verdict) return
    valid++
    expect(read(schema, args)).toMatchObject({ args, changes: [], violations: [] })
  })
  expect(valid).toBeGreaterThan(100)
})

test('under any union, what a validator takes passes to the byte', () => {
  let valid = 0
  compare(true, (schema, args, isValid) => {
    if (!isValid(JSON.parse(args))) return
    valid++
    expect(read(schema, args)).toMatchObject({ args, changes: [], violations: [] })
  })
  expect(valid).toBeGreaterThan(100)
})

test('what has no violation left is what a validator takes', () => {
  let converted = 0
  compare(false, (schema, args, isValid) => {
    const call = read(schema, args)
    const verdict = isValid(JSON.parse(call.args))
    if (verdict && call.changes.length > 0) converted++
    expect(call.violations.length === 0).toBe(verdict)
  })
  expect(converted).toBeGreaterThan(5)
})

test('however the arguments are cut, the same comes of them, and it is JSON', () => {
  const cuts = fc.array(fc.nat({ max: 300 }), { maxLength: 8 })
  fc.assert(
    fc.property(
      roots(true),
      written(values.object),
      cuts,
      fc.boolean(),
      fc.boolean(),
      (schema, args, at, align, strict) => {
        const text = callOf(args)
        const options = { align, strict, limits: { held: 40 } }
        const whole = readPieces(schema, [text], options)
        const log = formatEvents(whole)
        const places = [0, ...at.filter((place) => place < text.length).sort((a, b) => a - b)]
        const pieces = places.map((place, i) => text.slice(place, places[i + 1]))
        expect(formatEvents(readPieces(schema, pieces, options))).toBe(log)
        expect(formatEvents(readPieces(schema, [...text], options))).toBe(log)
        const [call] = collect(whole).toolCalls
        if (call?.type === 'function') expect(isFields(JSON.parse(call.function.arguments))).toBe(true)
      },
    ),
    sometimes(600),
  )
})

test('cut short anywhere, all that was written is given', () => {
  fc.assert(
    fc.property(
      roots(true),
      values.object.map((value) => JSON.stringify(value)),
      fc.integer({ min: 1, max: 100 }),
      (schema, args, at) => {
        const [call] = collect(
          readPieces(schema, [callOf(args.slice(0, at)).slice(0, -13)], { align: false }),
        ).incomplete
        if (call !== undefined) expect(args.startsWith(call.text)).toBe(true)
      },
    ),
    sometimes(500),
  )
})

/** What a value is when nobody minds how it is written: every conversion leaves this alone. */
function meaning(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 1 ? meaning(value[0]) : value.map(meaning)
  if (isFields(value)) {
    return Object.entries(value)
      .map(([key, each]) => [key.replace(/[-_. ]/g, '').toLowerCase(), meaning(each)])
      .filter(([, each]) => each !== 'null')
      .sort()
  }
  if (typeof value !== 'string') return String(value)
  const text = value.trim()
  if (/^[[{(]/.test(text)) {
    for (const json of [text, text.replaceAll("'", '"').replace('(1,)', '[1]')]) {
      try {
        return meaning(JSON.parse(json))
      } catch {}
    }
  }
  const asNumber = text === '1/6' ? 1 / 6 : text === '2*3' ? 6 : Number(text)
  if (text !== '' && Number.isFinite(asNumber)) return String(asNumber)
  return text.toLowerCase() === 'none' ? 'null' : text.toLowerCase()
}

test('a conversion loses nothing: what was written can be told from what it was made', () => {
  let converted = 0
  fc.assert(
    fc.property(roots(true), values.object, (schema, given) => {
      const { args, changes } = read(schema, JSON.stringify(given))
      if (changes.length > 0) converted++
      expect(meaning(JSON.parse(args))).toEqual(meaning(given))
    }),
    sometimes(2000),
  )
  expect(converted).toBeGreaterThan(20)
})
