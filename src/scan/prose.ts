import { Char, isHighSurrogate, isLatinWord, isSpace } from '../json/characters.js'
import type { PlainText } from '../plain-text.js'
import type { Writable } from '../writable.js'
import type { BareCalls } from './bare-calls.js'
import { isHalfMark } from './drift.js'
import { addToHead, headBehind, isLineStart, type LineHead } from './line-head.js'
import type { TagKind, WholeTags } from './tags.js'

/**
 * Passes text on until a mark comes. Two things are held: a `<` while it may become a mark, and white space while a mark
 * may follow it, because white space beside a mark belongs to the mark.
 */
export interface Prose extends PlainText {
  /** Reads from `from` and returns where it stopped: after a mark (`found`), or at the end of the text. */
  push(text: string, from: number): number
  /** The short way, where text has come and nothing is held. */
  plain(): PlainText | undefined
  /** The mark that came; `line`, `word`: a call without a mark may begin at the next character, there in the text. */
  readonly found: TagKind | 'line' | 'word' | undefined
  /** What was held before the mark that was found, and the mark: text again if it opened nothing. */
  readonly mark: string
  /** The last characters before here. */
  behind(): string
  /** Nothing but white space since the reply or the segment began. */
  isFresh(): boolean
  /** Gives text that was taken for something else. `goesOn`: no mark stands right before it. */
  restore(text: string, goesOn?: boolean): void
  /** What is held is not given, whatever it turns out to be: the prompt has it. */
  hide(): void
  /** A mark came before this: white space that follows is its own. */
  afterMark(): void
  /** No more input: what is held was text after all. */
  end(): void
}

export interface ProseOptions {
  tags: WholeTags
  emit(text: string): void
  /** Whether a tag is a mark here; others are text. */
  isMark(kind: TagKind): boolean
  /** Where calls may begin without a mark. Left out: nowhere. */
  bareCalls?: BareCalls | undefined
  /** How much white space is held. */
  maxHeld: number
}

/** How many characters before a place are known there. */
const maxTail = 8

