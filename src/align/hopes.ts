import { decodeString } from '../json/tokens.js'
import { Kind } from './kinds.js'
import { itemShapes, type Level } from './levels.js'
import { allKinds, freeKinds, listedValues, spelling } from './scalars.js'
import type { Shapes } from './schema.js'

/**
 * What a string that the schema does not take as it is can still become. It is held no longer than that: a string for a
 * number only while it looks like one.
 */
export interface Hopes {
  number: boolean
  /** `true`, `null` and the values of enumerations, as `spelling` gives them. */
  words: readonly string[]
  /** What an array or object that is written as text begins with. */
  openers: string
}

/** The longest number that is waited for, and the white space around anything. */
const maxNumber = 256
const maxSpace = 32

/**
 * Follows a string in this place, piece by piece as JSON: whether there is hope for it. Once there is none, there is none
 * for all that may follow.
 */
export function createHope(level: Level, convert: boolean): (piece: string) => boolean {
  const items = (convert && itemShapes(level)) || []
  // As an item it passes as it is.
  const hopes = hopesIn(freeKinds(items) & Kind.string ? level.member : [...level.member, ...items], convert)
  let hope: ReturnType<typeof hopeFor> = 'short'
  let text = ''
  return (piece) => {
    // An array or object as text is waited for to the end.
    if (hope === 'short') {
      text += decodeString(piece)
      hope = hopeFor(hopes, text)
    }
    return hope !== 'none'
  }
}

/** Remembered where there is one way to be right, as there is nearly always. */
function hopesIn(shapes: Shapes, convert: boolean): Hopes {
  const [shape] = shapes
  if (shape === undefined || shapes.length > 1) return hopesOf(shapes, convert)
  shape.hopes ??= hopesOf(shapes, convert)
  return shape.hopes
}

/** `convert`: whether anything may be made of it; otherwise only a value of an enumeration is waited for. */
function hopesOf(shapes: Shapes, convert: boolean): Hopes {
  const free = convert ? freeKinds(shapes) : Kind.none
  const kinds = convert ? allKinds(shapes) : Kind.none
  const words = listedValues(shapes).map(spelling)
  if (free & Kind.boolean) words.push('TRUE', 'FALSE')
  if (free & Kind.null) words.push('NULL', 'NONE', 'NIL', 'UNDEFINED')
  return {
    number: (kinds & Kind.number) !== 0,
    words,
    openers: (kinds & Kind.array ? '[(' : '') + (kinds & Kind.object ? '{' : ''),
  }
}

/**
 * How far there is hope for a string that begins like this: while it looks like a number or word, or to its end. The
 * answer for all of a string is `none` if it is that for a part.
 */
function hopeFor({ number, words, openers }: Hopes, beginning: string): 'none' | 'short' | 'to the end' {
  const start = beginning.trimStart()
  if (beginning.length - start.length > maxSpace) return 'none'
  if (openers !== '' && openers.includes(start.charAt(0))) return start === '' ? 'short' : 'to the end'
  if (number && start.length <= maxNumber && /^([-+.\d(][-+*/().\s\da-fox_]*)?$/i.test(start)) return 'short'
  const found = start.toUpperCase()
  const isWord = words.some((word) => {
    if (word.startsWith(found)) return true
    return found.startsWith(word) && found.length - word.length <= maxSpace && found.trimEnd() === word
  })
  return isWord ? 'short' : 'none'
}
