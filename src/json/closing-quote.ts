import type { TagMatch } from '../scan/tags.js'
import { type Ahead, maxKey } from './ahead.js'
import { isLiteral } from './atoms.js'
import {
  Char,
  isCloser,
  isDigit,
  isOpener,
  isQuote,
  isStringPrefix,
  isWord,
  opensString,
  quoteOf,
} from './characters.js'
import { hasKey } from './keys.js'
import type { OpenString, StringSurroundings } from './open-string.js'

/** `join`: the string closes and goes on in another one, as neighbours in Python do: `'a' 'b'`, `'a' + 'b'`. */
export type ClosingVerdict = 'wait' | 'close' | 'join' | 'inner'

/**
 * Decides at a quote of the string's own kind whether the string closes there, from what follows:
 *
 *     {"city": "Paris", "days": 3}         {"text": "he said "hi" to her"}
 *                    ^^^^^^^^^  close                          ^^ inner
 *
 * A clean string closes wherever strict JSON would let it, so a well-formed value can never be changed. In a dirty one,
 * whose quotes are known to be broken, only the end of the block or a key that the schema declares and the object has not
 * had yet is proof: a document may show anything that looks like another key. While a dirty string shows a call that it has opened and not closed, nothing but the end is: a
 * document that shows example calls must not run them.
 */
