import { type Fields, isFields } from '../fields.js'
import type { Hopes } from './hopes.js'
import { Kind, kindOf, typesOf } from './kinds.js'
import { type AlikeNames, indexAlike } from './names.js'
import { resolveReference } from './references.js'
import type { ToolFacts } from './tools.js'

/**
 * One way in which a value may be right. A schema comes to several where it has `anyOf` or `oneOf`, and to none where
 * nothing is right. It is read as far as it is asked for: what no keyword that is known here restricts is right, and so is
 * what a broken schema says.
 */
export interface Shape {
  /** Which kinds of value it takes. */
  kinds: number
  /** The scalars that `enum` or `const` allow; `undefined` where all are. */
  values: readonly unknown[] | undefined
  /** The schemas that hold together, `allOf` and what a reference stands for. */
  parts: readonly Fields[]
  whole: Whole
  /** What `propertyOf` and `itemOf` found before. */
  properties: Map<string, Property> | undefined
  items: Shapes[] | undefined
  alike: AlikeNames<string> | undefined
  /** What a string that it does not take may become. */
  hopes: Hopes | undefined
}

export type Shapes = readonly Shape[]

/** What an object's schema says of one of its properties. */
export interface Property {
  shapes: Shapes
  /** Whether it is named there. */
  isDeclared: boolean
  isRequired: boolean
  isAllowed: boolean
}

/** The tool's schema as a whole, in which references are looked up. */
interface Whole {
  source: unknown
  /** What schemas that refer to others come to: recursive ones come back to the same shapes. */
  known: Map<unknown, Shapes> | undefined
  /** How many schemas have been looked at for the value that is being asked for. */
  steps: number
}

/** More ways than this are not told apart: a union of them takes everything. */
const maxShapes = 64

/** Nor is more looked at than so many schemas for one value: unions that refer to unions come to any number. */
const maxSteps = 1024

const anything = createShape(Kind.any, undefined, [], wholeOf(undefined))

export const anyShapes: Shapes = [anything]

function createShape(kinds: number, values: Shape['values'], parts: Shape['parts'], whole: Whole): Shape {
  return {
    kinds,
    values,
    parts,
    whole,
    properties: undefined,
    items: undefined,
    alike: undefined,
    hopes: undefined,
  }
}

function wholeOf(source: unknown): Whole {
  return { source, known: undefined, steps: 0 }
}

/**
 * What a tool's arguments are declared to be.
 *
 * @example argumentShapes(tool).map((shape) => propertyOf(shape, 'days')) // [{ shapes: [{ kinds: Kind.integer, ... }], ... }]
 */
export function argumentShapes(tool: ToolFacts): Shapes {
  tool.shapes ??= shapesOf([tool.schema], wholeOf(tool.schema))
  return tool.shapes
}

/** A pattern that every name has, as TypeBox writes it for a record: `^(.*)$`. */
const isEveryName = /^\^?\(?\.\*\)?\$?$/

export function propertyOf(shape: Shape, key: string): Property {
  const known = shape.properties?.get(key)
  if (known !== undefined) return known
  const schemas = []
  const property = { shapes: anyShapes, isDeclared: false, isRequired: false, isAllowed: true }
  for (const part of shape.parts) {
    const { properties, additionalProperties: others, patternProperties } = part
    if (listOf(part.required).includes(key)) property.isDeclared = property.isRequired = true
    if (isFields(properties) && Object.hasOwn(properties, key)) {
      property.isDeclared = true
      schemas.push(properties[key])
    } else if (isFields(patternProperties)) {
      // Other patterns are not matched: on some names of a model's that could take any time.
      for (const [pattern, each] of Object.entries(patternProperties))
        if (isEveryName.test(pattern)) schemas.push(each)
    } else {
      // What is not allowed at all is told at its key, and its value is left in peace.
      if (others === false) property.isAllowed = false
      else if (others !== undefined) schemas.push(others)
    }
  }
  property.shapes = shapesOf(schemas, shape.whole)
  // What the model thinks of is not remembered: it could think of any number.
  if (property.isDeclared) {
    shape.properties ??= new Map()
    shape.properties.set(key, property)
  }
  return property
}

