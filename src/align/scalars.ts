import type { ChangeKind } from '../events.js'
import { readAtom } from '../json/atoms.js'
import { evaluate } from './arithmetic.js'
import { Kind, type Shapes } from './schema.js'

/** A string, number, boolean or `null` of the arguments. */
export interface Scalar {
  kind: Kind
  value: unknown
  /** As JSON. */
  text: string
  /** As the model wrote it, if that was a number in another form. */
  written?: string | undefined
}

/** A value as the schema asks for it, and what that took. */
export interface Converted extends Scalar {
  change: ChangeKind
}

export function atomScalar(text: string, written?: string): Scalar {
  switch (text) {
    case 'null':
      return { kind: Kind.null, value: null, text }
    case 'true':
    case 'false':
      return { kind: Kind.boolean, value: text === 'true', text }
    default:
      return { kind: numberKind(text), value: Number(text), text, written }
  }
}

export function stringScalar(value: string, text: string): Scalar {
  return { kind: Kind.string, value, text }
}

/** Whole or not, told from the digits: `1.0` and `1e5` are whole, and no digit of a long number is lost in telling. */
function numberKind(text: string): Kind {
  if (!/[.e]/i.test(text)) return Kind.integer
  const [, whole = '', fraction = '', exponent = '0'] = /^-?(\d+)(?:\.(\d+))?(?:e(.+))?$/i.exec(text) ?? []
  const places = fraction.length - Number(exponent)
  if (places <= 0) return Kind.integer
  return /[1-9]/.test((whole + fraction).slice(-places)) ? Kind.fraction : Kind.integer
}

export function fits(shapes: Shapes, { kind, value }: Scalar): boolean {
  for (const { kinds, values } of shapes) {
    if (kinds & kind && (values === undefined || values.includes(value))) return true
  }
  return false
}

/** Which kinds are taken whatever their value is. */
export function freeKinds(shapes: Shapes): number {
  let all = 0
  for (const { kinds, values } of shapes) if (values === undefined) all |= kinds
  return all
}

export function allKinds(shapes: Shapes): number {
  let all = 0
  for (const { kinds } of shapes) all |= kinds
  return all
}

/** All values that enumerations list. */
export function listedValues(shapes: Shapes): unknown[] {
  const listed = shapes.flatMap(({ values }) => values ?? [])
  return listed.length < 2 ? listed : [...new Set(listed)]
}

/**
 * A value without what models get wrong in an enumeration: its case, and white space around it. (Upper case, since how a
 * letter is written in lower case may depend on the next one, which may not have come yet.)
 */
export function spelling(value: unknown): string {
  return String(value).trim().toUpperCase()
}

/**
 * What a scalar that does not fit is when it is written as the schema asks: the same value, so that nothing is lost, and
 * only where it can mean one thing.
 *
 * @example convertScalar(shapes, stringScalar('5', '"5"')) // { text: '5', change: 'text-to-number', ... } for an integer
 */
export function convertScalar(shapes: Shapes, scalar: Scalar): Converted | undefined {
  const listed = asListed(shapes, scalar)
  if (listed !== undefined) return listed
  const free = freeKinds(shapes)
  if (typeof scalar.value === 'string') return fromText(free, scalar.value.trim())
  if (!(free & Kind.string)) return undefined
  const text = scalar.written ?? scalar.text
  return { ...stringScalar(text, `"${text}"`), change: 'value-to-text' }
}

function asListed(shapes: Shapes, { kind, value, text: written }: Scalar): Converted | undefined {
  const meant = spelling(kind === Kind.string ? value : written)
  const alike = listedValues(shapes).filter(
    (each) => (typeof each !== 'object' || each === null) && spelling(each) === meant,
  )
  if (alike.length !== 1) return undefined
  const text = JSON.stringify(alike[0])
  const scalar = typeof alike[0] === 'string' ? stringScalar(alike[0], text) : atomScalar(text)
  return { ...scalar, change: 'enum-spelling' }
}

function fromText(free: number, text: string): Converted | undefined {
  const atom = readAtom(text)
  if (atom === undefined) return free & Kind.number ? fromArithmetic(free, text) : undefined
  const scalar = atomScalar(atom.text)
  if (!(scalar.kind & free)) return undefined
  if (scalar.kind === Kind.null) return { ...scalar, change: 'text-to-null' }
  if (scalar.kind === Kind.boolean) return { ...scalar, change: 'text-to-boolean' }
  // `"5.0"` is 5 to a reader of whole numbers; what a double does not hold stays as it is written.
  const plain = free & Kind.fraction || !Number.isSafeInteger(scalar.value) ? atom.text : String(scalar.value)
  return { ...scalar, text: plain, change: 'text-to-number' }
}

function fromArithmetic(free: number, text: string): Converted | undefined {
  const value = evaluate(text)
  if (value === undefined || (!(free & Kind.fraction) && !Number.isSafeInteger(value))) return undefined
  return { ...atomScalar(String(value)), change: 'arithmetic' }
}
