import type { AIMessage } from '@langchain/core/messages'
import type { ParserEvent } from '../../events.js'
import type { InnerPart, MessageRest } from './inner-message.js'
import { createMessagePieces, type MessagePiece } from './message-pieces.js'
import { writeMessage } from './messages.js'
import type { Turn } from './turn.js'

/** Told each event, before it is written. */
export type Report = (event: ParserEvent) => void

/** Reads a whole answer of the inner model. */
export function readWhole(turn: Turn, { part, rest }: InnerPart, report: Report): AIMessage {
  const choice = turn.createChoice()
  const events = [...choice.push(part), ...choice.end()]
  events.forEach(report)
  return writeMessage(createMessagePieces().push(events), rest)
}

/** Reads an answer as it comes: what is made of it, and what the inner model says beside it. */
export async function* readStream(
  turn: Turn,
  parts: AsyncIterable<InnerPart>,
  report: Report,
): AsyncGenerator<{ type: 'rest'; rest: MessageRest } | MessagePiece> {
  const choice = turn.createChoice()
  const pieces = createMessagePieces()
  for await (const { part, rest } of parts) {
    yield { type: 'rest', rest }
    const events = choice.push(part)
    // After the one call that is wanted, nothing more is.
    const done = turn.oneCall && events.some((event) => event.type === 'tool-call-end')
    if (done) events.push(...choice.endAfterCall())
    events.forEach(report)
    yield* pieces.push(events)
    if (done) return
  }
  const events = choice.end()
  events.forEach(report)
  yield* pieces.push(events)
}
