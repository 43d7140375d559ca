import type { TagSet } from '../scan/tags.js'
import { Char, endsMember, isCloser, isLineBreak, isOpener, isSpace } from './characters.js'
import type { Frame } from './frame.js'
import type { PythonSyntax } from './python.js'

/** What is known of the string that is read. */
export interface OpenString {
  /** The quote that it is in, and how many of them stand on each side, 1 or 3. */
  quote: number
  width: number
  isKey: boolean
  /** A backslash in it is only a backslash. */
  raw: boolean
  /** Where in the reply its inside begins. */
  startAt: number
  /** Its quotes are broken: something was impossible in strict JSON, so later ones need proof that they close it. */
  dirty: boolean
  /** A line has ended in it. */
  hasBreak: boolean
  /** A double quote has come in it, escaped or not: in a key, all of the block may be escaped once too often. */
  hasQuote: boolean
  /** The other kinds of quote that it has had, a bit for each. */
  others: number
  /** Example calls that it shows and has not closed again, and objects. */
  openExamples: number
  openBraces: number
  /** Where the last bracket and the white space behind it end, and whether an open one begins an object of JSON. */
  braceEnd: number
  showsObject: boolean
  /** In a string of such an object, whose brackets are text. */
  inShown: boolean
  /** Its backslashes are not escaped: one stood before what is no escape. */
  hasSlash: boolean
  /** A tail of it has turned out to be text. */
  noTail: boolean
}

/** What may be asked about the call around the string. */
export interface StringSurroundings {
  tags: TagSet
  frames: readonly Frame[]
  /** Whether the outermost object is a call. */
  isCall: boolean
  /** Whether the object inside this depth may have this key next, or its neighbour begin with it; see `MemberKeys.ownerOf`. */
  isNextKey(key: string, depth?: number, behindBrace?: boolean): boolean
  /** Whether the object inside this depth may have it, since none of its keys is declared. */
  mayHaveKey(key: string, depth: number): boolean
  /** Whether what is read is a Python call. */
  python?: PythonSyntax | undefined
  /** Whether the reply has ended, and how. */
  reader: { readonly ended: 'no' | 'stopped' | 'cut' }
}

/** A longer string is no value that lost its quote: there a comma is text at once. */
export const maxBeforeComma = 256

export function isLateComma(string: OpenString, unit: number, at: number): boolean {
  return unit === Char.comma && at - string.startAt > maxBeforeComma
}

/**
 * Whether the quote behind the backslash here may close the string, as that of a Windows path does, `"C:\Users\me\"`: its
 * backslashes are not escaped, and what follows may follow a string.
 */
export function mayEndInSlash(string: OpenString, text: string, i: number): boolean {
  if (!string.hasSlash || string.isKey || string.width > 1) return false
  if (text.charCodeAt(i + 1) !== string.quote) return false
  const behind = text.charCodeAt(i + 2)
  return isLineBreak(behind) || endsMember(behind) || i + 2 === text.length
}

/**
 * Follows what the string shows: the brackets in a text of it. All kinds count in a Python call, as the examples' would, and
 * braces alone elsewhere.
 */
export function countBrackets(string: OpenString, text: string, at: number, inPython: boolean) {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    const isBrace = unit === Char.openBrace || unit === Char.closeBrace
    if (!isBrace && !inPython) continue
    if (isOpener(unit)) openBracket(string, at + i)
    else if (string.inShown) continue
    else if (isCloser(unit) && string.openBraces > 0) string.openBraces--
  }
}

/** A bracket opens in the string, at this place in the reply. */
export function openBracket(string: OpenString, at: number) {
  if (string.inShown) return
  if (string.openBraces === 0) string.showsObject = false
  string.openBraces++
  string.braceEnd = at + 1
}

/**
 * A double quote in the string, escaped or not, at `i` in a text from `base` on: in an object of JSON that it shows, strings
 * begin and end with them.
 */
export function passQuote(string: OpenString, text: string, i: number, base: number) {
  string.hasQuote = true
  followBrace(string, text, i, base)
  if (string.openBraces === 0) string.showsObject = false
  else if (base + i === string.braceEnd) string.showsObject = true
  string.inShown = string.showsObject && !string.inShown
}

/** Text of the string has passed, up to `end`, and its last bracket ends in it: the white space behind that. */
export function followBrace(string: OpenString, text: string, end: number, base: number) {
  let i = string.braceEnd - base
  if (i < 0) return
  while (i < end) {
    if (isSpace(text.charCodeAt(i))) i++
    else if (/^\\[nrt]/.test(text.slice(i, i + 2))) i += 2
    else break
  }
  string.braceEnd = base + i
}

/** Whether it shows objects, or calls, that it has not closed: what looks like the end of the string may be theirs. */
export function showsOpen(string: OpenString, inPython: boolean): boolean {
  const { openExamples, openBraces, showsObject } = string
  return openExamples > 0 || (openBraces > 0 && (inPython || showsObject))
}

/** Whether brackets of code that it shows are open: commas, closers and words without quotes may be the code's. */
export function isInCode({ dirty, openBraces }: OpenString): boolean {
  return dirty && openBraces > 0
}

/** A bit for a kind of quote, of its own for each of them. */
export function bitOf(quote: number): number {
  return 1 << (quote % 30)
}
