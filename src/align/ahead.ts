import { decodeString, keyName, Token } from '../json/tokens.js'
import { declaresExactly, type Level, membersOf } from './levels.js'
import { atomScalar, fits, type Scalar, stringScalar } from './scalars.js'
import { anySchema, type Schema } from './schema.js'

/** How much is held of an object, so that a long text in it still streams. */
const maxAhead = 1024

/**
 * The rest of an object, held from a property on whose meaning what follows decides:
 *
 *     {"City": "Oslo", "city": "Rome"}          {"value": "5", "kind": "count"}
 *      ^^^^^^ is there an exact one?              ^^^^^^^ a number, if the kind says so
 *
 * It ends with the object, with the property that decides, or when it is too long.
 */
export interface Ahead {
  /** `decides`: properties whose value tells what the others are; with none of them it goes to the object's end. */
  start(schema: Schema, level: Level, decides: ReadonlySet<string>): void
  /** Takes the next token; whether it is over. */
  token(kind: Token, text: string): boolean
  /** The tokens that were held, once the level knows what they told. */
  take(): readonly (readonly [Token, string])[]
  /** What has been read and is held. */
  unsent(): string
}

export function createAhead(): Ahead {
  let schema = anySchema
  let level: Level | undefined
  let decides: ReadonlySet<string> = new Set()
  let tokens: (readonly [Token, string])[] = []
  let length = 0
  let depth = 0
  let key = ''
  let text = ''

  /** A scalar of the object itself: the ways of being right that it rules out are none. */
  function rule(scalar: Scalar): boolean {
    if (level === undefined || !decides.has(key)) return false
    const name = key
    const left = level.shapes.filter((shape) => fits(schema.property(shape, name), scalar))
    if (left.length > 0) level.shapes = left
    return true
  }

  return {
    start(declared, inside, deciding) {
      schema = declared
      level = inside
      decides = deciding
      tokens = []
      length = depth = 0
      inside.exact = new Set()
    },
    token(kind, piece) {
      tokens.push([kind, piece])
      length += piece.length
      if (kind === Token.open) depth++
      else if (kind === Token.close && --depth < 0) return true
      if (length > maxAhead) return true
      if (depth > 0 || level === undefined) return false
      switch (kind) {
        case Token.key:
          key = keyName(piece)
          if (declaresExactly(level, key)) level.exact?.add(key)
          return false
        case Token.stringStart:
          text = ''
          return false
        case Token.string:
          text += decodeString(piece)
          return false
        case Token.stringEnd:
          return rule(stringScalar(text, JSON.stringify(text)))
        case Token.atom:
          return rule(atomScalar(piece))
        default:
          return false
      }
    },
    take() {
      const taken = tokens
      tokens = []
      return taken
    },
    unsent: () => tokens.map(([, piece]) => piece).join(''),
  }
}

/** The properties that tell a union's ways of being right apart, if this one is not the same in all of them. */
export function decidingFor(schema: Schema, { shapes, seen }: Level, name: string): ReadonlySet<string> {
  const kinds = shapes.map((shape) =>
    schema.property(shape, name).reduce((all, member) => all | member.kinds, 0),
  )
  const found = new Set<string>()
  if (kinds.every((each) => each === kinds[0])) return found
  for (const each of new Set(shapes.flatMap(membersOf))) {
    const isListed = shapes.every((shape) => {
      const members = schema.property(shape, each)
      return members.length > 0 && members.every(({ values }) => values !== undefined)
    })
    if (isListed && !seen?.has(each)) found.add(each)
  }
  return found
}
