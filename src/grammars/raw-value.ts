import type { ChangeKind } from '../events.js'
import { Char, isHighSurrogate, isSpace, Special, special } from '../json/characters.js'
import type { PlainText } from '../plain-text.js'
import type { TagSet } from '../scan/tags.js'
import type { Writable } from '../writable.js'
import type { TagSpelling } from './tag-spelling.js'
import { createValueMarks, Found, followsTag, isClosing, type ValueTags } from './value-marks.js'

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
   * `spelling`: that of the call's tags, where it is not the grammar's. `close`: the tag that closes the value too, where values stand in tags
   * with their keys' names; `next`: others like it.
   */
  start(spelling?: TagSpelling, close?: string, next?: readonly string[]): void
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

/** In running text, in a tag, in the space behind it, in the tag behind that, or in the key or name behind one. */
enum Phase {
  text,
  tag,
  gap,
  second,
  key,
  name,
}

export function createRawValue({ written, tags, text: tell, isNext, change }: RawValueOptions): RawValue {
  const marks = createValueMarks(written, tags)
  const { match, mayLackBracket } = marks
  /** Where the block's marks are what opens and closes a call in an example. */
  const blockIsCall = written.call.length === 0
  let phase = Phase.text
  /** What has been read since a tag began; it may hold a second one. */
  let held = ''
  /** The tag being read of the two, with the bracket that it may lack. */
  let tag = ''
  /** Whether the first tag lacks a bracket. */
  let isBroken = false
  /** What the first is, and where it ends. */
  let first = Found.none
  let firstEnd = 0
  let spaces = 0
  let key = ''
  /** Calls that the value shows and has not closed again. */
  let examples = 0
  let blocks = 0
  /** The line break after the opening tag is still to come. */
  let isLead = false
  /** A line break that belongs to the closing tag if that is what follows, or to what follows a forgotten one. */
  let line = ''
  let atLineStart = true
  /** Behind nothing but one line `</tool_call>⏎<tool_call>` is no text, as a document may have it; `object`: one ends there. */
  let given: 'nothing' | 'line' | 'lines' | 'object' = 'nothing'

  const value: Writable<RawValue> = {
    state: 'open',
    rest: '',
    offset: 0,
    start,
    push,
    end,
    plain: () => (phase === Phase.text && line === '' && !isLead && !atLineStart ? plain : undefined),
    unsent: () => line + held,
  }

  /** Nothing is escaped in the value, so what JSON escapes does not pass. */
  const plain: PlainText = {
    pass(chunk) {
      for (let i = 0; i < chunk.length; i++) {
        const kind = special[chunk.charCodeAt(i)]
        if (kind === Special.any || kind === Special.backslash || kind === Special.less) return 0
        if (mayLackBracket(chunk, i)) return 0
      }
      note(chunk)
      return chunk.length - (isHighSurrogate(chunk.charCodeAt(chunk.length - 1)) ? 1 : 0)
    },
    told: undefined,
  }

  function start(spelling?: TagSpelling, close?: string, next?: readonly string[]) {
    marks.start(spelling, close, next)
    value.state = 'open'
    value.rest = ''
    phase = Phase.text
    held = line = ''
    examples = blocks = 0
    isLead = written.ownLines
    atLineStart = true
    given = 'nothing'
  }

  function push(text: string, from: number, base: number): number {
    let i = from
    while (i < text.length && value.state === 'open') {
      if (phase !== Phase.text) {
        held += text.charAt(i)
        step(text.charAt(i), text.charCodeAt(i), base + ++i)
        continue
      }
      let at = i
      while (at < text.length && text.charCodeAt(at) !== Char.less && !mayLackBracket(text, at)) at++
      give(text.slice(i, at))
      if (at === text.length) return at
      phase = Phase.tag
      held = text.charAt(at)
      isBroken = held !== '<'
      tag = isBroken ? '</' : held
      spaces = 0
      i = at + 1
    }
    return i
  }

  /** Takes one more character, which is the last of `held`; `at` is the place behind it. */
  function step(char: string, unit: number, at: number) {
    /** How much of what is held is text, if it turns out to be no tag. */
    const before = held.length - 1
    switch (phase) {
      case Phase.tag:
        tag += char
        if (!lacksBracket(unit)) {
          const found = match(tag)
          const counts = !isBroken || found === Found.partial || isClosing(found)
          return startsWith(counts ? found : Found.none, at)
        }
        held = held.slice(0, -1)
        isBroken = true
        startsWith(match(wholeTag()), at - 1)
        push(char, 0, at - 1)
        return
      case Phase.gap:
        if (isSpace(unit)) {
          if (++spaces > maxSpace) isText(held.length, at)
        } else if (char === '<') {
          phase = Phase.second
          tag = '<'
        } else isText(before, at)
        return
      case Phase.second: {
        tag += char
        const found = match(lacksBracket(unit) ? wholeTag() : tag)
        if (found === Found.partial) return
        const isSame = first !== Found.blockClose || found !== Found.blockOpen || given === 'line'
        const counts = isSame && followsTag(first, found)
        if (counts && first !== Found.call) return finish(first === Found.close ? 'closed' : 'forgotten', at)
        if (counts) examples++
        return isText(held.length - tag.length, at)
      }
      case Phase.key:
        if (char === written.keyEnd && isNext(key, atLineStart || line !== '')) finish('forgotten', at)
        else if (char === written.keyEnd || char === '<' || char === '\n' || key.length >= maxName) {
          isText(before, at)
        } else key += char
        return
      case Phase.name:
        if (char === written.nameEnd || (char === '<' && blockIsCall && key !== '')) {
          phase = char === '<' ? Phase.second : Phase.gap
          first = Found.call
          tag = char
        } else if (char === '<' || (isSpace(unit) && char !== ' ' && key !== '') || key.length >= maxName) {
          isText(before, at)
        } else key += char.trim()
    }
  }

  /** Whether what behind the tag shows that its last bracket was forgotten: `</parameter` and the end of the line. */
  function lacksBracket(unit: number): boolean {
    return (isSpace(unit) || unit === Char.less) && isClosing(match(wholeTag()))
  }

  function wholeTag(): string {
    return `${tag.slice(0, -1)}>`
  }

  /** The first tag of what is held is known, or is none. */
  function startsWith(found: Found, at: number) {
    switch (found) {
      case Found.partial:
        return
      case Found.none:
        return isText(held.length - 1, at)
      case Found.neutral:
        change('restored-token', at - held.length)
        held = held.replace('\u2060', '')
        break
      case Found.thinkClose:
        return finish('stopped', at)
      case Found.call:
      case Found.blockOpen:
        if (found === Found.blockOpen) blocks++
        if (found === Found.blockOpen && !blockIsCall) break
        phase = Phase.name
        key = ''
        return
      case Found.next:
        if (examples > 0) break
        phase = Phase.key
        key = ''
        return
      case Found.close:
      case Found.end:
      case Found.blockClose:
        if (examples > 0) {
          if (found === (blockIsCall ? Found.blockClose : Found.end)) examples--
          break
        }
        if (found === Found.blockClose && blocks-- > 0) break
        first = found
        firstEnd = held.length
        phase = Phase.gap
        return
    }
    isText(held.length, at)
  }

  /** The first `length` units of what is held are text; the others are read again. */
  function isText(length: number, at: number) {
    const again = held.slice(length)
    phase = Phase.text
    give(held.slice(0, length))
    held = ''
    push(again, 0, at - again.length)
  }

  function finish(how: RawValue['state'], at: number) {
    value.offset = at - held.length
    if (isBroken && how === 'closed') change('missing-tag', value.offset)
    // Half a line break is text.
    if (line === '\r' || (line !== '' && !written.ownLines && how !== 'forgotten')) tell(line)
    value.state = how
    value.rest = how === 'closed' ? held.slice(firstEnd) : held
    held = line = ''
  }

  function give(piece: string) {
    if (piece === '') return
    let text = line + piece
    line = ''
    if (isLead && text !== '\r') {
      isLead = false
      text = text.replace(/^\r?\n/, '')
    }
    line = /\r?\n$|\r$/.exec(text)?.[0] ?? ''
    text = text.slice(0, text.length - line.length)
    if (text === '') return
    atLineStart = text.endsWith('\n')
    note(text)
    tell(text)
  }

  function note(text: string) {
    if (given === 'lines' || text.includes('\n')) given = 'lines'
    else given = text.endsWith('}') ? 'object' : 'line'
  }

  function end(stopped: boolean, position: number) {
    if (phase !== Phase.gap && phase !== Phase.second) return
    if (first === Found.close) finish('closed', position)
    else if (first !== Found.call && stopped && phase === Phase.gap) finish('forgotten', position)
  }

  return value
}
