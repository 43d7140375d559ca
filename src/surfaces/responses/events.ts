import type { ParserEvent } from '../../events.js'
import { type CallDelivery, createDelivery } from '../call-hold.js'
import type { CompletionHead } from '../chat-completions/protocol.js'
import type { ReplyEnd } from '../reply-end.js'
import { outputFormOf, responseOf } from './describe.js'
import { createOutput } from './output.js'
import type { Response, ResponseEvent, ResponseEventBody } from './protocol.js'

/**
 * Takes a reply's events and gives those of the Responses protocol.
 *
 * @example
 * for (const event of writer.push(parser.push(text)))
 *   send(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
 */
export interface ResponseWriter {
  push(events: readonly ParserEvent[]): ResponseEvent[]
  /** Says no more than that the reply goes on. */
  pulse(): ResponseEvent[]
  /** The reply is over: the event with the whole response. */
  end(last?: ReplyEnd): ResponseEvent[]
  /** The reply has failed: the events that say so, instead of those of `end`. */
  fail(error: Failure): ResponseEvent[]
}

/**
 * What went wrong, as the protocol's HTTP errors have it.
 *
 * @example { message: 'The model is overloaded.', type: 'server_error' }
 */
export interface Failure {
  message: string
  type?: string
  param?: unknown
  code?: unknown
}

/**
 * How the events are written.
 *
 * @example { calls: 'whole' }
 */
export interface ResponseEventOptions {
  /**
   * `whole` begins the item of a call when the call is complete, and says nothing of one that was cut short: for clients that
   * do not wait for the end of an item. `streamed` is the default.
   */
  calls?: CallDelivery | undefined
  /** What the response says of itself: whether a later request may refer to it. `false` is the default. */
  store?: boolean | undefined
}

/**
 * Writes a reply as the events of a streamed response. Each item of the output (reasoning, a message, a call) is closed
 * before the next one opens; text after a call is another message. The last event has the whole response:
 * `response.completed`, or `response.incomplete` where the model was stopped. A call that was cut short gets no `done`
 * event and is not in the last output, so that nobody runs it.
 *
 * @param request the app's own request, for what a response repeats of it.
 * @example
 * const parser = createParser({ dialect: 'qwen3', tools })
 * const writer = createResponseEvents({ id: 'resp_1', created: 1766000000, model: 'qwen3-8b' }, request)
 * for (const text of reply) send(writer.push(parser.push(text)))
 * send([...writer.push(parser.end()), ...writer.end()])
 * // { type: 'response.created', sequence_number: 0, response: { id: 'resp_1', status: 'in_progress', … } } …
 */
export function createResponseEvents(
  head: CompletionHead,
  request: object = {},
  { calls = 'streamed', store }: ResponseEventOptions = {},
): ResponseWriter {
  const deliver = createDelivery(calls)
  const describe = responseOf(head, request, store)
  const output = createOutput(outputFormOf(request))
  let begun = false
  let numbered = 0

  function begin(): ResponseEventBody[] {
    if (begun) return []
    begun = true
    return [
      { type: 'response.created', response: describe({ status: 'in_progress', output: [] }) },
      inProgress(),
    ]
  }

  /** Without the items that are being written: clients keep what their own events have said of them. */
  function inProgress(): ResponseEventBody {
    return { type: 'response.in_progress', response: describe({ status: 'in_progress', output: [] }) }
  }

  function number(bodies: ResponseEventBody[]): ResponseEvent[] {
    return bodies.map((body) => ({ ...body, sequence_number: numbered++ }))
  }

  return {
    push: (events) => number([...begin(), ...output.push(deliver(events))]),
    pulse: () => number(begun ? [inProgress()] : begin()),

    end({ usage } = {}) {
      const closing = output.end()
      const response = describe({ ...output.outcome(), output: output.items() }, usage)
      return number([...begin(), ...closing, { type: lastEvent(response), response }])
    },

    fail(error) {
      const { message } = error
      const code = textIn(error.code)
      const waited = output.fail()
      const failed = describe({
        status: 'failed',
        output: output.items(),
        error: { code: code ?? 'server_error', message },
      })
      return number([
        ...begin(),
        ...waited,
        // First: clients make their own error of it and read no further. Those that do not know it read on.
        { type: 'error', code, message, param: textIn(error.param), error },
        { type: 'response.failed', response: failed },
      ])
    },
  }
}

function lastEvent({ status }: Response): 'response.completed' | 'response.incomplete' {
  return status === 'completed' ? 'response.completed' : 'response.incomplete'
}

function textIn(value: unknown): string | null {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' ? value : null
}
