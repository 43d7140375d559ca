import { type Ahead, maxKey } from './ahead.js'
import { isLiteral } from './atoms.js'
import {
  Char,
  endsMember,
  isDigit,
  isQuote,
  isStringPrefix,
  isWord,
  opensString,
  quoteOf,
  smartQuote,
} from './characters.js'
import { type ClosingMark, closeIf } from './closing-mark.js'
import { endsInName } from './frame.js'
import { hasKey } from './keys.js'
import { isInCode, type OpenString, type StringSurroundings } from './open-string.js'

/** `join`: the string closes and goes on in another one, as neighbours in Python do: `'a' 'b'`, `'a' + 'b'`. */
export type ClosingVerdict = 'wait' | 'close' | 'join' | 'inner'

/** What stands behind a quote and may be a key: whether the string closes before it. */
export interface ClosingKey {
  /**
   * @param proof only a known key shows that the string closes: a semicolon stands where a comma should, or nothing does
   * @param as what else it may be: the first key of the object's neighbour, `"new": "b", {"old": …`, or a string on the next line
   * that is more of this one
   */
  askKey(unit: number, proof: boolean, as?: 'neighbour' | 'line'): ClosingVerdict
  /** A word in a list: a value, or the key behind a list that was not closed: `["a", limit=5`. */
  askWord(): ClosingVerdict
  /** `["a"] limit: 5`: whether a known key without quotes is there. */
  isBareKey(): boolean
  /** Whether brackets of the call have closed behind sound quotes: what comes next is outside, even if it can be no key there. */
  hasClosed(): boolean
}

/**
 * Tells from the key that stands behind a quote whether the string closes there. What is believed of a string with sound
 * quotes needs proof in one with broken quotes: a key that the schema declares and its object has not had.
 *
 *     "city": "Paris", "days": 2         "text": "say "hi", "or": so"
 *                      ^^^^^^^ close                        ^^^^^ inner
 */
export function createClosingKey(
  { frames, isCall, isNextKey, mayHaveKey, python }: StringSurroundings,
  string: OpenString,
  ahead: Ahead,
  mark: ClosingMark,
): ClosingKey {
  const { next, pass, peek, word, frame } = ahead
  let key = ''
  let keyQuote = 0
  let dirty = false
  let needsProof = false
  let inNeighbour = false
  let mayJoin = false

  /** The string closes, and is joined with the one that follows if nothing stands between them. */
  function close(): ClosingVerdict {
    return python !== undefined && !ahead.sawComma ? 'join' : 'close'
  }

  function hasClosed(): boolean {
    return !string.dirty && string.openBraces === 0 && ahead.depth < frames.length
  }

  function isBareKey(): boolean {
    const { text, at } = ahead
    inNeighbour = false
    key = /^([\w-]+)\s*:/.exec(text.slice(at, at + maxKey))?.[1] ?? ''
    return key !== '' && isKnownKey()
  }

  function askWord(): ClosingVerdict {
    inNeighbour = false
    key = word(0)
    const unit = peek()
    if (python && (unit === Char.openParenthesis || startsString(unit))) return 'close'
    return closeIf((unit === (python ? Char.equals : Char.colon) && isKnownKey()) || isLiteral(key))
  }

  function startsString(unit: number): boolean {
    return isQuote(unit) && isStringPrefix(key)
  }

  const askKey: ClosingKey['askKey'] = (unit, proof, as) => {
    dirty = string.dirty
    needsProof = proof
    inNeighbour = as === 'neighbour'
    mayJoin = as === 'line'
    if (opensString(unit)) {
      // The names of arguments seldom have quotes, and never without a comma.
      if (frame()?.call && !ahead.sawComma) return 'inner'
      keyQuote = quoteOf(unit)
      return askQuotedKey()
    }
    keyQuote = 0
    if (!isWord(unit) || isInCode(string)) return 'inner'
    // `"print("title: …")"`: behind the quote itself, or behind one too many, words are the string's own.
    if (!ahead.sawComma && (dirty || ahead.at === ahead.from)) return 'inner'
    key = word(Char.minus)
    const after = peek()
    // A word that may have become a key, had the reply not ended in it.
    if (!ahead.sawComma) ahead.atEnd = 'no'
    if (python && startsString(after)) return dirty ? 'inner' : close()
    // A key that has a quote only at its end.
    if (isQuote(after) && ahead.sawComma && !python) return closeIf(pass() === Char.colon && isFittingKey())
    return askColon()
  }

  function askQuotedKey(): ClosingVerdict {
    const isUnsure = dirty || needsProof
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
    const isNoKey = endsMember(first) || first === Char.less || isQuote(first)
    if (isNoKey && (isUnsure || !ahead.sawComma)) return 'inner'
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
      if (unit === Char.colon && ahead.sawComma && isKnownKey()) return 'close'
      if (!(unit >= Char.space)) return 'inner'
      if (ahead.at - start > maxKey) return isUnsure ? 'inner' : close()
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
    const isValue = ahead.sawComma && (keyQuote !== 0 || isLiteral(key))
    if (isValue && hasClosed() && endsMember(unit)) return 'close'
    if (python) return askPythonColon(unit)
    if (unit === Char.colon) return closeIf(endsAtKey())
    if (unit === Char.equals) return closeIf(!dirty && isFittingKey())
    // A key that is known, and its value: the colon was forgotten.
    if (keyQuote === 0 || !ahead.sawComma) return 'inner'
    return closeIf((startsValue(unit) || isLiteral(word(0))) && isFittingKey())
  }

  /** Behind what may be a key of a Python dict or the name of an argument. */
  function askPythonColon(unit: number): ClosingVerdict {
    const inCall = frame()?.call === true
    if (inCall && keyQuote !== 0) {
      return closeIf((unit === Char.equals || unit === Char.colon) && isKnownKey())
    }
    if (unit === Char.colon || (unit === Char.equals && (inCall || !dirty))) return closeIf(endsAtKey())
    if (dirty) return 'inner'
    if (keyQuote !== 0) return ahead.sawComma ? 'inner' : 'join'
    // An argument without a name, or a name in its place: `f('Oslo', units)`.
    const isValue = isLiteral(key) || unit === Char.openParenthesis || endsMember(unit)
    return closeIf(inCall && ahead.sawComma && isValue)
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

  function isFittingKey(): boolean {
    return isKnownKey() || isFreeKey()
  }

  function endsAtKey(): boolean {
    const mustBeKnown = dirty || needsProof
    if (keyQuote !== 0 && !mustBeKnown) return true
    // A key without quotes is no JSON either: believed behind a call's name, where its object has had one, or the schema knows it.
    const isAlike =
      ahead.sawComma && (frame()?.bare === true || frame()?.call === true || endsInName(frames, isCall))
    return isKnownKey() || (!mustBeKnown && isAlike) || isFreeKey()
  }

  return { askKey, askWord, isBareKey, hasClosed }
}

export function startsValue(unit: number): boolean {
  return (
    opensString(unit) ||
    isDigit(unit) ||
    unit === Char.minus ||
    unit === Char.backtick ||
    unit === Char.openBrace ||
    unit === Char.openBracket
  )
}
