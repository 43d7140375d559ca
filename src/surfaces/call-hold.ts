import type { ParserEvent, ToolCallArgumentsEvent, ToolCallEndEvent, ToolCallStartEvent } from '../events.js'

/**
 * How a stream gives its calls: `streamed`, as the model writes them, or `whole`, each in one piece when it is complete. Some
 * clients complete JSON that was cut short by themselves, or do not wait for the rest of it: they need whole ones.
 *
 * @example toolFetch({ dialect: 'qwen3', calls: 'whole' })
 */
export type CallDelivery = 'streamed' | 'whole'

/** A call that is complete, in one piece. */
export interface WholeCall extends Omit<ToolCallEndEvent, 'type'> {
  type: 'call'
  id: string
  name: string
  custom: boolean
  /** The arguments or, of a custom tool, its input. */
  text: string
}

/** Events of which a call is one. */
export type HeldEvent =
  | Exclude<ParserEvent, ToolCallStartEvent | ToolCallArgumentsEvent | ToolCallEndEvent>
  | WholeCall

/**
 * Holds each call to its end, for clients that complete JSON which was cut short by themselves and run the tool with what
 * comes of it. One that never ends is given to nobody as a call; the event that says so has all of its text.
 *
 * @example
 * const hold = createCallHold()
 * const held = events.flatMap(hold) // { type: 'call', index: 0, id: 'call_…', name: 'add', text: '{"a": 1}', … }
 */
export function createCallHold(): (event: ParserEvent) => HeldEvent[] {
  const open = new Map<number, { id: string; name: string; custom: boolean; pieces: string[] }>()

  return (event) => {
    switch (event.type) {
      case 'tool-call-start': {
        const { index, id, name, custom = false } = event
        open.set(index, { id, name, custom, pieces: [] })
        return []
      }
      case 'tool-call-arguments':
        open.get(event.index)?.pieces.push(event.text)
        return []
      case 'tool-call-end': {
        const call = open.get(event.index)
        open.delete(event.index)
        if (call === undefined) return []
        const { pieces, ...rest } = call
        return [{ ...event, ...rest, type: 'call', text: pieces.join('') }]
      }
      case 'tool-call-incomplete': {
        const before = open.get(event.index)?.pieces ?? []
        open.delete(event.index)
        return [{ ...event, text: before.join('') + event.text }]
      }
      default:
        return [event]
    }
  }
}

/** The same, with the calls that are given numbered without a gap where another was cut short. */
export function createNumberedHold(): (event: ParserEvent) => HeldEvent[] {
  const hold = createCallHold()
  let given = 0
  return (event) => hold(event).map((held) => (held.type === 'call' ? { ...held, index: given++ } : held))
}

/** A reply's events as they are, or with those of each call together, when it is complete. */
export function createDelivery(calls: CallDelivery): (events: readonly ParserEvent[]) => ParserEvent[] {
  if (calls === 'streamed') return (events) => [...events]
  const hold = createNumberedHold()
  return (events) => events.flatMap(hold).flatMap(eventsOf)
}

function eventsOf(event: HeldEvent): ParserEvent[] {
  if (event.type !== 'call') return [event]
  const { index, id, name, custom, text, changes, violations } = event
  return [
    { type: 'tool-call-start', index, id, name, ...(custom && { custom }) },
    { type: 'tool-call-arguments', index, text },
    { type: 'tool-call-end', index, changes, violations },
  ]
}
