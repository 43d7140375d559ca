import { isFields } from '../fields.js'
import type { Hopes } from './hopes.js'
import { type AlikeNames, indexAlike } from './names.js'
import type { ToolFacts } from './tools.js'

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

/**
 * One way in which a value may be right. A schema comes to several where it has `anyOf` or `oneOf`, and to none where
 * nothing is right.
 */
export interface Shape {
  /** Which kinds of value it takes. */
  kinds: number
  /** The scalars that `enum` or `const` allow; `undefined` where all are. */
  values: readonly unknown[] | undefined
  /** The schemas that hold together, `allOf` and what a reference stands for. */
  parts: readonly Record<string, unknown>[]
  required: ReadonlySet<string>
  /** What `property` and `item` found before. */
  members: Map<string | number, Shapes> | undefined
  alike: AlikeNames<string> | undefined
  /** What a string that it does not take may become. */
  hopes: Hopes | undefined
}

export type Shapes = readonly Shape[]

/**
 * A tool's JSON Schema, read as far as it is asked for. What no keyword that is known here restricts is right, and so is
 * what a broken schema says.
 */
export interface Schema {
  readonly root: Shapes
  /** What a property is declared to be. */
  property(shape: Shape, key: string): Shapes
  /** What the item of an array at an index is declared to be. */
  item(shape: Shape, index: number): Shapes
}

/** More ways than this are not told apart: a union of them takes everything, and so does what is reached by more steps. */
const maxShapes = 64

const kindNames = new Map(
  Object.entries({
    object: Kind.object,
    dict: Kind.object,
    map: Kind.object,
    array: Kind.array,
    list: Kind.array,
    tuple: Kind.array,
    set: Kind.array,
    arraylist: Kind.array,
    string: Kind.string,
    str: Kind.string,
    number: Kind.number,
    float: Kind.number,
    double: Kind.number,
    integer: Kind.integer,
    int: Kind.integer,
    long: Kind.integer,
    boolean: Kind.boolean,
    bool: Kind.boolean,
    null: Kind.null,
  }),
)

const anything: Shape = {
  kinds: Kind.any,
  values: undefined,
  parts: [],
  required: new Set(),
  members: undefined,
  alike: undefined,
  hopes: undefined,
}

export const anyShapes: Shapes = [anything]

/** Where nothing is declared. */
export const anySchema: Schema = { root: anyShapes, property: () => anyShapes, item: () => anyShapes }

/** What a tool's arguments are declared to be. */
export function schemaOf(tool: ToolFacts): Schema {
  tool.compiled ??= compileSchema(tool.schema)
  return tool.compiled
}

/**
 * @example
 * const schema = compileSchema({ properties: { days: { type: 'integer' } } })
 * schema.root.map((shape) => schema.property(shape, 'days')) // [[{ kinds: Kind.integer, ... }]]
 */
export function compileSchema(source: unknown): Schema {
  /** Schemas by number, and what those that hold together come to: recursive schemas come back to the same shapes. */
  let numbers: Map<unknown, number> | undefined
  let known: Map<number | string, Shapes> | undefined

  function shapesOf(schemas: readonly unknown[]): Shapes {
    if (schemas.length === 0) return anyShapes
    const [first] = schemas
    // What nothing refers to is asked for in one place, which remembers it.
    if (schemas.length === 1 && isFields(first) && !refersToOthers(first)) return meet(anything, first)
    const name = schemas.length === 1 ? numberOf(schemas[0]) : schemas.map(numberOf).join()
    known ??= new Map()
    const found =
      known.get(name) ?? schemas.reduce<Shapes>((shapes, each) => narrow(shapes, each, []), anyShapes)
    known.set(name, found)
    return found
  }

  function numberOf(schema: unknown): number {
    numbers ??= new Map()
    const found = numbers.get(schema) ?? numbers.size
    numbers.set(schema, found)
    return found
  }

  /** What is left of the shapes when this schema holds too. `inside`: the schemas it was reached through. */
  function narrow(shapes: Shapes, schema: unknown, inside: readonly unknown[]): Shapes {
    if (schema === false) return []
    if (!isFields(schema) || inside.includes(schema) || inside.length > maxShapes) return shapes
    let found: Shapes = shapes.flatMap((shape) => meet(shape, schema))
    if (!refersToOthers(schema)) return found
    const within = [...inside, schema]
    for (const part of [resolve(schema.$ref), ...listOf(schema.allOf)]) found = narrow(found, part, within)
    for (const union of [listOf(schema.anyOf), listOf(schema.oneOf)]) {
      if (union.length === 0) continue
      const several = union.flatMap((branch) => narrow(found, branch, within))
      if (several.length <= maxShapes) found = several
    }
    return found
  }

  function resolve(ref: unknown): unknown {
    if (typeof ref !== 'string' || !ref.startsWith('#')) return undefined
    return ref
      .split('/')
      .slice(1)
      .reduce<unknown>((at, part) => {
        const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
        if (Array.isArray(at)) return at[Number(key)]
        return isFields(at) && Object.hasOwn(at, key) ? at[key] : undefined
      }, source)
  }

  return {
    root: shapesOf([source]),
    property: (shape, key) => memberOf(shape, key, propertyIn),
    item: (shape, index) =>
      memberOf(
        shape,
        shape.parts.reduce((at, part) => Math.max(at, Math.min(index, firstItems(part).length)), 0),
        itemIn,
      ),
  }

  function memberOf<K extends string | number>(
    shape: Shape,
    key: K,
    schemaIn: (part: Record<string, unknown>, key: K) => unknown,
  ): Shapes {
    const found = shape.members?.get(key)
    if (found !== undefined) return found
    const [part] = shape.parts
    const alone = part !== undefined && shape.parts.length === 1 ? schemaIn(part, key) : undefined
    const shapes = shapesOf(
      alone === undefined
        ? shape.parts.map((each) => schemaIn(each, key)).filter((each) => each !== undefined)
        : [alone],
    )
    // What the model thinks of is not remembered: it could think of any number.
    if (typeof key === 'number' || declares(shape, key)) {
      shape.members ??= new Map()
      shape.members.set(key, shapes)
    }
    return shapes
  }
}

