import type { TagMatch, TagSet } from '../scan/tags.js'
import { isSpace, isWord, markOf } from './characters.js'
import { closedBy, type Frame } from './frame.js'

/** How much text is looked at before it is known what a place means. */
export const maxAhead = 2048
/** What is longer is no key. */
export const maxKey = 300

/**
 * What follows a place in the text, while it is asked what that place means: a question asks for one unit after the other,
 * and where it asked for more than has come its answer does not count. It is asked again, from the beginning, when more has.
 */
export interface Ahead {
  text: string
  /** Where it began. */
  from: number
  /** Where it is. */
  at: number
  /** Whether it was asked for more than has come, or for more than is looked at. */
  lacks: 'nothing' | 'text' | 'room'
  /**
   * What the reply's end tells that comes here: nothing (`no`), or that what is asked for is so, if the model itself has
   * stopped or even where the reply was `cut`.
   */
  atEnd: 'no' | 'stopped' | 'cut'
  /** How many brackets are open behind the closers so far, and how many closers those were. */
  depth: number
  closers: number
  /** Whether a comma has come. */
  sawComma: boolean
  /** Whether one of them closed more than the innermost bracket. */
  isWide: boolean
  start(text: string, at: number, atEnd: Ahead['atEnd']): void
  /** The unit that is there, which stays; NaN: none is. Punctuation of full width is JSON's. */
  peek(): number
  /** The same behind white space. */
  next(): number
  /** Passes the unit that is there; what is next behind it. */
  pass(): number
  /** The innermost bracket that is open behind the closers so far. */
  frame(): Frame | undefined
  /** The letters and digits that are there, and what else belongs to the word. */
  word(also: number): string
  /** Takes a closer; whether it closes a bracket, or none is left to be closed. */
  close(unit: number): boolean
  /** The tag that is there. */
  tag(): TagMatch
}

export function createAhead(tags: TagSet, frames: readonly Frame[]): Ahead {
  let end = 0
  const ahead: Ahead = {
    text: '',
    from: 0,
    at: 0,
    lacks: 'nothing',
    atEnd: 'no',
    depth: 0,
    closers: 0,
    sawComma: false,
    isWide: false,
    start(text, at, atEnd) {
      end = at + maxAhead
      ahead.text = text
      ahead.from = ahead.at = at
      ahead.lacks = 'nothing'
      ahead.atEnd = atEnd
      ahead.depth = frames.length
      ahead.closers = 0
      ahead.sawComma = ahead.isWide = false
    },
    peek,
    next,
    pass() {
      ahead.at++
      return next()
    },
    frame: () => frames[ahead.depth - 1],
    word(also) {
      const from = ahead.at
      for (let each = peek(); isWord(each) || each === also; each = peek()) {
        if (++ahead.at - from > maxKey) break
      }
      return ahead.text.slice(from, ahead.at)
    },
    close(closer) {
      const { depth } = ahead
      const to = closedBy(frames, depth, closer)
      ahead.at++
      ahead.closers++
      if (to < 0) return depth === 0
      ahead.isWide ||= to < depth - 1
      ahead.depth = to
      return true
    },
    tag() {
      const tag = readTag(tags, ahead.text, ahead.at, ahead.closers > 0)
      ahead.at = tag.end
      if (tag.kind === 'partial') ahead.lacks = 'text'
      return tag.kind
    },
  }

  function peek(): number {
    const { text, at } = ahead
    if (at < text.length && at < end) return markOf(text.charCodeAt(at))
    ahead.lacks = at < end ? 'text' : 'room'
    return Number.NaN
  }

  function next(): number {
    while (isSpace(peek())) ahead.at++
    return peek()
  }

  return ahead
}

/**
 * The tag that begins here, and where it ends: before the unit that shows it is `none`. `partial`: the text ends first.
 * `isBehind`: the call may be over.
 */
export function readTag(
  tags: TagSet,
  text: string,
  at: number,
  isBehind: boolean,
): { kind: TagMatch; end: number } {
  const found = tags.whole?.(text, at)
  if (found !== undefined) return { kind: found[1], end: at + found[0].length }
  for (let end = at + 2; end <= text.length; end++) {
    const read = text.slice(at, end)
    const kind = isBehind ? tags.matchBehind(read) : tags.match(read)
    if (kind === 'none') return { kind, end: end - 1 }
    if (kind !== 'partial') return { kind, end }
  }
  return { kind: 'partial', end: text.length }
}
