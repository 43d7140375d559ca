import type { Change, FinishReason, ParserEvent, Violation } from './events.js'

/**
 * What a whole reply comes to.
 *
 * @example { content: 'Hi.', reasoning: '', toolCalls: [], incomplete: [], finishReason: 'stop', changes: [] }
 */
export interface ParseResult {
  /** The text for the user; `''` when there is none. */
  content: string
  /** What the model thought; `''` when there is none. */
  reasoning: string
  /** Chat Completions tool calls, with what was changed in each and what does not fit its schema. */
  toolCalls: ParsedToolCall[]
  /** Calls that the model began and did not finish. */
  incomplete: IncompleteCall[]
  /** `tool_calls` where a call is complete and the model stopped by itself, `length` where one was cut short. */
  finishReason: FinishReason
  /** All changes of the reply, those inside calls too. */
  changes: Change[]
}

/**
 * A complete call, as in a Chat Completions message, with what was changed in it and what does not fit its schema.
 *
 * @example { id: 'call_…', type: 'function', function: { name: 'add', arguments: '{"a": 1}' }, changes: [], violations: [] }
 */
export type ParsedToolCall = { id: string; changes: Change[]; violations: Violation[] } & (
  | { type: 'function'; function: { name: string; arguments: string } }
  | { type: 'custom'; custom: { name: string; input: string } }
)

/**
 * A call that was cut short: what there was of it.
 *
 * @example { id: 'call_…', name: 'add', text: '{"a": 1, "b' }
 */
export interface IncompleteCall {
  id: string
  /** `null` when the model had not come to it. */
  name: string | null
  /** Everything the model wrote of it, as far as it was not changed. */
  text: string
}

/**
 * Puts events together to what they come to.
 *
 * @example collect([...parser.push(reply), ...parser.end()]).content
 */
export function collect(events: Iterable<ParserEvent>): ParseResult {
  const content: string[] = []
  const reasoning: string[] = []
  const started = new Map<number, { id: string; name: string; custom: boolean; pieces: string[] }>()
  const toolCalls: ParsedToolCall[] = []
  const incomplete: IncompleteCall[] = []
  const changes: Change[] = []
  let finishReason: FinishReason = 'stop'
  for (const event of events) {
    switch (event.type) {
      case 'text':
        content.push(event.text)
        break
      case 'reasoning':
        reasoning.push(event.text)
        break
      case 'tool-call-start':
        started.set(event.index, {
          id: event.id,
          name: event.name,
          custom: event.custom === true,
          pieces: [],
        })
        break
      case 'tool-call-arguments':
        started.get(event.index)?.pieces.push(event.text)
        break
      case 'tool-call-end': {
        const call = started.get(event.index)
        changes.push(...event.changes)
        if (call === undefined) break
        const text = call.pieces.join('')
        const common = { id: call.id, changes: event.changes, violations: event.violations }
        toolCalls.push(
          call.custom
            ? { ...common, type: 'custom', custom: { name: call.name, input: text } }
            : { ...common, type: 'function', function: { name: call.name, arguments: text } },
        )
        break
      }
      case 'tool-call-incomplete': {
        const given = started.get(event.index)?.pieces.join('') ?? ''
        changes.push(...event.changes)
        incomplete.push({ id: event.id, name: event.name, text: given + event.text })
        break
      }
      case 'notice':
        changes.push(event.change)
        break
      case 'finish':
        finishReason = event.reason
    }
  }
  return {
    content: content.join(''),
    reasoning: reasoning.join(''),
    toolCalls,
    incomplete,
    finishReason,
    changes,
  }
}
