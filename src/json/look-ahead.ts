import type { TagSet } from '../scan/tags.js'
import type { Writable } from '../writable.js'
import { isLiteral } from './atoms.js'
import {
  Char,
  isCloser,
  isDigit,
  isQuote,
  isSpace,
  isStringPrefix,
  isWord,
  markOf,
  opensString,
  quoteOf,
} from './characters.js'
import { closedBy, type Frame, neighbourOf } from './frame.js'
import type { PythonSyntax } from './python.js'

/**
 * Decides at a quote of the string's own kind whether the string closes there, from what follows:
 *
 *     {"city": "Paris", "days": 3}         {"text": "he said "hi" to her"}
 *                    ^^^^^^^^^  close                          ^^ inner
 *
 * A clean string closes wherever strict JSON would let it, so a well-formed value can never be changed. In a dirty one,
 * whose quotes are known to be broken, only the end of the block or a key that the schema declares and the object has not
 * had yet is proof. While a dirty string shows a call that it has opened and not closed, nothing but the end is: a
 * document that shows example calls must not run them.
 */
export interface LookAhead {
  /** `quote`: the string's own. */
  start(quote: number): void
  /** Takes the next unit. The verdict holds before it: the unit itself is read again. */
  step(unit: number, dirty: boolean, openExamples: number): 'wait' | 'close' | 'inner'
  /** Whether the closing mark of the block has been seen, so that the string ends even if the reply is cut. */
  sawClose(): boolean
  /** Whether the string that closes goes on in another one, as neighbours in Python do: `'a' 'b'`, `'a' + 'b'`. */
  readonly joins: boolean
}

/** What a look-ahead may ask about the call around the string. */
export interface LookAheadContext {
  tags: TagSet
  /** Whether the object inside this depth may have this key next: one of the call, or one that the schema declares. */
  isNextKey(key: string, depth?: number): boolean
  /** Whether what is read is a Python call. */
  python?: PythonSyntax | undefined
}

const maxSpace = 1024
const maxKey = 300

enum Phase {
  after,
  comma,
  quotedKey,
  emptyKey,
  bareKey,
  /** Behind a quote that a key has only at its end. */
  halfKey,
  colon,
  literal,
  slash,
  tag,
  afterTag,
  brace,
  exampleTag,
  /** A tag behind that, which may be a control token. */
  afterExample,
  closed,
  plus,
  callName,
  dots,
  /** Behind a quote that follows the call. */
  strayQuote,
}

