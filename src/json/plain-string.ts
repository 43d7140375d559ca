import {
  Char,
  escapeText,
  isCloser,
  isEscaped,
  isHighSurrogate,
  isOpener,
  isSpace,
  quoteOf,
  Special,
  special,
} from './characters.js'
import type { LostQuote } from './lost-quote.js'
import {
  bitOf,
  countBrackets,
  isLateComma,
  mayEndInSlash,
  type OpenString,
  openBracket,
  passQuote,
  type StringSurroundings,
} from './open-string.js'

/** The short way through a string, see `PlainText`: what passes needs no change, and does not end the string. */
export function passPlain(
  chunk: string,
  at: number,
  string: OpenString,
  { python }: StringSurroundings,
  lostQuote: () => LostQuote,
): number {
  const mayTell = python?.special ?? special
  const end = chunk.length
  let i = 0
  // Most pieces have nothing that means anything.
  while (i < end && mayTell[chunk.charCodeAt(i)] === 0) i++
  if (i === end) return isHighSurrogate(chunk.charCodeAt(end - 1)) ? end - 1 : end
  if (mayTell[chunk.charCodeAt(i)] === Special.any) return 0
  const { openBraces, openExamples, noTail, others, braceEnd, showsObject, inShown } = string
  let used = end
  while (i < used) {
    const unit = chunk.charCodeAt(i)
    const quote = mayTell[unit] === 0 ? 0 : quoteOf(unit)
    const isSeen = quote !== 0 && unit !== Char.doubleQuote && (string.others & bitOf(quote)) !== 0
    if (mayTell[unit] === 0 || isSeen || isLateComma(string, unit, at + i)) i++
    else if (isOpener(unit)) {
      openBracket(string, at + i)
      i++
    } else if (isCloser(unit) && isTextBehind(mayTell, chunk.charCodeAt(i + 1))) {
      countBrackets(string, chunk.charAt(i), at + i, python !== undefined)
      i++
    } else if (unit === Char.backslash && i + 1 === end) used = i
    else if (
      unit === Char.backslash &&
      isEscaped(chunk.charCodeAt(i + 1)) &&
      !mayEndInSlash(string, chunk, i)
    ) {
      if (chunk.charCodeAt(i + 1) === Char.doubleQuote) passQuote(string, at + i)
      i += 2
    } else {
      const mayBeText = unit >= Char.space && unit !== Char.backslash && unit !== Char.doubleQuote
      if (mayBeText && quote !== string.quote) {
        const lost = lostQuote()
        const verdict = lost.ask(chunk, i, at + i - string.startAt, false)
        if (verdict === 'wait') {
          used = i
          break
        }
        const text = chunk.slice(i, lost.end)
        if (verdict === 'text' && escapeText(text) === text) {
          countBrackets(string, text, at + i, python !== undefined)
          if (quote !== 0) string.others |= bitOf(quote)
          i = lost.end
          continue
        }
      }
      string.openBraces = openBraces
      string.openExamples = openExamples
      string.noTail = noTail
      string.others = others
      string.braceEnd = braceEnd
      string.showsObject = showsObject
      string.inShown = inShown
      return 0
    }
  }
  if (used === end && isHighSurrogate(chunk.charCodeAt(end - 1))) used--
  return used
}

/** Ordinary text right behind a bracket: the question that `lostQuote` asks has its answer at once. */
function isTextBehind(mayTell: Uint8Array, unit: number): boolean {
  return unit === Char.backslash || (mayTell[unit] === 0 && !isSpace(unit))
}
