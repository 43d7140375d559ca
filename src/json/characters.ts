/**
 * What each UTF-16 unit may do inside a string. The table is what makes long arguments fast: a chunk in which every unit
 * is `plain` passes as it is.
 */
export const special = new Uint8Array(65536)
for (let unit = 0; unit < 32; unit++) special[unit] = 1
for (const char of '"\'\\}]<') special[char.charCodeAt(0)] = 1

export const Char = {
  tab: 9,
  newline: 10,
  return: 13,
  space: 32,
  doubleQuote: 34,
  hash: 35,
  singleQuote: 39,
  openParenthesis: 40,
  closeParenthesis: 41,
  star: 42,
  comma: 44,
  slash: 47,
  colon: 58,
  semicolon: 59,
  less: 60,
  equals: 61,
  openBracket: 91,
  backslash: 92,
  closeBracket: 93,
  backtick: 96,
  openBrace: 123,
  closeBrace: 125,
} as const

/** White space as JSON has it, and the no-break and byte-order marks that models write around tags. */
export function isSpace(unit: number): boolean {
  return (
    unit === Char.space ||
    unit === Char.newline ||
    unit === Char.tab ||
    unit === Char.return ||
    unit === 0xa0 ||
    unit === 0x3000 ||
    unit === 0xfeff
  )
}

/** A letter, digit, `_`, `$` or anything beyond ASCII: what a key without quotes is made of. */
export function isWord(unit: number): boolean {
  return (
    (unit >= 97 && unit <= 122) ||
    (unit >= 65 && unit <= 90) ||
    (unit >= 48 && unit <= 57) ||
    unit === 95 ||
    unit === 36 ||
    (unit > 127 && !isSpace(unit))
  )
}

export function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

/** JSON's escape for a control character. */
export function escapeControl(unit: number): string {
  return JSON.stringify(String.fromCharCode(unit)).slice(1, -1)
}
