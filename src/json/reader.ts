import type { PlainText } from '../plain-text.js'
import { createBetween } from './between.js'
import { Char, quoteOf } from './characters.js'
import { createEscapedObject } from './escaped-object.js'
import type { Frame } from './frame.js'
import { createMarks, type Marks } from './marks.js'
import { createMemberKeys } from './member-keys.js'
import type { ReaderOptions } from './reader-options.js'
import { type InnerReader, State, waits } from './state.js'
import { createStringReader } from './string-reader.js'
import { createStructure } from './structure.js'
import { createTokenString, type TokenString } from './token-string.js'
import { Token } from './tokens.js'
import { createUnread } from './unread.js'
import { createWords } from './words.js'

/**
 * Reads one JSON value as it streams, strict and repairing in one: while the text is valid JSON it passes through to the
 * byte, and every character that JSON does not allow has a way on. What may be one thing or another is left unread until
 * enough follows, and then read as what it is; the end of the reply is enough for everything:
 *
 * - in strings (`string-reader.ts`) a quote, closers, line breaks and `<`
 * - a key, for its colon; what may be a key of an object outside (`member-keys.ts`), for its own
 * - a backslash in the place of a key, which may begin an object that is escaped (`escaped-object.ts`)
 * - behind a word (`words.ts`) quotes, commas and brackets that may be its own
 * - a tag or comment outside strings (`marks.ts`), for the rest of it
 *
 * - behind a brace too many, and a heading, for what may follow them (`behind-value.ts`)
 *
 * Others are read and told later (`pending.ts`): a comma (dropped before a closer), a key without a colon, the brace of what
 * may be a set; and a word, whose end shows what it is.
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
  /** What came in earlier texts and belongs to whoever reads on. It goes before the rest of the text. */
  readonly rest: string
  /** Where in the reply the token being told was settled. */
  readonly offset: number
  /** The short way, where the next characters are inside a string value of JSON. */
  plain(): PlainText | undefined
}

/**
 * - `reading`: the value goes on
 * - `closed`: its last bracket closed
 * - `tagged`: the close tag came and missing brackets were added; the tag is used up
 * - `unclosed`: the input ended with nothing but brackets missing, and they were added
 * - `stopped`: another mark came where none can be; it is not read
 * - `cut`: the input ended first
 */
export type Outcome = 'reading' | 'closed' | 'tagged' | 'unclosed' | 'stopped' | 'cut'

