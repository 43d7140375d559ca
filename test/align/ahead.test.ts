import { describe, expect, test } from 'vitest'
import { align } from './aligned.js'

const schema = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer' } },
  required: ['city'],
}
const branch = (kind: string, value: object) => ({
  type: 'object',
  properties: { kind: { const: kind }, value },
  required: ['kind', 'value'],
})
const union = {
  type: 'object',
  properties: {
    x: { anyOf: [branch('count', { type: 'integer' }), branch('text', { type: 'string' })] },
  },
}
const long = 'x'.repeat(2000)

describe('a name like a property, and the property itself', () => {
  test.each([
    ['{"City": "Oslo", "city": "Rome"}', { city: 'Rome' }, ['repeated-property']],
    ['{"City": {"a": [1]}, "city": "Rome"}', { city: 'Rome' }, ['repeated-property']],
    ['{"City": "Oslo", "days": "3"}', { city: 'Oslo', days: 3 }, ['property-name', 'text-to-number']],
    ['{"days": 1, "City": "Oslo", "city": "Rome"}', { days: 1, city: 'Rome' }, ['repeated-property']],
    ['{"city": "Rome", "City": "Oslo"}', { city: 'Rome', City: 'Oslo' }, []],
    [`{"City": "${long}", "city": "Rome"}`, { city: 'Rome' }, ['property-name', 'repeated-property']],
  ])('%.40s', (written, value, kinds) => {
    const { args, changes, violations } = align(schema, written)
    expect(JSON.parse(args)).toEqual(value)
    expect(changes.map(({ kind }) => kind)).toEqual(kinds)
    expect(violations).toEqual([])
  })

  test('what is left out is told', () => {
    expect(align(schema, '{"City": "Oslo", "city": "Rome"}').changes).toEqual([
      { kind: 'repeated-property', path: '/City', before: '"City": "Oslo"' },
    ])
  })
})

describe('a property that tells what another one is, behind it', () => {
  test.each([
    ['{"value": "5", "kind": "count"}', { value: 5, kind: 'count' }, ['text-to-number']],
    ['{"value": "5", "kind": "text"}', { value: '5', kind: 'text' }, []],
    ['{"value": 5, "kind": "text"}', { value: '5', kind: 'text' }, ['value-to-text']],
    ['{"kind": "count", "value": "5"}', { kind: 'count', value: 5 }, ['text-to-number']],
    ['{"Value": "5", "kind": "count"}', { value: 5, kind: 'count' }, ['property-name', 'text-to-number']],
    [`{"value": "${long}", "kind": "text"}`, { value: long, kind: 'text' }, []],
    ['{"value": "5", "kind": "Count"}', { value: 5, kind: 'count' }, ['text-to-number', 'enum-spelling']],
    ['{"value": 5, "kind": " TEXT"}', { value: '5', kind: 'text' }, ['value-to-text', 'enum-spelling']],
  ])('%.40s', (written, x, kinds) => {
    const { args, changes, violations } = align(union, `{"x": ${written}}`)
    expect(JSON.parse(args)).toEqual({ x })
    expect(changes.map(({ kind }) => kind)).toEqual(kinds)
    expect(violations).toEqual([])
  })

  test('a number that waits for it stays as it was written', () => {
    const { args } = align(union, '{"x": {"value": 0x1F, "kind": "text"}}')
    expect(args).toBe('{"x": {"value": "0x1F", "kind": "text"}}')
  })

  test('without it nothing is converted', () => {
    const { args, violations } = align(union, '{"x": {"value": "5"}}')
    expect(args).toBe('{"x": {"value": "5"}}')
    expect(violations).toEqual([{ path: '/x', expected: 'required property "kind"', found: 'nothing' }])
  })
})
