import { Char, endOfSpaces, endsMember, isCloser, isOpener, isQuote, isWord, quoteOf } from './characters.js'
import { waits } from './state.js'

/** In brackets that take longer nothing shows that they will be closed. */
const maxBrackets = 512

/**
 * Where the bracket or quote closes that opens here, in text that has no quotes around it; 0: it is left open. A string in
 * it ends with its line.
 *
 * @example endOfBrackets('Paris (France), 2', 6) // 14
 */
export function endOfBrackets(text: string, at: number): number {
  let open = text.charAt(at)
  for (let end = at + 1; end - at < maxBrackets; end++) {
    if (end === text.length) return waits
    const char = text.charAt(end)
    const unit = text.charCodeAt(end)
    const before = text.charCodeAt(end - 1)
    const inside = open.charAt(open.length - 1)
    const inQuotes = quoteOf(inside.charCodeAt(0)) !== 0
    if (inQuotes ? char === inside && before !== Char.backslash : char === closerOf(inside)) {
      open = open.slice(0, -1)
      if (open === '') return end + 1
    } else if (!inQuotes && (isOpener(unit) || (isQuote(unit) && !isWord(before)))) open += char
    else if (unit === Char.newline || (!inQuotes && (isCloser(unit) || unit === Char.less))) break
  }
  return 0
}

/**
 * What begins with a parenthesis or a backtick: a list, where a comma is in it or a string and nothing behind it, `(1, 2)`,
 * but not `(cd x && ls)` or `(1 + 2) / 3`; a template string of JavaScript's, but not the code span that text begins with. `isLast`: no
 * more text comes.
 */
export function isWhole(text: string, at: number, isLast: boolean): boolean | typeof waits {
  const end = endOfBrackets(text, at)
  if (end <= 0) return end === 0 || waits
  const isText = /^\(\s*[\w.+-][^,]*$/.test(text.slice(at, end))
  if (isText) return false
  const behind = endOfSpaces(text, end)
  if (behind === text.length) return isLast || waits
  const unit = text.charCodeAt(behind)
  const isOver = endsMember(unit) || unit === Char.semicolon || unit === Char.less
  return isOver || /[\n\r]/.test(text.slice(end, behind))
}

function closerOf(opener: string): string {
  return ')]}'.charAt('([{'.indexOf(opener))
}