export function createClosingQuote(
  { tags, frames, isNextKey, python, reader }: StringSurroundings,
  string: OpenString,
  ahead: Ahead,
): (text: string, behind: number) => ClosingVerdict {
  const { next, peek, word, tag } = ahead
  let from = 0
  let dirty = false
  let sawComma = false
  /** Whether only a known key shows that the string closes: a semicolon stands where a comma should. */
  let needsProof = false
  /** Whether the key is one behind a brace, which may begin the object's neighbour: `"new": "b", {"old": …`. */
  let inNeighbour = false
  let key = ''
  let keyQuote = 0
  /** Whether it ended in what proves nothing before it is over: a word without quotes behind no comma, a comment. */
  let isOpen = false
  /** Whether the block's closing mark has come, so that the string ends even if the reply is cut. */
  let sawClose = false

  function decide(text: string, behind: number): ClosingVerdict {
    ahead.start(text, behind)
    from = behind
    dirty = string.dirty
    sawComma = needsProof = inNeighbour = isOpen = sawClose = false
    const verdict = ask()
    if (ahead.lacks === 'nothing') return verdict
    if (ahead.lacks === 'room') return closeIf(!dirty && !needsProof)
    if (isOpen && reader.ended !== 'no') return 'inner'
    // In a string with broken quotes only the model's own stop makes its last quote the closing one.
    return reader.ended === 'no' || (dirty && reader.ended === 'cut' && !sawClose) ? 'wait' : 'close'
  }

  /** The string closes, and is joined with the one that follows if nothing stands between them. */
  function close(): ClosingVerdict {
    return python !== undefined && !sawComma ? 'join' : 'close'
  }

  const closeIf = (proof: boolean): ClosingVerdict => (proof ? 'close' : 'inner')
  const frame = () => frames[ahead.depth - 1]

  /** The next unit behind the one that is there. */
  function pass(): number {
    ahead.at++
    return next()
  }

  function ask(): ClosingVerdict {
    const guarded = dirty && string.openExamples + string.openBraces > 0
    for (;;) {
      let unit = next()
      if (isCloser(unit)) {
        // One too many closes nothing.
        if (!ahead.close(unit) && dirty) return 'inner'
        continue
      }
      const { depth } = ahead
      // Strict JSON is over, so whatever mark this is comes after the string.
      if (unit === Char.less) return depth === 0 && !dirty ? 'close' : askTag(guarded)
      if (guarded) return 'inner'
      const isSemicolon =
        unit === Char.semicolon && !python && depth > 0 && (frame()?.object === true || !dirty)
      if (unit !== Char.comma && !isSemicolon) return askOther(unit)
      sawComma = true
      needsProof = isSemicolon
      do unit = pass()
      while (unit === Char.comma && depth > 0)
      if (depth === 0 || !isCloser(unit)) return askBehindComma(unit)
    }
  }

  function askOther(unit: number): ClosingVerdict {
    const { depth, closers } = ahead
    if (depth === 0) {
      // In a list of calls in quotes, `['f(a="b")', …]`, that quote is the call's.
      if (isQuote(unit)) {
        if (dirty || (python && unit !== string.quote)) return closeIf(!dirty)
        return pass() === Char.less ? askTag(false) : 'inner'
      }
      if (python && dirty && sawNewline() && isWord(unit)) return askCallName()
      return closeIf(!dirty || unit === Char.openBrace || unit === Char.semicolon || unit === Char.backtick)
    }
    const { object, call } = frame() ?? {}
    // Right behind the quote an object is an example: `'{"name": …`.
    if (object && unit === Char.openBrace && (closers > 0 || sawNewline())) return askNeighbour()
    if (closers > 0 && !dirty && object && opensString(unit)) {
      // A known key behind an object or array, and the comma between them was forgotten.
      needsProof = true
      return askKey(unit)
    }
    if (!dirty && unit === Char.hash) return askLineComment()
    if (!dirty && unit === Char.slash) return askComment()
    if (closers > 0 && !dirty && !object && unit === Char.openBrace) return askNeighbour()
    if (closers > 0 && !dirty && call && isWord(unit)) {
      needsProof = true
      return askKey(unit)
    }
    // `["x"] * 3`, or the end of the fence around the call.
    if (closers > 0)
      return closeIf(!dirty && (unit === Char.star || (unit === Char.backtick && sawNewline())))
    const isBehindSpace = ahead.at > from
    if (!dirty) {
      if (python && isQuote(unit) && isBehindSpace && (!object || call)) return close()
      if (python && unit === Char.plus) return isQuote(pass()) ? close() : 'inner'
    }
    if (object) return askKey(unit)
    // Two items, and the comma between them was forgotten.
    return closeIf(!dirty && isBehindSpace && quoteOf(unit) === string.quote)
  }

  function askBehindComma(unit: number): ClosingVerdict {
    if (unit === Char.less) return askTag(false)
    if (ahead.depth === 0) {
      return python && dirty && isWord(unit) ? askCallName() : closeIf(!dirty || unit === Char.openBrace)
    }
    if (!dirty) {
      if (unit === Char.slash) return askComment()
      if (unit === Char.hash) return 'close'
      if (unit === Char.dot || unit === Char.ellipsis) {
        let after = unit
        do after = pass()
        while (after === Char.dot)
        return closeIf(isCloser(after) || after === Char.comma)
      }
    }
    const { object, call, bare } = frame() ?? {}
    // An argument without a name cannot come behind one with a name.
    if (object && !(call && !bare)) return unit === Char.openBrace ? askNeighbour() : askKey(unit)
    if (startsValue(unit) || (python && unit === Char.openParenthesis)) return 'close'
    return call ? askKey(unit) : askWord()
  }

  const sawNewline = () => ahead.text.slice(from, ahead.at).includes('\n')

  function askComment(): ClosingVerdict {
    ahead.at++
    const unit = peek()
    return closeIf(unit === Char.slash || unit === Char.star)
  }

  /** `"tea"  # green`: no quote is in it, and it ends with its line. */
  function askLineComment(): ClosingVerdict {
    if (ahead.at === from) return 'inner'
    isOpen = true
    let unit: number
    do {
      ahead.at++
      unit = peek()
      if (unit === string.quote) return 'inner'
    } while (unit >= 0 && unit !== Char.newline)
    return 'close'
  }

  function askCallName(): ClosingVerdict {
    word(Char.dot)
    return closeIf(peek() === Char.openParenthesis)
  }

  /** A word in a list: a value, or the key behind a list that was not closed: `["a", limit=5`. */
  function askWord(): ClosingVerdict {
    key = word(0)
    const unit = peek()
    if (python && (unit === Char.openParenthesis || startsString(unit))) return 'close'
    return closeIf((unit === (python ? Char.equals : Char.colon) && isKnownKey()) || isLiteral(key))
  }

  function startsString(unit: number): boolean {
    return isQuote(unit) && isStringPrefix(key)
  }

  function askNeighbour(): ClosingVerdict {
    if (dirty) return 'inner'
    needsProof = inNeighbour = true
    const unit = pass()
    return isQuote(unit) ? askKey(unit) : 'inner'
  }

  function askKey(unit: number): ClosingVerdict {
    if (opensString(unit)) {
      // The names of arguments seldom have quotes, and never without a comma.
      if (frame()?.call && !sawComma) return 'inner'
      keyQuote = quoteOf(unit)
      return askQuotedKey()
    }
    keyQuote = 0
    if (!isWord(unit)) return 'inner'
    // `"print("title: …")"`: behind the quote itself, or behind one too many, words are the string's own.
    if (!sawComma && (dirty || ahead.at === from)) return 'inner'
    key = word(Char.minus)
    const behind = peek()
    isOpen = !sawComma && ahead.lacks !== 'nothing'
    if (python && startsString(behind)) return dirty ? 'inner' : close()
    // A key that has a quote only at its end.
    if (isQuote(behind) && sawComma && !python) return closeIf(pass() === Char.colon && isKnownKey())
    return askColon()
  }

  function askQuotedKey(): ClosingVerdict {
    ahead.at++
    // `""days"`: a quote too many.
    if (quoteOf(peek()) === keyQuote) {
      ahead.at++
      key = ''
      if (!isWord(peek())) return askColon()
    }
    const first = next()
    // `"say "hi""}}</tool_call>`: what begins as nothing but the call's end, or what follows a string, does is no key, and that
    // quote the one that closes.
    const isNoKey = isCloser(first) || first === Char.less || first === Char.comma || isQuote(first)
    if (isNoKey && (dirty || !sawComma || needsProof)) return 'inner'
    const start = ahead.at
    for (;;) {
      const unit = peek()
      const quote = quoteOf(unit)
      if (quote !== 0 || unit === Char.colon) key = ahead.text.slice(start, ahead.at)
      // `'days": 2`: another kind of quote behind a known key, in what is no JSON anyhow.
      if (quote === keyQuote || (isQuote(quote) && keyQuote !== Char.doubleQuote && isKnownKey())) {
        ahead.at++
        return askColon()
      }
      // `"days: 2`: the key lost its own quote.
      if (unit === Char.colon && sawComma && isKnownKey()) return 'close'
      if (!(unit >= Char.space)) return 'inner'
      if (ahead.at - start > maxKey) return dirty || needsProof ? 'inner' : close()
      ahead.at += unit === Char.backslash ? 2 : 1
    }
  }

  function askColon(): ClosingVerdict {
    const unit = next()
    if (python) return askPythonColon(unit)
    if (unit === Char.colon) return closeIf(endsAtKey())
    if (unit === Char.equals) return closeIf(isKnownKey())
    // A key that is known, and its value: the colon was forgotten.
    return closeIf(keyQuote !== 0 && sawComma && beginsValue(unit) && isKnownKey())
  }

  /** Behind what may be a key of a Python dict or the name of an argument. */
  function askPythonColon(unit: number): ClosingVerdict {
    const inCall = frame()?.call === true
    if (inCall && keyQuote !== 0) return closeIf(unit === Char.equals && isKnownKey())
    if (unit === Char.colon || (inCall && unit === Char.equals)) return closeIf(endsAtKey())
    if (dirty) return 'inner'
    if (keyQuote !== 0) return sawComma ? 'inner' : close()
    // An argument without a name, or a name in its place: `f('Oslo', units)`.
    const isValue = isLiteral(key) || unit === Char.openParenthesis || unit === Char.comma || isCloser(unit)
    return closeIf(inCall && sawComma && isValue)
  }

  /** A key of the call, or one that the schema declares and the object has not had; behind a brace, one that it has had. */
  function isKnownKey(): boolean {
    // Items of a list are alike.
    const item = inNeighbour && frame()?.object === false ? frames[ahead.depth] : undefined
    return item === undefined ? isNextKey(key, ahead.depth, inNeighbour) : hasKey(item.keys ?? [], key)
  }

  function endsAtKey(): boolean {
    if (!dirty && !needsProof && keyQuote !== 0) return true
    const proof = isKnownKey()
    if (proof || dirty || needsProof || (keyQuote === 0 && !sawComma)) return proof
    // A key without quotes is no JSON either: believed where its object has had one, or the schema knows it.
    return frame()?.bare === true || frame()?.call === true
  }

  function beginsValue(unit: number): boolean {
    return startsValue(unit) || isLiteral(word(0))
  }

  function askTag(guarded: boolean): ClosingVerdict {
    const kind = tag()
    // A closing mark that is none of the dialect's, behind all brackets of the call or some of a well-formed one.
    if (kind === 'drift-close') return closeIf(!guarded && (ahead.depth === 0 || !dirty))
    if (kind === 'none' || kind === 'neutral') return closeIf(ahead.depth === 0 && !dirty)
    // A document may show the end of a turn, and what another one begins with.
    if (dirty && isTurn(kind)) return askEnd()
    if (dirty && kind === 'open' && ahead.depth === 0 && !tags.hasClose()) return askCalls()
    // In a string with broken quotes an opening mark begins an example, whatever brackets stand before it.
    if (kind === 'close' ? guarded : kind === 'open' && (ahead.closers === 0 || dirty)) {
      // Behind a mark that may be an example's only a control token shows that it was none.
      if (next() !== Char.less) return 'inner'
      const isShown = isTurn(tag())
      return dirty && isShown ? askEnd() : closeIf(isShown)
    }
    if (kind !== 'close' || ahead.closers > 0) return 'close'
    sawClose = true
    // `"</tool_call>"` with quotes or a separator right behind it is a tag that the string talks about.
    const unit = peek()
    return closeIf(!isQuote(unit) && unit !== Char.backslash && unit !== Char.comma && unit !== Char.backtick)
  }

  /**
   * Behind the mark of what a document shows, or of the next call where calls have no closing mark: with whole objects up to
   * the end of the reply, no document owes its own quote.
   */
  function askCalls(): ClosingVerdict {
    do {
      isOpen = true
      if (next() !== Char.openBrace || !passObject()) return 'inner'
      isOpen = false
      if (next() !== Char.less) return ahead.lacks === 'nothing' ? 'inner' : 'close'
    } while (tag() === 'open')
    return 'inner'
  }

  /** Whether an object of strict JSON ends. */
  function passObject(): boolean {
    let open = 0
    let inString = false
    for (let unit = peek(); ahead.lacks === 'nothing'; unit = peek()) {
      ahead.at += inString && unit === Char.backslash ? 2 : 1
      if (unit === Char.doubleQuote) inString = !inString
      else if (!inString && isOpener(unit)) open++
      else if (!inString && isCloser(unit) && --open === 0) return true
    }
    return false
  }

  /** Behind a control token: with nothing but others the reply is over. */
  function askEnd(): ClosingVerdict {
    sawClose = true
    while (next() === Char.less) if (!isTurn(tag())) break
    return 'inner'
  }

  return decide
}

function isTurn(kind: TagMatch): boolean {
  return kind === 'turn-end' || kind === 'turn-start'
}

function startsValue(unit: number): boolean {
  return (
    opensString(unit) ||
    isDigit(unit) ||
    unit === Char.minus ||
    unit === Char.backtick ||
    unit === Char.openBrace ||
    unit === Char.openBracket
  )
}
