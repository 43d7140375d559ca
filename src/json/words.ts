import { readAtom } from './atoms.js'
import { endOfBrackets } from './brackets.js'
import {
  Char,
  endOfSpaces,
  endsMember,
  escapeText,
  isCloser,
  isDigit,
  isLineBreak,
  isOpener,
  isQuote,
  isSpace,
  isStringPrefix,
  isWord,
  markOf,
} from './characters.js'
import type { MemberKeys } from './member-keys.js'
import type { ReaderOptions } from './reader-options.js'
import { type InnerReader, State, waits } from './state.js'
import type { Structure } from './structure.js'
import { Token, tellString } from './tokens.js'

/** How much is looked at of what may not be part of a word. */
const maxHeld = 256

/**
 * What stands without quotes: numbers, literals, keys, and text whose quotes were forgotten. In JSON it waits for what follows
 *
 * - a quote behind the word, which closes it if its value or key is over there: `Paris", "days"`, `days": 2`
 * - a comma, behind which comes a key or more of the text: `Paris, France, "days"`
 * - a bracket or quote of its own, for it to close: `date(2024, 1)`, `Paris (France)`, `grep "x"`
 *
 * What cannot begin JSON begins the word: `/tmp/a`, `=SUM(A1)`, `<b>`, `(cd x && ls)`.
 */
export interface Words {
  /** `Tru`, `12.`, `New Yo`: sent once the whole is known. */
  text: string
  at: number
  /** Its last unit; asking the word itself would flatten a rope at every step. */
  last: number
  /** A value begins with this, or what the state says. */
  start(part: string, at: number, state?: State): void
  /** The same where what comes before it has been told. */
  begin(part: string, at: number, state: State): void
  extend(text: string): void
  /** Reads a value. */
  read(text: string, i: number, at: number): number
  readKey(text: string, i: number): number
  /** The word is over. */
  finish(): void
  /** The word is a key. */
  tellKey(repair?: 'bare-key' | 'missing-quote'): void
}

export interface WordsContext {
  /** Whether a unit behind the word makes it something else, as a quote does behind Python's `r`. */
  startsOther(unit: number, isKey: boolean): boolean
  /** A `<` in the word may begin a mark. Returns where to read on. */
  readTag(text: string, i: number, at: number): number
  startString(quote: number, at: number, isKey: boolean, raw: boolean): void
  ownerOf: MemberKeys['ownerOf']
}

