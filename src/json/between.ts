import { beginsWords, isHeading, isSurplusBrace } from './behind-value.js'
import { isWhole } from './brackets.js'
import { Char, endOfSpaces, isCloser, isQuote, isSpace, isWord, markOf, opensString } from './characters.js'
import type { EscapedObject } from './escaped-object.js'
import type { Marks } from './marks.js'
import type { MemberKeys } from './member-keys.js'
import type { PythonStates } from './python.js'
import type { ReaderOptions } from './reader-options.js'
import { type InnerReader, State, waits } from './state.js'
import { isTrue, type Structure } from './structure.js'
import type { TokenString } from './token-string.js'
import { endOfBareKey, type Words } from './words.js'

/** What begins outside of strings and words, and who reads it. */
export interface BetweenParts {
  reader: InnerReader
  options: ReaderOptions
  structure: Structure
  keys: MemberKeys
  words: Words
  escaped: EscapedObject
  marks: () => Marks
  tokenString: () => TokenString
  states: PythonStates | undefined
  /** `isLast`: the call ends before what is no mark. */
  readTag(text: string, i: number, at: number, isLast: boolean): number
  startString(unit: number, at: number, isKey: boolean): void
}

/** Reads what stands outside strings and words: white space, punctuation, and the start of everything else. */
export function createBetween({
  reader,
  options,
  structure,
  keys,
  words,
  escaped,
  marks,
  tokenString,
  states,
  readTag,
  startString,
}: BetweenParts): (text: string, i: number, at: number) => number {
  const { change, isComplete = isTrue, python } = options
  const { frames } = structure
  /** Where punctuation of full width has been told, which may be asked for once more. */
  let markAt = -1

  function between(text: string, i: number, at: number): number {
    const written = text.charCodeAt(i)
    if (isSpace(written)) {
      const end = endOfSpaces(text, i)
      structure.space(text.slice(i, end))
      return end
    }
    const unit = markOf(written)
    if (unit !== written && at !== markAt) {
      markAt = at
      change('stray-text', at, text.charAt(i))
    }
    if (isCloser(unit)) {
      const isSurplus =
        unit === Char.closeBrace && isBehindItem() && isSurplusBrace(frames, text, i, reader.ended !== 'no')
      if (isSurplus === waits) return waits
      if (isSurplus) change('extra-bracket', at, text.charAt(i))
      else structure.close(unit, at)
      return i + 1
    }
    const { state } = reader
    if (unit === Char.comma || unit === Char.semicolon) {
      if (unit === Char.semicolon && state === State.after) change('missing-comma', at)
      return structure.readComma(text, i, at)
    }
    if (unit === Char.colon || (unit === Char.equals && state !== State.value)) {
      const isArrow = unit === Char.equals && text.charAt(i + 1) === '>'
      if (unit === Char.equals && i + 1 === text.length && reader.ended === 'no') return waits
      structure.readColon(unit, at)
      return isArrow ? i + 2 : i + 1
    }
    if (unit === Char.less) {
      const next = state === State.value ? tokenString().begin(text, i, at) : i
      if (next !== i) return next
      return readTag(text, i, at, structure.isApart && mayEnd())
    }
    if (unit === Char.slash) return marks().readSlash(text, i, at)
    if (unit === Char.hash && state !== State.colon && !structure.afterColon) {
      const isWords = structure.isApart && mayEnd() && isHeading(text, i, reader.ended !== 'no')
      if (isWords === waits) return waits
      if (!isWords) return marks().startLineComment(i, at)
      structure.closeBefore(0, at)
      return i
    }
    const next = states?.between(unit, text, i, at) ?? i
    if (next !== i) return next
    if (
      state === State.after &&
      (structure.isApart ? beginsWords(unit) : isWord(unit) && !opensString(unit)) &&
      mayEnd()
    ) {
      structure.closeBefore(0, at)
      return i
    }
    return startsValue(unit, text, i, at)
  }

  /** Whether words that come now are none of the call: its last bracket was forgotten. */
  function mayEnd(): boolean {
    return reader.state === State.after && frames.length === 1 && structure.inObject() && isComplete()
  }

  function startsValue(unit: number, text: string, i: number, at: number): number {
    const { state } = reader
    const isKey = state === State.key || (state === State.after && structure.inObject())
    const char = text.charAt(i)
    const mayBeOutside = isKey
      ? unit === Char.openBrace && structure.top()?.keys !== undefined
      : isQuote(unit) && state === State.value && !structure.inObject() && python === undefined
    const mayBeFirst = structure.afterColon && isQuote(unit) && frames.length === 1
    if (mayBeOutside || (mayBeFirst && options.isEnvelopeKey !== undefined)) {
      const next = mayBeFirst ? keys.readFirst(text, i, at) : keys.readAhead(isKey, text, i, at)
      if (next !== i || reader.state !== state) return next
    }
    if (opensString(unit)) {
      const next = isKey && python === undefined ? keys.readPlain(unit, text, i, at) : i
      if (next > i) return next
      if (state === State.colon && isQuote(unit) && python === undefined) {
        if (i + 1 === text.length) return waits
        if (text.charCodeAt(i + 1) === Char.colon) {
          // `"days"": 2`: the quote is one too many.
          change('stray-text', at, char)
          return i + 1
        }
      }
      startString(unit, at, isKey)
      return i + 1
    }
    const mayBeEscaped =
      python === undefined ? isKey : i + 1 === text.length || isQuote(text.charCodeAt(i + 1))
    if (unit === Char.backslash && mayBeEscaped && escaped.begins(text, i)) return waits
    const isBracket = unit === Char.openBrace || unit === Char.openBracket
    if (isKey && !isWord(unit)) change(isBracket ? 'extra-bracket' : 'stray-text', at, char)
    else if (unit === Char.openBrace) structure.open('{', Char.closeBrace, at)
    else if (unit === Char.openBracket) structure.open('[', Char.closeBracket, at)
    else if (isKey) return startWord(text, i, at, State.bareKey)
    else if (unit !== Char.openParenthesis && (unit !== Char.backtick || python !== undefined)) {
      return startWord(text, i, at, State.word)
    } else if (python === undefined) return startGroup(unit, text, i, at)
    else openTuple(at)
    return i + 1
  }

  function startWord(text: string, i: number, at: number, state: State): number {
    const end = Math.max(i + 1, endOfBareKey(text, i))
    words.start(text.slice(i, end), at, state)
    return end
  }

  function openTuple(at: number) {
    change('tuple', at)
    const isCall = python !== undefined && frames.length === 0
    structure.open(isCall ? '{' : '[', Char.closeParenthesis, at, isCall)
  }

  /** In JSON: a list, a template string of JavaScript's, or a word that takes what is in brackets. */
  function startGroup(unit: number, text: string, i: number, at: number): number {
    const whole = isWhole(text, i, reader.ended !== 'no')
    if (whole === waits) return waits
    if (!whole) {
      words.start('', at)
      return i
    }
    if (unit === Char.backtick) startString(unit, at, false)
    else openTuple(at)
    return i + 1
  }

  /** Behind an object in a list. */
  function isBehindItem(): boolean {
    return (
      python === undefined &&
      reader.state === State.after &&
      structure.isBehindObject &&
      structure.top()?.object === false
    )
  }

  return between
}
