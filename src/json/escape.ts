import type { ChangeKind } from '../events.js'
import { Char, escapeControl, escapeText, isEscaped, isQuote } from './characters.js'

/** What an escape is in JSON, where it ends, and what was wrong with it. */
export interface Escape {
  inside: string
  end: number
  change?: ChangeKind
}

/**
 * Reads the escape that begins at a backslash, in a string in this quote; `undefined`: more has to come.
 *
 * @param meanings escapes that JSON does not have; a number: so many hex digits follow
 */
export function readEscape(
  text: string,
  at: number,
  quote: number,
  meanings: ReadonlyMap<string, string | number> | undefined,
): Escape | undefined {
  if (at + 1 >= text.length) return undefined
  const end = at + 2
  const char = text.charAt(at + 1)
  const unit = text.charCodeAt(at + 1)
  if (isEscaped(unit)) return { inside: `\\${char}`, end }
  if (unit === quote) return { inside: char, end }
  if (unit === Char.singleQuote) return { inside: char, end, change: 'escaped-apostrophe' }
  const meaning = char === 'u' ? 4 : meanings?.get(char)
  if (typeof meaning === 'string') return { inside: meaning, end }
  if (meaning !== undefined) {
    const digits = text.slice(end, end + meaning)
    const isHex = /^[\da-f]*$/i.test(digits)
    if (isHex && digits.length < meaning) return undefined
    const point = isHex ? Number.parseInt(digits, 16) : Number.NaN
    if (point <= 0x10ffff) {
      const inside = meaning === 4 ? `\\u${digits}` : escapeControl(point)
      return { inside, end: end + meaning }
    }
  }
  // `C:\Users`, `\d`: the backslash was meant.
  return { inside: '\\\\', end: at + 1, change: 'invalid-escape' }
}

/** A backslash that is only one, and what stands behind it where that would be an escape. */
export function readRaw(text: string, at: number): Escape | undefined {
  if (at + 1 >= text.length) return undefined
  const unit = text.charCodeAt(at + 1)
  const isPair = unit === Char.backslash || isQuote(unit)
  return { inside: escapeText(text.slice(at, isPair ? at + 2 : at + 1)), end: isPair ? at + 2 : at + 1 }
}
