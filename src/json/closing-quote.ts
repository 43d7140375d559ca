import { type Ahead, maxKey } from './ahead.js'
import { isLiteral } from './atoms.js'
import {
  Char,
  isCloser,
  isDigit,
  isQuote,
  isStringPrefix,
  isWord,
  opensString,
  quoteOf,
  smartQuote,
} from './characters.js'
import { createClosingMark } from './closing-mark.js'
import { hasKey } from './keys.js'
import { type OpenString, type StringSurroundings, showsOpen } from './open-string.js'

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
 * had yet is proof: a document may show anything that looks like another key. While a dirty string shows a call that it has
 * opened and not closed, nothing but the end is: a document that shows example calls must not run them.
 */
export function createClosingQuote(
  { frames, isNextKey, mayHaveKey, python, reader }: StringSurroundings,
  string: OpenString,
  ahead: Ahead,
): (text: string, behind: number) => ClosingVerdict {
  const { next, peek, word } = ahead
  const mark = createClosingMark(string, ahead)
  let from = 0
  let dirty = false
  let sawComma = false
  /** Whether only a known key shows that the string closes: a semicolon stands where a comma should. */
  let needsProof = false
  /** Whether the key is one behind a brace, which may begin the object's neighbour: `"new": "b", {"old": …`. */
  let inNeighbour = false
  /** Whether a string on the next line may be more of this one. */
  let mayJoin = false
  let key = ''
  let keyQuote = 0

  function decide(text: string, behind: number): ClosingVerdict {
    from = behind
    dirty = string.dirty
    // In a string with broken quotes only the model's own stop makes its last quote the closing one.
    ahead.start(text, behind, dirty ? 'stopped' : 'cut')
    sawComma = needsProof = inNeighbour = mayJoin = false
    const verdict = ask()
    if (ahead.lacks === 'nothing') return verdict
    if (ahead.lacks === 'room') return closeIf(!dirty && !needsProof)
    if (reader.ended === 'no') return 'wait'
    if (ahead.atEnd === 'no') return 'inner'
    return ahead.atEnd === 'cut' || reader.ended === 'stopped' ? 'close' : 'wait'
  }

  /** The string closes, and is joined with the one that follows if nothing stands between them. */
  function close(): ClosingVerdict {
    return python !== undefined && !sawComma ? 'join' : 'close'
  }

  const closeIf = (proof: boolean): ClosingVerdict => (proof ? 'close' : 'inner')
  const frame = () => frames[ahead.depth - 1]
  /** Whether brackets of the call have closed behind sound quotes: what comes next is outside, even if it can be no key there. */
  const hasClosed = () => !dirty && string.openBraces === 0 && ahead.depth < frames.length
  /** Whether brackets of code that it shows are open: commas, closers and words without quotes may be the code's. */
  const isInCode = () => dirty && string.openBraces > 0

  /** The next unit behind the one that is there. */
  function pass(): number {
    ahead.at++
    return next()
  }

  function ask(): ClosingVerdict {
    const guarded = dirty && showsOpen(string, python !== undefined)
    let isSurplus = false
    for (;;) {
      let unit = next()
      if (isCloser(unit)) {
        isSurplus = !ahead.close(unit) || isSurplus
        continue
      }
      if (isSurplus && dirty) {
        // One too many closes nothing, unless the others close all of the call and the reply ends.
        if (ahead.depth > 0) ahead.atEnd = 'no'
        return 'inner'
      }
      const { depth } = ahead
      // Strict JSON is over, so whatever mark this is comes after the string.
      if (unit === Char.less && depth === 0 && !dirty) return 'close'
      if (unit === Char.less && isInCode() && !guarded) return depth === 0 ? mark.askTail() : 'inner'
      if (unit === Char.less) return mark.ask(guarded)
      if (guarded) return 'inner'
      // In code that the string shows it ends a statement.
      const isSound = !dirty && (!python || string.openBraces === 0)
      const isSemicolon =
        unit === Char.semicolon && depth > 0 && (isSound || (!python && frame()?.object === true))
      if (unit !== Char.comma && !isSemicolon) return askOther(unit)
      sawComma = true
      needsProof = isSemicolon && !hasClosed()
      do unit = pass()
      while (unit === Char.comma && depth > 0)
      if (depth === 0 || !isCloser(unit)) return askBehindComma(unit)
    }
  }

  function askOther(unit: number): ClosingVerdict {
    const { depth, closers } = ahead
    if (isInCode()) return 'inner'
    if (depth === 0) {
      // In a list of calls in quotes, `['f(a="b")', …]`, that quote is the call's.
      if (isQuote(unit)) {
        if (dirty || (python && unit !== string.quote)) return closeIf(!dirty)
        const behind = pass()
        if (behind === Char.less) return mark.ask(false)
        const mayBeCall = python !== undefined && string.openBraces === 0
        return closeIf(mayBeCall && (isCloser(behind) || (behind === Char.comma && isQuote(pass()))))
      }
      if (python && dirty && sawNewline() && isWord(unit)) return askCallName()
      const isSound = !dirty || unit === Char.openBrace || unit === Char.semicolon || unit === Char.backtick
      return isSound ? 'close' : mark.askTail()
    }
    const { object, call } = frame() ?? {}
    // Right behind the quote an object is an example: `'{"name": …`.
    if (object && unit === Char.openBrace && (closers > 0 || sawNewline())) return askNeighbour()
    if (closers > 0 && !dirty && object && opensString(unit)) {
      // A known key behind an object or array, and the comma between them was forgotten.
      needsProof = true
      return askKey(unit)
    }
    if (closers > 0 && !dirty && object && !python && isBareKey()) return 'close'
    if (!dirty && (unit === Char.hash || unit === Char.slash)) return askComment()
    if (closers > 0 && !dirty && !object && unit === Char.openBrace) return askNeighbour()
    if (closers > 0 && !dirty && call && isWord(unit)) {
      needsProof = true
      return askKey(unit)
    }
    // `["x"] * 3`, or the end of the fence around the call.
    if (closers > 0) {
      if (dirty) return 'inner'
      return unit === Char.star || (unit === Char.backtick && sawNewline()) ? 'close' : mark.askWords()
    }
    const isBehindSpace = ahead.at > from
    if (!dirty) {
      if (python && isQuote(unit) && isBehindSpace && (!object || call)) return close()
      if (python && unit === Char.plus) return isQuote(pass()) ? close() : 'inner'
    }
    if (object) {
      const isPython = string.quote === Char.singleQuote || unit === Char.singleQuote
      mayJoin = !dirty && !python && isPython && isQuote(unit) && sawNewline()
      return askKey(unit)
    }
    // Two items, and the comma between them was forgotten.
    return closeIf(!dirty && isBehindSpace && quoteOf(unit) === string.quote)
  }

  /** `["a"] limit: 5`: a known key without quotes. */
  function isBareKey(): boolean {
    const { text, at } = ahead
    key = /^([\w-]+)\s*:/.exec(text.slice(at, at + maxKey))?.[1] ?? ''
    return key !== '' && isKnownKey()
  }

  function askBehindComma(unit: number): ClosingVerdict {
    if (unit === Char.less) return mark.ask(false)
    if (ahead.depth === 0) {
      return python && dirty && isWord(unit) ? askCallName() : closeIf(!dirty || unit === Char.openBrace)
    }
    if (unit === Char.hash || unit === Char.slash) return askComment()
    if (!dirty) {
      if (unit === Char.dot || unit === Char.ellipsis) {
        let after = unit
        do after = pass()
        while (after === Char.dot)
        return closeIf(isCloser(after) || after === Char.comma)
      }
    }
    const { object, call, bare } = frame() ?? {}
    // An argument without a name cannot come behind one with a name.
    const isNamed = object && !(call && !bare)
    if (isNamed && (!hasClosed() || opensString(unit) || !startsValue(unit))) {
      return unit === Char.openBrace ? askNeighbour() : askKey(unit)
    }
    if (isInCode()) return unit === Char.openBrace && ahead.closers > 0 ? askNeighbour() : 'inner'
    if (startsValue(unit) || (python && unit === Char.openParenthesis)) return 'close'
    return call ? askKey(unit) : askWord()
  }

  const sawNewline = () => ahead.text.slice(from, ahead.at).includes('\n')

  /**
   * `"tea"  # green`, `"tea" // "green"`, `"tea" /* green *\/`: no quote is alone in the line, and what follows it may follow the
   * string.
   */
  function askComment(): ClosingVerdict {
    ahead.atEnd = 'no'
    const start = ahead.at
    let unit = peek()
    if (unit === Char.hash && ahead.at === from) return 'inner'
    if (unit === Char.slash) {
      ahead.at++
      unit = peek()
      if (unit !== Char.slash && unit !== Char.star) return 'inner'
    }
    const isBlock = unit === Char.star
    let last = 0
    do {
      last = isBlock ? unit : 0
      ahead.at++
      unit = peek()
    } while (unit >= 0 && (isBlock ? unit !== Char.slash || last !== Char.star : unit !== Char.newline))
    const words = ahead.text.slice(start, ahead.at).replace(/\w'\w/g, '')
    const [, ...parts] = words.split(String.fromCharCode(string.quote))
    // The last line behind brackets of the call may be words.
    if (ahead.closers > 0 && !dirty && parts.length === 0) ahead.atEnd = 'stopped'
    ahead.at++
    unit = next()
    // In code a quote in the comment may be the string's own, and what closes behind a semicolon is the code's.
    if (dirty && (parts.length > 0 || (needsProof && isCloser(unit)))) return 'inner'
    const mayBeText = parts.length > 0 && !isBlock && !sawComma
    if (mayBeText && (parts.length % 2 > 0 || (!isCloser(unit) && unit !== Char.comma))) return 'inner'
    needsProof ||= !sawComma
    if (isCloser(unit) || unit === Char.comma) ahead.atEnd = 'cut'
    return sawComma && !isCloser(unit) ? askBehindComma(unit) : ask()
  }

  function askCallName(): ClosingVerdict {
    word(Char.dot)
    return peek() === Char.openParenthesis ? 'close' : mark.askTail()
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
    // Only items of a list are alike enough.
    if (dirty && frame()?.object !== false) return 'inner'
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
    if (!isWord(unit) || isInCode()) return 'inner'
    // `"print("title: …")"`: behind the quote itself, or behind one too many, words are the string's own.
    if (!sawComma && (dirty || ahead.at === from)) return 'inner'
    key = word(Char.minus)
    const behind = peek()
    // A word that may have become a key, had the reply not ended in it.
    if (!sawComma && ahead.lacks !== 'nothing') ahead.atEnd = 'no'
    if (python && startsString(behind)) return dirty ? 'inner' : close()
    // A key that has a quote only at its end.
    if (isQuote(behind) && sawComma && !python)
      return closeIf(pass() === Char.colon && (isKnownKey() || isFreeKey()))
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
      if (quote !== 0 || unit === Char.colon) key = ahead.text.slice(start, ahead.at).replace(smartQuote, '')
      if (quote === keyQuote) {
        ahead.at++
        return askColon()
      }
      // `'days": 2`: another kind of quote behind a known key, in what is no JSON anyhow.
      if (isQuote(quote) && keyQuote !== Char.doubleQuote && isKnownKey()) {
        const { at } = ahead
        if (pass() === Char.colon) return askColon()
        ahead.at = at
      }
      // `"days: 2`: the key lost its own quote.
      if (unit === Char.colon && sawComma && isKnownKey()) return 'close'
      if (!(unit >= Char.space)) return 'inner'
      if (ahead.at - start > maxKey) return dirty || needsProof ? 'inner' : close()
      ahead.at += unit === Char.backslash ? 2 : 1
    }
  }

  function askColon(): ClosingVerdict {
    let unit = next()
    // As Python prints a long string, line by line.
    if (mayJoin && unit !== Char.colon) {
      if (unit === Char.comma) unit = pass()
      return isQuote(unit) || unit === Char.closeBrace ? 'join' : 'inner'
    }
    const isValue = sawComma && (keyQuote !== 0 || isLiteral(key))
    if (isValue && hasClosed() && (isCloser(unit) || unit === Char.comma)) return 'close'
    if (python) return askPythonColon(unit)
    if (unit === Char.colon) return closeIf(endsAtKey())
    if (unit === Char.equals) return closeIf(!dirty && (isKnownKey() || isFreeKey()))
    // A key that is known, and its value: the colon was forgotten.
    return closeIf(keyQuote !== 0 && sawComma && beginsValue(unit) && (isKnownKey() || isFreeKey()))
  }

  /** Behind what may be a key of a Python dict or the name of an argument. */
  function askPythonColon(unit: number): ClosingVerdict {
    const inCall = frame()?.call === true
    if (inCall && keyQuote !== 0) {
      return closeIf((unit === Char.equals || unit === Char.colon) && isKnownKey())
    }
    if (unit === Char.colon || (unit === Char.equals && (inCall || !dirty))) return closeIf(endsAtKey())
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
    if (item !== undefined) return hasKey(item.keys ?? [], key)
    return isNextKey(key, ahead.depth, inNeighbour)
  }

  /** A key that nobody declares, in an object of such: a document may show any key, but not all that is left of the call. */
  function isFreeKey(): boolean {
    const { at } = ahead
    if (inNeighbour || python || !mayHaveKey(key, ahead.depth)) return false
    const is = mark.endsInJson()
    if (!is) ahead.at = at
    return is
  }

  function endsAtKey(): boolean {
    const mustBeKnown = dirty || needsProof
    if ((keyQuote !== 0 && !mustBeKnown) || isKnownKey()) return true
    // A key without quotes is no JSON either: believed where its object has had one, or the schema knows it.
    return (!mustBeKnown && sawComma && (frame()?.bare === true || frame()?.call === true)) || isFreeKey()
  }

  function beginsValue(unit: number): boolean {
    return startsValue(unit) || isLiteral(word(0))
  }

  return decide
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
