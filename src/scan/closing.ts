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
   * A call has ended, at `at` in the reply. `closers`: how many brackets were opened before it. `isCode`: the next call may
   * begin with a word or another bracket, as Python's do: in a list, or where `isMarked` (the calls stand behind a mark, or are
   * all of the reply) on a line of its own too. `quoted`: whether a quote was opened before it. `mayHaveWords`: words may
   * stand before the closing mark.
   */
  start(
    at: number,
    closers: number,
    isCode: boolean,
    isMarked: boolean,
    quoted: boolean,
    mayHaveWords: boolean,
  ): void
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
  /** Gives what came and says nothing, once: a comment, or a full stop. `isAll`: what was held says nothing either. */
  takeStray(isAll: boolean): string
  /** Where in the reply it stands. */
  readonly strayAt: number
  /** The words before the closing mark. */
  readonly words: string
  /** The closing mark that came, if it is none of the dialect's. */
  readonly drifted: string
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
const maxMarks = 8
/** Longer comments are text. */
const maxComment = 4096
const operators = '+|&*/'

export function createClosing(tags: WholeTags): Closing {
  let at = 0
  let spaces = 0
  /** A separator and the white space after it, or ticks: part of the block if a call or its end follows. */
  let held = ''
  let marks = 0
  let hasSeparator = false
  /** What of it says nothing, once that is shown. */
  let stray = ''
  let partial = ''
  let isCode = false
  let isMarked = false
  let quoteOwed = false
  /** Behind `#` or `//` to the end of its line, behind `/*` to its own. */
  let comment: 'no' | 'line' | 'block' = 'no'
  /** Whether words may stand before the closing mark, and whether they have begun. */
  let mayHaveWords = false
  let inWords = false
  const closing: Writable<Closing> = {
    verdict: 'wait',
    surplus: 0,
    surplusAt: 0,
    isNewLine: false,
    separator: '',
    strayAt: 0,
    words: '',
    drifted: '',
    rest: '',
    last: '',
    start(from, closers, code, marked, quoted, isAfterWords) {
      closing.verdict = 'wait'
      closing.isNewLine = inWords = false
      comment = 'no'
      isCode = code
      isMarked = marked
      quoteOwed = quoted
      mayHaveWords = isAfterWords
      closing.surplus = -closers
      at = from
      spaces = marks = 0
      hasSeparator = false
      held = stray = partial = closing.words = closing.drifted = closing.rest = ''
    },
    push(text, from) {
      let i = from
      while (i < text.length && closing.verdict === 'wait') {
        const isFirst = text.charAt(i) === '<' && partial === '' && comment === 'no'
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
    takeStray(isAll) {
      const taken = isAll ? stray + held : stray
      stray = ''
      if (isAll) held = ''
      return taken.replace(/`{3}[\w-]*|^[\s,;]+|[\s,;`]+$/g, '').trim()
    },
    end: () => held.trimEnd() + partial,
  }

  /** Whether the character is taken. */
  function read(char: string): boolean {
    const unit = char.charCodeAt(0)
    if (partial !== '') return readTag(char)
    if (inWords && unit !== Char.less) {
      closing.words += char
      if (closing.words.length > maxWords) other('')
    } else if (comment !== 'no' && char !== '<') {
      if (held.length > maxComment) return other('')
      held += char
      if (comment === 'line' ? unit === Char.newline : held.endsWith('*/')) comment = 'no'
    } else if (startsComment(char)) {
      comment = char === '*' ? 'block' : 'line'
      hold(char)
    } else if (tags.starts.includes(char)) {
      partial = char
    } else if (isSpace(unit) && ++spaces <= maxSpace) {
      if (held !== '') held += char
      if (unit === Char.newline) closing.isNewLine = true
    } else if (quoteOwed && isQuote(unit)) {
      quoteOwed = false
    } else if (isCloser(unit)) {
      // Behind the last call of a list: `[f(),]`.
      if (closing.surplus < 0 && (hasSeparator || isComment(held))) leaveOut()
      if (closing.surplus++ === 0) closing.surplusAt = at
    } else if ((marks < maxMarks && mayStand(char)) || isLanguage(char)) {
      marks++
      hasSeparator ||= separates(char)
      hold(char)
    } else {
      return unit === Char.openBrace || (mayBeNext() && mayBegin(unit)) ? next('') : other('')
    }
    return true
  }

  function hold(text: string, from = at) {
    if (held === '' && stray === '') closing.strayAt = from
    held += text
  }

  /** What was held says nothing. */
  function leaveOut() {
    stray += held
    held = ''
    hasSeparator = false
  }

  function readTag(char: string): boolean {
    const written = partial + char
    const match = tags.match(written)
    if (match === 'none' && (comment !== 'no' || (/^\/[/*]/.test(written) && mayStand('/')))) {
      // What might have been `/tool_call>` is of a comment, or begins one.
      hold(partial, at - partial.length)
      partial = ''
      return false
    }
    if (match === 'none') {
      // The bracket of a list of calls.
      const isList = partial.startsWith('[') && (mayBeNext() || hasSeparator)
      return isList ? next(partial) : other(partial)
    }
    partial = written
    if (match === 'close' || match === 'drift-close' || match === 'result-close') {
      closing.verdict = 'closed'
      if (match !== 'close') closing.drifted = written
    } else if (match === 'call' && !inWords) next(written)
    else if (match !== 'partial') {
      // Behind a mark's call the next mark shows that no text was meant.
      if (isMarked && !held.includes('`')) leaveOut()
      other(written)
    }
    return true
  }

  /** Whether a word here may be the next call's. */
  function mayBeNext(): boolean {
    return isCode && (hasSeparator || (isMarked && closing.isNewLine && held === ''))
  }

  /** What may stand between calls, or between the last one and the mark. */
  function mayStand(char: string): boolean {
    if (separates(char) || char === '`' || isItem(char)) return true
    return (char === '.' && isMarked && held === '') || (char === '/' && mayComment())
  }

  /** Behind an object a comment stands in its line, if nothing else shows that calls are not over. */
  function mayComment(): boolean {
    return isCode || closing.surplus < 0 || (isMarked && !closing.isNewLine)
  }

  function startsComment(char: string): boolean {
    if (!mayComment() || held.length > maxSpace) return false
    return char === '#' || (!isCode && held.endsWith('/') && (char === '/' || char === '*'))
  }

  /** Objects may be the items of a list: `1. {…}⏎2. {…}`. */
  function isItem(char: string): boolean {
    return !isCode && !mayHaveWords && closing.isNewLine && isItemMark(held + char)
  }

  /** In a list of code an operator stands between calls too: `[f() + g()]`, `[f()] + [g()]`. */
  function separates(char: string): boolean {
    return char === ',' || char === ';' || (isCode && operators.includes(char))
  }

  /** Whether one fence has ended, and another begins with this language: each may hold a call. */
  function isLanguage(char: string): boolean {
    return held.length < maxSpace && /^`{3}\s+`{3}[\w-]+$/.test(held + char)
  }

  function next(read: string): false {
    closing.verdict = 'next'
    closing.separator = held
    closing.rest = read
    return false
  }

  /** What came is no part of the block, unless it is the first of the words before its mark. */
  function other(read: string): false {
    if (mayHaveWords && !inWords && !read.startsWith('<')) {
      inWords = true
      closing.words = held + read
      held = ''
      return false
    }
    closing.verdict = 'other'
    closing.rest = held + read
    closing.last = read
    return false
  }

  return closing
}

/** What kind of change it is where this is left out that stands behind a call. */
export function kindOfStray(text: string): 'comment' | 'stray-text' {
  return isComment(text) ? 'comment' : 'stray-text'
}

function isComment(text: string): boolean {
  return /^[\s,;]*(?:#|\/[/*])/.test(text)
}

/** Whether a name may begin like this, or the brackets and quotes around it. */
function mayBegin(unit: number): boolean {
  return isWord(unit) || isQuote(unit) || unit === Char.openParenthesis || unit === Char.openBracket
}
