import type { Writable } from '../writable.js'
import { readAtom } from './atoms.js'
import type { Frame } from './frame.js'
import { rememberKey } from './keys.js'
import type { ReaderOptions } from './reader-options.js'
import { type InnerReader, waits } from './state.js'
import { Token, type TokenSink, tellString } from './tokens.js'

/**
 * What has been read and is told later: a comma, which is left out before a closer; a key, for its colon; and the brace of
 * a value, for the colon of its first key: `{"a", "b"}` is a set of Python's, and becomes a list.
 */
export interface Pending {
  /** The comma and the white space behind it. */
  comma: string
  /** The key as JSON, and where it was settled. */
  readonly key: string
  readonly keyAt: number
  /** The brace and the white space behind it. */
  brace: string
  start(): void
  /** White space, which is told behind what waits. */
  space(text: string): void
  setComma(at: number): void
  sendComma(): void
  /** No value came behind it. */
  dropComma(): void
  /** `word`: as the key was written, if that was without quotes. */
  setKey(json: string, word: string | undefined): void
  sendKey(): void
  dropKey(): void
  sendBrace(): void
  /** Whether the key in the brace, behind which a comma stands, is the first item of a set. */
  isItem(text: string, comma: number): boolean | typeof waits
  /** The brace is told as a set's, and the key in it as its first item. */
  becomeSet(): void
  /** All that waits, as it was written. */
  unsent(): string
}

/** Tells a key as the item of a set that it is. `word`: as it was written, if that was without quotes. */
export function tellItem(tell: TokenSink['token'], json: string, word: string | undefined) {
  const atom = word === undefined ? undefined : readAtom(word)
  if (atom === undefined) tellString(tell, json.slice(1, -1))
  else tell(Token.atom, atom.text)
}

/** What comes behind the first item of a set, as far as it has come: an item too, if no colon follows it. */
const itemAhead = /^,\s*(?:(["'])[^"']*(?:$|\1)|[\w.+-]*)\s*(?:$|([,}]))/
const maxItemAhead = 128

/** White space behind a brace that may be a set's: the first key of either is not far. */
const maxBehindBrace = 256

export function createPending(
  reader: InnerReader,
  { change, isDeclared, python }: ReaderOptions,
  sink: TokenSink,
  frames: readonly Frame[],
): Pending {
  let commaAt = 0
  let word: string | undefined
  /** Behind the key. */
  let spaces = ''
  // Its fields are no getters: each reader would have a shape of its own, and what collects those takes most of the time.
  const pending: Writable<Pending> = {
    comma: '',
    key: '',
    keyAt: 0,
    brace: '',
    start() {
      pending.comma = pending.key = pending.brace = spaces = ''
    },
    space,
    setComma(at) {
      pending.comma = ','
      commaAt = at
    },
    sendComma() {
      if (pending.comma === '') return
      const behind = pending.comma.slice(1)
      pending.comma = ''
      sink.token(Token.comma, ',')
      tellSpace(behind)
    },
    dropComma() {
      if (pending.comma === '') return
      const behind = pending.comma.slice(1)
      pending.comma = ''
      if (python === undefined) change('extra-comma', commaAt)
      tellSpace(behind)
    },
    setKey(json, written) {
      pending.key = json
      word = written
      pending.keyAt = reader.offset
    },
    sendKey,
    dropKey() {
      pending.key = spaces = ''
    },
    sendBrace: () => tellBrace('{'),
    isItem(text, comma) {
      const [found, , behind] = itemAhead.exec(text.slice(comma, comma + maxItemAhead)) ?? []
      if (behind !== undefined) return true
      const mayBe = found !== undefined && comma + maxItemAhead > text.length && reader.ended === 'no'
      return mayBe ? waits : false
    },
    becomeSet,
    unsent: () => pending.brace + pending.comma + pending.key + spaces,
  }

  function space(text: string) {
    if (pending.key !== '') spaces += text
    else if (pending.comma !== '') pending.comma += text
    else if (pending.brace !== '') {
      pending.brace += text
      if (pending.brace.length > maxBehindBrace) tellBrace('{')
    } else tellSpace(text)
  }

  function tellSpace(text: string) {
    if (text !== '') sink.token(Token.space, text === ' ' ? text : text.replace(/[^ \n\t\r]/g, ' '))
  }

  function sendKey() {
    if (pending.key === '') return
    const json = pending.key
    const behind = spaces
    const { offset } = reader
    pending.key = spaces = ''
    tellBrace('{')
    pending.sendComma()
    reader.offset = pending.keyAt
    const frame = frames.at(-1)
    if (frame !== undefined) {
      frame.keys ??= []
      rememberKey(frame.keys, json, isDeclared)
    }
    sink.token(Token.key, json)
    reader.offset = offset
    tellSpace(behind)
  }

  function tellBrace(char: '{' | '[') {
    if (pending.brace === '') return
    const behind = pending.brace.slice(1)
    pending.brace = ''
    sink.token(Token.open, char)
    tellSpace(behind)
  }

  function becomeSet() {
    const frame = frames.at(-1)
    if (frame !== undefined) frame.object = false
    change('tuple', pending.keyAt)
    tellBrace('[')
    tellItem(sink.token, pending.key, word)
    const behind = spaces
    pending.key = spaces = ''
    tellSpace(behind)
  }

  return pending
}