export function createWords(
  reader: InnerReader,
  { change, python, isDeclared }: ReaderOptions,
  structure: Structure,
  { startsOther, readTag, startString, ownerOf }: WordsContext,
): Words {
  const { sink, top, inObject, beforeValue, afterValue, space } = structure
  /** Whether it may still be a number or literal: one with white space in it is none, and is not asked again. */
  let mayBeAtom = true
  const inJson = python === undefined
  /** Whether text in brackets may be part of it: none was left open. */
  let mayHaveBrackets = true
  const words: Words = { text: '', at: 0, last: 0, start, begin, extend, read, readKey, finish, tellKey }

  function start(part: string, at: number, state = State.word) {
    beforeValue(at, true)
    structure.afterColon = false
    begin(part, at, state)
  }

  function begin(part: string, at: number, state: State) {
    reader.state = state
    words.at = at
    words.text = ''
    mayBeAtom = mayHaveBrackets = true
    extend(part)
  }

  function extend(text: string) {
    words.text += text
    words.last = text.charCodeAt(text.length - 1)
  }

  function read(text: string, i: number, at: number): number {
    const unit = text.charCodeAt(i)
    if (words.text === '=' && (!isWord(unit) || isDigit(unit))) {
      // `: = "x"`: none of the value, which only a name makes a formula.
      change('stray-text', words.at, '=')
      words.text = ''
      structure.afterColon = inObject()
      reader.state = State.value
      return i
    }
    // `5 USD` is one word; after `5 ` anything else begins something new.
    if (isSpace(words.last) && !isSpace(unit) && !python?.isOperator(unit) && isAtom()) {
      const next = text.charCodeAt(i + 1)
      if ((unit === Char.slash || isSign(unit)) && i + 1 === text.length) return waits
      const isComment = unit === Char.slash && (next === Char.slash || next === Char.star)
      const isAnew = isComment || startsAnew(unit, next, text, i)
      if (isAnew === waits) return waits
      if (isAnew) {
        finish()
        return i
      }
    }
    const end = readPart(text, i)
    return end > i ? end : readMark(unit, text, i, at)
  }

  /** What is no letter or digit ends the word or is part of it. */
  function readMark(unit: number, text: string, i: number, at: number): number {
    if (startsOther(unit, false)) return i + 1
    const { last } = words
    const isComma = unit === Char.comma
    if (isComma && (inJson ? inObject() : isArgument())) {
      // `1,000`: in an object no key begins with a digit.
      if (inJson && isDigit(last)) {
        if (i + 1 === text.length) return waits
        if (isDigit(text.charCodeAt(i + 1))) {
          extend(',')
          return i + 1
        }
      } else if (!inJson || !isAtom()) return readComma(text, i)
    }
    const opens = isQuote(unit)
      ? isSpace(last) || isOpener(last) || last === Char.equals
      : words.text === '' ||
        (isOpener(unit) && (unit !== Char.openBrace || isWord(last) || last === Char.slash))
    if (opens && mayHaveBrackets) {
      const end = endOfBrackets(text, i)
      if (end === waits) return waits
      mayHaveBrackets = end > 0
      // Left open, what opened them is a character of the word.
      const behind = end || i + 1
      extend(text.slice(i, behind))
      return behind
    }
    if (isQuote(unit)) return readQuote(text, i, at)
    if (unit === (inJson ? Char.colon : Char.equals) && !inObject()) {
      const name = words.text.trimEnd()
      const depth = ownerOf(name)
      if (depth > 0) {
        // `["a", limit: 5`: the list was not closed before the next key.
        words.text = ''
        reader.state = State.value
        structure.closeBefore(depth, words.at)
        reader.again(name, words.at)
        return i
      }
    }
    if (unit === Char.less && !isAtom()) return readTag(text, i, at)
    const ends =
      isComma ||
      isCloser(unit) ||
      unit === Char.less ||
      isLineBreak(unit) ||
      (unit === Char.semicolon && inObject()) ||
      (markOf(unit) !== unit && isAtom())
    if (ends) {
      finish()
      return i
    }
    extend(text.charAt(i))
    return i + 1
  }

  function isAtom(): boolean {
    mayBeAtom &&= readAtom(words.text.trimEnd()) !== undefined
    return mayBeAtom
  }

  /** At a quote behind the word. */
  function readQuote(text: string, i: number, at: number): number {
    const behind = endOfSpaces(text, i + 1, maxHeld)
    if (behind === text.length) return waits
    const unit = text.charCodeAt(behind)
    if (endsMember(unit) || unit === Char.less || text.slice(i, behind).includes('\n')) {
      change('missing-quote', words.at)
      tellText(words.text)
      words.text = ''
      afterValue()
    } else if (inJson && behind === i + 1 && isStringPrefix(words.text)) {
      const prefix = words.text
      words.text = ''
      change('stray-text', words.at, prefix)
      startString(text.charCodeAt(i), at, false, /r/i.test(prefix))
    } else extend(text.charAt(i))
    return i + 1
  }

  /** Whether it is the value of an argument that has a name: behind one there is none without. */
  function isArgument(): boolean {
    const frame = top()
    return frame?.call === true && frame.bare
  }

  /** At a comma: behind it comes a key, or more of the word. */
  function readComma(text: string, i: number): number {
    const start = endOfSpaces(text, i + 1, maxHeld)
    const end = endOfRest(text, start)
    if (end === waits) return waits
    if (end === start || text.slice(i, start).includes('\n')) {
      finish()
      return i
    }
    extend(text.slice(i, end))
    return end
  }

  /** Where the word ends that begins here and is more of the value; the same place: it is a key, or no word. */
  function endOfRest(text: string, start: number): number {
    let end = start
    while (isWord(text.charCodeAt(end)) && end - start < maxHeld) end++
    const behind = endOfSpaces(text, end, maxHeld)
    if (behind === text.length) return waits
    const unit = text.charCodeAt(behind)
    const isOther =
      unit === Char.colon ||
      unit === Char.equals ||
      // The next call, before which a bracket was forgotten.
      (inJson ? isQuote(unit) && isDeclared(text.slice(start, end)) : unit === Char.openParenthesis)
    return isOther ? start : end
  }

  function readPart(text: string, i: number): number {
    const end = endOfBareKey(text, i)
    if (end > i) extend(text.slice(i, end))
    return end
  }

  function readKey(text: string, i: number): number {
    const end = readPart(text, i)
    if (end > i) return end
    const unit = text.charCodeAt(i)
    if (startsOther(unit, true)) return i + 1
    if (inJson && isQuote(unit)) {
      const behind = endOfSpaces(text, i + 1, maxHeld)
      if (behind === text.length) return waits
      // Its own if a colon comes.
      const isOwn = text.charCodeAt(behind) === Char.colon
      tellKey(isOwn ? 'missing-quote' : 'bare-key')
      return isOwn ? i + 1 : i
    }
    // Python's keys may be any literal.
    tellKey(inJson || readAtom(words.text) === undefined ? 'bare-key' : undefined)
    return i
  }

  function tellKey(repair?: 'bare-key' | 'missing-quote') {
    reader.offset = words.at
    if (repair !== undefined) change(repair, words.at)
    const frame = top()
    if (frame !== undefined) frame.bare = true
    const name = words.text.trimEnd()
    words.text = ''
    structure.key(JSON.stringify(name), name)
  }

  /** Whether what follows a number or literal and white space is no more of it. */
  function startsAnew(unit: number, next: number, text: string, i: number): boolean | typeof waits {
    const frame = top()
    // `6 * 30`, `50 %` and `true && x` are one word too; in an array a sign at a digit begins the next number.
    if ('(/*%^&|~!?=>@'.includes(String.fromCharCode(unit)) || (unit === Char.dot && frame?.object))
      return false
    if (isSign(unit) && (frame?.object === true || isSpace(next))) return false
    if (frame?.bare) {
      const end = endOfRest(text, i)
      return end === waits ? waits : end === i
    }
    return !isWord(unit) || (frame?.object === false && isDigit(unit))
  }

  function finish() {
    const { at, text } = words
    reader.offset = at
    const written = text.trimEnd()
    const spaces = text.slice(written.length)
    const value = python?.withoutGroup(written) ?? written
    words.text = ''
    if (!inObject() && /^(?:\.{3,}|…)$/.test(value)) {
      // "And so on" is no item.
      change('stray-text', at, value)
      reader.state = State.value
      return
    }
    const atom = readAtom(value)
    if (atom === undefined) {
      change('bare-word', at)
      tellText(value)
    } else {
      if (atom.change !== undefined) change(atom.change, at, value)
      structure.sendComma()
      sink.token(Token.atom, atom.text)
    }
    afterValue()
    if (spaces !== '') space(spaces)
  }

  function tellText(value: string) {
    structure.sendComma()
    reader.offset = words.at
    tellString(sink.token, escapeText(value))
  }

  return words
}

function isSign(unit: number): boolean {
  return unit === Char.plus || unit === Char.minus
}

/** Where the letters and digits end that begin here, and what joins them in keys and numbers. */
export function endOfBareKey(text: string, from: number): number {
  let end = from
  for (; end < text.length; end++) {
    const unit = text.charCodeAt(end)
    if (!isWord(unit) && unit !== Char.minus && unit !== Char.dot && unit !== Char.plus) break
  }
  return end
}
