import { Char, isCloser, isQuote, isSpace, isWord } from '../json/characters.js'
import type { Writable } from '../writable.js'
import { isItemMark } from './line-head.js'
import type { WholeTags } from './tags.js'

/**
 * What stands between the end of a call's object and the end of its block: white space, brackets too many, the end of a
 * fence, and the closing mark; or a comma and the next call.
 */
export interface Closing {
  /**
   * A call has ended, at `at` in the reply. `closers`: how many brackets were opened before it. `next`: whether the next call may begin with a
   * word or another bracket, as Python's do: in a list, or on a line of its own too. `quoted`: whether a quote was opened
   * before it. `close`: words may stand before this mark; `''`: none may.
   */
  start(at: number, closers: number, next: 'none' | 'list' | 'lines', quoted: boolean, close: string): void
  push(text: string, from: number): number
  /** `closed`: the closing mark came. `next`: another call begins. `other`: what came is no part of the block. */
  readonly verdict: 'wait' | 'closed' | 'next' | 'other'
  /** Brackets that close nothing, and where in the reply the first one stands. */
  readonly surplus: number
  readonly surplusAt: number
  /** Whether a line break stands between the call and what came. */
  readonly isNewLine: boolean
  /** What separates the next call from this one. */
  readonly separator: string
  /** The words before the closing mark. */
  readonly words: string
  /** What is no part of the block, or of the next call, to be read again. */
  readonly rest: string
  /** The end of it that stands together in the text, whatever brackets stood in it before. */
  readonly last: string
  /** No more input. Gives what is no part of the block. */
  end(): string
}

const maxSpace = 1024
/** More words behind a call are no words behind a call. */
const maxWords = 256
const operators = '+|&*/'

export function createClosing(tags: WholeTags): Closing {
  let at = 0
  let spaces = 0
  /** A separator and the white space after it, or ticks: part of the block if a call or its end follows. */
  let held = ''
  let partial = ''
  let mayBeWord: 'none' | 'list' | 'lines' = 'none'
  let quoteOwed = false
  /** Behind a `#` in code, to the end of its line. */
  let inComment = false
  /** The mark that words may stand before. */
  let close = ''
  let inWords = false
  const closing: Writable<Closing> = {
    verdict: 'wait',
    surplus: 0,
    surplusAt: 0,
    isNewLine: false,
    separator: '',
    words: '',
    rest: '',
    last: '',
    start(from, closers, words, quoted, before) {
      closing.verdict = 'wait'
      closing.isNewLine = inComment = inWords = false
      mayBeWord = words
      quoteOwed = quoted
      close = before
      closing.surplus = -closers
      at = from
      spaces = 0
      held = partial = closing.words = closing.rest = ''
    },
    push(text, from) {
      let i = from
      while (i < text.length && closing.verdict === 'wait') {
        const isFirst = text.charAt(i) === '<' && partial === '' && !inComment && !inWords
        const tag = isFirst ? tags.whole(text, i) : undefined
        if (tag?.[1] === 'close') {
          closing.verdict = 'closed'
          i += tag[0].length
        } else if (read(text.charAt(i))) {
          i++
          at++
        }
      }
      return i
    },
    end: () => held.trimEnd() + partial,
  }

  /** Whether the character is taken. */
  function read(char: string): boolean {
    const unit = char.charCodeAt(0)
    if (inWords) {
      readWord(char)
    } else if (inComment) {
      held += char
      inComment = unit !== Char.newline
    } else if (partial !== '') {
      return readTag(char)
    } else if (tags.starts.includes(char)) {
      partial = char
    } else if (isSpace(unit) && ++spaces <= maxSpace) {
      if (held !== '') held += char
      if (unit === Char.newline) closing.isNewLine = true
    } else if (quoteOwed && isQuote(unit)) {
      quoteOwed = false
    } else if (isCloser(unit)) {
      // Behind the last call of a list: `[f(),]`.
      if (closing.surplus < 0 && hasSeparator()) held = ''
      if (closing.surplus++ === 0) closing.surplusAt = at
    } else if ((held.length < 8 && (separates(char) || char === '`' || isItem(char))) || isLanguage(char)) {
      held += char
    } else if (char === '#' && mayBeWord !== 'none' && held.length < maxSpace) {
      held += char
      inComment = true
    } else {
      return unit === Char.openBrace || (mayBeNext() && mayBegin(unit)) ? next('') : other('')
    }
    return true
  }

  function readTag(char: string): boolean {
    const written = partial + char
    const match = tags.match(written)
    if (match === 'none') {
      // The bracket of a list of calls.
      const isList = partial.startsWith('[') && (mayBeNext() || hasSeparator())
      return isList ? next(partial) : other(partial)
    }
    partial = written
    if (match === 'close' || match === 'drift-close' || match === 'result-close') closing.verdict = 'closed'
    else if (match === 'call') next(written)
    else if (match !== 'partial') other(written)
    return true
  }

  function readWord(char: string) {
    const words = closing.words + char
    const mark = words.indexOf('<')
    const isMark = mark !== -1 && close.startsWith(words.slice(mark))
    closing.words = words
    if (isMark && words.length - mark === close.length) {
      closing.verdict = 'closed'
      closing.words = words.slice(0, mark).trim()
    } else if (words.length > maxWords || (mark !== -1 && !isMark)) {
      closing.verdict = 'other'
      closing.rest = closing.last = mark === -1 ? '' : words.slice(mark)
    }
  }

  /** Whether a word here may be the next call's. */
  function mayBeNext(): boolean {
    if (mayBeWord === 'none') return false
    return hasSeparator() || (mayBeWord === 'lines' && closing.isNewLine && held === '')
  }

  /** Objects may be the items of a list: `1. {…}⏎2. {…}`. */
  function isItem(char: string): boolean {
    return mayBeWord === 'none' && close === '' && closing.isNewLine && isItemMark(held + char)
  }

  /** Whether one fence has ended, and another begins with this language: each may hold a call. */
  function isLanguage(char: string): boolean {
    return held.length < maxSpace && /^`{3}\s+`{3}[\w-]+$/.test(held + char)
  }

  /** In a list of code an operator stands between calls too: `[f() + g()]`, `[f()] + [g()]`. */
  function separates(char: string): boolean {
    return char === ',' || char === ';' || (mayBeWord !== 'none' && operators.includes(char))
  }

  function hasSeparator(): boolean {
    return [...held].some(separates)
  }

  function next(read: string): false {
    closing.verdict = 'next'
    closing.separator = held
    closing.rest = read
    return false
  }

  /** What came is no part of the block, unless it is the first of the words before its mark. */
  function other(read: string): false {
    if (close !== '') {
      inWords = true
      const words = held + read
      let i = 0
      while (i < words.length && closing.verdict === 'wait') readWord(words.charAt(i++))
      closing.rest += words.slice(i)
      return false
    }
    closing.verdict = 'other'
    closing.rest = held + read
    closing.last = read
    return false
  }

  return closing
}

/** Whether a name may begin like this, or the brackets and quotes around it. */
function mayBegin(unit: number): boolean {
  return isWord(unit) || isQuote(unit) || unit === Char.openParenthesis || unit === Char.openBracket
}
