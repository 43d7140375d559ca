import type { Writable } from '../writable.js'
import type { TagMatch, TagSet } from './tags.js'

/**
 * What follows a call in reasoning that was not closed: the next character that is not white space decides whether it
 * was one. A control token says so, and so does the end of the reply; another call's mark puts it off to behind that.
 */
export interface Decision {
  start(): void
  push(text: string, from: number): number
  readonly verdict: 'wait' | 'call' | 'next' | 'no-call'
  /** What has been read behind the white space, to be read again. */
  readonly held: string
}

export function createDecision(tags: TagSet): Decision {
  const decision: Writable<Decision> = { verdict: 'wait', held: '', start, push }

  function start() {
    decision.verdict = 'wait'
    decision.held = ''
  }

  function push(text: string, from: number): number {
    for (let i = from; i < text.length; i++) {
      const next = (decision.held + text.charAt(i)).trimStart()
      const match = next === '' ? 'partial' : tags.match(next)
      if (match !== 'partial' && !endsReasoning(match)) {
        decision.verdict = 'no-call'
        return i
      }
      decision.held = next
      if (match === 'partial') continue
      decision.verdict = match === 'open' ? 'next' : 'call'
      return i + 1
    }
    return text.length
  }

  return decision
}

/** Whether a mark shows that reasoning was over before the call that stands in front of it. */
export function endsReasoning(match: TagMatch): boolean {
  return match === 'open' || match === 'turn-start' || match === 'turn-end'
}
