import type { Writable } from '../writable.js'
import { Char, isQuote, isSpace, isWord, markOf, quoteOf } from './characters.js'
import { closedBy, type Frame, neighbourOf } from './frame.js'
import type { LookAheadContext } from './look-ahead.js'

/**
 * Decides at `}`, `]`, a line break, `<`, a comma or another kind of quote inside a string whether its closing quote was
 * lost there, or that one was meant to be it:
 *
 *     {"name": "f", "arguments": {"city": "Paris}}
 *     </tool_call>
 *                                               ^^ … ^ closers and the whole close tag
 *     {"city": "Paris, "days": 2}    {"old": "a}, {"old": "b"}    f(city="Paris, days=2)
 *                    ^^^^^^^^^                 ^^^^^^^^^^                      ^^^^^^^
 *
 * A key that may be next, a neighbour's first key (`neighbourOf`), the name of an argument.
 *
 * A string may talk about tags, so the close tag counts only if closers stand before it, the string has not opened an
 * example call that the tag closes, and the end of the reply, with or without a control token, or an opening mark with the first key of
 * a call follows. A well-formed string that shows calls writes their quotes as `\"` and is therefore never mistaken: in
 * all that is proof without a close tag the next quote of the string's own has a word behind it, as none that closes a
 * string has, or no more of them comes.
 */
export interface StringHold {
  start(string: StringSoFar): void
  /**
   * Takes the next unit; the verdict holds before it. `text`: the first `textLength` units are string text.
   * `restore`: a neutralised control token. `stop`: a mark that ends the block wherever it stands.
   */
  step(unit: number): 'wait' | 'text' | 'restore' | 'lost-quote' | 'stop'
  textLength(): number
  /** Brackets have come before what is held. */
  sawClosers(): void
  readonly openExamples: number
  /** Where the close tag stands in what is held. */
  readonly tagStart: number
  readonly tagEnd: number
  /** Whether the quote was lost if the reply ends here: `if-stopped` when only the model's own stop tells so. */
  lostAtEnd(): 'yes' | 'if-stopped' | 'no'
}

/** What is known of the string. */
export interface StringSoFar {
  quote: number
  /** Its quotes are broken. */
  dirty: boolean
  /** A line has ended in it. */
  hasBreak: boolean
  /** Nothing of it has come, or little. */
  isEmpty: boolean
  isShort: boolean
  /** Quotes have a meaning in it, and it shows nothing that they may belong to. */
  mayEnd: boolean
  openExamples: number
  openBraces: number
  /** Another tail has turned out to be text. */
  noTail: boolean
}

export interface HoldContext extends LookAheadContext {
  frames: readonly Frame[]
}

const maxSpace = 1024

enum Phase {
  closers,
  tag,
  text,
  restore,
  stop,
  opened,
  openedEscape,
  afterTag,
  opener,
  brace,
  quote,
  key,
  afterToken,
  comma,
  /** A key behind a comma or brace, and what may stand between it and its colon. */
  nextKey,
  behindKey,
  /** The name of an argument, or of the next call. */
  name,
  /** All that is there already is proof, unless the string's own quote still comes and closes it. */
  tail,
  tailQuote,
}

const maxKey = 256
const maxTail = 1024

