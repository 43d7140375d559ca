import type { IncompleteCall } from '../../collect.js'
import type { Change, ParserEvent, Violation } from '../../events.js'
import { type Fields, isFields } from '../../fields.js'
import { createCallHold, type HeldEvent, type WholeCall } from '../../surfaces/call-hold.js'

/**
 * What LangChain has no field for. Only what says something is there.
 *
 * @example { changes: [{ kind: 'single-quotes', offset: 12, count: 4, message: '…' }] }
 */
export interface ToolshimMetadata {
  /** What was repaired or dropped, in calls and outside of them. */
  changes?: Change[]
  /** The calls whose arguments do not fit their schema, in the form that `describeViolations` takes. */
  violations?: ViolatingToolCall[]
  /** The calls that were cut short, with all that the model wrote of them. */
  incomplete?: IncompleteCall[]
}

/**
 * A call whose arguments do not fit their schema; `describeViolations` puts it in words for the model.
 *
 * @example { id: 'call_…', function: { name: 'get_weather' }, violations: [{ path: '/days', expected: 'integer', found: 'string "soon"' }] }
 */
export interface ViolatingToolCall {
  id: string
  function: { name: string }
  violations: Violation[]
}

/** The pieces that a message is made of, whole or in a stream. */
export type MessagePiece =
  | { type: 'text' | 'reasoning'; text: string }
  | { type: 'call'; index: number; id: string; name: string; args: Fields; text: string }
  | { type: 'invalid-call'; index: number; id: string; name: string | null; text: string; error: string }
  | { type: 'finish'; reason: string; toolshim: ToolshimMetadata }

/**
 * Turns events into pieces. LangChain completes broken JSON by itself, so that half a call would be a call to it: each is
 * held until it has ended, and given in one piece.
 */
export function createMessagePieces() {
  const hold = createCallHold()
  const changes: Change[] = []
  const violations: ViolatingToolCall[] = []
  const incomplete: IncompleteCall[] = []

  function call({ index, id, name, custom, text: given, violations: wrong }: WholeCall): MessagePiece[] {
    // Free text is an argument like any other.
    const text = custom ? JSON.stringify({ input: given }) : given
    if (wrong.length > 0) violations.push({ id, function: { name }, violations: wrong })
    const args = parseObject(text)
    if (args) return [{ type: 'call', index, id, name, args, text }]
    return [{ type: 'invalid-call', index, id, name, text, error: 'The arguments are no JSON object.' }]
  }

  function read(event: HeldEvent): MessagePiece[] {
    switch (event.type) {
      case 'text':
      case 'reasoning':
        return [event]
      case 'call':
        changes.push(...event.changes)
        return call(event)
      case 'tool-call-incomplete': {
        const { index, id, name, text } = event
        changes.push(...event.changes)
        incomplete.push({ id, name, text })
        return [{ type: 'invalid-call', index, id, name, text, error: 'The call was cut short.' }]
      }
      case 'notice':
        changes.push(event.change)
        return []
      case 'finish':
        return [{ type: 'finish', reason: event.reason, toolshim: report() }]
    }
  }

  function report(): ToolshimMetadata {
    return {
      ...(changes.length > 0 && { changes }),
      ...(violations.length > 0 && { violations }),
      ...(incomplete.length > 0 && { incomplete }),
    }
  }

  return { push: (events: ParserEvent[]): MessagePiece[] => events.flatMap(hold).flatMap(read) }
}

function parseObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isFields(value) ? value : undefined
  } catch {
    return undefined
  }
}
