import type { ChangeKind } from '../events.js'
import { Char, isHighSurrogate, isSpace, Special, special } from '../json/characters.js'
import type { PlainText } from '../plain-text.js'
import type { TagSet } from '../scan/tags.js'
import type { Writable } from '../writable.js'

/**
 * Finds the end of a value that is written as it is, with nothing escaped, between tags:
 *
 *     <parameter=code>
 *     if (a < b) return "</parameter>"
 *     </parameter>
 *     </function>
 *
 * A tag in it may be text, so the closing tag counts only where something follows that can stand between values; a
 * closing tag that was forgotten is known by what has to follow it, and so is one that lost its first or last bracket. While
 * the value shows a call that it has opened and not closed, every tag is text.
 */
export interface RawValue {
  /**
   * `anyCase`: the call's tags came in other letters. `close`: the tag that closes the value too, where values stand in tags
   * with their keys' names; `next`: others like it.
   */
  start(anyCase?: boolean, close?: string, next?: readonly string[]): void
  /** Reads from `from` on and returns where it stopped: at the end of the text unless `state` is no longer `open`. */
  push(text: string, from: number, base: number): number
  /** No more input. `stopped`: the model ended by itself, so that a closing tag may have been forgotten. */
  end(stopped: boolean, position: number): void
  /** `forgotten`: ended by what follows a closing tag that is not there. `stopped`: by a mark that ends everything. */
  readonly state: 'open' | 'closed' | 'forgotten' | 'stopped'
  /** What was held and stands behind the value: to be read before the text goes on. */
  readonly rest: string
  /** Where in the reply the value ended. */
  readonly offset: number
  /** The short way, where nothing is held. */
  plain(): PlainText | undefined
  /** What the model wrote last and has not been told. */
  unsent(): string
}

/** The tags of a grammar with raw values. */
export interface ValueTags {
  /** Closes a value. */
  close: readonly string[]
  /** What stands before the key of the next value, and what ends that key. */
  next: readonly string[]
  keyEnd: string
  /** Closes the call. */
  end: readonly string[]
  /** Opens a call and stands before its name; `name` ends that. None: the block's own mark opens one. */
  call: readonly string[]
  nameEnd: string
  /** Whether one line break after the opening tag and one before the closing tag belong to the tags. */
  ownLines: boolean
}

export interface RawValueOptions {
  written: ValueTags
  tags: TagSet
  /** Takes the next piece of the value. */
  text(piece: string): void
  /** Whether a key without a closing tag before it begins the next value. `lineStart`: it stands on a line of its own. */
  isNext(key: string, lineStart: boolean): boolean
  change(kind: ChangeKind, offset: number): void
}

const maxSpace = 1024
const maxName = 256

type Found =
  | 'close'
  | 'next'
  | 'end'
  | 'call'
  | 'sibling'
  | 'block-open'
  | 'block-close'
  | 'turn'
  | 'neutral'
  | 'think-close'
  | 'partial'
  | 'none'

type Mark = [tag: string, found: Found]

/** What may follow a tag, with white space between, for the tag to be what it looks like. */
const followers: Record<'close' | 'end' | 'block-close' | 'call', ReadonlySet<Found>> = {
  close: new Set(['next', 'sibling', 'end', 'block-close', 'block-open', 'turn']),
  end: new Set(['block-close', 'block-open', 'turn']),
  'block-close': new Set(['block-open', 'turn']),
  call: new Set(['next', 'end']),
}

