import type { ChangeKind } from '../events.js'
import type { PlainText } from '../plain-text.js'
import type { TagSet } from '../scan/tags.js'
import { Char, isQuote, isSpace, isWord, markOf, opensString, quoteOf } from './characters.js'
import { type Frame, neighbourOf } from './frame.js'
import { createMarks } from './marks.js'
import type { PythonSyntax } from './python.js'
import { createStringReader } from './string-reader.js'
import { createStructure, type InnerReader, isTrue, State } from './structure.js'
import { Token, type TokenSink } from './tokens.js'
import { createWords } from './words.js'

/**
 * Reads one JSON value as it streams, strict and repairing in one: while the text is valid JSON it passes through to the
 * byte, and every character that JSON does not allow has a way on. What may be one thing or another waits, each with its
 * own exit in `end`:
 *
 * - in strings (`string-reader.ts`) a quote, closers, line breaks and `<`
 * - between values (`structure.ts`) a comma, for what follows it (dropped before a closer)
 * - what may be a key of an object outside (`readKeyAhead`), for its colon
 * - a word (`words.ts`): a number, literal or key without quotes, for its end
 * - a tag (`marks.ts`): a `<` outside strings, for the rest of it
 *
 * It also reads a Python call's arguments, given what Python has (`python.ts`).
 */
export interface JsonReader {
  /** Begins a new value. */
  start(): void
  /** Reads `text` from `from` on and returns where it stopped: at the end of the text unless `outcome` is settled. */
  push(text: string, from: number, base: number): number
  /** No more input. `stopped`: the model ended by itself, so brackets that are missing were forgotten. */
  end(stopped: boolean): void
  readonly outcome: Outcome
  /** What was held when the value ended and belongs to whoever reads on. It goes before the rest of the text. */
  readonly rest: string
  /** Where in the reply the token being told was settled. */
  readonly offset: number
  /** The short way, where the next characters are inside a string value and nothing is held. */
  plain(): PlainText | undefined
}

/**
 * - `reading`: the value goes on
 * - `closed`: its last bracket closed
 * - `tagged`: the close tag came and missing brackets were added; the tag is used up
 * - `unclosed`: the input ended with nothing but brackets missing, and they were added
 * - `stopped`: another mark came where none can be; it is in `rest`
 * - `cut`: the input ended first
 */
export type Outcome = 'reading' | 'closed' | 'tagged' | 'unclosed' | 'stopped' | 'cut'

export interface ReaderOptions {
  sink: TokenSink
  tags: TagSet
  change(kind: ChangeKind, offset: number, text?: string): void
  /** Keys that the tool's schema declares; asked only for strings whose quotes are broken. */
  isDeclared(key: string): boolean
  /** Whether this is a key of the call's own, in an object so deep; `undefined`: its own keys are not there. Default: nowhere. */
  isEnvelopeKey?: ((key: string, depth: number) => boolean | undefined) | undefined
  /** Whether the object may be over: a call that lacks its name or arguments goes on behind a bracket too many. Default: it may. */
  isComplete?: (() => boolean) | undefined
  maxDepth: number
  /**
   * Given, the text is a Python call's arguments, from its `(` on. They are told as an object; an argument without a name
   * comes as a value without a key, and the sink has to give it one.
   */
  python?: PythonSyntax | undefined
  /** Python only: `**` stands before the next argument, so its members are arguments. */
  spread?: (() => void) | undefined
  /** Python only: a call's arguments may end with another bracket than they began with, since it is a list. */
  anyCloser?: boolean
  /** Told once when brackets nest deeper. The value is read on to its end, or to twice that depth. */
  tooDeep(): void
}

