import { Char, isHighSurrogate, isLatinWord, isSpace } from '../json/characters.js'
import type { PlainText } from '../plain-text.js'
import type { Writable } from '../writable.js'
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
  /** Gives text that was taken for something else. */
  restore(text: string): void
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

export interface BareCalls {
  /** Whether an item of a list is a line of its own. */
  readonly inItems: boolean
  /** Whether a list of calls may stand behind words and a colon. */
  behindColon(): boolean
  /** Whether one may begin with this unit at the start of a line. */
  atLine(unit: number): boolean
  /** Whether one may begin in the middle of a line. */
  inLine(): boolean
  /** Whether one may begin there in the text, which goes on to `end`, and may go on in the next chunk. */
  begins(text: string, at: number, end: number): boolean
  /** Whether it cannot be one behind these characters. Behind a letter, a digit or `_` it never can. */
  isInside(behind: string): boolean
}

/** Where the next of what is looked for stands in a text, so that it is looked for once. */
interface Known {
  text: string
  /** From where on it was looked for. */
  from: number
  newline: number
  /** The next line that begins as a tag may. */
  lineStart: number
  /** For each character that begins tags the next one. */
  starts: number[]
}

/** Longer than what is held and given back. */
const maxShort = 4096

function createKnown(): Known {
  return { text: '', from: 0, newline: -1, lineStart: -1, starts: [] }
}

function forget(known: Known, text: string) {
  known.text = text
  known.from = 0
  known.newline = known.lineStart = -1
  known.starts.length = 0
}

