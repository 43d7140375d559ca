import { Char, isSpace } from '../json/characters.js'
import type { Writable } from '../writable.js'
import type { TagSet } from './tags.js'

/**
 * What stands between an opening mark and the call: white space, a second opening mark, a code fence, a `[`, or a few
 * words. Anything else means that the mark was only mentioned.
 */
export interface Opening {
  /** A mark has opened a block. */
  start(allowPreface: boolean): void
  /** Reads from `from`; returns where it stopped. `verdict` says whether it knows. */
  push(text: string, from: number): number
  readonly verdict: 'wait' | 'call' | 'text'
  /** The words before the call. A call after words counts only if its block is closed by a mark. */
  readonly preface: string
  readonly fenced: boolean
  /** How many opening marks came after the first. */
  readonly doubled: number
  readonly bracketed: boolean
  /** What has been read and not decided when the verdict is `text`: it is read again as text. */
  readonly rest: string
}

/** Longer words before a call are not words before a call. */
const maxPreface = 256
const maxSpace = 1024

export function createOpening(tags: TagSet): Opening {
  let allowPreface = true
  let phase: 'start' | 'ticks' | 'language' | 'preface' = 'start'
  let partial = ''
  let ticks = 0
  let spaces = 0
  const opening: Writable<Opening> = {
    verdict: 'wait',
    preface: '',
    fenced: false,
    doubled: 0,
    bracketed: false,
    rest: '',
    start,
    push,
  }

  function start(mayHaveWords: boolean) {
    allowPreface = mayHaveWords
    opening.verdict = 'wait'
    phase = 'start'
    opening.preface = ''
    partial = ''
    spaces = 0
    ticks = 0
    opening.fenced = false
    opening.doubled = 0
    opening.bracketed = false
    opening.rest = ''
  }

  function push(text: string, from: number): number {
    let i = from
    while (i < text.length && opening.verdict === 'wait') {
      if (partial === '') i = step(text, i)
      else i = stepTag(text, i)
    }
    return i
  }

  function stepTag(text: string, i: number): number {
    const read = partial + text.charAt(i)
    const match = tags.match(read)
    if (match === 'partial') {
      partial = read
      return i + 1
    }
    if (match === 'open' && opening.preface === '') {
      partial = ''
      opening.doubled++
      return i + 1
    }
    opening.verdict = 'text'
    opening.rest = partial
    partial = ''
    return i
  }

  function step(text: string, i: number): number {
    const unit = text.charCodeAt(i)
    if (unit === Char.less) {
      partial = '<'
      return i + 1
    }
    if (unit === Char.openBrace) {
      opening.verdict = 'call'
      return i
    }
    if (isSpace(unit)) {
      if (phase === 'preface') opening.preface += text.charAt(i)
      else if (phase === 'language') phase = 'start'
      if (++spaces > maxSpace) opening.verdict = 'text'
      return i + 1
    }
    switch (phase) {
      case 'start':
        if (unit === Char.openBracket && !opening.bracketed) {
          opening.bracketed = true
          return i + 1
        }
        if (unit === Char.backtick && ticks === 0) {
          ticks = 1
          phase = 'ticks'
          return i + 1
        }
        phase = 'preface'
        break
      case 'ticks':
        if (unit !== Char.backtick) break
        if (++ticks === 3) {
          opening.fenced = true
          phase = 'language'
        }
        return i + 1
      case 'language':
        if (unit >= 97 && unit <= 122) return i + 1
        break
      case 'preface':
        break
    }
    phase = 'preface'
    opening.preface += text.charAt(i)
    if (!allowPreface || opening.preface.length > maxPreface) opening.verdict = 'text'
    return i + 1
  }

  return opening
}