export function createLookAhead(context: LookAheadContext, frames: readonly Frame[]): LookAhead {
  let phase = Phase.after
  let ownQuote = 0
  let spaces = 0
  /** Frames still open if the closers seen so far close theirs. */
  let depth = 0
  let closers = 0
  let sawComma = false
  /** Whether only a known key shows that the string closes: a semicolon stands where a comma should. */
  let needsProof = false
  /** Whether the key is one behind a brace, which may begin the object's neighbour: `"new": "b", {"old": …`. */
  let inNeighbour = false
  /** The units of a key or word, and how many there are. */
  const key: number[] = []
  let length = 0
  let keyQuote = 0
  let escaped = false
  let tag = ''
  let sawNewline = false
  const python = context.python !== undefined
  const look: Writable<LookAhead> = {
    joins: false,
    start,
    step,
    sawClose: () => phase === Phase.afterTag || phase === Phase.closed,
  }

  const frame = () => frames[depth - 1]

  function start(quote: number) {
    ownQuote = quote
    look.joins = false
    sawNewline = false
    phase = Phase.after
    spaces = 0
    depth = frames.length
    closers = 0
    sawComma = false
    needsProof = inNeighbour = false
  }

  function step(written: number, dirty: boolean, openExamples: number): 'wait' | 'close' | 'inner' {
    const unit = markOf(written)
    const guarded = dirty && openExamples > 0
    switch (phase) {
      case Phase.quotedKey:
        if (escaped) escaped = false
        else if (unit === Char.backslash) escaped = true
        else if (quoteOf(unit) === keyQuote) phase = length === 0 ? Phase.emptyKey : Phase.colon
        // `'days": 2`: another kind of quote behind a known key, in what is no JSON anyhow.
        else if (isQuote(unit) && keyQuote !== Char.doubleQuote && isKnownKey()) phase = Phase.colon
        else if (unit < Char.space) return 'inner'
        // `"days: 2`: the key lost its own quote.
        else if (unit === Char.colon && sawComma && isKnownKey()) return 'close'
        if (length >= maxKey) return dirty || needsProof ? 'inner' : closeOrJoin()
        if (phase === Phase.quotedKey) key[length++] = unit
        return 'wait'
      case Phase.emptyKey:
        // `""days"`: a quote too many.
        if (isWord(unit)) return startWord(unit, Phase.quotedKey)
        phase = Phase.colon
        break
      case Phase.bareKey:
        if ((isWord(unit) || unit === 45) && length < maxKey) {
          key[length++] = unit
          return 'wait'
        }
        phase = isQuote(unit) && sawComma && !python ? Phase.halfKey : Phase.colon
        if (phase === Phase.halfKey) return 'wait'
        break
      case Phase.literal:
        if (isWord(unit) && length < maxKey) {
          key[length++] = unit
          return 'wait'
        }
        if (python && (unit === Char.openParenthesis || startsString(unit))) return 'close'
        // `["a", limit=5`: the list was not closed before the next key.
        if (unit === (python ? Char.equals : Char.colon) && isKnownKey()) return 'close'
        return isLiteral(keyText()) ? 'close' : 'inner'
      case Phase.callName:
        if ((isWord(unit) || unit === 46) && length < maxKey) {
          key[length++] = unit
          return 'wait'
        }
        return unit === Char.openParenthesis ? 'close' : 'inner'
      case Phase.slash:
        return unit === Char.slash || unit === Char.star ? 'close' : 'inner'
      case Phase.tag:
        return stepTag(unit, dirty, guarded)
      case Phase.afterExample:
        return stepAfterExample(unit)
      case Phase.closed:
        return 'close'
      case Phase.afterTag:
        // `"</tool_call>"` with quotes or a separator right behind it is a tag that the string talks about.
        return isQuote(unit) || unit === Char.backslash || unit === Char.comma || unit === Char.backtick
          ? 'inner'
          : 'close'
    }
    if (isSpace(unit)) {
      sawNewline ||= unit === Char.newline
      return ++spaces > maxSpace ? (dirty ? 'inner' : 'close') : 'wait'
    }
    switch (phase) {
      case Phase.brace:
        return isQuote(unit) ? startKey(unit) : 'inner'
      case Phase.halfKey:
        return unit === Char.colon && isKnownKey() ? 'close' : 'inner'
      case Phase.colon:
        if (python) return stepPythonKey(unit, dirty)
        if (unit === Char.colon) return endsAtKey(dirty) ? 'close' : 'inner'
        // A key that is known, and its value: the colon was forgotten.
        return keyQuote !== 0 && sawComma && (startsValue(unit) || startsNumber(unit)) && isKnownKey()
          ? 'close'
          : 'inner'
      case Phase.plus:
        return isQuote(unit) ? closeOrJoin() : 'inner'
      case Phase.exampleTag:
        if (unit !== Char.less) return 'inner'
        tag = '<'
        phase = Phase.afterExample
        return 'wait'
      case Phase.dots:
        if (unit === Char.dot) return 'wait'
        return isCloser(unit) || unit === Char.comma ? 'close' : 'inner'
      case Phase.strayQuote:
        if (unit !== Char.less) return 'inner'
        tag = '<'
        phase = Phase.tag
        return 'wait'
      case Phase.comma:
        return guarded && unit !== Char.less ? 'inner' : stepComma(unit, dirty)
      default:
        return stepAfter(unit, dirty, guarded)
    }
  }

  function stepAfter(unit: number, dirty: boolean, guarded: boolean): 'wait' | 'close' | 'inner' {
    if (isCloser(unit)) return stepCloser(unit, dirty)
    if (unit === Char.less) {
      // Strict JSON is over, so whatever mark this is comes after the string.
      if (depth === 0 && !dirty) return 'close'
      tag = '<'
      phase = Phase.tag
      return 'wait'
    }
    if (guarded) return 'inner'
    const inObject = frame()?.object === true
    const isSemicolon = unit === Char.semicolon && !python && depth > 0 && (inObject || !dirty)
    if (unit === Char.comma || isSemicolon) {
      sawComma = true
      needsProof = isSemicolon
      phase = Phase.comma
      return 'wait'
    }
    if (depth === 0) {
      // In a list of calls in quotes, `['f(a="b")', …]`, that quote is the call's.
      if (isQuote(unit)) {
        if (dirty || (python && unit !== ownQuote)) return dirty ? 'inner' : 'close'
        phase = Phase.strayQuote
        return 'wait'
      }
      if (python && dirty && sawNewline && isWord(unit)) return startCallName(unit)
      const next = unit === Char.openBrace || unit === Char.semicolon || unit === Char.backtick
      return next || !dirty ? 'close' : 'inner'
    }
    // Right behind the quote an object is an example: `'{"name": …`.
    if (inObject && unit === Char.openBrace && (closers > 0 || sawNewline)) return startBrace(dirty)
    if (closers > 0 && !dirty && inObject && opensString(unit)) {
      // A known key behind an object or array, and the comma between them was forgotten.
      needsProof = true
      return startKey(unit)
    }
    // `["x"] * 3`
    if (closers > 0) return unit === Char.star && !dirty ? 'close' : 'inner'
    if (unit === Char.slash && !dirty) {
      phase = Phase.slash
      return 'wait'
    }
    if (python && !dirty) {
      const object = frame()?.object === true && frame()?.call === false
      if (isQuote(unit) && spaces > 0 && !object) return closeOrJoin()
      if (unit === Char.plus) {
        phase = Phase.plus
        return 'wait'
      }
    }
    if (inObject) return startKey(unit)
    // Two items, and the comma between them was forgotten.
    return !dirty && spaces > 0 && quoteOf(unit) === ownQuote ? 'close' : 'inner'
  }

  /** The string closes, and is joined with the one that follows if nothing stands between them. */
  function closeOrJoin(): 'close' {
    look.joins = python && !sawComma
    return 'close'
  }

  function startCallName(unit: number): 'wait' {
    return startWord(unit, Phase.callName)
  }

  function startWord(unit: number, next: Phase): 'wait' {
    key[0] = unit
    length = 1
    phase = next
    return 'wait'
  }

  function keyText(): string {
    return String.fromCharCode(...key.slice(0, length))
  }

  function startsString(unit: number): boolean {
    return isQuote(unit) && isStringPrefix(keyText())
  }

  /** Behind what may be a key of a Python dict or the name of an argument. */
  function stepPythonKey(unit: number, dirty: boolean): 'close' | 'inner' {
    const inCall = frame()?.call === true
    if (unit === Char.colon || (inCall && unit === Char.equals)) return endsAtKey(dirty) ? 'close' : 'inner'
    if (dirty) return 'inner'
    if (keyQuote !== 0) return sawComma ? 'inner' : closeOrJoin()
    if (startsString(unit)) return closeOrJoin()
    // An argument without a name, or a name in its place: `f('Oslo', units)`.
    const isValue =
      isLiteral(keyText()) || unit === Char.openParenthesis || unit === Char.comma || isCloser(unit)
    return inCall && sawComma && isValue ? 'close' : 'inner'
  }

  function stepCloser(unit: number, dirty: boolean): 'wait' | 'inner' {
    const at = closedBy(frames, depth, unit)
    // One too many closes nothing.
    if (at < 0 && depth > 0 && dirty) return 'inner'
    if (at >= 0) depth = at
    closers++
    phase = Phase.after
    return 'wait'
  }

  function stepComma(unit: number, dirty: boolean): 'wait' | 'close' | 'inner' {
    // One too many.
    if (unit === Char.comma && depth > 0) return 'wait'
    if (unit === Char.less) {
      tag = '<'
      phase = Phase.tag
      return 'wait'
    }
    if (depth === 0) {
      if (python && dirty && isWord(unit)) return startCallName(unit)
      return unit === Char.openBrace || !dirty ? 'close' : 'inner'
    }
    if (isCloser(unit)) return stepCloser(unit, dirty)
    if (unit === Char.slash && !dirty) {
      phase = Phase.slash
      return 'wait'
    }
    if (unit === Char.hash && !dirty) return 'close'
    if ((unit === Char.dot || unit === Char.ellipsis) && !dirty) {
      phase = Phase.dots
      return 'wait'
    }
    const open = frame()
    // An argument without a name cannot come behind one with a name.
    const isValue = open?.object === false || (open?.call === true && !open.bare)
    if (!isValue && unit === Char.openBrace) return startBrace(dirty)
    if (!isValue) return startKey(unit)
    if (startsValue(unit)) return 'close'
    if (startsNumber(unit)) return 'close'
    if (python && unit === Char.openParenthesis) return 'close'
    if (open?.call) return startKey(unit)
    return isWord(unit) ? startWord(unit, Phase.literal) : 'inner'
  }

  function startBrace(dirty: boolean): 'wait' | 'inner' {
    if (dirty) return 'inner'
    needsProof = inNeighbour = true
    phase = Phase.brace
    return 'wait'
  }

  function startKey(unit: number): 'wait' | 'inner' {
    if (opensString(unit)) {
      // The names of arguments have no quotes.
      if (frame()?.call) return 'inner'
      length = 0
      keyQuote = quoteOf(unit)
      escaped = false
      phase = Phase.quotedKey
      return 'wait'
    }
    keyQuote = 0
    return isWord(unit) ? startWord(unit, Phase.bareKey) : 'inner'
  }

  /** A key of the call, or one that the schema declares and the object has not had; behind a brace, one that it has had. */
  function isKnownKey(): boolean {
    const name = keyText()
    if (inNeighbour) return neighbourOf(frames, depth, name) >= 0
    return context.isNextKey(name, depth)
  }

  function endsAtKey(dirty: boolean): boolean {
    if (!dirty && !needsProof && keyQuote !== 0) return true
    const proof = isKnownKey()
    if (dirty || needsProof || (keyQuote === 0 && !sawComma)) return proof
    // A key without quotes is no JSON either: believed where its object has had one, or the schema knows it.
    return proof || frame()?.bare === true || frame()?.call === true
  }

  /** Behind a closing mark that may be an example's only a control token shows that it was none. */
  function stepAfterExample(unit: number): 'wait' | 'inner' {
    tag += String.fromCharCode(unit)
    const match = context.tags.match(tag)
    if (match === 'partial') return 'wait'
    if (match !== 'turn-end' && match !== 'turn-start') return 'inner'
    phase = Phase.closed
    return 'wait'
  }

  function stepTag(unit: number, dirty: boolean, guarded: boolean): 'wait' | 'close' | 'inner' {
    tag += String.fromCharCode(unit)
    const match = context.tags.match(tag)
    switch (match) {
      case 'partial':
        return 'wait'
      case 'none':
      case 'neutral':
        return depth === 0 && !dirty ? 'close' : 'inner'
      case 'close':
        phase = guarded ? Phase.exampleTag : Phase.afterTag
        if (closers === 0 || guarded) return 'wait'
        break
      case 'open':
        // In a string with broken quotes an opening mark begins an example, whatever brackets stand before it.
        phase = Phase.exampleTag
        if (closers === 0 || dirty) return 'wait'
        break
    }
    // Known with this unit; said at the next one, since a verdict holds before its unit.
    phase = Phase.closed
    return 'wait'
  }

  return look
}

function startsNumber(unit: number): boolean {
  return unit === Char.minus || isDigit(unit)
}

function startsValue(unit: number): boolean {
  return opensString(unit) || unit === Char.backtick || unit === Char.openBrace || unit === Char.openBracket
}