export function createProse({ tags, emit, isMark, bareCalls, maxHeld }: ProseOptions): Prose {
  /** White space at the end of what has been read. */
  let space = ''
  /** More white space than is held: it passes as text until something else comes. */
  let spaceRun = false
  let lead: 'start' | 'mark' | 'running' = 'start'
  let head: LineHead = ''
  /** Text whose end is the last characters, and the same before it where it is short. */
  let tail = ''
  let earlier = ''
  const { starts, lineStarts } = tags
  /** What is known of the text that is being read; what a call gave back is short and comes in between. */
  const ofLong = createKnown()
  const ofShort = createKnown()
  let known = ofShort
  /** Whether what begins a line may be of several characters. */
  const readsLines = bareCalls?.inItems === true || lineStarts !== ''
  const otherStarts = [...starts].filter((start) => start !== '<' && start !== '[')
  /** `<tool_c`, `[TOOL`: a mark, or text. */
  let partial = ''
  const prose: Writable<Prose> = {
    found: undefined,
    mark: '',
    behind,
    isFresh: () => lead !== 'running',
    push,
    pass,
    plain,
    restore: give,
    afterMark,
    end,
  }

  /** A long piece is kept as it is: cutting it up for each chunk costs as much as the rest of it. */
  function remember(text: string) {
    if (text.length < maxTail) earlier = tail.length + text.length < maxTail ? behind() : tail
    tail = text
  }

  function behind(): string {
    return tail.length < maxTail ? (earlier + tail).slice(-maxTail) : tail.slice(-maxTail)
  }

  function give(text: string) {
    let end = text.length
    while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--
    if (bareCalls?.inItems) head = headBehind(head, text)
    else head = (end === 0 && head === '') || text.includes('\n', end) ? '' : undefined
    remember(text)
    if (end > 0) {
      let start = 0
      if (lead === 'mark') while (isSpace(text.charCodeAt(start))) start++
      emit(lead === 'mark' ? text.slice(start, end) : space + text.slice(0, end))
      space = ''
      spaceRun = false
      lead = 'running'
    }
    if (end === text.length) return
    if (spaceRun) return emit(text.slice(end))
    if (lead === 'mark') return
    space += text.slice(end)
    if (space.length <= maxHeld) return
    emit(space)
    space = ''
    spaceRun = true
    lead = 'running'
  }

  function push(text: string, from: number): number {
    prose.found = undefined
    known = text.length > maxShort ? ofLong : ofShort
    if (known.text !== text || from < known.from) forget(known, text)
    let i = from
    while (i < text.length) {
      if (partial === '') {
        const end = nextStart(text, i)
        // A bracket may begin both: what opens a list of calls finds the tag as well.
        const until = text.charCodeAt(end) === Char.openBracket ? end + 1 : end
        const call = bareCalls === undefined ? -1 : findCall(text, i, until, bareCalls)
        const at = call === -1 ? end : call
        give(text.slice(i, at))
        const isListed = until > end && bareCalls?.behindColon() && /\w:\s*$/.test(behind())
        if (call !== -1 || isListed) {
          prose.found = lead !== 'running' || isLineStart(head) || call === -1 ? 'line' : 'word'
          prose.mark = lead === 'mark' ? '' : space
          space = ''
          return at
        }
        if (at === text.length) return at
        const tag = tags.whole(text, at)
        if (tag === undefined) {
          partial = text.charAt(at)
          i = at + 1
          continue
        }
        i = at + tag[0].length
        if (isFound(tag[1], tag[0])) return i
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
        give(was)
      } else {
        partial = ''
        i++
        if (isFound(match, read)) return i
      }
    }
    return i
  }

  /** Whether a tag is a mark; otherwise it is text. */
  function isFound(kind: TagKind, read: string): boolean {
    if (!isMark(kind)) {
      give(read)
      return false
    }
    prose.found = kind
    prose.mark = (lead === 'mark' ? '' : space) + read
    space = ''
    return true
  }

  /** Where the next tag may begin. */
  function nextStart(text: string, from: number): number {
    known.from = from
    let next = text.length
    for (let k = 0; k < starts.length; k++) {
      let at = known.starts[k] ?? -1
      if (at < from) {
        at = text.indexOf(starts.charAt(k), from)
        if (at === -1) at = text.length
        known.starts[k] = at
      }
      if (at < next) next = at
    }
    return lineStarts === '' ? next : nextLineStart(text, from, next)
  }

  /** Where before `end` a line begins as a tag may that is a word. */
  function nextLineStart(text: string, from: number, end: number): number {
    if (known.lineStart >= from) return Math.min(known.lineStart, end)
    let at = from
    if (lead === 'running' && head !== '') at = lineBehind(text, from)
    while (at < text.length) {
      while (at < text.length && isSpace(text.charCodeAt(at))) at++
      if (at < text.length && lineStarts.includes(text.charAt(at))) break
      at = lineBehind(text, at)
    }
    known.lineStart = at
    return Math.min(at, end)
  }

  function lineBehind(text: string, from: number): number {
    const at = text.indexOf('\n', from)
    return at === -1 ? text.length : at + 1
  }

  function nextNewline(text: string, from: number): number {
    if (known.newline < from) known.newline = text.indexOf('\n', from)
    if (known.newline === -1) known.newline = text.length
    return known.newline
  }

  /** Where between the two a call may begin; -1: nowhere. */
  function findCall(text: string, from: number, end: number, calls: BareCalls): number {
    const inLine = calls.inLine()
    let read: LineHead = lead === 'running' ? head : ''
    let i = from
    for (;;) {
      while (i < end && read !== undefined) {
        const unit = text.charCodeAt(i)
        if (isLineStart(read) && !isSpace(unit) && calls.atLine(unit)) return i
        const next = isSpace(unit) || calls.inItems ? addToHead(read, unit) : undefined
        if (next !== undefined) i++
        read = next
      }
      const stop = Math.min(nextNewline(text, i), end)
      if (inLine) {
        for (; i < stop; i++) {
          if (i > from && isLatinWord(text.charCodeAt(i - 1))) continue
          if (!calls.begins(text, i, end)) continue
          const read = behind() + text.slice(Math.max(from, i - maxTail), i)
          if (!calls.isInside(read.slice(-maxTail))) return i
        }
      }
      if (stop === end) return -1
      read = ''
      i = stop + 1
    }
  }

  /** White space at the end waits: a mark may follow. */
  function pass(chunk: string): number {
    let isStart = head === ''
    let end = 0
    for (let i = 0; i < chunk.length; i++) {
      const unit = chunk.charCodeAt(i)
      if (isSpace(unit)) {
        if (unit !== Char.newline) continue
        if (readsLines) return 0
        isStart = true
      } else {
        if (unit === Char.less || unit === Char.openBracket) return 0
        if (isStart && bareCalls?.atLine(unit)) return 0
        isStart = false
        end = i + 1
      }
    }
    if (end === 0 || chunk.length - end > maxHeld || isHighSurrogate(chunk.charCodeAt(end - 1))) return 0
    for (const start of otherStarts) if (chunk.includes(start)) return 0
    head = undefined
    remember(end === chunk.length ? chunk : chunk.slice(0, end))
    return end
  }

  function plain(): PlainText | undefined {
    if (lead !== 'running' || space !== '' || partial !== '' || spaceRun || bareCalls?.inLine())
      return undefined
    return head === undefined || (head === '' && !readsLines) ? prose : undefined
  }

  function afterMark() {
    // Here a line begins that was none when it was looked for.
    ofLong.lineStart = ofShort.lineStart = -1
    lead = 'mark'
    head = ''
    space = ''
    spaceRun = false
  }

  function end() {
    const was = partial
    partial = ''
    if (was !== '') give(was)
    if (lead !== 'mark' && space !== '') emit(space)
    space = ''
  }

  return prose
}
