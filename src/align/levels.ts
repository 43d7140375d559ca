import { Kind } from './kinds.js'
import { bareName } from './names.js'
import { allKinds } from './scalars.js'
import {
  alikeNames,
  anyShapes,
  isOpen,
  itemOf,
  type Property,
  propertyOf,
  requiredNames,
  type Shape,
  type Shapes,
} from './schema.js'

/** One open bracket: what it may be, and where the reading is in it. */
export interface Level {
  /** What it stands in; the arguments themselves stand in a level of their own, as if in an array. */
  above: Level | undefined
  depth: number
  object: boolean
  /** The ways in which it can still be right, given what has come. */
  shapes: Shapes
  key: string
  /** The same as it is written down. */
  name: string
  index: number
  /** What its member at that key or index may be. */
  member: Shapes
  /** Declared properties that have come, and whether it was under a name like theirs. */
  seen: Map<string, boolean> | undefined
  /** Declared properties that come under their own names, once it has been looked ahead for that. */
  exact: Set<string> | undefined
  /** What tells the meaning of a property that waits for it. */
  decides: ReadonlySet<string> | undefined
  /** Whether a member has passed, so that the next one needs a comma. */
  passed: boolean
  /** An array of our own making around the one value in it. */
  added: boolean
}

/** More ways than this are not followed: the value is then taken as it is. */
const maxFollowed = 256

export function createLevel(kind: Kind, shapes: Shapes, above?: Level): Level {
  const level: Level = {
    above,
    depth: above === undefined ? 0 : above.depth + 1,
    object: kind === Kind.object,
    shapes,
    key: '',
    name: '',
    index: 0,
    member: anyShapes,
    seen: undefined,
    exact: undefined,
    decides: undefined,
    passed: false,
    added: false,
  }
  if (!level.object) level.member = itemIn(level)
  return level
}

/** A JSON pointer to what is being read. */
export function pathOf({ above, object, key, index }: Level): string {
  if (above === undefined) return ''
  return `${pathOf(above)}/${object ? key.replaceAll('~', '~0').replaceAll('/', '~1') : index}`
}

/** What is said of a property by the ways in which its object can be right. */
export function propertyIn({ shapes }: Level, key: string): Property {
  const [first, second] = shapes
  if (first !== undefined && second === undefined) return propertyOf(first, key)
  const all = shapes.map((shape) => propertyOf(shape, key))
  return {
    shapes: united(all.map(({ shapes }) => shapes)),
    isDeclared: all.some(({ isDeclared }) => isDeclared),
    isRequired: all.some(({ isRequired }) => isRequired),
    isAllowed: all.some(({ isAllowed }) => isAllowed),
  }
}

/** What the item that is being read may be. */
export function itemIn({ shapes, index }: Level): Shapes {
  const [first, second] = shapes
  if (first !== undefined && second === undefined) return itemOf(first, index)
  return united(shapes.map((shape) => itemOf(shape, index)))
}

function united(shapes: readonly Shapes[]): Shapes {
  const all = [...new Set(shapes.flat())]
  return all.length > maxFollowed ? anyShapes : all
}

/**
 * What the one item of an array would have to be, where only an array fits. Items of an array are not made arrays by
 * themselves: `[1, 2]` for an array of arrays is as likely to be one of them.
 */
export function itemShapes({ object, member }: Level): Shapes | undefined {
  if (!object || (allKinds(member) & ~Kind.null) !== Kind.array) return undefined
  return ofKind(member, Kind.array).flatMap((shape) => itemOf(shape, 0))
}

export function ofKind(shapes: Shapes, kind: Kind): Shapes {
  return shapes.filter(({ kinds }) => kinds & kind)
}

/** Of the ways in which an object or array can be right keeps those that are accepted; whether there are any. */
export function keep(level: Level, accept: (shape: Shape) => boolean): boolean {
  const left = level.shapes.filter(accept)
  if (left.length > 0) level.shapes = left
  return left.length > 0
}

/** The same, told by what its newest member is. */
export function keepMember(level: Level, accept: (member: Shape) => unknown) {
  const { object, key, index } = level
  if (level.shapes.length > 1)
    keep(level, (shape) => (object ? propertyOf(shape, key).shapes : itemOf(shape, index)).some(accept))
}

/** What a name that is not declared means: itself, or the one declared property alike that has not come. */
export function declaredName({ shapes, seen }: Level, written: string): string {
  if (shapes.some(isOpen)) return written
  const bare = bareName(written)
  const names = new Set(shapes.flatMap((shape) => alikeNames(shape).get(bare) ?? []))
  const [name = written] = names
  return names.size > 1 || name === 'several' || seen?.has(name) ? written : name
}

/** The required properties that did not come, by the way of being right that lacks fewest. */
export function missingFrom({ shapes, seen }: Level): readonly string[] {
  let fewest: string[] | undefined
  for (const shape of shapes) {
    const missing: string[] = []
    for (const name of requiredNames(shape)) {
      if (!seen?.has(name) && !missing.includes(name)) missing.push(name)
    }
    if (fewest === undefined || missing.length < fewest.length) fewest = missing
  }
  return fewest ?? []
}
