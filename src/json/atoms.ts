import type { ChangeKind } from '../events.js'

const number = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/
const words = new Map([
  ['true', 'true'],
  ['false', 'false'],
  ['null', 'null'],
  ['True', 'true'],
  ['False', 'false'],
  ['None', 'null'],
  ['TRUE', 'true'],
  ['FALSE', 'false'],
  ['NULL', 'null'],
  ['undefined', 'null'],
  ['nil', 'null'],
])

/** What a word without quotes is in JSON, and the change that took, or `undefined` when it is no number or literal. */
export function readAtom(word: string): { text: string; change?: ChangeKind } | undefined {
  const literal = words.get(word)
  if (literal !== undefined) {
    return literal === word ? { text: word } : { text: literal, change: 'python-literal' }
  }
  if (number.test(word)) return { text: word }
  const text = respellNumber(word)
  return text === undefined ? undefined : { text, change: 'number-form' }
}

/** Whether a word may stand where an array's next value starts. */
export function isLiteral(word: string): boolean {
  return words.has(word)
}

/** `1_000`, `+1`, `.5`, `5.` and `0x1F` as JSON spells them. Only forms with one meaning: `007` is no number. */
function respellNumber(word: string): string | undefined {
  if (!/^[+-]?\.?\d/.test(word)) return undefined
  const [, sign, whole] = /^([+-]?)(0x[\da-f]+|0o[0-7]+|0b[01]+)$/i.exec(word) ?? []
  if (whole !== undefined) return (sign === '-' ? '-' : '') + BigInt(whole.toLowerCase())
  const text = word
    .replace(/(\d)_(?=\d)/g, '$1')
    .replace(/^\+/, '')
    .replace(/^-?(?=\.\d)/, '$&0')
    .replace(/(\d\.)(?!\d)/, '$10')
  return number.test(text) ? text : undefined
}
