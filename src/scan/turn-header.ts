import { isSpace } from '../json/characters.js'
import type { Writable } from '../writable.js'
import type { WholeTags } from './tags.js'

/**
 * How a model's own turn begins, where it writes that once more at the start of its reply: control tokens, its role,
 * and a line break or another mark.
 *
 *     <|im_start|>assistant⏎Sure.      <|start_header_id|>assistant<|end_header_id|>⏎⏎[get_time()]
 */
export interface TurnHeader {
  /** A control token has come, as `mark`. `begins`: it begins a turn, so that a role has to follow. */
  start(mark: string, begins: boolean): void
  push(text: string, from: number): number
  /** No more input. Whether the header was whole. */
  end(): boolean
  readonly verdict: 'wait' | 'header' | 'other'
  /** What has been read: the header, or what has to be read again behind `mark`. */
  readonly held: string
  /** What has been read behind the header and is no part of it. */
  readonly rest: string
}

/** Longer than any header. */
const maxHeld = 128

const roles = ['assistant', 'model']
/** `<|assistant|>` */
const isRole = /assistant|model/i

export function createTurnHeader(tags: WholeTags): TurnHeader {
  let needsRole = false
  let hasBreak = false
  let word = ''
  let partial = ''
  const header: Writable<TurnHeader> = { verdict: 'wait', held: '', rest: '', start, push, end }

  function start(mark: string, begins: boolean) {
    header.verdict = 'wait'
    header.held = mark
    header.rest = ''
    needsRole = begins && !isRole.test(mark)
    // A role and a colon, as in `ASSISTANT:`, need no line break.
    hasBreak = mark.endsWith(':')
    word = partial = ''
  }

  function push(text: string, from: number): number {
    let i = from
    while (i < text.length && header.verdict === 'wait') {
      if (!step(text.charAt(i))) return i
      header.held += text.charAt(i++)
      if (header.held.length > maxHeld) header.verdict = 'other'
    }
    return i
  }

  /** Whether the character is taken. */
  function step(char: string): boolean {
    if (partial !== '' || tags.starts.includes(char)) return stepTag(char)
    if (isSpace(char.charCodeAt(0))) {
      if (word !== '' && !endWord()) return other()
      hasBreak ||= char === '\n'
      return true
    }
    if (hasBreak && !needsRole && word === '') return over('')
    word += char
    return (!hasBreak && roles.some((role) => role.startsWith(word))) || other()
  }

  function endWord(): boolean {
    if (!roles.includes(word)) return false
    word = ''
    needsRole = false
    return true
  }

  function stepTag(char: string): boolean {
    if (partial === '' && word !== '' && !endWord()) return other()
    partial += char
    const match = tags.match(partial)
    switch (match) {
      case 'partial':
        return true
      case 'turn-start':
      case 'turn-end':
        needsRole = match === 'turn-start' && !isRole.test(partial)
        hasBreak = false
        partial = ''
        return true
      default: {
        const read = partial.slice(0, -1)
        if (needsRole || (!hasBreak && match === 'none')) return other()
        return over(read)
      }
    }
  }

  function end(): boolean {
    return partial === '' && (word === '' || endWord()) && !needsRole
  }

  function over(rest: string): false {
    header.verdict = 'header'
    header.rest = rest
    header.held = header.held.slice(0, header.held.length - rest.length)
    return false
  }

  function other(): false {
    header.verdict = 'other'
    return false
  }

  return header
}
