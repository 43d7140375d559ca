import { readAtom } from './atoms.js'
import {
  Char,
  escapeText,
  isCloser,
  isDigit,
  isOpener,
  isQuote,
  isSpace,
  isStringPrefix,
  isWord,
  markOf,
  quoteOf,
} from './characters.js'
import type { ReaderOptions } from './reader.js'
import { type InnerReader, State, type Structure } from './structure.js'
import { Token } from './tokens.js'

/** How much is held of what may not be part of a word. */
const maxHeld = 256

/**
 * What stands without quotes: numbers, literals, keys, and text whose quotes were forgotten. In JSON more waits:
 *
 * - `quote`: a quote behind the word, which closes it if its value or key is over there: `Paris", "days"`, `days": 2`
 * - `comma`: what follows a comma, which is a key or more of the text: `Paris, France, "days"`
 * - `brackets`: text in brackets or quotes, for them to close: `date(2024, 1)`, `Paris (France)`, `grep "x"`
 *
 * What cannot begin JSON begins the word: `/tmp/a`, `=SUM(A1)`, `<b>`. A parenthesis begins a list where a comma is in it or
 * a string, and nothing behind it: `(1, 2)`, but not `(cd x && ls)` or `(1 + 2) / 3`.
 */
export interface Words {
  /** `Tru`, `12.`, `New Yo`: sent once the whole is known. */
  text: string
  at: number
  /** Its last unit; asking the word itself would flatten a rope at every step. */
  last: number
  /** A value begins with this, or what the state says. */
  start(char: string, at: number, state?: State): void
  /** The same where what comes before it has been told. */
  begin(char: string, at: number, state: State): void
  extend(text: string): void
  /** Reads a value. */
  read(text: string, i: number, at: number): number
  readKey(text: string, i: number, at: number): number
  /** The word is over. */
  finish(): void
  /** No more input: what is closed by itself is over. */
  end(): void
  /** What has been read of it and not told. */
  unsent(): string
}

export interface WordsContext {
  /** Whether a unit behind the word makes it something else, as a quote does behind Python's `r`. */
  startsOther(unit: number, isKey: boolean): boolean
  /** A `<` in the word may begin a mark. */
  startTag(): void
  startString(quote: number, at: number, isKey: boolean, raw: boolean): void
}

