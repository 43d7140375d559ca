import { isTurn, type TagMatch } from '../scan/tags.js'
import type { Ahead } from './ahead.js'
import {
  Char,
  endsMember,
  isCloser,
  isLineBreak,
  isQuote,
  isSpace,
  isWord,
  quoteOf,
  smartQuote,
} from './characters.js'
import { endsInName, neighbourOf } from './frame.js'
import { maxBeforeComma, type OpenString, type StringSurroundings } from './open-string.js'

/**
 * `text`: what is there is text of the string, up to `end`. `restore`: a neutralised control token. `stop`: a mark that ends
 * the block wherever it stands.
 */
export type LostVerdict = 'wait' | 'text' | 'restore' | 'lost-quote' | 'stop'

export interface LostQuote {
  /** Asks at a place in the string that has come to `length` so far. `closers`: brackets stand before it. */
  ask(text: string, at: number, length: number, closers: boolean): LostVerdict
  /** Where what it took for text ends. */
  readonly end: number
}

const maxTail = 1024

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
export function createLostQuote(
  { tags, frames, isCall, isNextKey, python, reader }: StringSurroundings,
  string: OpenString,
  ahead: Ahead,
): LostQuote {
  const { next, pass, peek, word, tag, frame } = ahead
  let length = 0
  /** How much is text if it is no proof, where that is not all that was looked at. */
  let textEnd = -1
  let inNeighbour = false
  /** Whether another kind of quote stands where the string's own should. */
  let sawOther = false
  /** Whether a close tag is the proof. */
  let sawClose = false
  const lost = { ask, end: 0 }

  function ask(text: string, at: number, soFar: number, closers: boolean): LostVerdict {
    ahead.start(text, at, 'no')
    if (closers) ahead.closers++
    length = soFar
    textEnd = -1
    sawClose = inNeighbour = sawOther = false
    const { noTail, openExamples } = string
    const verdict = decide()
    lost.end = textEnd < 0 ? ahead.at : textEnd
    if (ahead.lacks === 'nothing') return verdict
    if (ahead.lacks === 'room') return 'text'
    if (reader.ended !== 'no') {
      if (ahead.atEnd === 'cut' || ahead.atEnd === reader.ended) return 'lost-quote'
      lost.end = text.length
      return 'text'
    }
    string.noTail = noTail
    string.openExamples = openExamples
    return 'wait'
  }

  function decide(): LostVerdict {
    for (;;) {
      const unit = next()
      // The closer of a bracket that the string has opened is its own.
      const mayBeOwn = python ? isCloser(unit) : unit === Char.closeBrace
      if (mayBeOwn && ahead.closers === 0 && string.openBraces > 0) {
        ahead.at++
        return 'text'
      }
      const { at, closers, depth } = ahead
      // Where calls have no closing mark, all of their brackets at the end are as much.
      const isOneLine = !string.dirty && !string.hasBreak
      ahead.atEnd = closers > 0 && depth === 0 && isOneLine && !tags.hasClose() ? 'stopped' : 'no'
      if (unit === Char.less) return decideTag()
      if (isCloser(unit) && (unit !== Char.closeParenthesis || frames[0]?.call)) {
        if (ahead.close(unit)) continue
        ahead.at = at
      }
      if (unit === Char.comma && mayEnd()) {
        // Closers of brackets that the string has opened are none of the call's.
        if (closers > 0 && string.openBraces > 0) return 'text'
        ahead.at++
        return closers > 0 || length <= maxBeforeComma ? decideComma(at) : 'text'
      }
      if (unit === Char.openBrace && closers > 0) return decideNeighbour(at)
      if (at > ahead.from) return 'text'
      // Another kind of quote, or a bracket that closes nothing: text; taken, so that the string goes on after it.
      ahead.at++
      sawOther = quoteOf(unit) !== 0
      if (sawOther) continue
      // It was opened before what the string shows: the next one may be such a bracket too.
      string.noTail = true
      return 'text'
    }
  }

  /** Whether quotes have a meaning in it, and it shows nothing that they may belong to. */
  function mayEnd(): boolean {
    const { raw, width, dirty, openExamples, openBraces } = string
    return !raw && width === 1 && !(dirty && openExamples + openBraces > 0)
  }

  function decideNeighbour(commaAt: number): LostVerdict {
    if (string.dirty || string.openBraces > 0 || !mayEnd() || python) return 'text'
    inNeighbour = true
    ahead.at++
    return decideComma(commaAt)
  }

  function decideComma(commaAt: number): LostVerdict {
    const start = ahead.at
    const unit = next()
    // A document breaks the line behind a brace, and may show calls.
    if (inNeighbour && ahead.text.slice(start, ahead.at).includes('\n')) return 'text'
    // Behind another kind of quote the key may be in that kind too, where the string is not well-formed anyhow.
    const mayBeOther = sawOther && !python && string.quote !== Char.doubleQuote
    if (quoteOf(unit) === string.quote || (mayBeOther && isQuote(unit))) return decideKey(unit, commaAt)
    if (unit === Char.openBrace) return decideNeighbour(commaAt)
    if (!python || !isWord(unit)) return 'text'
    return decideName()
  }

  function decideKey(quote: number, commaAt: number): LostVerdict {
    const { depth, closers } = ahead
    // `"[a, b], "key"`: a bracket of the string's own, and the comma is asked again.
    textEnd = ahead.isWide && !inNeighbour ? commaAt : ahead.at
    if (textEnd === commaAt) return 'text'
    ahead.at++
    const isItem = sawOther && closers === 0 && frame()?.object === false
    if (isItem && isWord(peek())) return 'lost-quote'
    const key = word(Char.minus).replace(smartQuote, '')
    let unit = peek()
    if (unit === quote || (sawOther && quoteOf(unit) !== 0)) {
      unit = pass()
    }
    const isKnown = unit === Char.colon && key !== ''
    // The next call stands behind a bracket: without one it is an example, and only an item of a list may begin.
    if (inNeighbour && closers === 0 && neighbourOf(frames, depth, key) <= 0) return 'text'
    return isKnown && isNextKey(key, inNeighbour ? frames.length : depth, inNeighbour) ? 'lost-quote' : 'text'
  }

  /** Behind a comma in Python: an argument's name, or the next call's. */
  function decideName(): LostVerdict {
    const { closers, depth } = ahead
    const name = word(closers > 0 ? Char.dot : 0)
    const unit = next()
    const isOver =
      closers > 0 ? depth === 0 && unit === Char.openParenthesis : unit === Char.equals && isNextKey(name)
    // A string of several lines is a document, whose calls are its own.
    return isOver && !string.hasBreak ? decideTail(ahead.at, false) : 'text'
  }

  /** All that is there already is proof, unless the string's own quote still comes and closes it. */
  function decideTail(textBefore: number, sawToken: boolean): LostVerdict {
    if (string.dirty || string.openBraces > 0 || string.noTail) return 'text'
    textEnd = textBefore
    let last = 0
    for (;;) {
      const unit = peek()
      if (unit === string.quote) {
        ahead.atEnd = 'no'
        ahead.at++
        if (isWord(peek())) return 'lost-quote'
        break
      }
      const isOver = last === Char.closeParenthesis || last === Char.closeBracket
      ahead.atEnd = sawToken ? 'cut' : isOver ? 'stopped' : 'no'
      if (!(unit >= 0) || unit === Char.backslash || ahead.at - textEnd > maxTail) break
      if (!isSpace(unit)) last = unit
      ahead.at++
    }
    // The string's own quote comes after all, or too much before it. Of a string one is tried, so that time stays linear.
    string.noTail = true
    return 'text'
  }

  function decideTag(): LostVerdict {
    const start = ahead.at
    ahead.atEnd = 'no'
    const kind = tag()
    const { closers, depth } = ahead
    if (string.isKey) return decideBehindKey(kind)
    // Closers of all brackets stand before the tag, and the string may be over.
    const isAllClosed = depth === 0 && !string.dirty && string.openBraces === 0
    switch (kind) {
      case 'open':
        // A call's name has none in it: what was begun is begun anew.
        if (closers === 0 && endsInName(frames, isCall)) return 'stop'
        textEnd = isAllClosed ? start : ahead.at
        return isAllClosed ? decideBrace() : decideExample()
      case 'turn-end':
      case 'turn-start':
        return isAllClosed ? decideTail(start, true) : 'text'
      case 'close':
        if (string.openExamples > 0) string.openExamples--
        else if (closers > 0) {
          sawClose = true
          textEnd = ahead.at
          return decideAfterTag('stopped')
        }
        return 'text'
      case 'drift-close':
        if (!isAllClosed) return 'text'
        textEnd = ahead.at
        return decideAfterTag('stopped')
      case 'neutral':
        return 'restore'
      case 'think-close':
        return 'stop'
      default:
        return 'text'
    }
  }

  /** Behind a key that is more than one, with brackets at its end or not. */
  function decideBehindKey(kind: TagMatch): LostVerdict {
    const { closers } = ahead
    // A line ends behind the mark, as in no key: its quote was none.
    if (kind === 'close' && isLineBreak(peek()) && (closers > 0 || !string.hasQuote)) {
      return closers > 0 ? 'lost-quote' : 'stop'
    }
    if (kind === 'neutral') return 'restore'
    if (kind === 'think-close') return 'stop'
    if (closers === 0) return 'text'
    sawClose = true
    textEnd = ahead.at
    if (kind === 'open') return decideBrace()
    if (isTurn(kind)) return decideAfterTag('cut')
    return kind === 'close' || kind === 'drift-close' ? decideAfterTag('stopped') : 'text'
  }

  /** An example, if an object follows; otherwise the mark is only mentioned. */
  function decideExample(): LostVerdict {
    let unit = next()
    while (unit === Char.backslash) {
      ahead.at++
      if (!/[nrt]/.test(String.fromCharCode(peek()))) return 'text'
      unit = pass()
    }
    const isExample = unit === Char.openBrace || unit === Char.openBracket || unit === Char.backtick
    if (isExample && tags.hasClose()) string.openExamples++
    return 'text'
  }

  function decideAfterTag(proof: 'stopped' | 'cut'): LostVerdict {
    ahead.atEnd = proof
    const unit = next()
    if (unit !== Char.less) return 'text'
    ahead.atEnd = 'no'
    const kind = tag()
    if (isTurn(kind)) return decideAfterTag('cut')
    // In a string with broken quotes the next mark is as likely its own; one of nothing did not lose its quote.
    return kind === 'open' && !string.dirty && length > 0 ? decideBrace() : 'text'
  }

  /** Behind a mark that opens a call: its brace and its first key. */
  function decideBrace(): LostVerdict {
    if (next() !== Char.openBrace) return 'text'
    const unit = pass()
    // Without a close tag only a quote that cannot close the string is proof.
    const isOwn = unit === string.quote
    const isKey = sawClose ? isQuote(unit) : isOwn
    if (isKey) ahead.at++
    if (!(isKey || sawClose) || !isWord(peek())) return 'text'
    return isOwn || !string.hasBreak ? 'lost-quote' : decideDocument()
  }

  /** In a string with raw line breaks, as a document has them: whether its own end still comes, behind the call that it shows. */
  function decideDocument(): LostVerdict {
    ahead.atEnd = 'cut'
    for (const end = ahead.at + maxTail; ahead.at < end && ahead.lacks === 'nothing'; ) {
      const isOwn = peek() === string.quote
      ahead.at++
      if (isOwn && endsMember(next())) return 'text'
    }
    return 'lost-quote'
  }

  return lost
}
