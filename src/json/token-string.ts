import type { ChangeKind } from '../events.js'
import { escapeText } from './characters.js'
import { type InnerReader, State, waits } from './state.js'
import type { Structure } from './structure.js'
import { Token } from './tokens.js'

/**
 * What Gemma's models write around strings, in which nothing is escaped: `{city:<|"|>Paris<|"|>}`, `<escape>Paris<escape>`; and
 * the marks that close their calls, where a string has lost its second token.
 */
const tokens = ['<|"|>', '<escape>']
const closers = ['<tool_call|>', '<end_function_call>', '</tool_call>']

/** How far behind such a mark the string may still end. */
const maxBehind = 1024

/** A string between two tokens. Each returns where to read on. */
export interface TokenString {
  /** At a `<` in the place of a value; the same place: no such string begins there. */
  begin(text: string, i: number, at: number): number
  read(text: string, i: number): number
}

export function createTokenString(
  reader: InnerReader,
  change: (kind: ChangeKind, offset: number) => void,
  structure: Structure,
): TokenString {
  const { sink } = structure
  let token = ''

  /**
   * Whether the string has lost its second token before a closing mark at `close`: the next token, at `found`, is far, or begins
   * another string, since nothing that follows a string follows it.
   */
  function isLostBefore(text: string, found: number, close: number): boolean | typeof waits {
    const isFar = (found < 0 ? text.length - token.length : found) - close > maxBehind
    if (isFar) return true
    const behind = text.charAt(found + token.length)
    return found < 0 || behind === '' ? waits : !/[,}\]\s]/.test(behind)
  }

  return {
    begin(text, i, at) {
      const found = tokens.find((known) => text.startsWith(known, i))
      if (found === undefined) {
        const isBegun = tokens.some((known) => known.startsWith(text.slice(i)))
        return isBegun && reader.ended === 'no' ? waits : i
      }
      token = found
      structure.beforeValue(at, false)
      structure.afterColon = false
      change('token-quotes', at)
      sink.token(Token.stringStart, '"')
      reader.state = State.token
      return i + token.length
    },
    read(text, i) {
      const found = text.indexOf(token, i)
      const close = findCloser(found < 0 ? text : text.slice(0, found + 1), i)
      const isLost = close < 0 ? false : isLostBefore(text, found, close)
      const end = isLost ? close : found < 0 ? endBeforePart(text, i, [token, ...closers]) : found
      if (end > i) sink.token(Token.string, escapeText(text.slice(i, end)))
      if (isLost ? isLost === waits && reader.ended === 'no' : found < 0) return end > i ? end : waits
      if (isLost) {
        reader.finish('stopped')
        return close
      }
      sink.token(Token.stringEnd, '"')
      structure.afterValue()
      return found + token.length
    },
  }
}

/** Where the first mark that closes a call begins; -1: none is there. */
function findCloser(text: string, from: number): number {
  for (let at = text.indexOf('<', from); at >= 0; at = text.indexOf('<', at + 1))
    if (closers.some((closer) => text.startsWith(closer, at))) return at
  return -1
}

/** Where a text ends, or before what may be the beginning of one of these. */
function endBeforePart(text: string, from: number, all: readonly string[]): number {
  const last = text.lastIndexOf('<')
  const tail = text.slice(last)
  return last >= from && all.some((one) => one.startsWith(tail)) ? last : text.length
}