export function createProse({ tags, emit, isMark, bareCalls, maxHeld }: ProseOptions): Prose {
  /** White space at the end of what has been read. */
  let space = ''
  /** More white space than is held: it passes as text until something else comes. */
  let spaceRun = false
  let lead: 'start' | 'mark' | 'running' = 'start'
  let head: LineHead = ''
  /** The same at the place where `next` has stopped. */
  let reached: LineHead
  /** The last pieces of text, each of at least one character, and where each of them ends. */
  const pieces = new Array<string>(maxTail).fill('')
  const ends = new Uint32Array(maxTail)
  let newest = 0
  /** `<tool_c`, `[TOOL`: a mark, or text. */
  let partial = ''
  /** How much of what is held is not given. */
  let hidden = 0
  const { starts, lineStarts } = tags
  let { stops } = tags
  if (bareCalls?.inTicks) {
    stops = stops.slice()
    stops[Char.backtick] = 1
  }
  /** How a call may begin without a mark, where `next` has stopped for one. */
  let bare: 'line' | 'word' | undefined
  const prose: Writable<Prose> = {
    found: undefined,
    mark: '',
    behind,
    isFresh: () => lead !== 'running',
    push,
    pass,
    told: undefined,
    plain() {
      const isPlain =
        lead === 'running' && space === '' && partial === '' && !spaceRun && !bareCalls?.inLine()
      return isPlain ? prose : undefined
    },
    restore(text, goesOn = false) {
      if (goesOn) lead = 'running'
      give(text)
    },
    hide() {
      hidden = lead === 'mark' ? partial.length : space.length + partial.length
    },
    afterMark() {
      lead = 'mark'
      hidden = 0
      head = space = ''
      spaceRun = false
    },
    end() {
      const was = partial
      partial = ''
      if (was !== '') give(was)
      if (lead !== 'mark' && space !== '') tell(space)
      space = ''
    },
  }

  /** Pieces are kept as they are: putting them together at each would cost as much as the rest of it. */
  function remember(text: string, end: number) {
    if (end === 0) return
    newest = (newest + 1) % maxTail
    pieces[newest] = text
    ends[newest] = end
  }

  function behind(): string {
    let text = ''
    for (let n = maxTail; n > 0 && text.length < maxTail; n--) {
      const at = (newest + n) % maxTail
      text = (pieces[at] ?? '').slice(0, ends[at]) + text
    }
    return text.slice(-maxTail)
  }

  function give(text: string, headBehindIt = headBehind(head, text, bareCalls?.inItems)) {
    const end = trimmedLength(text)
    head = headBehindIt
    remember(text, text.length)
    if (end > 0) {
      let start = 0
      if (lead === 'mark') while (isSpace(text.charCodeAt(start))) start++
      tell(lead === 'mark' ? text.slice(start, end) : space + text.slice(0, end))
      space = ''
      spaceRun = false
      lead = 'running'
    }
    if (end === text.length || lead === 'mark') return
    space += text.slice(end)
    if (!spaceRun && space.length <= maxHeld) return
    tell(space)
    space = ''
    spaceRun = true
    lead = 'running'
  }

  function tell(text: string) {
    const own = hidden === 0 ? text : text.slice(hidden)
    hidden = 0
    if (own !== '') emit(own)
  }

  function push(text: string, from: number): number {
    prose.found = undefined
    let i = from
    while (i < text.length) {
      if (partial === '') {
        const at = next(text, i)
        give(text.slice(i, at), reached)
        if (bare !== undefined) {
          find(bare, '')
          return at
        }
        const tag = tags.whole(text, at)
        if (tag === undefined) {
          partial = text.charAt(at)
          i = at + partial.length
        } else {
          i = at + tag[0].length
          if (isFound(tag[1], tag[0])) return i
        }
        continue
      }
      const read = partial + text.charAt(i)
      const match = tags.match(read)
      if (match === 'partial') {
        partial = read
        i++
      } else if (match === 'none') {
        // The character is read again: it may be the `<` of a real mark.
        const was = partial
        partial = ''
        if (text.charAt(i) === '{' && isLineStart(head) && isHalfMark(was) && isMark('drift-open')) {
          find('drift-open', was)
          return i
        }
        if (!was.startsWith('<<')) give(was)
        else if (isFoundIn(was)) return i
      } else {
        partial = ''
        i++
        if (isFound(match, read)) return i
      }
    }
    return i
  }

  /** Of two brackets the second may begin a mark. Whether one is there; what is none is text or waits. */
  function isFoundIn(brackets: string): boolean {
    give('<')
    const read = brackets.slice(1)
    const match = tags.match(read)
    if (match === 'partial') partial = read
    else if (match === 'none') give(read)
    else return isFound(match, read)
    return false
  }

  /** Whether a tag is a mark; otherwise it is text. */
  function isFound(kind: TagKind, read: string): boolean {
    const isOne = isMark(kind)
    if (isOne) find(kind, read)
    else give(read)
    return isOne
  }

  function find(found: Prose['found'], read: string) {
    prose.found = found
    prose.mark = (lead === 'mark' ? '' : space.slice(hidden)) + read
    space = ''
    hidden = 0
  }

  /** Where a mark or a call (`bare`) may begin. */
  function next(text: string, from: number): number {
    const inLine = bareCalls?.inLine()
    let read = head
    bare = undefined
    for (let i = from; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      // Nearly all characters stand in the middle of a line.
      if (read !== undefined || stops[unit & 127] !== 0) {
        const before = read
        read = addToHead(read, unit, bareCalls?.inItems)
        if (isSpace(unit)) continue
        const isTag = starts.includes(text.charAt(i))
        if (isLineStart(before) ? bareCalls?.atLine(unit) : isListed(text, from, i)) bare = 'line'
        if (bare || isTag || (before === '' && lineStarts.includes(text.charAt(i)))) {
          reached = before
          return i
        }
      }
      if (inLine && read === undefined && isInLine(text, from, i)) {
        reached = read
        bare = 'word'
        return i
      }
    }
    reached = read
    return text.length
  }

  /** Whether calls stand behind a colon. */
  function isListed(text: string, from: number, at: number): boolean {
    const char = text.charAt(at)
    const mayBegin = char === '[' || (char === '`' && bareCalls?.inTicks)
    return mayBegin === true && bareCalls?.isListed(before(text, from, at)) === true
  }

  function isInLine(text: string, from: number, at: number): boolean {
    if (at > from && isLatinWord(text.charCodeAt(at - 1))) return false
    return bareCalls?.begins(text, at) === true && !bareCalls.isInside(before(text, from, at))
  }

  /** The last characters before a place in the text. */
  function before(text: string, from: number, at: number): string {
    return (behind() + text.slice(Math.max(from, at - maxTail), at)).slice(-maxTail)
  }

  /** White space at the end waits: a mark may follow. */
  function pass(chunk: string): number {
    const isLine = head === undefined && !hasStop(chunk)
    if (!isLine && next(chunk, 0) < chunk.length) return 0
    const end = trimmedLength(chunk)
    if (end === 0 || chunk.length - end > maxHeld || isHighSurrogate(chunk.charCodeAt(end - 1))) return 0
    // White space at its end is read again, which changes nothing of the line's head.
    if (!isLine) head = reached
    remember(chunk, end)
    return end
  }

  /** Most of a text stands in the middle of a line. */
  function hasStop(chunk: string): boolean {
    for (let i = 0; i < chunk.length; i++) if (stops[chunk.charCodeAt(i) & 127] !== 0) return true
    return false
  }

  return prose
}

/** Without the white space at its end. */
function trimmedLength(text: string): number {
  let end = text.length
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--
  return end
}
