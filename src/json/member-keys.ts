import { Char, endOfSpaces, endsInClosers, isQuote, isWord, special } from './characters.js'
import { neighbourOf } from './frame.js'
import { hasKey } from './keys.js'
import type { ReaderOptions } from './reader-options.js'
import { type InnerReader, State, waits } from './state.js'
import type { StringReader } from './string-reader.js'
import { isTrue, type Structure } from './structure.js'
import { decodeString, keyName } from './tokens.js'

/** Keys in quotes, and which object a key may belong to. Those that read return where to read on. */
export interface MemberKeys {
  /** At a quote in the place of a key: one of plain text and its colon at once, as nearly all are; `i` if it is none. */
  readPlain(quote: number, text: string, i: number, at: number): number
  /**
   * `["a", "limit": 5`, `{"old": "a", {"old": "b"`: in a list a string with a colon behind it is the next key of the object
   * outside, and a brace in the place of a key begins a neighbour of the object that has had its key.
   */
  readAhead(isBrace: boolean, text: string, i: number, at: number): number
  /**
   * `"arguments": "city": "Paris"`: behind a key of the call's own, a declared key begins an object whose bracket was
   * forgotten.
   */
  readFirst(text: string, i: number, at: number): number
  /** Behind the last bracket of a call that lacks something: a comma and a key go on with it, or an object that has the arguments. */
  readOver(text: string, i: number): number
  /** A string in the place of a key is over. */
  leave(): void
  /** Behind it: a colon shows that all of it is the key. */
  readEnd(text: string, i: number): number
  /**
   * The reply ends there: behind a string that is the key, or, if brackets stand at its end, in a key whose quote was
   * forgotten.
   */
  end(at: number): void
  /** Whether it is a known key and more, whose quote was forgotten. */
  mayBeMore(key: string): boolean
  /**
   * How deep the members are of the innermost object inside this depth, if it may have this key next: the call's own, or one
   * that is declared and has not come; -1: it may not. `behindBrace`: of the one whose neighbour may begin with it.
   */
  ownerOf(name: string, depth?: number, behindBrace?: boolean): number
  /** Whether the object inside this depth has had keys that nobody declares, and may have this one too. */
  mayHave(name: string, depth: number): boolean
}