export function createRawValue({ written, tags, text: tell, isNext, change }: RawValueOptions): RawValue {
  const marks: Mark[] = [
    ...written.close.map((tag): Mark => [tag, 'close']),
    ...written.next.map((tag): Mark => [tag, 'next']),
    ...written.end.map((tag): Mark => [tag, 'end']),
    ...written.call.map((tag): Mark => [tag, 'call']),
  ]
  /** Where the block's marks are what opens and closes a call in an example. */
  const blockIsCall = written.call.length === 0
  /** The marks that count in this value. */
  let known = marks
  let anyCase = false
  /** Whether the tag that is held lacks a bracket. */
  let isBroken = false
  /** What is held: a tag, the space behind it for what follows, or the key or name in it. */
  let phase: 'text' | 'tag' | 'gap' | 'second' | 'key' | 'name' = 'text'
  let held = ''
  let tag = ''
  /** The first tag of what is held, and where it ends. */
  let first: keyof typeof followers = 'close'
  let firstEnd = 0
  let spaces = 0
  let key = ''
  /** Calls that the value shows and has not closed again. */
  let examples = 0
  let blocks = 0
  /** The line break after the opening tag: still to come, half of it seen, or behind. */
  let lead: 'none' | 'return' | 'past' = 'none'
  /** A line break that belongs to the closing tag if that is what follows. */
  let line = ''
  let atLineStart = true

  const value: Writable<RawValue> = {
    state: 'open',
    rest: '',
    offset: 0,
    start,
    push,
    end,
    plain: () => (phase === 'text' && line === '' && lead === 'past' && !atLineStart ? plain : undefined),
    unsent: () => (lead === 'return' ? '\r' : line) + held,
  }

  /** Nothing is escaped in the value, so what JSON escapes does not pass. */
  const plain: PlainText = {
    pass(chunk) {
      for (let i = 0; i < chunk.length; i++) {
        const kind = special[chunk.charCodeAt(i)]
        if (kind === Special.any || kind === Special.backslash || kind === Special.less) return 0
        if (mayLackBracket(chunk, i)) return 0
      }
      return chunk.length - (isHighSurrogate(chunk.charCodeAt(chunk.length - 1)) ? 1 : 0)
    },
  }

  function start(anyLetters = false, close?: string, next: readonly string[] = []) {
    anyCase = anyLetters
    known = marks
    if (close !== undefined)
      known = [...marks, [close, 'close'], ...next.map((tag): Mark => [tag, 'sibling'])]
    value.state = 'open'
    value.rest = ''
    phase = 'text'
    held = ''
    examples = 0
    blocks = 0
    lead = written.ownLines ? 'none' : 'past'
    line = ''
    atLineStart = true
  }

  function push(text: string, from: number, base: number): number {
    let i = from
    while (i < text.length && value.state === 'open') {
      if (phase === 'text') {
        let at = i
        while (at < text.length && text.charCodeAt(at) !== Char.less && !mayLackBracket(text, at)) at++
        give(text.slice(i, at))
        if (at === text.length) return at
        phase = 'tag'
        held = text.charAt(at)
        tag = held === '<' ? '<' : '</'
        isBroken = held !== '<'
        spaces = 0
        i = at + 1
      } else {
        held += text.charAt(i)
        step(text.charAt(i), text.charCodeAt(i), base + ++i)
      }
    }
    return i
  }

  /** Takes one more character, which is the last of `held`; `at` is the place behind it. */
  function step(char: string, unit: number, at: number) {
    switch (phase) {
      case 'tag':
        tag += char
        if (!lacksBracket(unit)) {
          const found = match(tag)
          const counts = !isBroken || found === 'partial' || found === 'close' || found === 'end'
          return startsWith(counts ? found : 'none', at)
        }
        held = held.slice(0, -1)
        isBroken = true
        startsWith(match(wholeTag()), at - 1)
        push(char, 0, at - 1)
        return
      case 'gap':
        if (isSpace(unit)) return ++spaces > maxSpace ? isText(held.length, at) : undefined
        if (char !== '<') return isText(held.length - 1, at)
        phase = 'second'
        tag = '<'
        return
      case 'second': {
        tag += char
        const found = match(lacksBracket(unit) ? wholeTag() : tag)
        if (found === 'partial') return
        if (!followers[first].has(found)) return isText(held.length - tag.length, at)
        if (first === 'call') {
          examples++
          return isText(held.length - tag.length, at)
        }
        return finish(first === 'close' ? 'closed' : 'forgotten', at)
      }
      case 'key':
        if (char === written.keyEnd) {
          return isNext(key, atLineStart || line !== '')
            ? finish('forgotten', at)
            : isText(held.length - 1, at)
        }
        if (char === '<' || char === '\n' || key.length >= maxName) return isText(held.length - 1, at)
        key += char
        return
      case 'name':
        if (char === written.nameEnd) {
          phase = 'gap'
          first = 'call'
        } else if (char === '<' && blockIsCall && key !== '') {
          phase = 'second'
          first = 'call'
          tag = '<'
        } else if (char === '<' || (isSpace(unit) && char !== ' ' && key !== '') || key.length >= maxName) {
          isText(held.length - 1, at)
        } else key += char.trim()
    }
  }

  /** Whether a closing tag that lost its first bracket may begin here: nearly every slash is none by what follows it. */
  function mayLackBracket(text: string, at: number): boolean {
    if (text.charCodeAt(at) !== Char.slash) return false
    const next = text.charAt(at + 1).toLowerCase()
    return known.some(([tag, found]) => (found === 'close' || found === 'end') && tag.startsWith(next, 2))
  }

  /** Whether what behind the tag shows that its last bracket was forgotten: `</parameter` and the end of the line. */
  function lacksBracket(unit: number): boolean {
    if (!isSpace(unit) && unit !== Char.less) return false
    const found = match(wholeTag())
    return found === 'close' || found === 'end'
  }

  function wholeTag(): string {
    return `${tag.slice(0, -1)}>`
  }

  /** The first tag of what is held is known, or is none. */
  function startsWith(found: Found, at: number) {
    switch (found) {
      case 'partial':
        return
      case 'none':
        return isText(held.length - 1, at)
      case 'neutral':
        change('restored-token', at - held.length)
        held = held.replace('\u2060', '')
        return isText(held.length, at)
      case 'think-close':
        return finish('stopped', at)
      case 'call':
        phase = 'name'
        key = ''
        return
      case 'block-open':
        blocks++
        if (!blockIsCall) break
        phase = 'name'
        key = ''
        return
      case 'next':
        if (examples > 0) break
        phase = 'key'
        key = ''
        return
      case 'close':
      case 'end':
      case 'block-close':
        if (examples > 0) {
          if (found === (blockIsCall ? 'block-close' : 'end')) examples--
          break
        }
        if (found === 'block-close' && blocks-- > 0) break
        first = found
        firstEnd = held.length
        phase = 'gap'
        return
    }
    isText(held.length, at)
  }

  function match(read: string): Found {
    const tag = anyCase ? read.toLowerCase() : read
    let partial = false
    for (const [mark, found] of known) {
      if (mark === tag || mark === read) return found
      partial ||= mark.startsWith(tag) || mark.startsWith(read)
    }
    const kind = tags.match(read)
    switch (kind) {
      case 'open':
        return 'block-open'
      case 'close':
        return 'block-close'
      case 'turn-start':
      case 'turn-end':
        return 'turn'
      case 'think-close':
      case 'neutral':
      case 'partial':
        return kind
      default:
        return partial ? 'partial' : 'none'
    }
  }

  /** The first `length` units of what is held are text; the others are read again. */
  function isText(length: number, at: number) {
    const again = held.slice(length)
    phase = 'text'
    give(held.slice(0, length))
    held = ''
    if (again === '') return
    push(again, 0, at - again.length)
  }

  function finish(how: RawValue['state'], at: number) {
    const behind = how === 'closed' ? held.slice(firstEnd) : held
    value.offset = at - held.length
    if (isBroken && how === 'closed') change('missing-tag', value.offset)
    // Half a line break is text.
    if (line === '\r') tell(line)
    value.state = how
    value.rest = behind
    held = ''
    line = ''
  }

  function give(piece: string) {
    if (piece === '') return
    let text = line + piece
    line = ''
    if (lead !== 'past') {
      if (lead === 'none' && text === '\r') {
        lead = 'return'
        return
      }
      if (lead === 'return') text = `\r${text}`
      lead = 'past'
      text = text.replace(/^\r?\n/, '')
    }
    if (written.ownLines) {
      const end = text.endsWith('\r\n') ? 2 : text.endsWith('\n') || text.endsWith('\r') ? 1 : 0
      line = end === 0 ? '' : text.slice(-end)
      if (end > 0) text = text.slice(0, -end)
    }
    if (text === '') return
    atLineStart = text.endsWith('\n')
    tell(text)
  }

  function end(stopped: boolean, position: number) {
    if (phase !== 'gap' && phase !== 'second') return
    if (first === 'close') finish('closed', position)
    else if (first !== 'call' && stopped && phase === 'gap') finish('forgotten', position)
  }

  return value
}