/** Whether more schemas hold together with it. Most that a tool declares stand alone. */
function refersToOthers({ $ref, allOf, anyOf, oneOf }: Record<string, unknown>): boolean {
  return $ref !== undefined || allOf !== undefined || anyOf !== undefined || oneOf !== undefined
}

function propertyIn(part: Record<string, unknown>, key: string): unknown {
  if (ownProperty(part, key)) return propertiesOf(part)[key]
  // What is not allowed at all is told at its key, and its value is left in peace.
  return part.additionalProperties === false || isFields(part.patternProperties)
    ? undefined
    : part.additionalProperties
}

/** How many items have a schema of their own; all others are alike. */
function firstItems({ items, prefixItems }: Record<string, unknown>): readonly unknown[] {
  return listOf(Array.isArray(items) ? items : prefixItems)
}

function itemIn(part: Record<string, unknown>, index: number): unknown {
  const { items } = part
  const first = firstItems(part)
  if (index < first.length) return first[index]
  return Array.isArray(items) ? part.additionalItems : items
}

/** The shape with what one schema says by itself, if both can hold. */
function meet(shape: Shape, schema: Record<string, unknown>): readonly Shape[] {
  let kinds = typesOf(schema)
  let { values, required } = shape
  const listed = 'const' in schema ? [schema.const] : listOf(schema.enum)
  const declared = kinds
  if (schema.nullable === true) kinds |= Kind.null
  // A list of which nothing has the declared type is a slip in the schema, and holds for nothing.
  if (listed.length > 0 && listed.some((value) => kindOf(value) & kinds)) {
    const allowed = listed.filter((value) => kindOf(value) & declared)
    if (schema.nullable === true) allowed.push(null)
    kinds &= allowed.reduce<number>((all, value) => all | kindOf(value), Kind.none)
    values = values === undefined ? allowed : values.filter((value) => allowed.includes(value))
  }
  kinds &= shape.kinds
  values = values?.filter((value) => kindOf(value) & kinds)
  if (kinds === Kind.none || values?.length === 0) return []
  const names = listOf(schema.required)
  if (names.length > 0) {
    required = new Set(
      required.size === 0 ? names.filter(isString) : [...required, ...names.filter(isString)],
    )
  }
  const parts = shape.parts.length === 0 ? [schema] : [...shape.parts, schema]
  return [{ kinds, values, parts, required, members: undefined, alike: undefined, hopes: undefined }]
}

function typesOf({ type }: Record<string, unknown>): number {
  if (!Array.isArray(type)) return typeOf(type)
  return type.reduce<number>((kinds, name) => kinds | typeOf(name), Kind.none) || Kind.any
}

function typeOf(name: unknown): number {
  return (typeof name === 'string' && kindNamed(name)) || Kind.any
}

/** The kind that a type's name means, in any case; `Kind.none` if it is none. */
export function kindNamed(name: string): number {
  return kindNames.get(name) ?? kindNames.get(name.toLowerCase()) ?? Kind.none
}

/** The kind of a value that has been read. */
function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case 'string':
      return Kind.string
    case 'number':
      return Number.isInteger(value) ? Kind.integer : Kind.fraction
    case 'boolean':
      return Kind.boolean
    default:
      return value === null ? Kind.null : Array.isArray(value) ? Kind.array : Kind.object
  }
}

/** Whether a property is named in the schema. */
export function declares(shape: Shape, key: string): boolean {
  if (shape.required.has(key) || shape.members?.has(key)) return true
  return shape.parts.some((part) => ownProperty(part, key))
}

/** Whether a property that is not named may be there. */
export function allows(shape: Shape, key: string): boolean {
  return shape.parts.every(
    (part) =>
      part.additionalProperties !== false || isFields(part.patternProperties) || ownProperty(part, key),
  )
}

/** Whether the schema asks for properties that it does not name, or names none: then no name is a slip for another. */
export function isOpen({ parts }: Shape): boolean {
  return (
    !parts.some((part) => isFields(part.properties)) ||
    parts.some(
      ({ additionalProperties: more, patternProperties }) =>
        more === true || isFields(more) || isFields(patternProperties),
    )
  )
}

/** The names that a shape declares, by what is left of them without case and separators. */
export function alikeNames(shape: Shape): AlikeNames<string> {
  shape.alike ??= indexAlike(propertyNames(shape).map((name) => [name, name]))
  return shape.alike
}

export function propertyNames({ parts, required }: Shape): string[] {
  return [...new Set([...parts.flatMap((part) => Object.keys(propertiesOf(part))), ...required])]
}

function propertiesOf({ properties }: Record<string, unknown>): Record<string, unknown> {
  return isFields(properties) ? properties : {}
}

function ownProperty(part: Record<string, unknown>, key: string): boolean {
  return Object.hasOwn(propertiesOf(part), key)
}

const nothing: readonly unknown[] = []

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : nothing
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}
