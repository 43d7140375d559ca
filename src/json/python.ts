import {
  Char,
  isDigit,
  isOpener,
  isQuote,
  isSpace,
  isStringPrefix,
  isWord,
  opensString,
  special,
} from './characters.js'
import type { Frame } from './frame.js'
import { createSourceText, mayOpenString, withoutGroup } from './python-source.js'
import type { ReaderOptions } from './reader-options.js'
import { type InnerReader, State, waits } from './state.js'
import type { StringReader } from './string-reader.js'
import type { Structure } from './structure.js'
import { Token, type TokenSink } from './tokens.js'
import { createUndecided, type Undecided } from './undecided.js'
import type { Words } from './words.js'

/** What a reader takes that reads Python: a parser that has no Python calls does without it. */
export interface PythonSyntax {
  createUndecided(sink: TokenSink, frames: readonly Frame[]): Undecided
  createStates(parts: ReaderParts): PythonStates
  /** What stands in parentheses that only group. */
  withoutGroup(text: string): string
  /** What each unit may do inside a string: as in JSON, and a parenthesis may be the call's. */
  special: Uint8Array
  /** What joins numbers in arithmetic. */
  isOperator(unit: number): boolean
  /** What escapes mean that JSON does not have; a number: so many hex digits follow. */
  escapes: ReadonlyMap<string, string | number>
}

/** What the states of Python work with. */
export interface ReaderParts {
  reader: InnerReader
  options: ReaderOptions
  structure: Structure
  undecided: Undecided | undefined
  words: Words
  readTag(text: string, i: number, at: number): number
  string: StringReader
  startString(quote: number, at: number, isKey: boolean, raw?: boolean): void
}

/**
 * The states that only Python has. More waits in them:
 *
 * - `argument`: a word that is a name if `=` follows, and a value if not
 * - `source`: text of a value that is no literal, for the brackets and quotes in it to close
 * - `joint`: what stands between two strings that are one: `'a' 'b'`
 */
export interface PythonStates {
  step(text: string, i: number, at: number): number
  /** Where a key may stand: an argument of a call, or the first item of a set. Returns `i` when it is neither; it may wait. */
  between(unit: number, text: string, i: number, at: number): number
  /** Whether a quote or bracket behind a word belongs to it. */
  startsOther(unit: number, isKey: boolean): boolean
  /** Another string follows that is part of the one before. */
  join(): void
}

const inString = special.slice()
for (const bracket of '([)') inString[bracket.charCodeAt(0)] = 1

export const python: PythonSyntax = {
  createUndecided,
  special: inString,
  createStates,
  withoutGroup,
  isOperator: (unit) =>
    unit === Char.plus ||
    unit === Char.minus ||
    unit === Char.star ||
    unit === Char.slash ||
    unit === Char.percent,
  escapes: new Map<string, string | number>([
    ['0', '\\u0000'],
    ['a', '\\u0007'],
    ['v', '\\u000b'],
    // A line break behind a backslash is none.
    ['\n', ''],
    ['x', 2],
    ['U', 8],
  ]),
}

/** How much white space is held behind the name of an argument. */
const maxName = 1024

