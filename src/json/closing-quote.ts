import type { Ahead } from './ahead.js'
import { Char, endsMember, isCloser, isQuote, isWord, opensString, quoteOf } from './characters.js'
import { type ClosingVerdict, createClosingKey, startsValue } from './closing-key.js'
import { closeIf, createClosingMark } from './closing-mark.js'
import { isInCode, type OpenString, type StringSurroundings, showsOpen } from './open-string.js'

/**
 * Decides at a quote of the string's own kind whether the string closes there, from what follows:
 *
 *     {"city": "Paris", "days": 3}         {"text": "he said "hi" to her"}
 *                    ^^^^^^^^^  close                          ^^ inner
 *
 * A clean string closes wherever strict JSON would let it, so a well-formed value can never be changed. In a dirty one,
 * whose quotes are known to be broken, only the end of the block (`closing-mark.ts`) or a key that the schema declares and
 * the object has not had yet (`closing-key.ts`) is proof: a document may show anything that looks like another key. While a
 * dirty string shows a call that it has opened and not closed, nothing but the end is: a document that shows example calls
 * must not run them.
 */
export function createClosingQuote(
  surroundings: StringSurroundings,
  string: OpenString,
  ahead: Ahead,
): (text: string, behind: number) => ClosingVerdict {
  const { python, reader } = surroundings
  const { next, pass, peek, word, frame } = ahead
  const mark = createClosingMark(surroundings, string, ahead)
  const { askKey, askWord, isBareKey, hasClosed } = createClosingKey(surroundings, string, ahead, mark)
  /** Only a known key shows that the string closes. */
  let needsProof = false

  function decide(text: string, from: number): ClosingVerdict {
    // In a string with broken quotes only the model's own stop makes its last quote the closing one.
    ahead.start(text, from, string.dirty ? 'stopped' : 'cut')
    needsProof = false
    const verdict = ask()
    if (ahead.lacks === 'nothing') return verdict
    if (ahead.lacks === 'room') return closeIf(!string.dirty && !needsProof)
    if (reader.ended === 'no') return 'wait'
    if (ahead.atEnd === 'no') return 'inner'
    return ahead.atEnd === 'cut' || reader.ended === 'stopped' ? 'close' : 'wait'
  }

  function ask(): ClosingVerdict {
    const { dirty } = string
    const guarded = dirty && showsOpen(string, python !== undefined)
    let isSurplus = false
    for (;;) {
      let unit = next()
      if (isCloser(unit)) {
        isSurplus = !ahead.close(unit) || isSurplus
        continue
      }
      const { depth } = ahead
      if (isSurplus && dirty) {
        // One too many closes nothing, unless the others close all of the call and the reply ends.
        if (depth > 0) ahead.atEnd = 'no'
        return 'inner'
      }
      if (unit === Char.less) {
        // Strict JSON is over, so whatever mark this is comes after the string.
        if (depth === 0 && !dirty) return 'close'
        if (!isInCode(string) || guarded) return mark.ask(guarded)
        return depth === 0 ? mark.askTail() : 'inner'
      }
      if (guarded) return 'inner'
      // In code that the string shows it ends a statement.
      const isSound = !dirty && (!python || string.openBraces === 0)
      const isSemicolon =
        unit === Char.semicolon && depth > 0 && (isSound || (!python && frame()?.object === true))
      if (unit !== Char.comma && !isSemicolon) {
        if (isInCode(string)) return 'inner'
        return depth === 0 ? askOutside(unit) : askInside(unit)
      }
      ahead.sawComma = true
      needsProof = isSemicolon && !hasClosed()
      do unit = pass()
      while (unit === Char.comma && depth > 0)
      if (depth === 0 || !isCloser(unit)) return askBehindComma(unit)
    }
  }

  /** Behind all brackets of the call. */
  function askOutside(unit: number): ClosingVerdict {
    const { dirty } = string
    if (isQuote(unit)) {
      if (dirty || (python && unit !== string.quote)) return closeIf(!dirty)
      // In a list of calls in quotes, `['f(a="b")', …]`, that quote is the call's.
      const after = pass()
      if (after === Char.less) return mark.ask(false)
      const mayBeCall = python !== undefined && string.openBraces === 0
      return closeIf(mayBeCall && (isCloser(after) || (after === Char.comma && isQuote(pass()))))
    }
    if (python && dirty && isWord(unit) && sawNewline()) return askCallName()
    const isSound = !dirty || unit === Char.openBrace || unit === Char.semicolon || unit === Char.backtick
    return isSound ? 'close' : mark.askTail()
  }

  /** In a bracket of the call, at no comma. */
  function askInside(unit: number): ClosingVerdict {
    const { object, call } = frame() ?? {}
    if (string.dirty) return object && ahead.closers === 0 ? askKey(unit, needsProof) : 'inner'
    if (unit === Char.hash || unit === Char.slash) return askComment()
    if (ahead.closers > 0) return askBehindClosers(unit)
    const isBehindSpace = ahead.at > ahead.from
    if (python) {
      if (isQuote(unit) && isBehindSpace && (!object || call)) return 'join'
      if (unit === Char.plus) return isQuote(pass()) ? 'join' : 'inner'
    }
    // Two items, and the comma between them was forgotten.
    if (!object) return closeIf(isBehindSpace && quoteOf(unit) === string.quote)
    // Right behind the quote an object is an example: `'{"name": …`.
    if (unit === Char.openBrace && sawNewline()) return askNeighbour()
    const isPython = string.quote === Char.singleQuote || unit === Char.singleQuote
    const mayJoin = !python && isPython && isQuote(unit) && sawNewline()
    return askKey(unit, needsProof, mayJoin ? 'line' : undefined)
  }

  /** Sound quotes, and some brackets have closed. */
  function askBehindClosers(unit: number): ClosingVerdict {
    const { object, call } = frame() ?? {}
    if (unit === Char.openBrace) return askNeighbour()
    if ((object && opensString(unit)) || (call && isWord(unit))) {
      // A known key behind an object or array, and the comma between them was forgotten.
      needsProof = true
      return askKey(unit, needsProof)
    }
    if (object && isBareKey()) return 'close'
    // `["x"] * 3`, or the end of the fence around the call.
    return unit === Char.star || (unit === Char.backtick && sawNewline()) ? 'close' : mark.askWords()
  }

  function askBehindComma(unit: number): ClosingVerdict {
    const { dirty } = string
    if (unit === Char.less) return mark.ask(false)
    if (ahead.depth === 0) {
      return python && dirty && isWord(unit) ? askCallName() : closeIf(!dirty || unit === Char.openBrace)
    }
    if (unit === Char.hash || unit === Char.slash) return askComment()
    if (!dirty && (unit === Char.dot || unit === Char.ellipsis)) {
      let after = unit
      do after = pass()
      while (after === Char.dot)
      return closeIf(endsMember(after))
    }
    const { object, call, bare } = frame() ?? {}
    // An argument without a name cannot come behind one with a name.
    const isNamed = object && (!call || bare)
    if (isNamed && (!hasClosed() || opensString(unit) || !startsValue(unit))) {
      return unit === Char.openBrace ? askNeighbour() : askKey(unit, needsProof)
    }
    if (isInCode(string)) return unit === Char.openBrace && ahead.closers > 0 ? askNeighbour() : 'inner'
    if (startsValue(unit) || (python && unit === Char.openParenthesis)) return 'close'
    return call ? askKey(unit, needsProof) : askWord()
  }

  const sawNewline = () => ahead.text.slice(ahead.from, ahead.at).includes('\n')

  /**
   * `"tea"  # green`, `"tea" // "green"`, `"tea" /* green *\/`: no quote is alone in the line, and what follows it may follow the
   * string.
   */
  function askComment(): ClosingVerdict {
    const { dirty } = string
    ahead.atEnd = 'no'
    const start = ahead.at
    let unit = peek()
    if (unit === Char.hash && ahead.at === ahead.from) return 'inner'
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
    unit = pass()
    const mayEnd = endsMember(unit)
    // In code a quote in the comment may be the string's own, and what closes behind a semicolon is the code's.
    if (dirty && (parts.length > 0 || (needsProof && isCloser(unit)))) return 'inner'
    const mayBeText = parts.length > 0 && !isBlock && !ahead.sawComma
    if (mayBeText && (parts.length % 2 > 0 || !mayEnd)) return 'inner'
    needsProof ||= !ahead.sawComma
    if (mayEnd) ahead.atEnd = 'cut'
    return ahead.sawComma && !isCloser(unit) ? askBehindComma(unit) : ask()
  }

  function askCallName(): ClosingVerdict {
    word(Char.dot)
    return peek() === Char.openParenthesis ? 'close' : mark.askTail()
  }

  /** At the brace of an object where a key or an item should be. */
  function askNeighbour(): ClosingVerdict {
    // Only items of a list are alike enough.
    if (string.dirty && frame()?.object !== false) return 'inner'
    needsProof = true
    const unit = pass()
    return isQuote(unit) ? askKey(unit, true, 'neighbour') : 'inner'
  }

  return decide
}
