import { isFields } from '../fields.js'
import { readLiteral } from './literals.js'

/**
 * A number that was written with a fraction or an exponent. JSON makes no difference between `5` and `5.0`; a type
 * `integer` does.
 *
 * @example parseValue('5.0') // new Float(5)
 */
export class Float {
  constructor(readonly value: number) {}
}

/** A key that no model writes. */
const floatKey = '\u0000float'
const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/gs

/**
 * `JSON.parse`, with a `Float` for each number that has a fraction or an exponent.
 *
 * @throws SyntaxError when the text is no JSON.
 * @example parseValue('[5, 5.0]') // [5, new Float(5)]
 */
export function parseValue(json: string): unknown {
  JSON.parse(json)
  const marked = json.replace(stringOrNumber, (text) =>
    text[0] !== '"' && /[.eE]/.test(text) ? `{${JSON.stringify(floatKey)}:${text}}` : text,
  )
  return JSON.parse(marked, (_key, value: unknown) => {
    const float = isFields(value) ? value[floatKey] : undefined
    return typeof float === 'number' ? new Float(float) : value
  })
}

/** What a parameter is declared as: a type, or a container and what is in it. */
export type ParameterType = string | readonly string[] | undefined

/**
 * Whether a value is one of the accepted ones, by the rules of the Berkeley leaderboard.
 *
 * @example
 * isAccepted('New York', ['new-york'], 'string') // true
 * isAccepted(new Float(5), [5], 'integer') // false
 */
export function isAccepted(
  value: unknown,
  accepted: readonly unknown[],
  type: ParameterType,
  lang?: string,
): boolean {
  const [outer, inner] = typeof type === 'object' ? type : [type]
  const read = lang === 'java' || lang === 'javascript' ? readLiteral(value, outer, lang) : value
  if (isIntegerType(outer) && read instanceof Float) return false
  if (isIntegerType(inner) && Array.isArray(read) && read.some((item) => item instanceof Float)) return false
  return accepted.some((one) => isSame(read, one))
}

function isIntegerType(type: string | undefined): boolean {
  return type === 'integer' || type === 'long'
}

function isSame(value: unknown, accepted: unknown): boolean {
  if (value instanceof Float) return value.value === accepted
  if (typeof value === 'string' && typeof accepted === 'string') return plain(value) === plain(accepted)
  if (Array.isArray(value)) {
    if (!Array.isArray(accepted) || accepted.length !== value.length) return false
    return value.every((item, at) => isSame(item, accepted[at]))
  }
  if (isFields(value)) return isFields(accepted) && isSameObject(value, accepted)
  return value === accepted
}

/** An accepted object has a list of accepted values for each key, or the one value as it is. */
function isSameObject(value: Record<string, unknown>, accepted: Record<string, unknown>): boolean {
  const choices = new Map(
    Object.entries(accepted).map(([key, one]) => [key, Array.isArray(one) ? one : [one]] as const),
  )
  const keys = new Set(Object.keys(value))
  for (const [key, item] of Object.entries(value)) {
    if (choices.get(key)?.some((one: unknown) => isSame(item, one)) !== true) return false
  }
  return [...choices].every(([key, one]) => keys.has(key) || one.includes(''))
}

/** Spelling that makes no difference. */
function plain(text: string): string {
  return text
    .replace(/[ ,./\-_*^]/g, '')
    .toLowerCase()
    .replaceAll("'", '"')
}