/** How much white space may stand behind what may be a key, or behind a call that lacks something. */
const maxBehind = 1024
/** A key and its colon, behind the brace of its object or not, as far as it has come. */
const keyAhead = /^\{?\s*(?:$|(["'])([\w$-]*)(?:$|\1\s*(?:$|(:))))/
const maxKeyAhead = 128

export function createMemberKeys(
  reader: InnerReader,
  { change, isDeclared, isEnvelopeKey, isComplete = isTrue, python, tags }: ReaderOptions,
  structure: Structure,
  string: StringReader,
): MemberKeys {
  const { frames } = structure

  function readPlain(quote: number, text: string, i: number, at: number): number {
    let end = i + 1
    while (special[text.charCodeAt(end)] === 0) end++
    if (quote !== Char.doubleQuote || text.charCodeAt(end) !== quote) return i
    if (text.charCodeAt(end + 1) !== Char.colon) return i
    structure.beforeValue(at, true)
    reader.offset = at + end - i
    structure.key(text.slice(i, end + 1))
    reader.offset++
    structure.readColon(Char.colon, reader.offset)
    return end + 2
  }

  function readAhead(isBrace: boolean, text: string, i: number, at: number): number {
    const name = nameAt(text, i)
    if (name === waits) return waits
    const depth = name === undefined ? -1 : ownerOf(name, frames.length, isBrace)
    if (depth > 0 || (depth === 0 && isComplete())) {
      structure.closeBefore(depth, at)
      return i
    }
    if (!isBrace) return i
    change('extra-bracket', at, '{')
    return i + 1
  }

  /** The key that begins here and has its colon; `undefined`: none does. */
  function nameAt(text: string, i: number): string | typeof waits | undefined {
    const [found, , name, colon] = keyAhead.exec(text.slice(i, i + maxKeyAhead)) ?? []
    if (colon !== undefined) return name
    return found !== undefined && reader.ended === 'no' && i + maxKeyAhead > text.length ? waits : undefined
  }

  function readFirst(text: string, i: number, at: number): number {
    const name = nameAt(text, i)
    if (name === waits) return waits
    const outer = frames[0]?.keys?.at(-1)
    if (name !== undefined && outer !== undefined && !isDeclared(keyName(outer)) && isDeclared(name)) {
      change('missing-bracket', at)
      structure.open('{', Char.closeBrace, at)
    }
    return i
  }

  function readOver(text: string, i: number): number {
    let end = endOfSpaces(text, i, maxBehind)
    const sawComma = text.charCodeAt(end) === Char.comma
    if (sawComma) end = endOfSpaces(text, end + 1, maxBehind)
    if (end === text.length && reader.ended === 'no') return waits
    reader.offset += end - i
    const unit = text.charCodeAt(end)
    const isMore = unit === Char.openBrace ? hasArguments(text, end) : sawComma && isQuote(unit)
    if (isMore === waits) return waits
    if (isMore) {
      change('extra-bracket', structure.overAt, '}')
      reader.state = State.after
    } else structure.closeRoot()
    return i
  }

  /** Whether the object that begins here has the arguments of the call before it. */
  function hasArguments(text: string, i: number): boolean | typeof waits {
    const name = nameAt(text, i)
    if (name === waits) return name
    return (name === 'arguments' || name === 'parameters') && ownerOf(name, 1) > 0
  }

  function leave() {
    if (!mayBeMore(string.key) && (python !== undefined || string.key !== '')) whole()
    else if (string.state === 'lost') keyAndMore('')
    else reader.state = State.keyEnd
  }

  /** All of the string is the key. */
  function whole() {
    reader.offset = string.offset
    structure.key(`"${string.key}"`)
  }

  function end(at: number) {
    if (reader.state === State.keyEnd) return whole()
    const isOver = reader.ended === 'stopped' && reader.state === State.string && !tags.hasClose()
    if (!isOver || !string.isKey || !endsInClosers(string.key) || !mayBeMore(string.key)) return
    change('missing-quote', at)
    keyAndMore('', '', at)
  }

  /** The quote belongs to what stands behind the key, or to neither. */
  function keyAndMore(quote: string, behind = quote, end = string.offset) {
    const { name = '', rest = '' } = splitKey(string.key) ?? {}
    const at = end - rest.length
    if (quote !== '') change('missing-quote', at)
    structure.key(JSON.stringify(name))
    reader.again(rest + behind, at)
  }

  function readEnd(text: string, i: number): number {
    const end = endOfSpaces(text, i, maxBehind)
    if (end === text.length) return waits
    const unit = text.charCodeAt(end)
    const quote = String.fromCharCode(string.quote)
    if (string.key === '' && end === i && isWord(unit)) {
      // `""days"`: a quote too many, and the key begins behind it.
      change('stray-text', string.offset, quote)
      string.start(string.quote, true, string.offset + 1)
      reader.state = State.string
    } else if (unit === Char.colon || string.key === '') whole()
    else {
      // `"days:" 2`: the colon stands on the wrong side of the quote, which is no value's.
      const isInside = end > i && /^[^:]*:\s*$/.test(string.key)
      keyAndMore(quote, isInside ? '' : quote)
    }
    return i
  }

  function mayBeMore(key: string): boolean {
    return python === undefined && splitKey(key) !== undefined
  }

  /** What a key is where its second quote was forgotten, `city: `: its name, and the text behind that. */
  function splitKey(json: string): { name: string; rest: string } | undefined {
    if (!json.includes(':')) return undefined
    const [, name, slash, rest] = /^([\w$-]+)(\\?)["'“”‘’]?(\s*:.*)$/s.exec(json) ?? []
    // Its own quote behind a backslash is no other kind of quote: all of the object is escaped once too often.
    if (slash === '\\' && string.quote === Char.doubleQuote) return undefined
    // Line breaks and quotes in it were escaped.
    const more = rest?.replace(/\\[nrt"]/g, (each) => decodeString(each))
    if (name === undefined || more === undefined || more.includes('\\')) return undefined
    // With nothing but the colon behind it a name is a key, whatever it is.
    const isKey = ownerOf(name) >= 0 || mayHave(name, frames.length)
    return isKey || /^\s*:\s*$/.test(more) ? { name, rest: more } : undefined
  }

  function ownerOf(name: string, inside = frames.length, behindBrace = false): number {
    if (behindBrace) return neighbourOf(frames, inside, name)
    let depth = inside
    while (depth > 0 && frames[depth - 1]?.object !== true) depth--
    const isNext = () => isDeclared(name) && !hasKey(frames[depth - 1]?.keys ?? [], name)
    return depth > 0 && (isEnvelopeKey?.(name, depth) ?? isNext()) ? depth : -1
  }

  function mayHave(name: string, depth: number): boolean {
    const keys = frames[depth - 1]?.keys ?? []
    const isFree = depth > 1 && keys.length > 0 && !keys.some((key) => isDeclared(keyName(key)))
    return (
      isFree && /^[\w.-]+$/.test(name) && !hasKey(keys, name) && isEnvelopeKey?.(name, depth) === undefined
    )
  }

  return {
    readPlain,
    readAhead,
    readFirst,
    readOver,
    leave,
    readEnd,
    end,
    mayBeMore,
    ownerOf,
    mayHave,
  }
}