export function createStringHold({ tags, frames, isNextKey, python }: HoldContext): StringHold {
  let phase = Phase.closers
  let length = 0
  let spaces = 0
  let closers = 0
  let depth = 0
  let string: StringSoFar
  let tag = ''
  /** How much is text if it is no proof, where that is not all; the rest is read again. */
  let textEnd = 0
  let key = ''
  let keyQuote = 0
  let inNeighbour = false
  /** Whether another kind of quote stands where the string's own should. */
  let sawOther = false
  /** Whether a control token is the proof, which the end of the reply need not confirm. */
  let sawToken = false
  /** Whether a closer closed more than the innermost bracket, and where the comma behind it stands. */
  let isWide = false
  let commaAt = 0
  let last = 0
  const hold: Writable<StringHold> = {
    openExamples: 0,
    tagStart: 0,
    tagEnd: 0,
    textLength: () => hold.tagEnd || textEnd || length,
    sawClosers: () => closers++,
    lostAtEnd,
    start,
    step,
  }

  function lostAtEnd() {
    if (phase === Phase.afterToken || (phase === Phase.tail && sawToken)) return 'yes'
    // Where calls have no closing mark, all of their brackets at the end are as much.
    const isOneLine = !string.dirty && !string.hasBreak
    const isWhole = phase === Phase.closers && closers > 0 && depth === 0 && isOneLine && !tags.hasClose()
    const isOver = phase === Phase.tail && (last === Char.closeParenthesis || last === Char.closeBracket)
    return phase === Phase.afterTag || isWhole || isOver ? 'if-stopped' : 'no'
  }

  function start(soFar: StringSoFar) {
    string = soFar
    phase = Phase.closers
    length = spaces = closers = textEnd = 0
    depth = frames.length
    inNeighbour = sawToken = sawOther = isWide = false
    hold.openExamples = soFar.openExamples
    hold.tagEnd = 0
  }

  function step(unit: number) {
    const verdict = decide(unit)
    if (verdict === 'wait') length++
    return verdict
  }

  function decide(written: number): ReturnType<StringHold['step']> {
    const unit = markOf(written)
    if (isSpace(unit) && ++spaces > maxSpace) return 'text'
    switch (phase) {
      case Phase.text:
        return 'text'
      case Phase.restore:
        return 'restore'
      case Phase.stop:
        return 'stop'
      case Phase.closers:
        if (isSpace(unit)) return 'wait'
        if (unit === Char.less) return startTag(Phase.tag)
        if (isCloser(unit)) return 'wait'
        if (unit === Char.comma && string.mayEnd) {
          // Closers of brackets that the string has opened are none of the call's.
          if (closers > 0 && string.openBraces > 0) return 'text'
          phase = closers > 0 || string.isShort ? Phase.comma : Phase.text
          commaAt = length
          return 'wait'
        }
        if (unit === Char.openBrace && closers > 0) return startNeighbour()
        if (length > 0) return 'text'
        // Another kind of quote, or a bracket that closes nothing: text; taken, so that the string goes on after it.
        if (quoteOf(unit) === 0) {
          phase = Phase.text
          // It was opened before what the string shows: the next one may be such a bracket too.
          string.noTail ||= !isSpace(unit)
        } else sawOther = true
        return 'wait'
      case Phase.comma:
        // A document breaks the line behind a brace, and may show calls.
        if (isSpace(unit)) return inNeighbour && unit === Char.newline ? 'text' : 'wait'
        // Behind another kind of quote the key may be in that kind too, where the string is not well-formed anyhow.
        if (unit === string.quote || (sawOther && isQuote(unit) && !mayBeWellFormed())) {
          return startKey(unit)
        }
        if (unit === Char.openBrace) return startNeighbour()
        if (python === undefined || !isWord(unit)) return 'text'
        key = ''
        phase = Phase.name
        return stepName(unit)
      case Phase.nextKey:
        if (unit === keyQuote) {
          phase = Phase.behindKey
          return 'wait'
        }
        // The next item of a list.
        if (sawOther && closers === 0 && isWord(unit) && frames[depth - 1]?.object === false)
          return 'lost-quote'
        if (!isKeyUnit(unit)) return stepBehindKey(unit)
        key += String.fromCharCode(unit)
        return key.length > maxKey ? 'text' : 'wait'
      case Phase.behindKey:
        return isSpace(unit) ? 'wait' : stepBehindKey(unit)
      case Phase.name:
        return stepName(unit)
      case Phase.tail:
        if (unit === string.quote) phase = Phase.tailQuote
        else if (unit === Char.backslash || length - textEnd > maxTail) return failTail()
        if (!isSpace(unit)) last = unit
        return 'wait'
      case Phase.tailQuote:
        return isWord(unit) ? 'lost-quote' : failTail()
      case Phase.tag:
        return stepTag(unit)
      case Phase.opened:
        // An example, if an object follows; otherwise the mark is only mentioned.
        if (isSpace(unit)) return 'wait'
        if (unit === Char.backslash) {
          phase = Phase.openedEscape
          return 'wait'
        }
        if (!tags.hasClose()) return 'text'
        if (unit === Char.openBrace || unit === Char.openBracket || unit === Char.backtick)
          hold.openExamples++
        return 'text'
      case Phase.openedEscape:
        phase = Phase.opened
        return unit === 110 || unit === 114 || unit === 116 ? 'wait' : 'text'
      case Phase.afterTag:
      case Phase.afterToken:
        if (isSpace(unit)) return 'wait'
        return unit === Char.less ? startTag(Phase.opener) : 'text'
      case Phase.opener:
        return stepOpener(unit)
      case Phase.brace:
        if (isSpace(unit)) return 'wait'
        if (unit !== Char.openBrace) return 'text'
        phase = Phase.quote
        return 'wait'
      case Phase.quote:
        if (isSpace(unit)) return 'wait'
        // Without a close tag only a quote that cannot close the string is proof.
        if (hold.tagEnd === 0 ? unit !== string.quote : !isQuote(unit)) {
          return hold.tagEnd > 0 && isWord(unit) ? 'lost-quote' : 'text'
        }
        phase = Phase.key
        return 'wait'
      case Phase.key:
        return isWord(unit) ? 'lost-quote' : 'text'
    }
  }

  function mayBeWellFormed(): boolean {
    return python !== undefined || string.quote === Char.doubleQuote
  }

  function startNeighbour(): 'wait' | 'text' {
    if (string.dirty || string.openBraces > 0 || !string.mayEnd || python !== undefined) return 'text'
    inNeighbour = true
    phase = Phase.comma
    return 'wait'
  }

  function startKey(unit: number): 'wait' | 'text' {
    // `"[a, b], "key"`: a bracket of the string's own, and the comma is asked again.
    if (isWide && !inNeighbour) {
      textEnd = commaAt
      return 'text'
    }
    textEnd = length
    keyQuote = unit
    key = ''
    phase = Phase.nextKey
    return 'wait'
  }

  function stepBehindKey(unit: number): 'text' | 'lost-quote' {
    const isKnown = inNeighbour ? neighbourOf(frames, frames.length, key) >= 0 : isNextKey(key, depth)
    return unit === Char.colon && key !== '' && isKnown ? 'lost-quote' : 'text'
  }

  /** Behind a comma in Python: an argument's name, or the next call's. */
  function stepName(unit: number): 'wait' | 'text' {
    if (isWord(unit) || (unit === Char.dot && closers > 0)) {
      key += String.fromCharCode(unit)
      return key.length > maxKey ? 'text' : 'wait'
    }
    if (isSpace(unit)) return 'wait'
    const isOver =
      closers > 0 ? depth === 0 && unit === Char.openParenthesis : unit === Char.equals && isNextKey(key)
    // A string of several lines is a document, whose calls are its own.
    return isOver && !string.hasBreak ? startTail(length) : 'text'
  }

  function startTail(textBefore: number): 'wait' | 'text' {
    if (string.dirty || string.openBraces > 0 || string.noTail) return 'text'
    textEnd = textBefore
    last = 0
    phase = Phase.tail
    return 'wait'
  }

  /** The string's own quote comes after all, or too much before it. Of a string one is tried, so that time stays linear. */
  function failTail(): 'text' {
    string.noTail = true
    return 'text'
  }

  function startTag(next: Phase): 'wait' {
    if (next === Phase.tag) hold.tagStart = length
    tag = '<'
    phase = next
    return 'wait'
  }

  function isCloser(unit: number): boolean {
    const inCall = unit === Char.closeParenthesis && frames[0]?.call === true
    if (unit !== Char.closeBrace && unit !== Char.closeBracket && !inCall) return false
    const at = closedBy(frames, depth, unit)
    if (at < 0) return depth === 0
    isWide ||= at < depth - 1
    depth = at
    closers++
    return true
  }

  /** Whether closers of all brackets stand before the tag, and the string may be over. */
  function isAllClosed(): boolean {
    return closers > 0 && depth === 0 && !string.dirty && string.openBraces === 0
  }

  function stepTag(unit: number): 'wait' | 'text' {
    tag += String.fromCharCode(unit)
    switch (tags.match(tag)) {
      case 'partial':
        return 'wait'
      case 'none':
        return 'text'
      case 'open':
        if (isAllClosed()) {
          textEnd = hold.tagStart
          phase = Phase.brace
          return 'wait'
        }
        hold.tagEnd = length + 1
        phase = Phase.opened
        return 'wait'
      case 'turn-end':
      case 'turn-start':
        phase = Phase.text
        if (!isAllClosed()) return 'wait'
        sawToken = true
        return startTail(hold.tagStart)
      case 'close':
        hold.tagEnd = length + 1
        if (hold.openExamples > 0) hold.openExamples--
        else if (closers > 0) {
          phase = Phase.afterTag
          return 'wait'
        }
        hold.tagEnd = 0
        phase = Phase.text
        return 'wait'
      case 'neutral':
        phase = Phase.restore
        return 'wait'
      case 'think-close':
        phase = Phase.stop
        return 'wait'
      default:
        phase = Phase.text
        return 'wait'
    }
  }

  function stepOpener(unit: number): 'wait' | 'text' {
    tag += String.fromCharCode(unit)
    switch (tags.match(tag)) {
      case 'partial':
        return 'wait'
      case 'open':
        // In a string with broken quotes the next mark is as likely its own; one of nothing did not lose its quote.
        if (string.dirty || string.isEmpty) return 'text'
        phase = Phase.brace
        return 'wait'
      case 'turn-end':
      case 'turn-start':
        phase = Phase.afterToken
        return 'wait'
      default:
        return 'text'
    }
  }

  return hold
}

function isKeyUnit(unit: number): boolean {
  return isWord(unit) || unit === Char.minus
}
