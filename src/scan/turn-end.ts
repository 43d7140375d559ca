import type { Writable } from '../writable.js'
import type { TagSet } from './tags.js'

/**
 * What follows the model's own end of turn: nothing, or it plays the next turn itself, or it went on after all.
 */
export interface TurnEnd {
  /** The end of a turn has come, as `mark`. */
  start(mark: string): void
  push(text: string, from: number): number
  /** `next-turn`: it opens another turn. `call`: a call's mark follows. `text`: anything else does. */
  readonly verdict: 'wait' | 'next-turn' | 'call' | 'text'
  /** What has been read, the end of the turn included. */
  readonly held: string
  /** The mark being read behind it. */
  readonly mark: string
}

export function createTurnEnd(tags: TagSet): TurnEnd {
  const turnEnd: Writable<TurnEnd> = { verdict: 'wait', held: '', mark: '', start, push }

  function start(mark: string) {
    turnEnd.verdict = 'wait'
    turnEnd.held = mark
    turnEnd.mark = ''
  }

  function push(text: string, from: number): number {
    let i = from
    while (i < text.length && turnEnd.verdict === 'wait') step(text.charAt(i++))
    return i
  }

  function step(char: string) {
    turnEnd.held += char
    if (turnEnd.mark === '' && char.trim() === '') return
    turnEnd.mark += char
    const match = tags.match(turnEnd.mark)
    if (match === 'turn-end') turnEnd.mark = ''
    if (match === 'partial' || match === 'turn-end') return
    turnEnd.verdict = match === 'turn-start' ? 'next-turn' : match === 'open' ? 'call' : 'text'
  }

  return turnEnd
}
