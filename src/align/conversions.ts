import type { ChangeKind } from '../events.js'
import { readAtom } from '../json/atoms.js'
import { decodeString } from '../json/tokens.js'
import { evaluate } from './arithmetic.js'
import { Kind } from './kinds.js'
import { itemShapes, type Level } from './levels.js'
import {
  allKinds,
  atomScalar,
  fits,
  freeKinds,
  listedValues,
  type Scalar,
  spelling,
  stringScalar,
} from './scalars.js'
import type { Shapes } from './schema.js'
import type { TokenTape } from './token-tape.js'
import { unpack } from './unpack.js'

/** A value as the schema asks for it, and what that took. */
export interface Converted extends Scalar {
  change: ChangeKind
  /** What a text holds, which has to fit in turn. */
  tape?: TokenTape
}

/** What a scalar in this place, which it does not fit, can be written as: the first of these that there is. */
export function conversionOf(level: Level, scalar: Scalar, maxDepth: number): Converted | undefined {
  if (scalar.kind === Kind.null) return undefined
  const items = itemShapes(level) ?? []
  const kinds = allKinds(level.member) | allKinds(items)
  return (
    convertScalar(level.member, scalar) ??
    asUnpacked(kinds, scalar, maxDepth - level.depth) ??
    asItem(items, scalar)
  )
}

/** `[3]` where a number is asked for is that number. `item` is what stands in the brackets. */
export function asOnly(shapes: Shapes, item: string): Converted | undefined {
  if (item === '') return undefined
  const scalar = item.startsWith('"') ? stringScalar(decodeString(item.slice(1, -1)), item) : atomScalar(item)
  const only = asFitting(shapes, scalar)
  // Arithmetic in brackets is more likely the beginning of more.
  return only && only.change !== 'arithmetic' ? { ...only, change: 'array-to-value' } : undefined
}

/** A scalar that fits, as it is or converted. */
function asFitting(shapes: Shapes, scalar: Scalar): (Scalar & { change?: ChangeKind }) | undefined {
  return fits(shapes, scalar) ? scalar : convertScalar(shapes, scalar)
}

/**
 * What a scalar that does not fit is when it is written as the schema asks: the same value, so that nothing is lost, and
 * only where it can mean one thing.
 *
 * @example convertScalar(shapes, stringScalar('5', '"5"')) // { text: '5', change: 'text-to-number', ... } for an integer
 */
function convertScalar(shapes: Shapes, scalar: Scalar): Converted | undefined {
  const alike = listedLike(shapes, scalar)
  if (alike.length > 0)
    return alike.length === 1 ? { ...listedScalar(alike[0]), change: 'enum-spelling' } : undefined
  if (typeof scalar.value === 'string') return fromText(shapes, scalar.value.trim())
  if (!(freeKinds(shapes) & Kind.string)) return undefined
  const text = scalar.written ?? scalar.text
  return { ...stringScalar(text, `"${text}"`), change: 'value-to-text' }
}

/** The values of enumerations that it is but for its spelling. */
export function listedLike(shapes: Shapes, { kind, value, text }: Scalar): unknown[] {
  const meant = spelling(kind === Kind.string ? value : text)
  return listedValues(shapes).filter(
    (each) => (typeof each !== 'object' || each === null) && spelling(each) === meant,
  )
}

function listedScalar(value: unknown): Scalar {
  const text = JSON.stringify(value)
  return typeof value === 'string' ? stringScalar(value, text) : atomScalar(text)
}

function fromText(shapes: Shapes, text: string): Converted | undefined {
  const atom = readAtom(text)
  if (atom === undefined) return fromArithmetic(shapes, text)
  const scalar = atomScalar(atom.text)
  if (!fits(shapes, scalar)) return undefined
  if (scalar.kind === Kind.null) return { ...scalar, change: 'text-to-null' }
  if (scalar.kind === Kind.boolean) return { ...scalar, change: 'text-to-boolean' }
  // To a reader of JSON it would be infinite, which is no number there.
  if (!Number.isFinite(scalar.value)) return undefined
  return { ...scalar, text: plainNumber(shapes, scalar), change: 'text-to-number' }
}

/** `5.0` is 5 to a reader of whole numbers; what a double does not hold stays as it is written. */
function plainNumber(shapes: Shapes, { text, value }: Scalar): string {
  const isPlain = /^-?\d+$/.test(text) || allKinds(shapes) & Kind.fraction || !Number.isSafeInteger(value)
  return isPlain ? text : String(value)
}

function fromArithmetic(shapes: Shapes, text: string): Converted | undefined {
  const kinds = allKinds(shapes) & Kind.number
  const value = kinds ? evaluate(text) : undefined
  // A whole number that a double does not hold has been rounded.
  if (value === undefined || (!(kinds & Kind.fraction) && !Number.isSafeInteger(value))) return undefined
  const scalar = atomScalar(String(value))
  return fits(shapes, scalar) ? { ...scalar, change: 'arithmetic' } : undefined
}

/** A string that holds an array or object where one is asked for. */
function asUnpacked(kinds: number, { kind, value }: Scalar, maxDepth: number): Converted | undefined {
  if (typeof value !== 'string') return undefined
  const opener = value.trimStart().charAt(0)
  // `{` for an array of objects becomes its item.
  if (!(opener === '{' ? kinds & Kind.object : /[[(]/.test(opener) && kinds & Kind.array)) return undefined
  const tape = unpack(value, maxDepth)
  return tape && { kind, value, text: String(tape), change: 'text-to-json', tape }
}

function asItem(items: Shapes, scalar: Scalar): Converted | undefined {
  // An empty text is as likely no item as one.
  if (typeof scalar.value === 'string' && (looksLikeArray(scalar.value) || scalar.value.trim() === ''))
    return undefined
  const item = asFitting(items, scalar)
  return item && { ...item, text: `[${item.text}]`, change: 'value-to-array' }
}

/** `[a, b` was meant as an array and is none: it is not made one with a single item. */
export function looksLikeArray(text: string): boolean {
  return /^\s*\[/.test(text)
}
