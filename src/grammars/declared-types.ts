import { Kind, type Schema, type Shapes } from '../align/schema.js'
import { isFields } from '../fields.js'

/** What the members of an object or array are declared to be: those of a name, or without one the items. */
export function membersOf(schema: Schema, shapes: Shapes, name?: string): Shapes {
  return shapes.flatMap((shape) =>
    name === undefined ? schema.item(shape, 0) : schema.property(shape, name),
  )
}

/**
 * The kinds that a value is declared to have; `Kind.any` where nothing is said of them. Where only properties or items
 * are declared, an object or array is meant.
 */
export function kindsOf(shapes: Shapes): number {
  return (
    shapes.reduce<number>((all, { kinds, parts }) => {
      if (kinds !== Kind.any) return all | kinds
      const object = parts.some(({ properties }) => isFields(properties)) ? Kind.object : Kind.none
      const array = parts.some(({ items }) => items !== undefined) ? Kind.array : Kind.none
      return all | (object | array || Kind.any)
    }, Kind.none) || Kind.any
  )
}
