import { maxQuoted } from '../change-log.js'
import type { ParserEvent } from '../events.js'
import type { ReplyContext } from '../reply.js'
import type { Writable } from '../writable.js'
import type { RawText } from './raw-text.js'

/** A complete call that waited. */
export interface HeldCall {
  events: readonly ParserEvent[]
  /** Whether it does not have all the parameters that its tool requires. */
  isLacking: boolean
}

/**
 * Where the events of calls go: out at once, or held until it is shown that they are calls, or until a call's end, since
 * only then it is known whether the app wants it. Calls are numbered as they are given.
 */
export interface HeldCalls {
  /** Another block begins; what was held of the last one is forgotten. */
  reset(): void
  /** Another call begins, whose events are held or not. */
  start(isHeld: boolean): void
  emit(event: ParserEvent): void
  /** Whether the events of the call being read are held. */
  readonly isHolding: boolean
  /** How many complete calls wait. */
  readonly waiting: number
  /** How many calls of the block have been given, or left out. */
  readonly settled: number
  /** The place of the next call in the reply. */
  nextIndex(): number
  /** The call being read is complete; `isShown`: it is one, and does not wait for what shows that. */
  finish(isLacking: boolean, isShown: boolean): void
  /** The calls that waited are calls; only so many are wanted. */
  giveWaiting(wanted: number): void
  /** The events of the call being read wait no longer. */
  release(): void
  /** What waits was none. */
  forget(): void
}

export function createHeldCalls({ options, progress, notice }: ReplyContext, raw: RawText): HeldCalls {
  const { emit, filter } = options
  let held: ParserEvent[] = []
  let complete: HeldCall[] = []
  const calls: Writable<HeldCalls> = {
    isHolding: false,
    waiting: 0,
    settled: 0,
    reset() {
      forget()
      calls.settled = 0
    },
    start(isHeld) {
      held = []
      calls.isHolding = isHeld
    },
    emit(event) {
      if (calls.isHolding) held.push(event)
      else emit(event)
    },
    nextIndex: () => progress.calls + progress.incomplete + complete.length,
    finish(isLacking, isShown) {
      if (!calls.isHolding) {
        progress.calls++
        calls.settled++
        return
      }
      complete.push({ events: held, isLacking })
      calls.waiting = complete.length
      calls.isHolding = false
      if (isShown) calls.giveWaiting(1)
    },
    giveWaiting(wanted) {
      const given = complete.slice(0, wanted)
      forget()
      for (const call of given) give(call)
      calls.settled += given.length
    },
    release() {
      calls.isHolding = false
      for (const event of held) emit(event)
      held = []
    },
    forget,
  }

  function forget() {
    held = []
    complete = []
    calls.waiting = 0
    calls.isHolding = false
  }

  function give(call: HeldCall) {
    const why = filter.unwanted(call)
    if (why !== undefined) return notice(why, raw.markAt, raw.whole().slice(0, maxQuoted))
    const index = progress.calls + progress.incomplete
    for (const event of call.events) emit('index' in event ? { ...event, index } : event)
    progress.calls++
  }

  return calls
}
