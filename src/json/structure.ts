import type { Writable } from '../writable.js'
import { Char } from './characters.js'
import { closedBy, type Frame } from './frame.js'
import { createPending } from './pending.js'
import type { ReaderOptions } from './reader-options.js'
import { type InnerReader, State, waits } from './state.js'
import { keyName, Token, type TokenSink } from './tokens.js'
import type { Undecided } from './undecided.js'

/** Brackets, keys, commas and colons: tells them, and what is missing of them before what comes. */
export interface Structure {
  readonly sink: TokenSink
  readonly frames: Frame[]
  /** After a colon a closer means that the value is missing. */
  afterColon: boolean
  /** Whether white space has come since the last value. */
  readonly isApart: boolean
  /** Whether the last value was an object. */
  readonly isBehindObject: boolean
  /** Where the last bracket of an object stands that lacks something. */
  readonly overAt: number
  start(): void
  /** The innermost bracket. */
  top(): Frame | undefined
  inObject(): boolean
  space(text: string): void
  sendComma(): void
  /** A value or key starts: what is missing before it is added. */
  beforeValue(at: number, isKey?: boolean): void
  afterValue(isBehindObject?: boolean): void
  /** A whole key. `word`: as it was written, if that was without quotes. */
  key(json: string, word?: string): void
  open(char: '{' | '[', closer: number, at: number, isCall?: boolean): void
  /** `}`, `]` or `)`: closes the innermost bracket of its kind and whatever is open inside it. */
  close(unit: number, at: number): void
  closeDownTo(depth: number, at: number): void
  /** What comes next stands behind the bracket at this depth, which was forgotten. */
  closeBefore(depth: number, at: number): void
  /** A comma where one may stand or not. Returns where to read on. */
  readComma(text: string, i: number, at: number): number
  readColon(unit: number, at: number): void
  /** The last bracket of all is its own. */
  closeRoot(): void
  onlyBracketsMissing(): boolean
  /** What the model wrote last of a comma and a key, and no token has told. */
  unsent(): string
  end(): void
}

/** What is not asked for can not be missing. */
export const isTrue = () => true

