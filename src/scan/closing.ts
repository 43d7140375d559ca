import { Char, isSpace } from '../json/characters.js'
import type { TagSet } from './tags.js'

/**
 * What stands between the end of a call's object and the end of its block: white space, brackets too many, the end of a
 * fence, and the closing mark; or a comma and the next call.
 */
export interface Closing {
  /** An object has ended. `closers`: how many brackets were opened before it. */
  start(closers: number): void
  push(text: string, from: number): number
  /** `closed`: the closing mark came. `next`: another object begins. `other`: what came is no part of the block. */
  readonly verdict: 'wait' | 'closed' | 'next' | 'other'
  /** Brackets that close nothing, and how many units after the start the first one stands. */
  readonly surplus: number
  readonly surplusAt: number
  /** What is no part of the block, to be read again. */
  readonly rest: string
  /** No more input. Gives the start of a closing mark that was cut short. */
  end(): string
}

const maxSpace = 1024

export function createClosing(tags: TagSet): Closing {
  let verdict: Closing['verdict'] = 'wait'
  let surplus = 0
  let surplusAt = 0
  let units = 0
  let spaces = 0
  /** A separator and the white space after it, or ticks: part of the block if a call or its end follows. */
  let held = ''
  let partial = ''
  let rest = ''

  function start(closers: number) {
    verdict = 'wait'
    surplus = -closers
    units = 0
    spaces = 0
    held = ''
    partial = ''
    rest = ''
  }

  function push(text: string, from: number): number {
    let i = from
    while (i < text.length && verdict === 'wait') {
      const unit = text.charCodeAt(i)
      if (partial !== '') {
        const read = partial + text.charAt(i)
        const match = tags.match(read)
        if (match === 'partial') {
          partial = read
        } else if (match === 'close') {
          verdict = 'closed'
        } else {
          other(match === 'none' ? partial : read)
          if (match === 'none') return i
        }
        i++
      } else if (unit === Char.less) {
        partial = '<'
        i++
      } else if (isSpace(unit) && ++spaces <= maxSpace) {
        if (held !== '') held += text.charAt(i)
        i++
      } else if (unit === Char.closeBrace || unit === Char.closeBracket) {
        if (surplus++ === 0) surplusAt = units + i - from
        i++
      } else if (
        (unit === Char.comma || unit === Char.semicolon || unit === Char.backtick) &&
        held.length < 8
      ) {
        held += text.charAt(i)
        i++
      } else if (unit === Char.openBrace) {
        verdict = 'next'
      } else {
        other('')
      }
    }
    units += i - from
    return i
  }

  function other(read: string) {
    verdict = 'other'
    rest = held + read
  }

  return {
    start,
    push,
    get verdict() {
      return verdict
    },
    get surplus() {
      return Math.max(surplus, 0)
    },
    get surplusAt() {
      return surplusAt
    },
    get rest() {
      return rest
    },
    end() {
      return held.replace(/^```\s*$/, '') + partial
    },
  }
}
