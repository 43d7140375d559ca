import { Char, isCloser, isQuote, isSpace, isWord } from '../json/characters.js'
import type { Writable } from '../writable.js'
import type { WholeTags } from './tags.js'

/**
 * What stands between the end of a call's object and the end of its block: white space, brackets too many, the end of a
 * fence, and the closing mark; or a comma and the next call.
 */
export interface Closing {
  /**
   * A call has ended. `closers`: how many brackets were opened before it. `words`: whether the next call may begin with a
   * word or another bracket, as Python's do: in a list, or on a line of its own too. `quoted`: whether a quote was opened before it.
   */
  start(closers: number, words: 'none' | 'list' | 'lines', quoted: boolean): void
  push(text: string, from: number): number
  /** `closed`: the closing mark came. `next`: another call begins. `other`: what came is no part of the block. */
  readonly verdict: 'wait' | 'closed' | 'next' | 'other'
  /** Brackets that close nothing, and how many units after the start the first one stands. */
  readonly surplus: number
  readonly surplusAt: number
  /** Whether a line break stands between the call and what came. */
  readonly isNewLine: boolean
  /** What separates the next call from this one. */
  readonly separator: string
  /** What is no part of the block, or of the next call, to be read again. */
  readonly rest: string
  /** The end of it that stands together in the text, whatever brackets stood in it before. */
  readonly last: string
  /** No more input. Gives what is no part of the block. */
  end(): string
}

const maxSpace = 1024
const operators = '+|&*/'

export function createClosing(tags: WholeTags): Closing {
  let units = 0
  let spaces = 0
  /** A separator and the white space after it, or ticks: part of the block if a call or its end follows. */
  let held = ''
  let partial = ''
  let mayBeWord: 'none' | 'list' | 'lines' = 'none'
  let quoteOwed = false
  /** Behind a `#` in code, to the end of its line. */
  let inComment = false
  const closing: Writable<Closing> = {
    verdict: 'wait',
    surplus: 0,
    surplusAt: 0,
    isNewLine: false,
    separator: '',
    rest: '',
    last: '',
    start,
    push,
    end,
  }

  function start(closers: number, words: 'none' | 'list' | 'lines', quoted: boolean) {
    closing.verdict = 'wait'
    closing.isNewLine = false
    mayBeWord = words
    quoteOwed = quoted
    closing.surplus = -closers
    units = 0
    spaces = 0
    held = ''
    partial = ''
    inComment = false
    closing.rest = ''
  }

  function push(text: string, from: number): number {
    let i = from
    while (i < text.length && closing.verdict === 'wait') {
      const unit = text.charCodeAt(i)
      if (inComment) {
        held += text.charAt(i)
        inComment = unit !== Char.newline
        i++
      } else if (partial !== '') {
        const read = partial + text.charAt(i)
        const match = tags.match(read)
        if (match === 'partial') {
          partial = read
        } else if (match === 'close' || match === 'drift-close') {
          closing.verdict = 'closed'
        } else if (match === 'call') {
          next(read)
        } else if (match !== 'none') {
          other(read)
        } else {
          // The bracket of a list of calls.
          if (partial.startsWith('[') && (mayBeNext() || hasSeparator())) next(partial)
          else other(partial)
          return i
        }
        i++
      } else if (tags.starts.includes(text.charAt(i))) {
        const tag = tags.whole(text, i)
        if (tag?.[1] === 'close') {
          closing.verdict = 'closed'
          i += tag[0].length
        } else {
          partial = text.charAt(i)
          i++
        }
      } else if (isSpace(unit) && ++spaces <= maxSpace) {
        if (held !== '') held += text.charAt(i)
        if (unit === Char.newline) closing.isNewLine = true
        i++
      } else if (quoteOwed && isQuote(unit)) {
        quoteOwed = false
        i++
      } else if (isCloser(unit)) {
        if (closing.surplus++ === 0) closing.surplusAt = units + i - from
        i++
      } else if (held.length < 8 && (separates(text.charAt(i)) || unit === Char.backtick)) {
        held += text.charAt(i)
        i++
      } else if (unit === Char.hash && mayBeWord !== 'none' && held.length < maxSpace) {
        held += text.charAt(i)
        inComment = true
        i++
      } else if (unit === Char.openBrace || (mayBeNext() && mayBegin(unit))) {
        next('')
      } else {
        other('')
      }
    }
    units += i - from
    return i
  }

  /** Whether a word here may be the next call's. */
  function mayBeNext(): boolean {
    if (mayBeWord === 'none') return false
    return hasSeparator() || (mayBeWord === 'lines' && closing.isNewLine && held === '')
  }

  /** In a list of code an operator stands between calls too: `[f() + g()]`, `[f()] + [g()]`. */
  function separates(char: string): boolean {
    return char === ',' || char === ';' || (mayBeWord !== 'none' && operators.includes(char))
  }

  function hasSeparator(): boolean {
    return [...held].some(separates)
  }

  function next(read: string) {
    closing.verdict = 'next'
    closing.separator = held
    closing.rest = read
  }

  function other(read: string) {
    closing.verdict = 'other'
    closing.rest = held + read
    closing.last = read
  }

  function end(): string {
    return held.trimEnd() + partial
  }

  return closing
}

/** Whether a name may begin like this, or the brackets and quotes around it. */
function mayBegin(unit: number): boolean {
  return isWord(unit) || isQuote(unit) || unit === Char.openParenthesis || unit === Char.openBracket
}
