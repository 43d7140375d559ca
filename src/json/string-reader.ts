import type { ChangeKind } from '../events.js'
import type { PlainText } from '../plain-text.js'
import type { Writable } from '../writable.js'
import { type Ahead, createAhead, maxAhead } from './ahead.js'
import {
  Char,
  endOfSpaces,
  endsInClosers,
  endsMember,
  escapeControl,
  escapeText,
  isLineBreak,
  isOpener,
  quoteOf,
  special,
} from './characters.js'
import { createClosingQuote } from './closing-quote.js'
import { readEscape, readRaw } from './escape.js'
import { createLostQuote, type LostQuote } from './lost-quote.js'
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
import { passPlain } from './plain-string.js'

/**
 * Reads one string from behind its opening quote. What it tells is the string's inside as JSON spells it; an escape is
 * never cut in two.
 */
export interface StringReader extends PlainText {
  /** `at`: where in the reply its inside begins. `raw`: a backslash is only a backslash. */
  start(quote: number, isKey: boolean, at: number, raw?: boolean): void
  /** Reads from `from` on and returns where it stopped: what is not read of an open string waits for more. */
  push(text: string, from: number, base: number): number
  /**
   * - `closed`: the closing quote came
   * - `joins`: it did, and another string follows that is part of this one
   * - `lost`: the quote was forgotten, and what proves it comes next
   * - `stopped`: a mark comes next that ends everything
   */
  readonly state: 'open' | 'closed' | 'joins' | 'lost' | 'stopped'
  /** Where in the reply the end of the string was: its quote, or the first bracket where that was lost. */
  readonly offset: number
  readonly isKey: boolean
  readonly raw: boolean
  readonly quote: number
  /** The inside of a key, which is told whole. */
  readonly key: string
}

export interface StringContext extends StringSurroundings {
  /** Takes the next piece of the inside. */
  inside(text: string): void
  change(kind: ChangeKind, offset: number): void
  /** Whether a key is a known one and more, whose quote was forgotten. */
  mayBeMore(key: string): boolean
}