/** What the item of an array at an index is declared to be. */
export function itemOf(shape: Shape, index: number): Shapes {
  // All behind those that have a schema of their own are alike.
  let place = 0
  for (const part of shape.parts) place = Math.max(place, Math.min(index, firstItems(part).length))
  const known = shape.items?.[place]
  if (known !== undefined) return known
  const shapes = shapesOf(
    shape.parts.map((part) => itemIn(part, place)).filter((schema) => schema !== undefined),
    shape.whole,
  )
  shape.items ??= []
  shape.items[place] = shapes
  return shapes
}

/** What is right where all of these hold. */
function shapesOf(schemas: readonly unknown[], whole: Whole): Shapes {
  const [first] = schemas
  const isOne = schemas.length === 1 && isFields(first)
  // What nothing refers to is asked for in one place, which remembers it.
  if (isOne && !refersToOthers(first)) return meet(anything, first, whole)
  const known = isOne ? whole.known?.get(first) : undefined
  if (known !== undefined) return known
  let shapes = anyShapes
  whole.steps = 0
  for (const each of schemas) shapes = narrow(shapes, each, [], whole)
  if (isOne) {
    whole.known ??= new Map()
    whole.known.set(first, shapes)
  }
  return shapes
}

/** What is left of the shapes when this schema holds too. `inside`: the schemas it was reached through. */
function narrow(shapes: Shapes, schema: unknown, inside: readonly unknown[], whole: Whole): Shapes {
  if (schema === false) return []
  if (!isFields(schema) || inside.includes(schema) || ++whole.steps > maxSteps) return shapes
  let found: Shapes = shapes.flatMap((shape) => meet(shape, schema, whole))
  if (!refersToOthers(schema)) return found
  const within = [...inside, schema]
  for (const part of [resolveReference(schema.$ref, whole.source), ...listOf(schema.allOf)])
    found = narrow(found, part, within, whole)
  for (const union of [listOf(schema.anyOf), listOf(schema.oneOf)]) {
    if (union.length === 0) continue
    const several = union.flatMap((branch) => narrow(found, branch, within, whole))
    if (several.length <= maxShapes) found = several
  }
  return found
}

/** Whether more schemas hold together with it. Most that a tool declares stand alone. */
function refersToOthers({ $ref, allOf, anyOf, oneOf }: Fields): boolean {
  return $ref !== undefined || allOf !== undefined || anyOf !== undefined || oneOf !== undefined
}

/** How many items have a schema of their own; all others are alike. */
function firstItems({ items, prefixItems }: Fields): readonly unknown[] {
  return listOf(Array.isArray(items) ? items : prefixItems)
}

function itemIn(part: Fields, index: number): unknown {
  const { items } = part
  const first = firstItems(part)
  if (index < first.length) return first[index]
  return Array.isArray(items) ? part.additionalItems : items
}

/** The shape with what one schema says by itself, if both can hold. */
function meet(shape: Shape, schema: Fields, whole: Whole): Shapes {
  let kinds = typesOf(schema)
  let { values } = shape
  const listed = 'const' in schema ? [schema.const] : listOf(schema.enum)
  const allowed = listed.filter((value) => kindOf(value) & kinds)
  // A list of which nothing has the declared type is a slip in the schema, and holds for nothing.
  const isListed = allowed.length > 0
  if (schema.nullable === true) {
    kinds |= Kind.null
    allowed.push(null)
  }
  kinds &= shape.kinds
  if (isListed) values = allowed.filter((value) => values === undefined || values.includes(value))
  if (values !== undefined) {
    values = values.filter((value) => kindOf(value) & kinds)
    kinds &= values.reduce<number>((all, value) => all | kindOf(value), Kind.none)
  }
  return kinds === Kind.none ? [] : [createShape(kinds, values, [...shape.parts, schema], whole)]
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

export function propertyNames(shape: Shape): string[] {
  const declared = shape.parts.flatMap(({ properties }) =>
    isFields(properties) ? Object.keys(properties) : [],
  )
  return [...new Set([...declared, ...requiredNames(shape)])]
}

/** The names of the properties that must be there, each as often as it is asked for. */
export function requiredNames({ parts }: Shape): string[] {
  const names = []
  for (const { required } of parts) {
    for (const name of listOf(required)) if (typeof name === 'string') names.push(name)
  }
  return names
}

const nothing: readonly unknown[] = []

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : nothing
}
