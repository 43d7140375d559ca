import { decodeString, keyName, Token } from '../json/tokens.js'
import { listedLike } from './conversions.js'
import { keep, type Level, propertyIn } from './levels.js'
import { allKinds, atomScalar, fits, type Scalar, stringScalar } from './scalars.js'
import { propertyNames, propertyOf, type Shape, type Shapes } from './schema.js'

/** How much is held of an object, so that a long text in it still streams. */
export const maxAhead = 1024

/**
 * Sees the rest of an object, which is held from a property on whose meaning what follows decides:
 *
 *     {"City": "Oslo", "city": "Rome"}          {"value": "5", "kind": "count"}
 *      ^^^^^^ is there an exact one?              ^^^^^^^ a number, if the kind says so
 *
 * Each token tells whether it is over: with the object, or with a property that decides (`level.decides`).
 */
export function createAhead(level: Level): (kind: Token, piece: string) => boolean {
  const exact = new Set<string>()
  level.exact = exact
  let depth = 0
  let key = ''
  let text = ''

  /** A scalar of the object itself: the ways of being right that it rules out are none. */
  function rule(scalar: Scalar): boolean {
    if (!level.decides?.has(key)) return false
    if (!keep(level, (shape) => fits(membersOf(shape, key), scalar)))
      keep(level, (shape) => listedLike(membersOf(shape, key), scalar).length > 0)
    return true
  }

  return (kind, piece) => {
    if (kind === Token.open) depth++
    else if (kind === Token.close) depth--
    if (depth !== 0) return depth < 0
    if (kind === Token.key) {
      key = keyName(piece)
      if (propertyIn(level, key).isDeclared) exact.add(key)
    } else if (kind === Token.stringStart) text = ''
    else if (kind === Token.string) text += decodeString(piece)
    else if (kind === Token.stringEnd) return rule(stringScalar(text, ''))
    else if (kind === Token.atom) return rule(atomScalar(piece))
    return false
  }
}

function membersOf(shape: Shape, key: string): Shapes {
  return propertyOf(shape, key).shapes
}

/** The properties that tell a union's ways of being right apart, if this one is not the same in all of them. */
export function decidingFor({ shapes, seen }: Level, name: string): ReadonlySet<string> {
  const [first, ...others] = shapes
  const kinds = first && allKinds(membersOf(first, name))
  if (first === undefined || others.every((shape) => allKinds(membersOf(shape, name)) === kinds))
    return noNames
  const isListed = (key: string) =>
    shapes.every((shape) => {
      const members = membersOf(shape, key)
      return members.length > 0 && members.every(({ values }) => values !== undefined)
    })
  return new Set(propertyNames(first).filter((key) => !seen?.has(key) && isListed(key)))
}

const noNames: ReadonlySet<string> = new Set()
