import type { ParserEvent } from '../../events.js'
import { saysSomething } from '../../fields.js'
import { type CallDelivery, createDelivery, createNumberedHold, type HeldEvent } from '../call-hold.js'
import type { Untouched } from '../chat-completions/protocol.js'
import type { ReplyEnd } from '../reply-end.js'
import type { DashScopeAnswer, DashScopeHead } from './protocol.js'
import { createReply, type Reply, running, type Said, usageOf, writeAnswer } from './reply.js'

/**
 * What the events of one stream have in common.
 *
 * @example { requestId: 'r-1', incremental: true }
 */
export interface DashScopeEventsHead extends DashScopeHead {
  /**
   * Whether each event gives only what is new (`incremental_output`). Otherwise, as in the protocol by default, each one
   * repeats all that came before.
   */
  incremental?: boolean
  /**
   * `whole` gives each call when it is complete, and nothing of one that was cut short: for clients that do not wait for the
   * rest. `streamed` is the default.
   */
  calls?: CallDelivery | undefined
}

/**
 * Takes a reply's events and gives the data of a stream's events.
 *
 * @example for (const answer of events.push(parser.push(text))) send(`event:result\ndata:${JSON.stringify(answer)}\n\n`)
 */
export interface DashScopeWriter {
  push(events: readonly ParserEvent[], choice?: number, untouched?: Untouched): DashScopeAnswer[]
  /** Says no more than that the reply goes on. */
  pulse(choice?: number): DashScopeAnswer
  /** The last event: the finish reason comes with it, and what the upstream counted. */
  end(last?: ReplyEnd): DashScopeAnswer[]
}

/**
 * Writes a reply as the data of a stream's events. The finish reason is the word `"null"` up to the last event. A call's
 * id and name are in its first piece, with `arguments: ""`; a piece that goes on with it has an empty id and no name.
 *
 * @example
 * const events = createDashScopeEvents({ requestId: 'r-1', incremental: true })
 * for (const text of reply) send(events.push(parser.push(text)))
 * send(events.push(parser.end()))
 * send(events.end())
 * // { output: { choices: [{ finish_reason: 'null', message: { role: 'assistant', content: 'Hel' } }] }, request_id: 'r-1' }
 */
export function createDashScopeEvents(head: DashScopeEventsHead): DashScopeWriter {
  return head.incremental ? writePieces(head) : writeAgain(head)
}

/** Each event gives what is new. */
function writePieces({ calls = 'streamed', ...head }: DashScopeEventsHead): DashScopeWriter {
  const finishes = new Map<number, string>()
  const holds = new Map<number, ReturnType<typeof createNumberedHold>>()

  function held(events: readonly ParserEvent[], choice: number): readonly HeldEvent[] {
    const hold = holds.get(choice) ?? createNumberedHold()
    holds.set(choice, hold)
    return events.flatMap(hold)
  }

  return {
    push(events, choice = 0, untouched = {}) {
      const given = calls === 'whole' ? held(events, choice) : events
      const pieces = given.flatMap((event) => pieceOf(event) ?? [])
      for (const event of events) if (event.type === 'finish') finishes.set(choice, event.reason)
      const says = saysSomething(untouched.delta) || saysSomething(untouched.choice)
      if (says && pieces.length === 0) pieces.push({})
      return pieces.map((piece, at) =>
        writeAnswer(head, [{ ...nothing, untouched: at === 0 ? untouched : {}, ...piece, index: choice }]),
      )
    },
    pulse: (choice = 0) => writeAnswer(head, [{ ...nothing, index: choice }]),
    end({ usage } = {}) {
      const last = [...finishes].map(([index, finish]) => ({ ...nothing, index, finish }))
      return [
        writeAnswer(
          head,
          last.sort((a, b) => a.index - b.index),
          usageOf(usage),
        ),
      ]
    },
  }
}

const nothing: Said = { text: '', reasoning: '', calls: [], finish: running, untouched: {} }

function pieceOf(event: ParserEvent | HeldEvent): Partial<Said> | undefined {
  switch (event.type) {
    case 'text':
      return event.text ? { text: event.text } : undefined
    case 'reasoning':
      return event.text ? { reasoning: event.text } : undefined
    case 'tool-call-start': {
      const { index, id, name } = event
      return { calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }
    }
    case 'call': {
      const { index, id, name, text } = event
      return { calls: [{ index, id, type: 'function', function: { name, arguments: text } }] }
    }
    case 'tool-call-arguments':
      return {
        calls: [{ index: event.index, id: '', type: 'function', function: { arguments: event.text } }],
      }
    case 'tool-call-end':
      return undefined // The next call or the finish ends one here.
    case 'tool-call-incomplete':
      return undefined // What was sent stays; the finish reason says that it is not all.
    case 'finish':
      return undefined // It comes in the last event, with the token counts.
    case 'notice':
      return undefined // The protocol has no place for it; `onEvent` has.
  }
}

/**
 * How much longer a reply is before it is said again, as a share of its length. Said again for each token, a reply of `n`
 * characters would cost `n²`; said again for each 1/256 more, it costs some 256 times its length at most, and no token of a
 * short reply waits.
 */
const growth = 1 / 256

interface Replying {
  reply: Reply
  deliver: ReturnType<typeof createDelivery>
  /** How much has been said. */
  said: number
}

/** Each event gives all so far. */
function writeAgain({ calls = 'streamed', ...head }: DashScopeEventsHead): DashScopeWriter {
  const replies = new Map<number, Replying>()

  function begin(): Replying {
    return { reply: createReply(), deliver: createDelivery(calls), said: 0 }
  }

  return {
    push(events, choice = 0, untouched = {}) {
      const known = replies.get(choice) ?? begin()
      replies.set(choice, known)
      const { reply, deliver } = known
      reply.push(deliver(events), untouched)
      // What is left unsaid is said with what comes next, or at the end.
      if (reply.size() <= known.said * (1 + growth)) return []
      known.said = reply.size()
      return [writeAnswer(head, [{ index: choice, ...reply.say(false) }])]
    },
    pulse(choice = 0) {
      const said = replies.get(choice)?.reply.say(false)
      return writeAnswer(head, [{ ...nothing, ...said, index: choice }])
    },
    end({ usage } = {}) {
      const last = [...replies].map(([index, { reply }]) => ({ index, ...reply.say(true) }))
      return [
        writeAnswer(
          head,
          last.sort((a, b) => a.index - b.index),
          usageOf(usage),
        ),
      ]
    },
  }
}