export function createStructure(
  reader: InnerReader,
  options: ReaderOptions,
  sink: TokenSink,
  frames: Frame[],
  undecided: Undecided | undefined,
): Structure {
  const {
    change,
    maxDepth,
    tooDeep,
    isDeclared,
    isEnvelopeKey,
    isComplete = isTrue,
    python,
    anyCloser,
  } = options
  let isTooDeep = false
  const pending = createPending(reader, options, sink, frames)
  const { sendComma, sendKey } = pending
  const structure: Writable<Structure> = {
    sink,
    frames,
    afterColon: false,
    isApart: false,
    isBehindObject: false,
    overAt: 0,
    start,
    top,
    inObject,
    space,
    sendComma,
    beforeValue,
    afterValue,
    key,
    open,
    close,
    closeDownTo,
    closeBefore,
    readComma,
    readColon,
    closeRoot,
    onlyBracketsMissing,
    unsent: pending.unsent,
    end,
  }

  function start() {
    // Only where there are any: setting the length of an array is a call into the engine.
    if (frames.length > 0) frames.length = 0
    isTooDeep = false
    reader.state = State.value
    pending.start()
    structure.afterColon = structure.isApart = structure.isBehindObject = false
  }

  function top(): Frame | undefined {
    return frames[frames.length - 1]
  }

  function inObject(): boolean {
    return top()?.object === true
  }

  function space(text: string) {
    structure.isApart = true
    pending.space(text)
  }

  function afterValue(isBehindObject = false) {
    structure.isBehindObject = isBehindObject
    structure.isApart = false
    reader.state = State.after
    if (frames.length === 0) reader.finish('closed')
  }

  function open(char: '{' | '[', closer: number, at: number, isCall = false) {
    if (frames.length >= maxDepth && !isTooDeep) {
      isTooDeep = true
      tooDeep()
    }
    if (frames.length >= 2 * maxDepth) return reader.finish('stopped')
    beforeValue(at)
    const place = undecided?.hold(closer)
    if (char === '{' && mayBeSet()) pending.brace = '{'
    else if (place === undefined) sink.token(Token.open, char)
    frames.push({
      object: char === '{',
      closer,
      call: isCall,
      bare: false,
      keys: undefined,
      undecided: place,
      silent: false,
    })
    structure.afterColon = false
    reader.state = char === '{' ? State.key : State.value
  }

  /** The value of a key that is no key of the call's own: what those have are objects. */
  function mayBeSet(): boolean {
    const key = inObject() && python === undefined ? top()?.keys?.at(-1) : undefined
    return key !== undefined && isEnvelopeKey?.(keyName(key), frames.length) === undefined
  }

  function beforeValue(at: number, isKey = false) {
    const { state } = reader
    if (state === State.after) {
      change('missing-comma', at)
      undecided?.settle('[')
      pending.comma = ','
    } else if (state === State.colon) {
      change('missing-colon', at)
      undecided?.settle('{')
      tellColon()
    }
    // That of a key waits with it.
    if (!isKey) sendComma()
    if (state === State.after || state === State.key) undecided?.nameArgument()
  }

  function tellColon() {
    sendKey()
    sink.token(Token.colon, ':')
  }

  /** Behind the first key of a brace that may be a set's. */
  function isInBrace(): boolean {
    return reader.state === State.colon && pending.brace !== ''
  }

  function becomeSet() {
    pending.becomeSet()
    reader.state = State.after
  }

  function lacksValue(): boolean {
    return reader.state === State.colon || structure.afterColon
  }

  /** A key has no value. Whether it was none of the object's, and was left out with its comma. */
  function missingValue(at: number): boolean {
    if (isStray()) {
      // A property is not made of a value in the wrong place: `{"Paris", "days": 2}`, `"points": [1, 2], 3, 4`.
      change('stray-text', pending.keyAt, pending.key)
      pending.dropKey()
      reader.state = State.key
      return true
    }
    if (reader.state === State.colon) tellColon()
    change('missing-value', at)
    sink.token(Token.atom, 'null')
    structure.afterColon = false
    return false
  }

  function close(unit: number, at: number) {
    const depth = closedBy(frames, frames.length, unit)
    if (depth < 0) return change('extra-bracket', at, String.fromCharCode(unit))
    if (isInBrace()) becomeSet()
    closeDownTo(depth + 1, at)
    if (frames[depth]?.closer !== unit && !anyCloser) {
      change('extra-bracket', at, String.fromCharCode(unit))
    }
    if (depth === 0 && !isComplete()) {
      structure.overAt = at
      reader.state = State.over
      return
    }
    closeTop()
    afterValue(unit === Char.closeBrace)
  }

  function closeTop() {
    undecided?.settleClosing(reader.state)
    pending.sendBrace()
    const frame = frames.pop()
    if (frame?.silent !== true) sink.token(Token.close, frame?.object ? '}' : ']')
  }

  function closeDownTo(depth: number, at: number) {
    if (lacksValue() && top()?.undecided === undefined) missingValue(at)
    pending.dropComma()
    while (frames.length > depth) {
      change('missing-bracket', at)
      closeTop()
      reader.state = State.after
    }
  }

  function closeBefore(depth: number, at: number) {
    const { comma } = pending
    pending.comma = ''
    closeDownTo(depth, at)
    if (depth === 0) {
      reader.finish('closed')
      reader.again(comma, at)
    } else {
      pending.comma = comma || ','
      expectNext()
    }
  }

  function expectNext() {
    reader.state = inObject() ? State.key : State.value
  }

  function closeRoot() {
    frames.length = 0
    sink.token(Token.close, '}')
    reader.finish('closed')
  }

  function key(json: string, word?: string) {
    if (python !== undefined) sendComma()
    undecided?.key(json, word)
    pending.setKey(json, word)
    // What a key of Python's without a colon is, `undecided` knows.
    if (python !== undefined) sendKey()
    reader.state = State.colon
  }

  /** Whether what stands in the place of a key is none: no colon follows, and the schema knows no such key. */
  function isStray(): boolean {
    if (pending.key === '') return false
    const name = keyName(pending.key)
    return !isDeclared(name) && isEnvelopeKey?.(name, frames.length) !== true
  }

  function readColon(unit: number, at: number) {
    if (reader.state !== State.colon) return change('stray-text', at, String.fromCharCode(unit))
    undecided?.settle('{')
    if (unit === Char.equals) change('missing-colon', at)
    tellColon()
    structure.afterColon = true
    reader.state = State.value
  }

  function readComma(text: string, i: number, at: number): number {
    if (isInBrace()) {
      const isItem = pending.isItem(text, i)
      if (isItem === waits) return waits
      if (isItem) becomeSet()
    }
    if (undecided?.settleComma(reader.state)) reader.state = State.after
    if (reader.state === State.after) {
      pending.setComma(at)
      expectNext()
      return i + 1
    }
    if (lacksValue()) {
      // The comma before what was left out is the next key's.
      if (missingValue(at)) return i + 1
      reader.state = State.after
      return i
    }
    change('extra-comma', at)
    return i + 1
  }

  function onlyBracketsMissing(): boolean {
    return pending.comma === '' && reader.state <= State.after && !lacksValue()
  }

  function end() {
    if (reader.state === State.over) closeRoot()
    sendKey()
  }

  return structure
}
