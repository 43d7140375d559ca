import type { ChangeKind } from '../events.js'
import type { TagSet } from '../scan/tags.js'
import { readAtom } from './atoms.js'
import { Char, escapeControl, isSpace, isWord, special } from './characters.js'
import { createLookAhead, type LookAhead } from './look-ahead.js'
import { createStringHold, type StringHold } from './string-hold.js'
import { decodeString, Token, type TokenSink } from './tokens.js'

/**
 * Reads one JSON value as it streams, strict and repairing in one: while the text is valid JSON it passes through to the
 * byte, and every character that JSON does not allow has a way on. What may be one thing or another waits in one of five
 * places, each with its own exit in `end`:
 *
 * - `look`: a quote, for what follows it (does the string close here?)
 * - `hold`: closers, a line break or `<` inside a string, for a close tag (was the quote lost?)
 * - `comma`: a comma, for what follows it (dropped before a closer)
 * - `word`: a number, literal or key without quotes, for its end
 * - `tag`: a `<` outside strings, for the rest of a tag
 */
export interface JsonReader {
  /** Reads `text` from `from` on and returns where it stopped: at the end of the text unless `outcome` is settled. */
  push(text: string, from: number, base: number): number
  /** No more input. `stopped`: the model ended by itself, so brackets that are missing were forgotten. */
  end(stopped: boolean): void
  readonly outcome: Outcome
  /** What was held when the value ended and belongs to whoever reads on. It goes before the rest of the text. */
  readonly rest: string
  /** Where in the reply the token being told was settled. */
  readonly offset: number
  /** Whether the next characters are inside a string value, with nothing held: plain ones pass as they are. */
  readonly inString: boolean
}

/**
 * - `reading`: the value goes on
 * - `closed`: its last bracket closed
 * - `tagged`: the close tag came and missing brackets were added; the tag is used up
 * - `unclosed`: the input ended with nothing but brackets missing, and they were added
 * - `stopped`: another mark came where none can be; it is in `rest`
 * - `cut`: the input ended first
 * - `too-deep`: nested beyond the limit
 */
export type Outcome = 'reading' | 'closed' | 'tagged' | 'unclosed' | 'stopped' | 'cut' | 'too-deep'

export interface ReaderOptions {
  sink: TokenSink
  tags: TagSet
  change(kind: ChangeKind, offset: number, text?: string): void
  /** Keys that the tool's schema declares; asked only for strings whose quotes are broken. */
  isDeclared(key: string): boolean
  /** How deep the object lies whose keys are a call's own: 1, or 2 inside an envelope, 0 for none. */
  envelopeDepth(): number
  isEnvelopeKey(key: string): boolean
  maxDepth: number
}

/** One open bracket: which, and for an object the declared keys it has had. */
export interface Frame {
  object: boolean
  /** Whether a key of it came without quotes. */
  bare: boolean
  seen: Set<string> | undefined
}

const State = {
  value: 0,
  key: 1,
  colon: 2,
  after: 3,
  string: 4,
  escape: 5,
  unicode: 6,
  look: 7,
  hold: 8,
  word: 9,
  bareKey: 10,
  tag: 11,
  slash: 12,
  lineComment: 13,
  blockComment: 14,
  done: 15,
} as const
type State = (typeof State)[keyof typeof State]

