import { Kind } from '../align/kinds.js'
import { anyShapes, argumentShapes, itemOf, propertyOf, type Shapes } from '../align/schema.js'
import type { ToolFacts } from '../align/tools.js'

/** What a tool's parameter is declared to be. */
export function parameterShapes(tool: ToolFacts | undefined, name: string): Shapes {
  return tool === undefined ? anyShapes : membersOf(argumentShapes(tool), name)
}

/** What the members of an object or array are declared to be: those of a name, or without one the items. */
export function membersOf(shapes: Shapes, name?: string): Shapes {
  return shapes.flatMap((shape) => (name === undefined ? itemOf(shape, 0) : propertyOf(shape, name).shapes))
}

/** The kinds that a value is declared to have; `Kind.any` where nothing is said of them. */
export function kindsOf(shapes: Shapes): number {
  return shapes.reduce<number>((all, { kinds }) => all | kinds, Kind.none) || Kind.any
}