export function createWords(
  reader: InnerReader,
  { change, python, isDeclared }: ReaderOptions,
  structure: Structure,
  { startsOther, startTag, startString }: WordsContext,
): Words {
  const { sink, top, inObject, beforeValue, afterValue, space } = structure
  /** Whether the word ends in white space and a slash. */
  let mayBeComment = false
  /** Whether it may still be a number or literal: one with white space in it is none, and is not asked again. */
  let mayBeAtom = true
  const inJson = python === undefined
  let reading: 'plain' | 'quote' | 'comma' | 'brackets' = 'plain'
  let held = ''
  /** The brackets and the quote that are open in what is held. */
  let open = ''
  /** Whether text in brackets may be part of it: none was left open. */
  let mayHaveBrackets = true
  /** Where the parenthesis or template string closes that it begins with. */
  let groupEnd = 0
  const words: Words = { text: '', at: 0, last: 0, start, begin, extend, read, readKey, finish, end, unsent }

  function start(char: string, at: number, state = State.word) {
    beforeValue(at, true)
    structure.afterColon = false
    begin(char, at, state)
  }

  function begin(char: string, at: number, state: State) {
    reader.state = state
    words.at = at
    words.text = ''
    mayBeAtom = true
    mayBeComment = false
    mayHaveBrackets = true
    groupEnd = 0
    reading = 'plain'
    extend(char)
    if (!inJson || (char !== '(' && char !== '`')) return
    reading = 'brackets'
    held = ''
    open = char
  }

  function extend(text: string) {
    words.text += text
    words.last = text.charCodeAt(text.length - 1)
  }

  function read(text: string, i: number, at: number): number {
    if (reading === 'quote') return readQuote(text, i, at)
    if (reading === 'comma') return readComma(text, i, at)
    if (reading === 'brackets') return readBrackets(text, i, at)
    const first = text.charCodeAt(i)
    if (words.text === '=' && (!isWord(first) || isDigit(first))) {
      // `: = "x"`: none of the value, which only a name makes a formula.
      change('stray-text', words.at, '=')
      words.text = ''
      structure.afterColon = inObject()
      reader.state = State.value
      return i
    }
    // A comma in a number, or a slash, that is none of the word's.
    const isOver =
      words.last === Char.comma
        ? !isDigit(first)
        : mayBeComment && (first === Char.slash || first === Char.star)
    mayBeComment = false
    if (isOver) {
      const held = String.fromCharCode(words.last)
      words.text = words.text.slice(0, -1)
      finish()
      reader.again(held, at - 1)
      return i
    }
    // `5 USD` is one word; after `5 ` anything else begins something new.
    if (isSpace(words.last) && startsAnew(first)) {
      finish()
      return i
    }
    const end = readPart(text, i)
    if (end === text.length) return end
    const unit = text.charCodeAt(end)
    if (startsOther(unit, false)) return end + 1
    // `1,000`: in an object no key begins with a digit.
    const inNumber = unit === Char.comma && inJson && inObject() && isDigit(words.last)
    if (!inNumber && mayHold(unit)) {
      held = text.charAt(end)
      return end + 1
    }
    const ends =
      isCloser(unit) ||
      unit === Char.comma ||
      unit === Char.less ||
      unit === Char.newline ||
      unit === Char.return ||
      (unit === Char.semicolon && inObject())
    if (unit === (inJson ? Char.colon : Char.equals) && !inObject()) {
      const name = words.text.trimEnd()
      const depth = structure.ownerOf(name)
      if (depth > 0) {
        // `["a", limit: 5`: the list was not closed before the next key.
        words.text = ''
        reader.state = State.value
        structure.closeBefore(depth, name, words.at)
        return end
      }
    }
    if (markOf(unit) !== unit && isAtom()) {
      finish()
      return end
    }
    if (unit === Char.less && !isAtom()) {
      startTag()
      return end + 1
    }
    if (ends && !inNumber) {
      finish()
      return end
    }
    extend(text.charAt(end))
    return end + 1
  }

  /** Whether the word waits for what follows this. */
  function mayHold(unit: number): boolean {
    const { last } = words
    const opens = isQuote(unit)
      ? isSpace(last) || isOpener(last) || last === Char.equals
      : isOpener(unit) && (unit !== Char.openBrace || isWord(last) || last === Char.slash)
    if (inJson && opens && mayHaveBrackets) {
      reading = 'brackets'
      open = String.fromCharCode(unit)
    } else if (isQuote(unit)) {
      reading = 'quote'
    } else if (inJson && unit === Char.comma && inObject() && !isAtom()) {
      reading = 'comma'
    }
    return reading !== 'plain'
  }

  function isAtom(): boolean {
    mayBeAtom &&= readAtom(words.text.trimEnd()) !== undefined
    return mayBeAtom
  }

  /** What is held is part of the word. */
  function takeHeld(i: number): number {
    reading = 'plain'
    extend(held)
    return i
  }

  /** Behind a quote in the word. */
  function readQuote(text: string, i: number, at: number): number {
    const unit = text.charCodeAt(i)
    if (isSpace(unit) && held.length < maxHeld) {
      held += text.charAt(i)
      return i + 1
    }
    const isOver = unit === Char.comma || unit === Char.less || isCloser(unit) || held.includes('\n')
    if (!isOver && inJson && held.length === 1 && isStringPrefix(words.text)) {
      const prefix = words.text
      reading = 'plain'
      words.text = ''
      change('stray-text', words.at, prefix)
      startString(held.charCodeAt(0), at - 1, false, /r/i.test(prefix))
      return i
    }
    if (!isOver) return takeHeld(i)
    reading = 'plain'
    change('missing-quote', words.at)
    tellString(words.text)
    words.text = ''
    afterValue()
    reader.again(held.slice(1), at - held.length + 1)
    return i
  }

  /** Behind a comma: a key, or more of the word. */
  function readComma(text: string, i: number, at: number): number {
    const unit = text.charCodeAt(i)
    const name = held.slice(1).trimStart()
    const inName = name === '' || !isSpace(name.charCodeAt(name.length - 1))
    if (held.length < maxHeld && (isSpace(unit) || (isWord(unit) && inName))) {
      held += text.charAt(i)
      return i + 1
    }
    const isKey =
      name === ''
        ? !isWord(unit)
        : unit === Char.colon || unit === Char.equals || (isQuote(unit) && isDeclared(name.trimEnd()))
    if (!isKey && !held.includes('\n')) return takeHeld(i)
    reading = 'plain'
    finish()
    reader.again(held, at - held.length)
    return i
  }

  /** In brackets behind the word, which may be left open. */
  function readBrackets(text: string, i: number, at: number): number {
    const char = text.charAt(i)
    const inside = open.charAt(open.length - 1)
    const inQuotes = quoteOf(inside.charCodeAt(0)) !== 0
    if (inQuotes ? char === inside && !held.endsWith('\\') : closes(inside, char)) {
      open = open.slice(0, -1)
    } else if (!inQuotes) {
      const unit = text.charCodeAt(i)
      if (isQuote(unit) && !isWord(held.charCodeAt(held.length - 1))) open += char
      else if (isOpener(unit)) open += char
      else if (isCloser(unit) || unit === Char.newline || unit === Char.less || held.length >= maxHeld) {
        return leaveBrackets(i, at)
      }
    } else if (char === '\n') {
      return leaveBrackets(i, at)
    }
    held += char
    if (held.length > 2 * maxHeld) open = ''
    if (open !== '') return i + 1
    if (words.text === '(' || words.text === '`') groupEnd = 1 + held.length
    return takeHeld(i + 1)
  }

  /** What opened them is a character of the word, or a list's. */
  function leaveBrackets(i: number, at: number): number {
    mayHaveBrackets = false
    if (words.text === '(' && open.startsWith('(')) {
      reading = 'plain'
      openTuple(held, at - held.length)
      return i
    }
    if (words.text === '`' && open === '`') {
      reading = 'plain'
      openTemplate(held, at - held.length)
      return i
    }
    const rest = held.slice(1)
    held = held.charAt(0)
    takeHeld(i)
    reader.again(rest, at - rest.length)
    return i
  }

  function openTuple(rest: string, at: number) {
    words.text = ''
    change('tuple', words.at)
    structure.open('[', Char.closeParenthesis, words.at)
    reader.again(rest, at)
  }

  /** A template string of JavaScript's; behind a code span goes on what is text: `` `x` is a name ``. */
  function openTemplate(rest: string, at: number) {
    words.text = ''
    startString(Char.backtick, words.at, false, false)
    reader.again(rest, at)
  }

  function isTuple(written: string): boolean {
    return groupEnd === written.length && (written.includes(',') || !/^\(\s*[\w.+-]/.test(written))
  }

  /** Letters, digits and what joins them in keys and numbers. */
  function readPart(text: string, i: number): number {
    let end = i
    while (end < text.length && isBareKey(text.charCodeAt(end))) end++
    if (end > i) extend(text.slice(i, end))
    return end
  }

  function readKey(text: string, i: number, at: number): number {
    if (reading === 'quote') return readKeyQuote(text, i, at)
    const end = readPart(text, i)
    if (end === text.length) return end
    const unit = text.charCodeAt(end)
    if (startsOther(unit, true)) return end + 1
    if (inJson && isQuote(unit)) {
      reading = 'quote'
      held = text.charAt(end)
      return end + 1
    }
    // Python's keys may be any literal.
    tellKey(inJson || readAtom(words.text) === undefined ? 'bare-key' : undefined)
    return end
  }

  /** Behind a quote that follows a key: its own if a colon comes. */
  function readKeyQuote(text: string, i: number, at: number): number {
    const unit = text.charCodeAt(i)
    if (isSpace(unit) && held.length < maxHeld) {
      held += text.charAt(i)
      return i + 1
    }
    reading = 'plain'
    const isOwn = unit === Char.colon
    tellKey(isOwn ? 'missing-quote' : 'bare-key')
    const rest = isOwn ? held.slice(1) : held
    reader.again(rest, at - rest.length)
    return i
  }

  function tellKey(repair: 'bare-key' | 'missing-quote' | undefined) {
    reader.offset = words.at
    if (repair !== undefined) change(repair, words.at)
    const frame = top()
    if (frame !== undefined) frame.bare = true
    const name = words.text
    words.text = ''
    structure.key(JSON.stringify(name), name)
  }

  /** Whether what follows a word and white space is no more of it. */
  function startsAnew(unit: number): boolean {
    if (isSpace(unit) || python?.isOperator(unit)) return false
    if (!isAtom()) return false
    const frame = top()
    // `6 * 30` is one word too; in an array a sign begins the next number, and `//` a comment anywhere.
    mayBeComment = unit === Char.slash
    if (mayBeComment || unit === Char.star) return false
    if (frame?.object === true && (unit === Char.plus || unit === Char.minus)) return false
    return !isWord(unit) || frame?.bare === true || (frame?.object === false && isDigit(unit))
  }

  function finish() {
    const { at, text } = words
    reader.offset = at
    const written = text.trimEnd()
    const spaces = text.slice(written.length)
    if (groupEnd > 0 && written.startsWith('`')) {
      if (groupEnd === written.length) return openTemplate(text.slice(1), at + 1)
    } else if (groupEnd > 0 && isTuple(written)) return openTuple(text.slice(1), at + 1)
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
      tellString(value)
    } else {
      if (atom.change !== undefined) change(atom.change, at, value)
      structure.sendComma()
      sink.token(Token.atom, atom.text)
    }
    afterValue()
    if (spaces !== '') space(spaces)
  }

  function tellString(value: string) {
    structure.sendComma()
    reader.offset = words.at
    sink.token(Token.stringStart, '"')
    sink.token(Token.string, escapeText(value))
    sink.token(Token.stringEnd, '"')
  }

  function end() {
    if (groupEnd > 0 && isTuple(words.text.trimEnd())) finish()
  }

  function unsent(): string {
    return words.text + (reading === 'plain' ? '' : held)
  }

  return words
}

function closes(opener: string, closer: string): boolean {
  return (
    (opener === '(' && closer === ')') ||
    (opener === '[' && closer === ']') ||
    (opener === '{' && closer === '}')
  )
}

function isBareKey(unit: number): boolean {
  return isWord(unit) || unit === Char.minus || unit === Char.dot || unit === Char.plus
}