export function createReader(options: ReaderOptions): JsonReader {
  const { change, python } = options
  const frames: Frame[] = []
  const undecided = python?.createUndecided(options.sink, frames)
  const sink = undecided ?? options.sink
  /** How much of the reply has been seen. */
  let position = 0
  const unread = createUnread(run, () => reader.outcome === 'reading')
  const { again } = unread
  const reader: InnerReader = {
    state: State.value,
    outcome: 'reading',
    ended: 'no',
    rest: '',
    offset: 0,
    start,
    push,
    end,
    finish,
    again,
    plain() {
      const isValue = reader.state === State.string && !string.isKey && !string.raw
      return isValue && unread.text === '' && !escaped.isInside() ? string : undefined
    },
  }
  const structure = createStructure(reader, options, sink, frames, undecided)
  const { closeDownTo } = structure
  // An object that is a call itself is not read so: escaped it may be quoted.
  const escaped = createEscapedObject(
    reader,
    unread,
    frames,
    change,
    options.isEnvelopeKey === undefined ? 0 : 1,
  )
  const string = createStringReader({
    tags: options.tags,
    change,
    python,
    frames,
    isCall: options.isEnvelopeKey !== undefined,
    reader,
    isNextKey: (key, depth, behindBrace) => keys.ownerOf(key, depth, behindBrace) >= 0,
    mayHaveKey: (key, depth) => keys.mayHave(key, depth),
    mayBeMore: (key) => keys.mayBeMore(key),
    inside: (text) => sink.token(Token.string, text),
  })
  const keys = createMemberKeys(reader, options, structure, string)
  const words = createWords(reader, options, structure, {
    startsOther: (unit, isKey) => states?.startsOther(unit, isKey) === true,
    readTag,
    startString,
    ownerOf: keys.ownerOf,
  })
  /** Most values have none. */
  let made: Marks | undefined
  const marks = () => (made ??= createMarks(reader, options, structure, words))
  let tokens: TokenString | undefined
  const tokenString = () => (tokens ??= createTokenString(reader, change, structure))
  const states = python?.createStates({
    reader,
    options,
    structure,
    undecided,
    words,
    readTag,
    string,
    startString,
  })

  const between = createBetween({
    reader,
    options,
    structure,
    keys,
    words,
    escaped,
    marks,
    tokenString,
    states,
    readTag,
    startString,
  })

  function start() {
    structure.start()
    reader.outcome = 'reading'
    reader.ended = 'no'
    reader.rest = words.text = unread.text = ''
    escaped.start()
  }

  function finish(how: Outcome) {
    reader.outcome = how
    reader.state = State.done
    undecided?.settleAll()
  }

  function push(text: string, from: number, base: number): number {
    position = base + text.length
    const used = escaped.push(text, from, base)
    if (reader.outcome !== 'reading') giveBack()
    return used
  }

  /** What is left belongs to whoever reads on. */
  function giveBack() {
    reader.rest += unread.text
    unread.text = ''
  }

  /** Reads until the text ends, the value does, or what comes next has to wait; returns where. */
  function run(text: string, from: number, base: number): number {
    let i = from
    while (i < text.length && reader.outcome === 'reading' && unread.text === '') {
      if (reader.state === State.string) {
        i = string.push(text, i, base)
        if (string.state === 'open') return i
        leaveString()
        continue
      }
      reader.offset = base + i
      const next = step(text, i, base + i)
      if (next === waits) return i
      i = next
    }
    return i
  }

  function step(text: string, i: number, at: number): number {
    switch (reader.state) {
      case State.word:
        return words.read(text, i, at)
      case State.bareKey:
        return words.readKey(text, i)
      case State.keyEnd:
        return keys.readEnd(text, i)
      case State.over:
        return keys.readOver(text, i)
      case State.comment:
        return marks().readComment(text, i)
      case State.token:
        return tokenString().read(text, i)
      case State.python:
        return states?.step(text, i, at) ?? text.length
      default:
        return between(text, i, at)
    }
  }

  function readTag(text: string, i: number, at: number, isLast = false): number {
    return marks().readTag(text, i, at, isLast)
  }

  function startString(unit: number, at: number, isKey: boolean, raw = false) {
    structure.beforeValue(at, isKey)
    structure.afterColon = false
    if (unit !== Char.doubleQuote) change(unit < 128 ? 'single-quotes' : 'smart-quotes', at)
    if (!isKey) sink.token(Token.stringStart, '"')
    string.start(quoteOf(unit), isKey, at + 1, raw)
    reader.state = State.string
  }

  /** A string is over, one way or another. */
  function leaveString() {
    const { state: how, isKey, offset } = string
    reader.offset = offset
    if (how === 'stopped') finish(how)
    else if (how === 'joins') states?.join()
    else if (!isKey) {
      sink.token(Token.stringEnd, '"')
      structure.afterValue()
    } else keys.leave()
  }

  function end(stopped: boolean) {
    reader.ended = stopped ? 'stopped' : 'cut'
    reader.offset = position
    unread.push('', 0, position)
    // That may begin with an escaped object.
    escaped.push('', 0, position)
    keys.end(position)
    structure.end()
    if (reader.outcome !== 'reading') {
      giveBack()
      return
    }
    const isOver = stopped && (unread.text === '' || beginsClose(unread.text))
    if (isOver && structure.onlyBracketsMissing()) closeDownTo(0, position)
    finish(isOver && frames.length === 0 ? 'unclosed' : 'cut')
    // What the model wrote last and no token has told.
    const begun = string.isKey && string.state === 'open' ? `"${string.key}` : words.text
    reader.rest = structure.unsent() + begun + unread.text + escaped.slash()
  }

  /** Whether the reply ends in a closing mark that is cut short. */
  function beginsClose(text: string): boolean {
    return /^<\/./.test(text) && options.tags.match(text) === 'partial'
  }

  return reader
}