export function createStringReader(context: StringContext): StringReader {
  const { tags, frames, python, reader } = context
  const mayTell = python?.special ?? special
  const string: Writable<StringReader> & OpenString = {
    state: 'open',
    offset: 0,
    isKey: false,
    quote: Char.doubleQuote,
    key: '',
    width: 1,
    raw: false,
    startAt: 0,
    dirty: false,
    hasBreak: false,
    hasQuote: false,
    others: 0,
    openExamples: 0,
    openBraces: 0,
    braceEnd: 0,
    showsObject: false,
    inShown: false,
    hasSlash: false,
    noTail: false,
    start,
    push,
    pass: (chunk, at) => passPlain(chunk, at, string, context, lostQuote),
    told: undefined,
  }
  /** What is told before the next change, or when all of a piece has been read. */
  let told = ''
  // Made when they are asked first: many readers are made for what turns out to be something else.
  let ahead: Ahead | undefined
  let closing: ReturnType<typeof createClosingQuote> | undefined
  let lost: LostQuote | undefined
  const lookAhead = () => (ahead ??= createAhead(tags, frames))
  const lostQuote = () => (lost ??= createLostQuote(context, string, lookAhead()))

  function start(quote: number, isKey: boolean, at: number, raw = false) {
    string.startAt = at
    string.state = 'open'
    string.quote = quote
    string.isKey = isKey
    string.raw = raw
    string.width = 1
    string.key = ''
    string.dirty = string.hasBreak = string.hasQuote = string.noTail = string.hasSlash = false
    string.showsObject = string.inShown = false
    string.openExamples = string.openBraces = string.braceEnd = string.others = 0
  }

  function inside(text: string) {
    if (string.isKey) string.key += text
    else told += text
  }

  function close(how: StringReader['state'], at: number) {
    string.state = how
    string.offset = at
  }

  function push(text: string, from: number, base: number): number {
    const end = read(text, from, base)
    followBrace(string, text, end, base)
    tell()
    return end
  }

  function tell() {
    if (told !== '') context.inside(told)
    told = ''
  }

  function change(kind: ChangeKind, at: number) {
    // In the order of the reply, in whatever pieces it comes.
    tell()
    context.change(kind, at)
  }

  function read(text: string, from: number, base: number): number {
    const end = text.length
    const { isKey, raw } = string
    let { quote } = string
    /** From here on nothing has been told. */
    let start = from
    let i = from
    for (;;) {
      while (i < end && mayTell[text.charCodeAt(i)] === 0) i++
      if (i === end) {
        inside(start === 0 ? text : text.slice(start))
        return i
      }
      const unit = text.charCodeAt(i)
      const kind = quoteOf(unit)
      let next = i + 1
      if (unit === Char.backslash) {
        const verdict = mayEndInSlash(string, text, i) ? askSlash(text, i, base) : 'text'
        if (verdict !== 'text') {
          inside(text.slice(start, i))
          if (verdict === 'wait') return i
          inside('\\\\')
          return i + 2
        }
        if (text.charCodeAt(i + 1) === Char.doubleQuote) passQuote(string, text, i, base)
        const escaped = raw ? readRaw(text, i) : readEscape(text, i, quote, python?.escapes)
        if (escaped?.inside === text.slice(i, escaped?.end)) {
          i += escaped.inside.length
          continue
        }
        inside(text.slice(start, i))
        if (escaped === undefined) return i
        if (escaped.change !== undefined) change(escaped.change, base + i)
        string.hasSlash ||= escaped.change === 'invalid-escape'
        inside(escaped.inside)
        start = i = escaped.end
        continue
      }
      if (kind === quote) {
        inside(text.slice(start, i))
        next = readQuote(text, i, base)
        if (next === i || string.state !== 'open') return next
        quote = string.quote
      } else if (kind !== 0 && ((string.others & bitOf(kind)) !== 0 || isKey || string.width > 1)) {
        if (unit === Char.doubleQuote) {
          inside(`${text.slice(start, i)}\\"`)
          start = next
        }
        i = next
        continue
      } else if (unit < Char.space && (isKey || !isLineBreak(unit))) {
        inside(text.slice(start, i))
        control(unit, base + i)
      } else if (isOpener(unit) || (isKey && unit !== Char.less) || isLateComma(string, unit, base + i)) {
        if (isOpener(unit)) openBracket(string, base + i)
        i = next
        continue
      } else {
        // String text, unless the quote was lost.
        inside(text.slice(start, i))
        next = readHeld(text, i, base)
        if (next === i || string.state !== 'open') return next
        if (kind !== 0) string.others |= bitOf(kind)
      }
      start = i = next
    }
  }

  /** At the string's own quote. Returns where to read on; the same place: it waits for what follows. */
  function readQuote(text: string, i: number, base: number): number {
    const { quote, width, isKey, raw } = string
    const waits = reader.ended === 'no'
    let first = i
    let behind = i + 1
    if (width > 1) {
      // The last three of a row may close it.
      while (text.charCodeAt(behind) === quote) behind++
      const isShort = behind - i < 3
      const isLast = behind === text.length
      if (!isShort) first = behind - 3
      else if (!isLast) first = behind
      inside(escapeText(text.slice(i, first)))
      if (isShort || (isLast && waits)) return first
    } else if (base + i === string.startAt && (python !== undefined || (!isKey && !raw))) {
      // Two quotes behind the first: in JSON only text behind them makes it a string in three.
      const isTwo = text.charCodeAt(behind) === quote
      const known = isTwo ? i + 2 : behind
      if (known >= text.length && waits) return i
      const third = text.charCodeAt(known)
      if (isTwo && (python !== undefined || (known < text.length && third !== quote && !isMark(third)))) {
        if (python === undefined) change('triple-quotes', base + i - 1)
        string.width = 3
        string.startAt += 2
        return i + 2
      }
    }
    closing ??= createClosingQuote(context, string, lookAhead())
    const verdict = isKey ? 'close' : closing(text, behind)
    if (verdict === 'wait') return first
    if (verdict === 'inner') {
      change('inner-quotes', base + first)
      string.dirty = true
      if (quote === Char.doubleQuote) passQuote(string, text, first, base)
      inside(escapeText(text.slice(first, behind)))
    } else if (verdict === 'join' && python === undefined) {
      const next = endOfSpaces(text, behind)
      string.quote = quoteOf(text.charCodeAt(next))
      return next + 1
    } else close(verdict === 'join' ? 'joins' : 'closed', base + behind - 1)
    return behind
  }

  /** Whether a string ends in a backslash, and its closing quote only looks escaped: `"path": "C:\\tmp\\", "days": 2`. */
  function askSlash(text: string, i: number, base: number): 'wait' | 'text' | 'lost-quote' {
    const { openExamples, noTail } = string
    const lost = lostQuote()
    const verdict = lost.ask(text, i + 2, base + i - string.startAt, false)
    if (verdict === 'lost-quote') {
      change('invalid-escape', base + i)
      close('lost', base + i + 1)
      return verdict
    }
    // What it has seen is seen again.
    string.openExamples = openExamples
    string.noTail = noTail
    return verdict === 'wait' ? verdict : 'text'
  }

  /** Where the closing quote may be missing. Returns where to read on; the same place: it waits for what follows. */
  function readHeld(text: string, i: number, base: number): number {
    const lost = lostQuote()
    const at = base + i
    const { isKey, key } = string
    // `"days: 2}}`: a key that is more than one, and brackets at its end.
    const isShort = isKey && key.length <= maxAhead
    const closers = isShort && endsInClosers(key.slice(-64)) && context.mayBeMore(key)
    const verdict = lost.ask(text, i, at - string.startAt, closers)
    const { end } = lost
    switch (verdict) {
      case 'wait':
        return i
      case 'text':
        tellHeld(text.slice(i, end), at)
        return end
      case 'restore':
        change('restored-token', at)
        tellHeld(text.slice(i, end).replace('\u2060', ''), at)
        return end
      case 'lost-quote': {
        // Another kind of quote may stand in its place.
        const wrong = quoteOf(text.charCodeAt(i)) === 0 ? 0 : 1
        change('missing-quote', at)
        close('lost', at + wrong)
        return i + wrong
      }
      case 'stop':
        close('stopped', at)
        return i
    }
  }

  /** Text of the string that has no quotes of its own and no backslashes in it. */
  function tellHeld(text: string, at: number) {
    countBrackets(string, text, at, python !== undefined)
    let from = 0
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      if (unit >= Char.space) continue
      inside(escapeText(text.slice(from, i)))
      control(unit, at + i)
      from = i + 1
    }
    inside(escapeText(text.slice(from)))
  }

  function control(unit: number, at: number) {
    const isBreak = isLineBreak(unit)
    string.hasBreak ||= isBreak
    if (string.width === 1)
      change(isBreak ? 'raw-newline' : unit === Char.tab ? 'raw-tab' : 'raw-control', at)
    inside(escapeControl(unit))
  }

  return string
}

/** What may stand behind a string. */
function isMark(unit: number): boolean {
  return endsMember(unit) || unit === Char.colon || unit === Char.semicolon
}
