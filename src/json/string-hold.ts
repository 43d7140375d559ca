import type { TagSet } from '../scan/tags.js'
import type { Writable } from '../writable.js'
import { Char, isQuote, isSpace, isWord } from './characters.js'
import { closedBy, type Frame } from './frame.js'

/**
 * Decides at `}`, `]`, a line break or `<` inside a string whether the string's closing quote was lost:
 *
 *     {"name": "f", "arguments": {"city": "Paris}}
 *     </tool_call>
 *                                               ^^ … ^ closers and the whole close tag
 *
 * A string may talk about tags, so the close tag counts only if closers stand before it, the string has not opened an
 * example call that the tag closes, and the end of the reply, with or without a control token, or an opening mark with the first key of
 * a call follows. A well-formed string that shows calls writes their quotes as `\"` and is therefore never mistaken.
 */
export interface StringHold {
  start(frames: readonly Frame[], openExamples: number, string: StringSoFar): void
  /**
   * Takes the next unit; the verdict holds before it. `text`: the first `textLength` units are string text.
   * `restore`: a neutralised control token. `stop`: a mark that ends the block wherever it stands.
   */
  step(unit: number): 'wait' | 'text' | 'restore' | 'lost-quote' | 'stop'
  textLength(): number
  /** Brackets have come before what is held. */
  sawClosers(): void
  readonly openExamples: number
  /** Where the close tag stands in what is held. */
  readonly tagStart: number
  readonly tagEnd: number
  /** Whether the quote was lost if the reply ends here: `if-stopped` when only the model's own stop tells so. */
  lostAtEnd(): 'yes' | 'if-stopped' | 'no'
}

/** What is known of the string: whether its quotes are broken, a line has ended in it, and nothing of it has come. */
interface StringSoFar {
  dirty: boolean
  hasBreak: boolean
  isEmpty: boolean
}

const maxSpace = 1024

enum Phase {
  closers,
  tag,
  text,
  restore,
  stop,
  opened,
  openedEscape,
  afterTag,
  opener,
  brace,
  quote,
  key,
  afterToken,
}

export function createStringHold(tags: TagSet): StringHold {
  let phase = Phase.closers
  let length = 0
  let spaces = 0
  let closers = 0
  let depth = 0
  let frames: readonly Frame[] = []
  let tag = ''
  /** Whether a call behind it may be a real one, so that the string ended before. */
  let mayBeOver = false
  let isOneLine = true
  const hold: Writable<StringHold> = {
    openExamples: 0,
    tagStart: 0,
    tagEnd: 0,
    textLength: () => (hold.tagEnd === 0 ? length : hold.tagEnd),
    sawClosers: () => closers++,
    lostAtEnd,
    start,
    step,
  }

  function lostAtEnd() {
    if (phase === Phase.afterToken) return 'yes'
    // Where calls have no closing mark, all of their brackets at the end are as much.
    const isWhole = phase === Phase.closers && closers > 0 && depth === 0 && isOneLine && !tags.hasClose()
    return phase === Phase.afterTag || isWhole ? 'if-stopped' : 'no'
  }

  function start(open: readonly Frame[], examples: number, { dirty, hasBreak, isEmpty }: StringSoFar) {
    mayBeOver = !dirty && !isEmpty
    isOneLine = !dirty && !hasBreak
    phase = Phase.closers
    length = 0
    spaces = 0
    closers = 0
    frames = open
    depth = open.length
    hold.openExamples = examples
    hold.tagEnd = 0
  }

  function step(unit: number) {
    const verdict = decide(unit)
    if (verdict === 'wait') length++
    return verdict
  }

  function decide(unit: number): ReturnType<StringHold['step']> {
    if (isSpace(unit) && ++spaces > maxSpace) return 'text'
    switch (phase) {
      case Phase.text:
        return 'text'
      case Phase.restore:
        return 'restore'
      case Phase.stop:
        return 'stop'
      case Phase.closers:
        if (isSpace(unit)) return 'wait'
        if (unit === Char.less) return startTag(Phase.tag)
        if (isCloser(unit)) return 'wait'
        if (length > 0) return 'text'
        // A bracket that closes nothing is text; taken, so that the string goes on after it.
        phase = Phase.text
        return 'wait'
      case Phase.tag:
        return stepTag(unit)
      case Phase.opened:
        // An example, if an object follows; otherwise the mark is only mentioned.
        if (isSpace(unit)) return 'wait'
        if (unit === Char.backslash) {
          phase = Phase.openedEscape
          return 'wait'
        }
        if (!tags.hasClose()) return 'text'
        if (unit === Char.openBrace || unit === Char.openBracket || unit === Char.backtick)
          hold.openExamples++
        return 'text'
      case Phase.openedEscape:
        phase = Phase.opened
        return unit === 110 || unit === 114 || unit === 116 ? 'wait' : 'text'
      case Phase.afterTag:
      case Phase.afterToken:
        if (isSpace(unit)) return 'wait'
        return unit === Char.less ? startTag(Phase.opener) : 'text'
      case Phase.opener:
        return stepOpener(unit)
      case Phase.brace:
        if (isSpace(unit)) return 'wait'
        if (unit !== Char.openBrace) return 'text'
        phase = Phase.quote
        return 'wait'
      case Phase.quote:
        if (isSpace(unit)) return 'wait'
        if (isWord(unit)) return 'lost-quote'
        if (!isQuote(unit)) return 'text'
        phase = Phase.key
        return 'wait'
      case Phase.key:
        return isWord(unit) ? 'lost-quote' : 'text'
    }
  }

  function startTag(next: Phase): 'wait' {
    if (next === Phase.tag) hold.tagStart = length
    tag = '<'
    phase = next
    return 'wait'
  }

  function isCloser(unit: number): boolean {
    const inCall = unit === Char.closeParenthesis && frames[0]?.call === true
    if (unit !== Char.closeBrace && unit !== Char.closeBracket && !inCall) return false
    const at = closedBy(frames, depth, unit)
    if (at < 0) return depth === 0
    depth = at
    closers++
    return true
  }

  function stepTag(unit: number): 'wait' | 'text' {
    tag += String.fromCharCode(unit)
    switch (tags.match(tag)) {
      case 'partial':
        return 'wait'
      case 'none':
        return 'text'
      case 'open':
        hold.tagEnd = length + 1
        phase = Phase.opened
        return 'wait'
      case 'close':
        hold.tagEnd = length + 1
        if (hold.openExamples > 0) hold.openExamples--
        else if (closers > 0) {
          phase = Phase.afterTag
          return 'wait'
        }
        hold.tagEnd = 0
        phase = Phase.text
        return 'wait'
      case 'neutral':
        phase = Phase.restore
        return 'wait'
      case 'think-close':
        phase = Phase.stop
        return 'wait'
      default:
        phase = Phase.text
        return 'wait'
    }
  }

  function stepOpener(unit: number): 'wait' | 'text' {
    tag += String.fromCharCode(unit)
    switch (tags.match(tag)) {
      case 'partial':
        return 'wait'
      case 'open':
        // In a string with broken quotes the next mark is as likely its own; one of nothing did not lose its quote.
        if (!mayBeOver) return 'text'
        phase = Phase.brace
        return 'wait'
      case 'turn-end':
      case 'turn-start':
        phase = Phase.afterToken
        return 'wait'
      default:
        return 'text'
    }
  }

  return hold
}