export function createReader(options: ReaderOptions): JsonReader {
  const { sink, tags, change, maxDepth } = options
  const frames: Frame[] = []
  let state: State = State.value
  let outcome: Outcome = 'reading'
  let rest = ''

  /** The string being read. */
  let quote: number = Char.doubleQuote
  let isKey = false
  /** Something in it was impossible in strict JSON, so its later quotes need proof that they close it. */
  let dirty = false
  /** Example calls that it shows and has not closed again. */
  let openExamples = 0
  let key = ''
  let hex = ''

  /** A comma and the white space after it: left out if a bracket closes next, sent otherwise. */
  let comma = ''
  let commaAt = 0
  /** `Tru`, `12.`, `New Yo`: sent once the whole is known. */
  let word = ''
  let wordAt = 0
  /** `</tool_`: a mark, or a character that does not belong here. */
  let tag = ''
  /** Where a tag or comment began, to go back to. */
  let back: State = State.value
  let blockStar = false
  /** After a colon a closer means that the value is missing. */
  let afterColon = false

  const look: LookAhead = createLookAhead(options, frames)
  const hold: StringHold = createStringHold(tags)
  /** What `look` or `hold` has kept of earlier chunks. */
  let carry = ''
  /** How much of the reply has been seen. */
  let position = 0
  let offset = 0

  const top = () => frames[frames.length - 1]

  function finish(how: Outcome, left = '') {
    outcome = how
    rest = left
    state = State.done
  }

  function space(text: string) {
    sink.token(Token.space, /[^ \n\t\r]/.test(text) ? text.replace(/[^ \n\t\r]/g, ' ') : text)
  }

  function sendComma() {
    if (comma === '') return
    sink.token(Token.comma, ',')
    if (comma.length > 1) space(comma.slice(1))
    comma = ''
  }

  function dropComma() {
    if (comma === '') return
    change('extra-comma', commaAt)
    if (comma.length > 1) space(comma.slice(1))
    comma = ''
  }

  function afterValue() {
    state = frames.length === 0 ? State.done : State.after
    if (frames.length === 0) finish('closed')
  }

  function open(char: string, at: number) {
    if (frames.length >= maxDepth) return finish('too-deep', char)
    beforeValue(at)
    sink.token(Token.open, char)
    frames.push({ object: char === '{', bare: false, seen: undefined })
    afterColon = false
    state = char === '{' ? State.key : State.value
  }

  /** A value starts: what is missing before it is added. */
  function beforeValue(at: number) {
    sendComma()
    if (state === State.after) {
      change('missing-comma', at)
      sink.token(Token.comma, ',')
    } else if (state === State.colon) {
      change('missing-colon', at)
      sink.token(Token.colon, ':')
    }
  }

  function missingValue(at: number) {
    if (state === State.colon) sink.token(Token.colon, ':')
    if (state !== State.colon && !afterColon) return
    change('missing-value', at)
    sink.token(Token.atom, 'null')
    afterColon = false
  }

  /** `}` or `]`: closes the innermost bracket of its kind and whatever is open inside it. */
  function close(object: boolean, at: number) {
    let depth = frames.length - 1
    while (depth >= 0 && frames[depth]?.object !== object) depth--
    if (depth < 0) {
      change('extra-bracket', at, object ? '}' : ']')
      return
    }
    missingValue(at)
    dropComma()
    if (depth < frames.length - 1) closeDownTo(depth + 1, at)
    frames.pop()
    sink.token(Token.close, object ? '}' : ']')
    afterColon = false
    afterValue()
  }

  function closeDownTo(depth: number, at: number) {
    missingValue(at)
    dropComma()
    while (frames.length > depth) {
      change('missing-bracket', at)
      sink.token(Token.close, frames.pop()?.object ? '}' : ']')
    }
  }

  function startString(unit: number, at: number, asKey: boolean) {
    beforeValue(at)
    quote = unit
    isKey = asKey
    dirty = false
    openExamples = 0
    afterColon = false
    if (unit === Char.singleQuote) change('single-quotes', at)
    if (asKey) key = ''
    else sink.token(Token.stringStart, '"')
    state = State.string
  }

  function inside(text: string) {
    if (text === '') return
    if (isKey) key += text
    else sink.token(Token.string, text)
  }

  function endString() {
    if (isKey) return endKey(`"${key}"`)
    sink.token(Token.stringEnd, '"')
    afterValue()
  }

  function endKey(json: string) {
    const frame = top()
    const name = decodeString(json.slice(1, -1))
    if (frame !== undefined && options.isDeclared(name)) {
      frame.seen ??= new Set()
      frame.seen.add(name)
    }
    sink.token(Token.key, json)
    state = State.colon
  }

  function endBareKey(next: number): number {
    change('bare-key', wordAt)
    const frame = top()
    if (frame !== undefined) frame.bare = true
    const name = word
    word = ''
    endKey(JSON.stringify(name))
    return next
  }

  function endWord() {
    const text = word
    word = ''
    const atom = readAtom(text)
    if (atom === undefined) {
      change('bare-word', wordAt)
      sink.token(Token.stringStart, '"')
      inside(JSON.stringify(text.trimEnd()).slice(1, -1))
      sink.token(Token.stringEnd, '"')
    } else {
      if (atom.change !== undefined) change(atom.change, wordAt)
      sink.token(Token.atom, atom.text)
    }
    afterValue()
  }

  function control(unit: number, at: number) {
    change(
      unit === Char.newline || unit === Char.return
        ? 'raw-newline'
        : unit === Char.tab
          ? 'raw-tab'
          : 'raw-control',
      at,
    )
    inside(escapeControl(unit))
  }

  /** Held text that turned out to be text of the string. There are no quotes and no backslashes in it. */
  function heldInside(text: string, at: number) {
    let from = 0
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      if (unit >= Char.space) continue
      inside(text.slice(from, i))
      control(unit, at + i)
      from = i + 1
    }
    inside(text.slice(from))
  }

  /** Reads text whose place in the reply is known; used for chunks and for what a hold gives back. */
  function run(text: string, from: number, base: number): number {
    let i = from
    const n = text.length
    while (i < n && outcome === 'reading') {
      switch (state) {
        case State.string:
          i = readString(text, i, base)
          break
        case State.look:
        case State.hold:
          i = readHeld(text, i, i, base)
          break
        default:
          offset = base + i
          i = step(text, i, base)
      }
    }
    return i
  }

  function readString(text: string, from: number, base: number): number {
    const n = text.length
    let start = from
    let i = from
    for (;;) {
      while (i < n && special[text.charCodeAt(i)] === 0) i++
      if (i === n) {
        inside(text.slice(start, i))
        return i
      }
      const unit = text.charCodeAt(i)
      if (unit === Char.backslash) {
        const skip = wholeEscape(text, i)
        if (skip > 0) {
          i += skip
          continue
        }
        inside(text.slice(start, i))
        state = State.escape
        return i + 1
      }
      if (unit === Char.doubleQuote || unit === Char.singleQuote) {
        if (unit === quote) {
          inside(text.slice(start, i))
          if (isKey) {
            offset = base + i
            endString()
            return i + 1
          }
          state = State.look
          look.start()
          return readHeld(text, i + 1, i, base)
        }
        if (unit === Char.doubleQuote) {
          inside(text.slice(start, i))
          inside('\\"')
          start = i + 1
        }
        i++
        continue
      }
      if (unit < Char.space && (isKey || (unit !== Char.newline && unit !== Char.return))) {
        inside(text.slice(start, i))
        control(unit, base + i)
        start = ++i
        continue
      }
      if (isKey && unit !== Char.less) {
        i++
        continue
      }
      // `}`, `]`, a line break or `<`: string text, unless a close tag follows and the quote was lost.
      inside(text.slice(start, i))
      state = State.hold
      hold.start(frames, openExamples)
      return readHeld(text, i, i, base)
    }
  }

  /** How many units of a valid escape stand here whole, so that it can pass with the text around it. */
  function wholeEscape(text: string, at: number): number {
    const next = text.charCodeAt(at + 1)
    if (next === 117) return /^[\da-fA-F]{4}$/.test(text.slice(at + 2, at + 6)) ? 6 : 0
    return '"\\/bfnrt'.includes(text.charAt(at + 1)) && at + 1 < text.length ? 2 : 0
  }

  /**
   * Feeds `look` or `hold` until it knows, then goes on with what was held, which begins at `first` in this text or is in
   * `carry`. Nothing is copied within one chunk.
   */
  function readHeld(text: string, from: number, first: number, base: number): number {
    const n = text.length
    let i = from
    for (; i < n; i++) {
      const unit = text.charCodeAt(i)
      const verdict = state === State.look ? look.step(unit, dirty, openExamples) : hold.step(unit)
      if (verdict !== 'wait') return settle(verdict, text, first, i, base)
    }
    carry += text.slice(first)
    return n
  }

  type Verdict = Exclude<ReturnType<LookAhead['step']> | ReturnType<StringHold['step']>, 'wait'>

  /** The verdict is known before the unit at `i`. Returns where to read on in `text`. */
  function settle(verdict: Verdict, text: string, first: number, i: number, base: number): number {
    const kept = carry
    carry = ''
    const at = base + first - kept.length
    offset = at
    switch (verdict) {
      case 'close':
        endString()
        return replay(kept, first, base)
      case 'inner':
        change('inner-quotes', at)
        dirty = true
        inside(quote === Char.doubleQuote ? '\\"' : "'")
        state = State.string
        return replay(kept, first, base)
      case 'text': {
        // Everything up to here is text of the string; the unit that settled it is read again.
        const held = kept + text.slice(first, i)
        openExamples = hold.openExamples
        heldInside(held.slice(0, hold.textLength), at)
        state = State.string
        const left = held.length - hold.textLength
        return left === 0 ? i : giveBack(held.slice(hold.textLength), base + i - left, i)
      }
      case 'restore':
        change('restored-token', at)
        heldInside((kept + text.slice(first, i)).replace('\u2060', ''), at)
        state = State.string
        return i
      case 'lost-quote': {
        const held = kept + text.slice(first, i)
        change('missing-quote', at)
        endLostString(held, at)
        finish('tagged', held.slice(hold.tagEnd))
        return i
      }
      case 'stop':
        finish('stopped', kept + text.slice(first, i))
        return i
    }
  }

  /** The string's quote was lost: it ends here, and the closers before the tag are its brackets. */
  function endLostString(held: string, at: number) {
    sink.token(Token.stringEnd, '"')
    afterValue()
    run(held.slice(0, hold.tagStart), 0, at)
    if (outcome === 'reading') closeDownTo(0, at + hold.tagStart)
  }

  /** The held quote is settled; what came after it is read again. */
  function replay(kept: string, first: number, base: number): number {
    return kept === '' ? first + 1 : giveBack(kept.slice(1), base - kept.length + 1, first)
  }

  function giveBack(held: string, at: number, next: number): number {
    const used = run(held, 0, at)
    if (outcome !== 'reading') rest += held.slice(used)
    return next
  }

  function step(text: string, i: number, base: number): number {
    const unit = text.charCodeAt(i)
    const at = base + i
    switch (state) {
      case State.escape:
        return readEscape(text, i, base)
      case State.unicode: {
        const char = text.charAt(i)
        if (!/[\da-fA-F]/.test(char)) {
          change('invalid-escape', at - hex.length - 2)
          inside(`\\\\u${hex}`)
          state = State.string
          return i
        }
        hex += char
        if (hex.length === 4) {
          inside(`\\u${hex}`)
          state = State.string
        }
        return i + 1
      }
      case State.word:
        return readWord(text, i)
      case State.bareKey:
        if (isWord(unit) || unit === 45 || unit === 46) {
          word += text.charAt(i)
          return i + 1
        }
        return endBareKey(i)
      case State.tag:
        return readTag(text, i, base)
      case State.slash:
        if (unit === Char.slash || unit === Char.star) {
          change('comment', at - 1)
          state = unit === Char.slash ? State.lineComment : State.blockComment
          blockStar = false
          return i + 1
        }
        change('stray-text', at - 1, '/')
        state = back
        return i
      case State.lineComment:
        if (unit === Char.newline) {
          state = back
          return i
        }
        return i + 1
      case State.blockComment:
        if (blockStar && unit === Char.slash) state = back
        blockStar = unit === Char.star
        return i + 1
      default:
        return between(unit, text, i, at)
    }
  }

  function readEscape(text: string, i: number, base: number): number {
    const char = text.charAt(i)
    state = State.string
    if ('"\\/bfnrt'.includes(char)) {
      inside(`\\${char}`)
      return i + 1
    }
    if (char === 'u') {
      hex = ''
      state = State.unicode
      return i + 1
    }
    if (char === "'") {
      if (quote !== Char.singleQuote) change('escaped-apostrophe', base + i - 1)
      inside("'")
      return i + 1
    }
    // `C:\Users`, `\d`: the backslash was meant.
    change('invalid-escape', base + i - 1)
    inside('\\\\')
    return i
  }

  function readWord(text: string, i: number): number {
    const unit = text.charCodeAt(i)
    const ends =
      unit === Char.comma ||
      unit === Char.closeBrace ||
      unit === Char.closeBracket ||
      unit === Char.less ||
      unit === Char.newline ||
      unit === Char.return ||
      (unit === Char.semicolon && top()?.object === true)
    if (ends || (isSpace(unit) && readAtom(word) !== undefined)) {
      endWord()
      return i
    }
    word += text.charAt(i)
    return i + 1
  }

  function readTag(text: string, i: number, base: number): number {
    const read = tag + text.charAt(i)
    const match = tags.match(read)
    if (match === 'partial') {
      tag = read
      return i + 1
    }
    state = back
    if (match === 'none' || match === 'neutral') {
      // The `<` starts no mark, so it is a character in the wrong place; what follows it is read as what it is.
      const stray = tag
      tag = ''
      return strayTag(stray, base + i - stray.length, i)
    }
    tag = ''
    if (match === 'close') {
      closeDownTo(0, base + i)
      finish('tagged')
      return i + 1
    }
    // Another mark: the value was meant to end if nothing but brackets is missing.
    if (onlyBracketsMissing()) closeDownTo(0, base + i)
    finish(frames.length === 0 ? 'closed' : 'stopped', read)
    return i + 1
  }

  function strayTag(stray: string, at: number, next: number): number {
    if (state === State.value) {
      beforeValue(at)
      word = stray.charAt(0)
      wordAt = at
      state = State.word
    } else {
      change('stray-text', at, stray.charAt(0))
    }
    return stray.length > 1 ? giveBack(stray.slice(1), at + 1, next) : next
  }

  /** Outside strings and words: white space, punctuation, and the start of everything else. */
  function between(unit: number, text: string, i: number, at: number): number {
    if (isSpace(unit)) {
      let end = i + 1
      while (end < text.length && isSpace(text.charCodeAt(end))) end++
      const run = text.slice(i, end)
      if (comma === '') space(run)
      else comma += run
      return end
    }
    switch (unit) {
      case Char.closeBrace:
      case Char.closeBracket:
        close(unit === Char.closeBrace, at)
        return i + 1
      case Char.less:
        back = state
        tag = '<'
        state = State.tag
        return i + 1
      case Char.slash:
        back = state
        state = State.slash
        return i + 1
      case Char.comma:
      case Char.semicolon:
        return readComma(i, at)
      case Char.colon:
      case Char.equals:
        if (state === State.colon) {
          if (unit === Char.equals) change('missing-colon', at)
          sink.token(Token.colon, ':')
          afterColon = true
          state = State.value
          return i + 1
        }
        change('stray-text', at, text.charAt(i))
        return i + 1
    }
    const inObject = top()?.object === true
    if (state === State.key || (state === State.after && inObject)) return readKeyStart(unit, text, i, at)
    if (unit === Char.hash && state !== State.colon && !afterColon) {
      change('comment', at)
      back = state
      state = State.lineComment
      return i + 1
    }
    return readValueStart(unit, text, i, at)
  }

  function readComma(i: number, at: number): number {
    if (state === State.after) {
      comma = ','
      commaAt = at
      state = top()?.object === true ? State.key : State.value
      return i + 1
    }
    if (state === State.colon || afterColon) {
      missingValue(at)
      state = State.after
      return i
    }
    change('extra-comma', at)
    return i + 1
  }

  function readKeyStart(unit: number, text: string, i: number, at: number): number {
    if (unit === Char.doubleQuote || unit === Char.singleQuote) {
      startString(unit, at, true)
      return i + 1
    }
    if (isWord(unit)) {
      beforeValue(at)
      word = ''
      wordAt = at
      state = State.bareKey
      return i
    }
    if (unit === Char.hash) {
      change('comment', at)
      back = state
      state = State.lineComment
      return i + 1
    }
    const bracket = unit === Char.openBrace || unit === Char.openBracket
    change(bracket ? 'extra-bracket' : 'stray-text', at, text.charAt(i))
    return i + 1
  }

  function readValueStart(unit: number, text: string, i: number, at: number): number {
    if (unit === Char.openBrace || unit === Char.openBracket) {
      open(text.charAt(i), at)
      return i + 1
    }
    if (unit === Char.doubleQuote || unit === Char.singleQuote) {
      startString(unit, at, false)
      return i + 1
    }
    beforeValue(at)
    afterColon = false
    word = ''
    wordAt = at
    state = State.word
    return readWord(text, i)
  }

  function end(stopped: boolean) {
    const held = carry
    const at = position - held.length
    offset = at
    carry = ''
    if (state === State.look) {
      endString()
      const used = 1 + run(held.slice(1), 0, at + 1)
      if (outcome !== 'reading') rest = held.slice(used)
    } else if (state === State.hold) {
      if (stopped && hold.lostAtEnd) {
        change('missing-quote', at)
        endLostString(held, at)
        return finish('tagged')
      }
      heldInside(held, at)
    }
    if (outcome !== 'reading') return
    if (stopped && onlyBracketsMissing()) closeDownTo(0, position)
    finish(stopped && frames.length === 0 ? 'unclosed' : 'cut', unsent())
  }

  /** What the model wrote last and no token has told. */
  function unsent(): string {
    if (state === State.escape) return '\\'
    if (state === State.unicode) return `\\u${hex}`
    if (state === State.string && isKey) return `${comma}"${key}`
    return comma + word + tag
  }

  function onlyBracketsMissing(): boolean {
    if (comma !== '' || afterColon) return false
    return state === State.after || state === State.key || state === State.value
  }

  function push(text: string, from: number, base: number): number {
    position = base + text.length
    return run(text, from, base)
  }

  return {
    push,
    end,
    get outcome() {
      return outcome
    },
    get rest() {
      return rest
    },
    get offset() {
      return offset
    },
    get inString() {
      return state === State.string && !isKey
    },
  }
}