/** How much white space is held behind what may be a key. */
const maxBehindKey = 1024
/** A key and its colon, behind the brace of its object or not, as far as it has come. */
const keyAhead = /^\{?\s*(?:(["'])([\w$-]*)(?:\1\s*(:?))?)?$/
const mayBeKey = /^(["'])[\w$-]*(?:$|\1\s*(?:$|:))/
const maxKeyAhead = 128

export function createReader(options: ReaderOptions): JsonReader {
  const { change, isComplete = isTrue, python } = options
  const frames: Frame[] = []
  const undecided = python?.createUndecided(options.sink, frames)
  const sink = undecided ?? options.sink
  const string = createStringReader({
    tags: options.tags,
    change,
    python,
    frames,
    isNextKey: (key, depth) => structure.ownerOf(key, depth) >= 0,
    mayBeMore: (key) => python === undefined && structure.splitKey(key, string.quote) !== undefined,
    inside: (text) => sink.token(Token.string, text),
  })
  /** How much of the reply has been seen. */
  let position = 0
  /** White space behind what may be a key. */
  let behindKey = ''
  let extraQuote = 0
  /** What may begin a key of an object outside, and what it is in its place otherwise. */
  let ahead = ''
  let back = State.value
  const reader: InnerReader = {
    state: State.value,
    outcome: 'reading',
    rest: '',
    offset: 0,
    start,
    push,
    end,
    finish,
    again,
    plain() {
      const isPlain = reader.state === State.string && string.isPlain() && undecided?.isHolding() !== true
      return isPlain ? string : undefined
    },
  }
  const structure = createStructure(reader, options, sink, frames, undecided)
  const { closeDownTo } = structure
  const words = createWords(reader, options, structure, {
    startsOther: (unit, isKey) => states?.startsOther(unit, isKey) === true,
    startTag: () => marks.startTag(),
    startString,
  })
  const marks = createMarks(reader, options, structure, words)
  const states = python?.createStates({
    reader,
    options,
    structure,
    undecided,
    words,
    marks,
    string,
    startString,
  })

  function start() {
    structure.start()
    reader.outcome = 'reading'
    reader.rest = words.text = marks.tag = ''
  }

  function finish(how: Outcome, left = '') {
    reader.outcome = how
    reader.rest = left
    reader.state = State.done
    undecided?.settleAll()
  }

  function push(text: string, from: number, base: number): number {
    position = base + text.length
    return run(text, from, base)
  }

  /** Reads text whose place in the reply is known; used for chunks and for what was held. */
  function run(text: string, from: number, base: number): number {
    let i = from
    while (i < text.length && reader.outcome === 'reading') {
      if (reader.state === State.string) {
        i = string.push(text, i, base)
        if (string.state !== 'open') leaveString()
        continue
      }
      reader.offset = base + i
      i = step(text, i, base)
    }
    return i
  }

  function again(held: string, at: number) {
    if (held === '') return
    const used = run(held, 0, at)
    if (reader.outcome !== 'reading') reader.rest += held.slice(used)
  }

  function step(text: string, i: number, base: number): number {
    const at = base + i
    switch (reader.state) {
      case State.word:
        return words.read(text, i, at)
      case State.bareKey:
        return words.readKey(text, i, at)
      case State.keyEnd:
        return readKeyEnd(text, i)
      case State.colonQuote:
        reader.state = State.colon
        // `"days"": 2`: the quote is one too many. Otherwise it begins the value.
        if (text.charCodeAt(i) === Char.colon) change('stray-text', at - 1, String.fromCharCode(extraQuote))
        else startString(extraQuote, at - 1, false)
        return i
      case State.keyAhead:
        return readKeyAhead(text, i, at)
      case State.tag:
        return marks.readTag(text, i, at)
      case State.over:
        return structure.readOver(text, i)
      case State.slash:
      case State.lineComment:
      case State.blockComment:
        return marks.readComment(text.charCodeAt(i), i, at)
      case State.python:
        return states?.step(text, i, at) ?? text.length
      default:
        return between(text, i, at)
    }
  }

  /** Outside strings and words: white space, punctuation, and the start of everything else. */
  function between(text: string, i: number, at: number): number {
    const written = text.charCodeAt(i)
    const unit = markOf(written)
    if (isSpace(unit)) {
      let end = i + 1
      while (end < text.length && isSpace(text.charCodeAt(end))) end++
      const spaces = text.slice(i, end)
      structure.space(spaces)
      return end
    }
    if (unit !== written) change('stray-text', at, text.charAt(i))
    switch (unit) {
      case Char.closeBrace:
      case Char.closeBracket:
      case Char.closeParenthesis:
        structure.close(unit, at)
        return i + 1
      case Char.less:
        marks.startTag()
        return i + 1
      case Char.slash:
        marks.startSlash()
        return i + 1
      case Char.semicolon:
        if (reader.state === State.after) change('missing-comma', at)
        return structure.readComma(i, at)
      case Char.comma:
        return structure.readComma(i, at)
      case Char.equals:
        if (reader.state === State.value) break
        structure.readColon(unit, at)
        return i + 1
      case Char.colon:
        structure.readColon(unit, at)
        return i + 1
    }
    if (unit === Char.hash && reader.state !== State.colon && !structure.afterColon) {
      marks.startLineComment(at)
      return i + 1
    }
    const next = states?.between(unit, text, i, at) ?? i
    return next > i ? next : startsValue(unit, text, i, at)
  }

  function startsValue(unit: number, text: string, i: number, at: number): number {
    const { state } = reader
    const isKey = state === State.key || (state === State.after && structure.inObject())
    const char = text.charAt(i)
    const waits = isKey
      ? unit === Char.openBrace && structure.top()?.keys !== undefined
      : isQuote(unit) && inList() && mayBeKey.test(text.slice(i, i + maxKeyAhead))
    if (waits) {
      ahead = char
      back = state
      reader.state = State.keyAhead
      return i + 1
    }
    if (opensString(unit)) {
      if (state === State.colon && isQuote(unit) && python === undefined) {
        reader.state = State.colonQuote
        extraQuote = unit
      } else startString(unit, at, isKey)
      return i + 1
    }
    const mayEnd = state === State.after && frames.length === 1
    if (mayEnd && (unit === Char.openBrace || isWord(unit)) && isComplete()) {
      // The next call begins before this one's last bracket, or words that are none of it.
      closeDownTo(0, at)
      finish('closed')
      return i
    }
    const bracket = unit === Char.openBrace || unit === Char.openBracket
    if (isKey && !isWord(unit)) {
      change(bracket ? 'extra-bracket' : 'stray-text', at, char)
    } else if (unit === Char.openBrace) {
      structure.open('{', Char.closeBrace, at)
    } else if (bracket) {
      structure.open('[', Char.closeBracket, at)
    } else if (unit === Char.openParenthesis && python !== undefined) {
      change('tuple', at)
      if (frames.length === 0) structure.open('{', Char.closeParenthesis, at, true)
      else structure.open('[', Char.closeParenthesis, at)
    } else {
      words.start(char, at, isKey ? State.bareKey : State.word)
    }
    return i + 1
  }

  function inList(): boolean {
    return python === undefined && reader.state === State.value && frames.length > 1 && !structure.inObject()
  }

  function startString(unit: number, at: number, isKey: boolean, raw = false) {
    structure.beforeValue(at, isKey)
    structure.afterColon = false
    if (unit !== Char.doubleQuote) change(unit < 128 ? 'single-quotes' : 'smart-quotes', at)
    if (!isKey) sink.token(Token.stringStart, '"')
    if (states === undefined) string.start(quoteOf(unit), isKey, at + 1, raw)
    else return states.openString(unit, isKey, raw)
    reader.state = State.string
  }

  /** A string is over, one way or another. */
  function leaveString() {
    const { state: how, rest: held, offset: at, closeTag } = string
    reader.offset = at
    if (how === 'stopped') return finish('stopped', held)
    if (how === 'closed' && string.joins) states?.join()
    else if (string.isKey) return endKey(held)
    else {
      sink.token(Token.stringEnd, '"')
      structure.afterValue()
    }
    if (how === 'closed') return again(held, at + 1)
    // Without a tag all brackets are there.
    if (closeTag.tagEnd === 0) return again(held, at)
    // The closers before the tag are the brackets that are there; the tag proves the rest.
    run(held.slice(0, closeTag.tagStart), 0, at)
    if (reader.outcome === 'reading') closeDownTo(0, at + closeTag.tagStart)
    finish('tagged', held.slice(closeTag.tagEnd))
  }

  /** A key is over: by its quote, or by a closing mark (in `held`) where that was forgotten. */
  function endKey(held: string) {
    behindKey = held
    reader.state = State.keyEnd
    const mayBeMore = string.key === '' || structure.splitKey(string.key, string.quote) !== undefined
    if (python !== undefined || !mayBeMore) wholeKey()
    else if (string.state === 'lost') keyAndMore('')
  }

  function wholeKey() {
    const held = behindKey
    structure.key(`"${string.key}"`)
    again(held, string.offset + 1)
  }

  /** The quote belongs to what stands behind the key. */
  function keyAndMore(quote: string) {
    const { name = '', rest = '' } = structure.splitKey(string.key, string.quote) ?? {}
    const held = rest + quote + behindKey
    if (string.state !== 'lost') change('missing-quote', string.offset - rest.length)
    structure.key(JSON.stringify(name))
    again(held, string.offset - rest.length)
  }

  /** Behind a string in the place of a key: a colon shows that all of it is one. */
  function readKeyEnd(text: string, i: number): number {
    const unit = text.charCodeAt(i)
    if (isSpace(unit) && behindKey.length < maxBehindKey) {
      behindKey += text.charAt(i)
      return i + 1
    }
    if (string.key === '' && behindKey === '' && isWord(unit)) {
      // `""days"`: a quote too many, and the key begins behind it.
      change('stray-text', string.offset, String.fromCharCode(string.quote))
      string.start(string.quote, true, string.offset + 1)
      reader.state = State.string
    } else if (unit === Char.colon || string.key === '') wholeKey()
    else keyAndMore(String.fromCharCode(string.quote))
    return i
  }

  /**
   * `["a", "limit": 5`, `{"old": "a", {"old": "b"`: in a list a string with a colon behind it is the next key of the object
   * outside, and a brace in the place of a key begins a neighbour of the object that has had its key.
   */
  function readKeyAhead(text: string, i: number, at: number): number {
    let end = i
    while (end < text.length && isWord(text.charCodeAt(end))) end++
    if (end > i) {
      ahead += text.slice(i, end)
      return end
    }
    const read = ahead + text.charAt(i)
    const [whole, , name = '', colon = ''] = keyAhead.exec(read) ?? []
    if (whole !== undefined && colon === '' && read.length < maxKeyAhead) {
      ahead = read
      return i + 1
    }
    const began = at - ahead.length
    const brace = ahead.startsWith('{')
    const depth =
      colon === '' ? -1 : brace ? neighbourOf(frames, frames.length, name) : structure.ownerOf(name)
    if (depth > 0 || (depth === 0 && isComplete())) {
      reader.state = back
      structure.closeBefore(depth, ahead, began)
    } else noKeyAhead(began)
    return i
  }

  function noKeyAhead(at: number) {
    const held = ahead
    reader.state = back
    if (held.startsWith('{')) change('extra-bracket', at, '{')
    else startString(held.charCodeAt(0), at, false)
    again(held.slice(1), at + 1)
  }

  function end(stopped: boolean) {
    reader.offset = position
    states?.end(position)
    if (reader.state === State.keyAhead) noKeyAhead(position - ahead.length)
    if (reader.state === State.word) words.end()
    if (reader.state === State.string) {
      string.end(stopped, position)
      if (string.state !== 'open') leaveString()
    }
    if (reader.state === State.keyEnd) wholeKey()
    structure.end()
    if (reader.outcome !== 'reading') return
    if (stopped && structure.onlyBracketsMissing()) closeDownTo(0, position)
    finish(stopped && frames.length === 0 ? 'unclosed' : 'cut', unsent())
  }

  /** What the model wrote last and no token has told. */
  function unsent(): string {
    return structure.unsent() + (reader.state === State.string ? string.unsent() : words.unsent() + marks.tag)
  }

  return reader
}
