import { bareName } from './names.js'
import { allKinds } from './scalars.js'
import {
  alikeNames,
  anyShapes,
  declares,
  isOpen,
  Kind,
  propertyNames,
  type Schema,
  type Shape,
  type Shapes,
} from './schema.js'

/** One open bracket: what it may be, and where the reading is in it. */
export interface Level {
  object: boolean
  /** The ways in which it can still be right, given what has come. */
  shapes: Shapes
  key: string
  /** What its member of that key may be. */
  member: Shapes
  index: number
  /** Declared properties that have come. */
  seen: Set<string> | undefined
  /** Declared properties that come under their own names, once it has been looked ahead for that. */
  exact: Set<string> | undefined
  /** Declared properties that have come under a name like theirs. */
  alike: Set<string> | undefined
  /** Whether a member has passed, so that the next one needs a comma. */
  passed: boolean
  /** An array of our own making around the one value in it. */
  added: boolean
}

/** More ways than this are not followed: the value is then taken as it is. */
const maxFollowed = 256

export function createLevel(kind: Kind, shapes: Shapes, added = false): Level {
  return {
    object: kind === Kind.object,
    shapes,
    key: '',
    member: anyShapes,
    index: 0,
    seen: undefined,
    exact: undefined,
    alike: undefined,
    passed: false,
    added,
  }
}

/** A JSON pointer to what is being read. */
export function pathOf(levels: readonly Level[]): string {
  return levels
    .map(({ object, key, index }) => `/${object ? key.replaceAll('~', '~0').replaceAll('/', '~1') : index}`)
    .join('')
}

/** What the member that is being read may be. */
export function memberShapes(schema: Schema, level: Level): Shapes {
  const [first, second] = level.shapes
  if (first !== undefined && second === undefined) return memberIn(schema, level, first)
  const all = [...new Set(level.shapes.flatMap((shape) => memberIn(schema, level, shape)))]
  return all.length > maxFollowed ? anyShapes : all
}

function memberIn(schema: Schema, { object, key, index }: Level, shape: Shape): Shapes {
  return object ? schema.property(shape, key) : schema.item(shape, index)
}

/**
 * What the one item of an array would have to be, where only an array fits. Items of an array are not made arrays by
 * themselves: `[1, 2]` for an array of arrays is as likely to be one of them.
 */
export function itemShapes(schema: Schema, level: Level, shapes: Shapes): Shapes | undefined {
  if (!level.object || (allKinds(shapes) & ~Kind.null) !== Kind.array) return undefined
  return ofKind(shapes, Kind.array).flatMap((shape) => schema.item(shape, 0))
}

export function ofKind(shapes: Shapes, kind: Kind): Shapes {
  return shapes.every(({ kinds }) => kinds & kind) ? shapes : shapes.filter(({ kinds }) => kinds & kind)
}

/** Of several ways in which an object or array can be right, keeps those in which its newest member is. */
export function keepFitting(schema: Schema, level: Level, accept: (member: Shape) => boolean) {
  if (level.shapes.length < 2) return
  const left = level.shapes.filter((shape) => memberIn(schema, level, shape).some(accept))
  if (left.length > 0) level.shapes = left
}

/** What a name that is not declared means: itself, or the one declared property alike that has not come. */
export function declaredName({ shapes, seen }: Level, written: string): string {
  if (shapes.some(isOpen)) return written
  const bare = bareName(written)
  const names = new Set(shapes.flatMap((shape) => alikeNames(shape).get(bare) ?? []))
  const [name = written] = names
  return names.size > 1 || name === 'several' || seen?.has(name) ? written : name
}

export function declaresExactly({ shapes }: Level, name: string): boolean {
  return shapes.some((shape) => declares(shape, name))
}

/** The names of the properties that a shape declares. */
export const membersOf = propertyNames

/** The required properties that did not come, by the way of being right that lacks fewest. */
export function missingFrom({ shapes, seen }: Level): readonly string[] {
  const [fewest = []] = shapes
    .map(({ required }) => [...required].filter((name) => !seen?.has(name)))
    .sort((one, other) => one.length - other.length)
  return fewest
}