/** The name of an argument in quotes, as far as it has come: `'city'=`. */
const quotedName = /^(["'])(?:$|(\w+)(?:$|\1\s*(?:$|[=:](?:$|([^=])))))/
const maxQuotedName = 128

function createStates({
  reader,
  options,
  structure,
  undecided,
  words,
  readTag,
  string,
  startString,
}: ReaderParts): PythonStates {
  const { frames, sink, top, beforeValue, open } = structure
  const source = createSourceText()
  let reading: 'argument' | 'source' | 'joint' = 'argument'
  let starAt = -1
  /** The string that is opened is raw. */
  let raw = false

  function enter(state: typeof reading) {
    reading = state
    reader.state = State.python
  }

  function step(text: string, i: number, at: number): number {
    switch (reading) {
      case 'argument':
        return readArgument(text, i, at)
      case 'source':
        return readSource(text, i, at)
      case 'joint': {
        const unit = text.charCodeAt(i)
        if (isQuote(unit)) {
          string.start(unit, false, at + 1, raw)
          reader.state = State.string
        } else raw ||= (unit | 32) === 114
        return i + 1
      }
    }
  }

  function startsOther(unit: number, asKey: boolean): boolean {
    if (isQuote(unit) && isStringPrefix(words.text)) {
      const isRaw = /r/i.test(words.text)
      words.text = ''
      startString(unit, words.at, asKey, isRaw)
      return true
    }
    return !asKey && startsSource(unit)
  }

  /** Whether a bracket or quote belongs to a word, whose text is then kept as it is written. */
  function startsSource(unit: number): boolean {
    const quoted = isQuote(unit) && mayOpenString(words.last)
    if (unit === Char.openParenthesis && words.text === 'dict') {
      words.text = ''
      open('{', Char.closeParenthesis, words.at, true)
    } else if (quoted || isOpener(unit)) {
      words.extend(String.fromCharCode(unit))
      source.start(quoted ? 0 : 1, quoted ? unit : 0)
      enter('source')
    } else if (unit === Char.closeParenthesis && isGroup(top())) {
      undecided?.settle('')
      frames.pop()
      words.text = `(${words.text.trimEnd()}`
      words.extend(')')
    } else return false
    return true
  }

  function readSource(text: string, from: number, at: number): number {
    for (let i = from; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      if (unit === Char.less && !source.inQuotes()) {
        if (i === from) return readTag(text, i, at)
        words.extend(text.slice(from, i))
        return i
      }
      if (source.step(unit)) {
        words.extend(text.slice(from, i + 1))
        reader.state = State.word
        return i + 1
      }
    }
    words.extend(text.slice(from))
    return text.length
  }

  /** A word in a call: the name of an argument, or a value that has none. */
  function readArgument(text: string, i: number, at: number): number {
    let end = i
    while (end < text.length && isWord(text.charCodeAt(end)) && !isSpace(words.last)) end++
    if (end > i) words.extend(text.slice(i, end))
    if (end === text.length) return end
    const unit = text.charCodeAt(end)
    if (isSpace(unit) && words.text.length < maxName) {
      words.extend(text.charAt(end))
      return end + 1
    }
    if (unit === Char.equals || unit === Char.colon) {
      words.tellKey()
      structure.readColon(Char.colon, at)
      return end + 1
    }
    if (!isNoDict()) {
      undecided?.nameArgument()
      reader.state = State.word
    }
    return end
  }

  /** A value without a name in `dict(…)`: it is no object that is spelled out, so its text is kept as it is written. */
  function isNoDict(): boolean {
    const frame = top()
    if (frame?.undecided === undefined) return false
    undecided?.settle('')
    frames.pop()
    if (reader.state !== State.python) words.text = ''
    words.text = `dict(${words.text}`
    source.start(1, 0)
    enter('source')
    return true
  }

  function between(unit: number, text: string, i: number, at: number): number {
    const { state } = reader
    const frame = top()
    if (frame?.object !== true || (state !== State.key && state !== State.after)) return i
    const isName = isWord(unit) && !isDigit(unit) && !opensString(unit)
    if (!frame.call) {
      if (frame.undecided === undefined || !(isOpener(unit) || unit === Char.minus)) return i
      undecided?.settle('[')
      reader.state = State.value
      return i
    }
    if (!isName && isNoDict()) {
      words.at = at
      return readSource(text, i, at)
    }
    if (unit === Char.star) {
      if (starAt === at - 1) options.spread?.()
      starAt = at
      return i + 1
    }
    if (opensString(unit)) {
      const [found, , name = '', behind] = quotedName.exec(text.slice(i, i + maxQuotedName)) ?? []
      if (behind !== undefined && options.isDeclared(name)) {
        startName(state, at)
        options.change('stray-text', at, text.charAt(i))
        structure.key(JSON.stringify(name))
        structure.readColon(Char.colon, at)
        return i + (found ?? '').length - behind.length
      }
      if (found !== undefined && behind === undefined && reader.ended === 'no') {
        if (i + maxQuotedName > text.length) return waits
      }
    } else if (isName) {
      startName(state, at)
      words.begin(text.charAt(i), at, State.python)
      reading = 'argument'
      return i + 1
    }
    beforeValue(at)
    reader.state = State.value
    return i
  }

  /** Before the name of an argument: the comma. */
  function startName(state: State, at: number) {
    structure.sendComma()
    if (state !== State.after) return
    options.change('missing-comma', at)
    sink.token(Token.comma, ',')
  }

  return {
    step,
    between,
    startsOther,
    join() {
      raw = false
      enter('joint')
    },
  }
}

/** Whether it is a parenthesis with nothing but a word in it. */
function isGroup(frame: Frame | undefined): boolean {
  return frame?.undecided !== undefined && frame.closer === Char.closeParenthesis
}
