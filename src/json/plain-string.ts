import type { PlainText } from '../plain-text.js'
import type { Writable } from '../writable.js'
import {
  Char,
  escapeText,
  isCloser,
  isEscaped,
  isHighSurrogate,
  isOpener,
  isSpace,
  quoteOf,
  special,
} from './characters.js'
import type { LostQuote } from './lost-quote.js'
import {
  bitOf,
  countBrackets,
  followBrace,
  isLateComma,
  mayEndInSlash,
  type OpenString,
  openBracket,
  passQuote,
  type StringSurroundings,
} from './open-string.js'

/** The short way through a string, see `PlainText`: what passes does not end the string, and changes nothing but escapes. */
export function passPlain(
  chunk: string,
  at: number,
  string: OpenString & Writable<PlainText>,
  { python }: StringSurroundings,
  lostQuote: () => LostQuote,
): number {
  const mayTell = python?.special ?? special
  const end = chunk.length
  let i = 0
  string.told = undefined
  // Most pieces have nothing that means anything.
  while (i < end && mayTell[chunk.charCodeAt(i)] === 0) i++
  if (i === end) {
    followBrace(string, chunk, end, at)
    return isHighSurrogate(chunk.charCodeAt(end - 1)) ? end - 1 : end
  }
  if (chunk.charCodeAt(i) < Char.space) return 0
  const { openBraces, openExamples, noTail, others, braceEnd, showsObject, inShown } = string
  let used = end
  /** What is told up to `from`. */
  let told = ''
  let from = 0
  while (i < used) {
    const unit = chunk.charCodeAt(i)
    const quote = mayTell[unit] === 0 ? 0 : quoteOf(unit)
    const isSeen = quote !== 0 && (string.others & bitOf(quote)) !== 0
    if (isSeen && unit === Char.doubleQuote) {
      told += `${chunk.slice(from, i)}\\"`
      from = ++i
    } else if (mayTell[unit] === 0 || isSeen || isLateComma(string, unit, at + i)) i++
    else if (isOpener(unit)) {
      openBracket(string, at + i)
      i++
    } else if (isCloser(unit) && isTextBehind(mayTell, chunk.charCodeAt(i + 1))) {
      countBrackets(string, chunk.charAt(i), at + i, python !== undefined)
      i++
    } else if (unit === Char.backslash && i + 1 === end) used = i
    else if (
      unit === Char.backslash &&
      isOwnEscape(chunk.charCodeAt(i + 1), string) &&
      !mayEndInSlash(string, chunk, i)
    ) {
      if (chunk.charCodeAt(i + 1) === Char.doubleQuote) passQuote(string, chunk, i, at)
      else if (chunk.charCodeAt(i + 1) === string.quote) {
        told += chunk.slice(from, i)
        from = i + 1
      }
      i += 2
    } else {
      if (unit >= Char.space && unit !== Char.backslash && quote !== string.quote) {
        const lost = lostQuote()
        const verdict = lost.ask(chunk, i, at + i - string.startAt, false)
        if (verdict === 'wait') {
          used = i
          break
        }
        const text = chunk.slice(i, lost.end)
        if (verdict === 'text' && !hasControl(text)) {
          countBrackets(string, text, at + i, python !== undefined)
          if (quote !== 0) string.others |= bitOf(quote)
          const inside = escapeText(text)
          if (inside !== text) {
            told += chunk.slice(from, i) + inside
            from = lost.end
          }
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
  followBrace(string, chunk, used, at)
  if (from > 0) string.told = told + chunk.slice(from, used)
  return used
}

/** Whether a backslash before the unit makes an escape that is one of JSON or the string's own quote. */
function isOwnEscape(unit: number, string: OpenString): boolean {
  return isEscaped(unit) || unit === string.quote
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < Char.space) return true
  return false
}

/** Ordinary text right behind a bracket: the question that `lostQuote` asks has its answer at once. */
function isTextBehind(mayTell: Uint8Array, unit: number): boolean {
  return unit === Char.backslash || (mayTell[unit] === 0 && !isSpace(unit))
}
