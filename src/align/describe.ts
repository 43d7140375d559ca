import { isHighSurrogate } from '../json/characters.js'
import { Kind, kindNames } from './kinds.js'
import { allKinds, listedValues, type Scalar } from './scalars.js'
import { propertyNames, type Shapes } from './schema.js'

/** How much of a string is quoted where it is wrong, of a value that was changed, and of what was expected. */
export const maxSample = 40
const maxQuoted = 100
const maxExpected = 300

/** What a place takes, in words that a model understands: `integer or null`, `one of "a", "b"`. */
export function describe(shapes: Shapes): string {
  const listed = listedValues(shapes)
  let kinds = allKinds(shapes.filter(({ values }) => values === undefined))
  const words =
    listed.length === 0 ? [] : [`one of ${listed.map((value) => JSON.stringify(value)).join(', ')}`]
  for (const [kind, name] of kindNames) {
    if ((kinds & kind) !== kind) continue
    kinds &= ~kind
    words.push(name)
  }
  return words.length === 0 ? 'nothing' : short(words.join(' or '), maxExpected)
}

/** What stands there instead: `string "soon"`, `number 0.85`. */
export function describeScalar({ kind, value, text }: Scalar): string {
  if (typeof value === 'string') return `string ${JSON.stringify(short(value, maxSample))}`
  return kind === Kind.null
    ? text
    : `${kind === Kind.boolean ? 'boolean' : 'number'} ${short(text, maxSample)}`
}

/** What a key may be where no others are allowed. */
export function expectedProperty(shapes: Shapes): string {
  const declared = [...new Set(shapes.flatMap(propertyNames))].map((name) => JSON.stringify(name))
  return declared.length === 0
    ? 'no properties'
    : short(`one of the properties ${declared.join(', ')}`, maxExpected)
}

/** The beginning of a text that may be long. */
export function short(text: string, max = maxQuoted): string {
  if (text.length <= max) return text
  return `${text.slice(0, isHighSurrogate(text.charCodeAt(max - 1)) ? max - 1 : max)}…`
}
