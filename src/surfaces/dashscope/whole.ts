import type { ParserEvent } from '../../events.js'
import type { Untouched } from '../chat-completions/protocol.js'
import type { ReplyEnd } from '../reply-end.js'
import type { DashScopeAnswer, DashScopeHead } from './protocol.js'
import { createReply, type Reply, usageOf, writeAnswer } from './reply.js'

/**
 * Collects a reply's events.
 *
 * @example
 * response.push([...parser.push(text), ...parser.end()])
 * send(JSON.stringify(response.end({ usage: { prompt_tokens: 3, completion_tokens: 4 } })))
 */
export interface DashScopeCollector {
  push(events: readonly ParserEvent[], choice?: number, untouched?: Untouched): void
  end(last?: ReplyEnd): DashScopeAnswer
}

/**
 * Collects a reply into one answer. A call that was cut short is left out and its finish reason is `length`.
 *
 * @example
 * const response = createDashScopeResponse({ requestId: 'r-1' })
 * response.push([...parser.push(text), ...parser.end()])
 * response.end({ usage: { prompt_tokens: 3, completion_tokens: 4 } })
 * // { output: { choices: [{ finish_reason: 'stop', message: { … } }] }, usage: { input_tokens: 3, … }, request_id: 'r-1' }
 */
export function createDashScopeResponse(head: DashScopeHead): DashScopeCollector {
  const replies = new Map<number, Reply>()
  return {
    push(events, choice = 0, untouched = {}) {
      const reply = replies.get(choice) ?? createReply()
      replies.set(choice, reply)
      reply.push(events, untouched)
    },
    end({ usage } = {}) {
      const said = [...replies].map(([index, reply]) => ({ index, ...reply.say(true) }))
      return writeAnswer(
        head,
        said.sort((a, b) => a.index - b.index),
        usageOf(usage),
      )
    },
  }
}
