import { isFields } from '../fields.js'

/**
 * Ids of calls do not exist in text: a model takes the first result for that of the first call. Results that come as they
 * were ready, or as somebody approved the calls, are put into the order of the calls. One that answers none of them keeps
 * its place.
 *
 * @param calls the ids of the last calls, in their order.
 * @example inCallOrder(['b', 'a'], (id) => id, ['a', 'b']) // ['a', 'b']
 */
export function inCallOrder<Result>(
  results: readonly Result[],
  idOf: (result: Result) => string | undefined,
  calls: readonly string[],
): Result[] {
  const numbers = new Map<string | undefined, number>(calls.map((id, number) => [id, number]))
  const answers = results.flatMap((result) => {
    const number = numbers.get(idOf(result))
    return number === undefined ? [] : [{ result, number }]
  })
  answers.sort((one, other) => one.number - other.number)
  let next = 0
  return results.map((result) => (numbers.has(idOf(result)) ? (answers[next++]?.result ?? result) : result))
}

/** A message, and where it stood. */
export interface Placed<Message> {
  message: Message
  place: number
}

/**
 * The same for the messages of a conversation.
 *
 * @example
 * orderResults([{ role: 'assistant', tool_calls: [{ id: 'a' }, { id: 'b' }] }, resultOfB, resultOfA])
 * // [{ message: { role: 'assistant', … }, place: 0 }, { message: resultOfA, place: 2 }, { message: resultOfB, place: 1 }]
 */
export function orderResults<Message>(messages: readonly Message[]): Placed<Message>[] {
  const ordered: Placed<Message>[] = []
  let calls: string[] = []
  let results: Placed<Message>[] = []
  const endResults = () => {
    ordered.push(...inCallOrder(results, ({ message }) => resultIdOf(message), calls))
    results = []
  }
  messages.forEach((message, place) => {
    if (isFields(message) && message.role === 'tool') {
      results.push({ message, place })
      return
    }
    endResults()
    ordered.push({ message, place })
    const ids = callIdsIn(message)
    if (ids.length > 0) calls = ids
  })
  endResults()
  return ordered
}

function resultIdOf(message: unknown): string | undefined {
  return isFields(message) && typeof message.tool_call_id === 'string' ? message.tool_call_id : undefined
}

function callIdsIn(message: unknown): string[] {
  const calls = isFields(message) && Array.isArray(message.tool_calls) ? message.tool_calls : []
  return calls.flatMap((call: unknown) => (isFields(call) && typeof call.id === 'string' ? call.id : []))
}
