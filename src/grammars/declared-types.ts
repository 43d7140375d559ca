import { Kind } from '../align/kinds.js'
import { anyShapes, argumentShapes, itemOf, propertyOf, type Shapes } from '../align/schema.js'
import type { ToolFacts } from '../align/tools.js'
import { isFields } from '../fields.js'

/** What a tool's parameter is declared to be. */
export function parameterShapes(tool: ToolFacts | undefined, name: string): Shapes {
  return tool === undefined ? anyShapes : membersOf(argumentShapes(tool), name)
}

/** What the members of an object or array are declared to be: those of a name, or without one the items. */
export function membersOf(shapes: Shapes, name?: string): Shapes {
  return shapes.flatMap((shape) => (name === undefined ? itemOf(shape, 0) : propertyOf(shape, name).shapes))
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
