import type { Call } from '../align/call.js'
import { Kind, kindNamed } from '../align/kinds.js'
import { parametersOf } from '../align/tools.js'
import type { JsonReader } from '../json/reader.js'
import { decodeString, endsValue, keyName, Token } from '../json/tokens.js'
import type { Writable } from '../writable.js'
import { kindsOf, parameterShapes } from './declared-types.js'

/**
 * Whether what looks like a Python call is one. Where the first value is a word that names its parameter,
 * `get_weather(city)`, or the type of it, `get_weather(city: str)`, or dots, or a placeholder, `get_weather(<city>)`, the
 * tool is shown and not called. Behind any other word `for` shows that it is code, `[search(query=x) for x in items]`.
 */
export interface ShownCall {
  start(): void
  token(kind: Token, text: string, depth: number, isWord: boolean): void
  /** What stands behind the call is awaited. */
  isOver(): boolean
  /** What stands behind a call that is over; returns where it stopped. */
  readBehind(text: string, from: number): number
  end(): void
  isShown(): boolean
  /**
   * Whether it is a word with others in parentheses, as text has them: its first value has neither a name nor quotes, and
   * is words. `spaced`: white space stands before them, and they need not be any.
   */
  isProse(spaced: boolean): boolean
}

/** How much white space is held behind a call that began with a word. */
const maxBehind = 64

/** What is known of the first value. */
enum First {
  none,
  word,
  /** What stands behind the call shows whether it is one. */
  variable,
  /** It is being read. */
  behind,
  value,
  shown,
}

export function createShownCall(call: Call, reader: Writable<JsonReader>): ShownCall {
  let first = First.none
  let name: string | undefined
  /** Where the call's bracket stands: arguments begin there, once it is one. */
  let openAt = 0
  /** What stands behind the call, once it is over. */
  let behind = ''
  let depth = 0
  /** The first value; `undefined`: it has a name or quotes. */
  let bare: string | undefined = ''

  function start() {
    first = First.none
    name = undefined
    depth = 0
    bare = ''
  }

  /** What is in quotes or brackets shows that there is a call, a word may be a type's. */
  function token(kind: Token, text: string, at: number, isWord: boolean) {
    depth = at
    if (first === First.word) {
      const word = decodeString(text)
      first = showsTool(word) ? First.shown : First.variable
      if (bare !== undefined) bare = word
    }
    if (first !== First.none) return
    if (kind === Token.key) {
      name ??= keyName(text)
      bare = undefined
    } else if (kind === Token.open && depth === 1) openAt = reader.offset
    else if (kind === Token.stringStart && isWord) first = First.word
    else if (endsValue(kind) || kind === Token.open || kind === Token.stringStart) {
      first = First.value
      if (kind === Token.open || kind === Token.stringStart) bare = undefined
      else if (kind === Token.atom && bare !== undefined) bare = text
      call.begin(openAt)
    }
  }

  function showsTool(written: string): boolean {
    // Of `<city>` and `<name of the city>` the first bracket is none of an argument's.
    if (/^(?:\.{3}|…|<?[\w-]+(?: [\w-]+)+>)$/.test(written)) return true
    const word = written.replace(/^<?([\w-]+)>$/, '$1')
    const { tool } = call
    const parameter = name ?? (tool && parametersOf(tool)[0])
    if (parameter === undefined) return false
    const kinds = kindsOf(parameterShapes(tool, parameter))
    const type = /^(\w+)(?:\[.*\])?$/.exec(word)?.[1] ?? ''
    // `f(items=items)` gives a variable, which a tool of code may take.
    return (
      (word === parameter && (name === undefined || word !== written)) ||
      (kinds !== Kind.any && (kinds & kindNamed(type)) !== 0)
    )
  }

  function readBehind(text: string, from: number): number {
    if (first === First.behind) return take(text, from)
    const { outcome, rest } = reader
    if (first !== First.variable || outcome === 'reading') return from
    if (outcome !== 'closed') call.begin(openAt)
    else {
      reader.outcome = 'reading'
      first = First.behind
      behind = ''
      const left = rest.slice(take(rest, 0))
      reader.rest += left
      return take(text, from)
    }
    return from
  }

  function take(text: string, from: number): number {
    let i = from
    while (i < text.length && reader.outcome === 'reading') {
      behind += text.charAt(i)
      i++
      if (behind.length > maxBehind || !/^[ \t]*(?:f|fo|for)?$/.test(behind)) settle()
    }
    return i
  }

  function settle() {
    reader.outcome = 'closed'
    reader.rest = behind
    first = /^[ \t]*for\s/.test(behind) ? First.shown : First.value
    if (first === First.value) call.begin(openAt)
  }

  return {
    start,
    token,
    isOver: () => first === First.behind,
    readBehind,
    end() {
      if (first === First.behind) settle()
      // Cut short it is no call, whatever would have come.
      else if ((first === First.none && depth > 0) || first === First.variable) call.begin(openAt)
    },
    isShown: () => first === First.shown,
    isProse: (spaced) => bare !== undefined && (spaced || /[\p{L}\p{N}]\s+[\p{L}\p{N}]/u.test(bare)),
  }
}
