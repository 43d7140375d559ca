import { isTurn } from '../scan/tags.js'
import type { Ahead } from './ahead.js'
import { readAtom } from './atoms.js'
import { Char, endsMember, isCloser, isOpener, isQuote, isSpace, quoteOf } from './characters.js'
import { endsInName } from './frame.js'
import type { OpenString, StringSurroundings } from './open-string.js'

/** `proof`: what shows that the string closes. */
export function closeIf(proof: boolean): 'close' | 'inner' {
  return proof ? 'close' : 'inner'
}

/** What stands behind a quote and the closers of a call, and may be the next one or its end. */
export interface ClosingMark {
  /** At a `<`. `guarded`: a string with broken quotes shows a call that it has not closed. */
  ask(guarded: boolean): 'close' | 'inner'
  /** Behind some brackets of the call, at what is no JSON, in a string whose quotes are sound so far. */
  askWords(): 'close' | 'inner'
  /** In a string whose quotes are broken, at what may follow the call. */
  askTail(): 'close' | 'inner'
  /** Behind what may be a key: whether nothing but JSON follows up to the end of the call, and its mark or the reply's end. */
  endsInJson(): boolean
}

/**
 * Tells from the mark that stands behind a quote, and the closers between them, whether the string closes there:
 *
 *     "query": "tea"}}</tool_call>         "text": "write "<tool_call>" before it"
 *                     ^^^^^^^^^^^^ close                    ^^^^^^^^^^^ inner
 */
export function createClosingMark(
  { frames, isCall }: Pick<StringSurroundings, 'frames' | 'isCall'>,
  string: OpenString,
  ahead: Ahead,
): ClosingMark {
  const { next, peek, tag } = ahead

  function ask(guarded: boolean): 'close' | 'inner' {
    const kind = tag()
    const { dirty } = string
    // A closing mark that is none of the dialect's, behind all brackets of the call or some of a well-formed one.
    if (kind === 'drift-close') {
      if (guarded) return 'inner'
      return ahead.depth === 0 || !dirty ? 'close' : askTail()
    }
    if (kind === 'none' || kind === 'neutral') {
      if (dirty) return ahead.depth === 0 && !guarded ? askTail() : 'inner'
      return ahead.depth === 0 ? 'close' : askWords()
    }
    // A document may show the end of a turn, and what another one begins with.
    if (dirty && isTurn(kind)) return askEnd()
    if (dirty && kind === 'open' && ahead.closers > 0 && (ahead.depth === 0 || !guarded)) return askTail()
    // What a call is called shows no examples: `{"name": "search",⏎<tool_call>`.
    if (kind === 'open' && ahead.closers === 0 && endsInName(frames, isCall)) return 'close'
    // In a string with broken quotes an opening mark begins an example, whatever brackets stand before it.
    if (kind === 'close' ? guarded : kind === 'open' && (ahead.closers === 0 || dirty)) {
      // Behind a mark that may be an example's only a control token shows that it was none.
      if (next() !== Char.less) return 'inner'
      const isShown = isTurn(tag())
      return dirty && isShown ? askEnd() : closeIf(isShown)
    }
    if (kind !== 'close' || ahead.closers > 0) return 'close'
    ahead.atEnd = 'cut'
    // `"</tool_call>"` with quotes or a separator right behind it is a tag that the string talks about.
    const unit = peek()
    return closeIf(!isQuote(unit) && unit !== Char.backslash && unit !== Char.comma && unit !== Char.backtick)
  }

  /**
   * Some brackets have closed, and what comes is no JSON: the others were forgotten and the model goes on in words, unless a
   * quote in them may be the string's own.
   */
  function askWords(): 'close' | 'inner' {
    if (ahead.closers === 0 || ahead.lacks !== 'nothing') return 'inner'
    ahead.atEnd = 'stopped'
    while (ahead.lacks === 'nothing') {
      const isOwn = quoteOf(peek()) === quoteOf(string.quote)
      ahead.at++
      if (!isOwn) continue
      ahead.atEnd = 'no'
      const unit = next()
      if (endsMember(unit) || unit === Char.less || unit === Char.colon) return 'inner'
      if (ahead.lacks === 'nothing') ahead.atEnd = 'stopped'
    }
    if (ahead.lacks === 'text') return 'close'
    // The string's own quote may still come.
    ahead.lacks = 'nothing'
    return 'inner'
  }

  /**
   * Whether an object ends. Quotes in its strings may be broken too, but one that stands at a closer begins no string, and one
   * behind a line break ends none: it may be the one that a document owes.
   */
  function passObject(): boolean {
    let open = 0
    let inString = false
    let last = 0
    for (let unit = peek(); ahead.lacks === 'nothing'; unit = peek()) {
      ahead.at += unit === Char.backslash ? 2 : 1
      if (unit === Char.doubleQuote) {
        inString = !inString
        if (inString && (isCloser(last) || isCloser(peek()))) return false
      } else if (!inString && isOpener(unit)) open++
      else if (!inString && isCloser(unit) && --open === 0) return true
      if (inString && unit === Char.newline) return false
      if (!isSpace(unit)) last = unit
    }
    return false
  }

  /**
   * Behind a control token: with nothing but others the reply is over, and behind all brackets of the call with whatever
   * is no document.
   */
  function askEnd(): 'close' | 'inner' {
    ahead.atEnd = 'cut'
    while (next() === Char.less) if (!isTurn(tag())) break
    return ahead.depth > 0 ? 'inner' : askTail()
  }

  /** With text and whole objects up to the end of the reply no document owes its own quote. */
  function askTail(): 'close' | 'inner' {
    ahead.atEnd = 'stopped'
    for (let unit = peek(); ahead.lacks === 'nothing'; unit = peek()) {
      if (unit === string.quote || quoteOf(unit) === Char.doubleQuote) return 'inner'
      if (unit !== Char.openBrace) {
        ahead.at++
        continue
      }
      // One that the reply ends in is not whole.
      ahead.atEnd = 'no'
      if (!passObject()) return 'inner'
      ahead.atEnd = 'stopped'
    }
    return 'close'
  }

  function endsInJson(): boolean {
    let { depth } = ahead
    let last = 0
    ahead.atEnd = 'no'
    for (;;) {
      const unit = next()
      // One bracket may be missing, or closes what is around the call.
      if (depth < 2 && isCloser(last) && !endsMember(unit)) break
      if (quoteOf(unit) === string.quote) passString()
      else if (isCloser(unit)) depth--
      else if (isOpener(unit)) depth++
      else if (unit !== Char.comma && unit !== Char.colon && unit !== Char.equals && !passAtom()) return false
      ahead.at++
      last = unit
      if (ahead.lacks !== 'nothing') return false
    }
    ahead.atEnd = 'stopped'
    if (peek() !== Char.less) return ahead.lacks !== 'nothing'
    const kind = tag()
    if (kind === 'close' || kind === 'drift-close') return true
    return (kind === 'open' || isTurn(kind)) && askTail() === 'close'
  }

  /** Up to the quote that ends the string that begins here. */
  function passString() {
    ahead.at++
    for (let unit = peek(); quoteOf(unit) !== string.quote; unit = peek()) {
      if (ahead.lacks !== 'nothing') return
      ahead.at += unit === Char.backslash ? 2 : 1
    }
  }

  /** Up to the last unit of a number or literal; whether one stands here. */
  function passAtom(): boolean {
    const start = ahead.at
    while (/[\w.+-]/.test(String.fromCharCode(peek()))) ahead.at++
    return readAtom(ahead.text.slice(start, ahead.at--)) !== undefined
  }

  return { ask, askWords, askTail, endsInJson }
}
