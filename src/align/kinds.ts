import type { Fields } from '../fields.js'

/** What a JSON value is, as a bit, so that a set of them is a number. */
export enum Kind {
  none = 0,
  object = 1,
  array = 2,
  string = 4,
  /** A number that is not whole. */
  fraction = 8,
  integer = 16,
  boolean = 32,
  null = 64,
  number = 24,
  any = 127,
}

/** What types are called: in JSON Schema, and then by those who write it from memory. */
export const kindNames: readonly (readonly [kind: number, name: string, ...others: string[]])[] = [
  [Kind.string, 'string', 'str'],
  [Kind.number, 'number', 'float', 'double'],
  [Kind.integer, 'integer', 'int', 'long'],
  [Kind.boolean, 'boolean', 'bool'],
  [Kind.array, 'array', 'list', 'tuple', 'set', 'arraylist'],
  [Kind.object, 'object', 'dict', 'map'],
  [Kind.null, 'null'],
]

const byName = new Map(kindNames.flatMap(([kind, ...names]) => names.map((name) => [name, kind] as const)))

/** The kinds that a schema's `type` names; all where it names none. */
export function typesOf({ type }: Fields): number {
  if (!Array.isArray(type)) return typeNamed(type)
  let kinds = Kind.none
  for (const each of type) kinds |= typeNamed(each)
  return kinds || Kind.any
}

function typeNamed(name: unknown): number {
  return (typeof name === 'string' && kindNamed(name)) || Kind.any
}

/** The kind that a type's name means, in any case; `Kind.none` if it is none. */
export function kindNamed(name: string): number {
  return byName.get(name) ?? byName.get(name.toLowerCase()) ?? Kind.none
}

/** The kind of a value that has been read. */
export function kindOf(value: unknown): number {
  if (typeof value === 'number') return Number.isInteger(value) ? Kind.integer : Kind.fraction
  return kindNamed(value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)
}
