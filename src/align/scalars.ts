import { Kind } from './kinds.js'
import type { Shapes } from './schema.js'

/** A string, number, boolean or `null` of the arguments. */
export interface Scalar {
  kind: Kind
  value: unknown
  /** As JSON. */
  text: string
  /** As the model wrote it, if that was a number in another form. */
  written?: string | undefined
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
  if (Math.trunc(Number(text)) !== Number(text)) return Kind.fraction
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
