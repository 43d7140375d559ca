import { isFields } from '../fields.js'
import { writeJson } from './json.js'
import type { Report } from './report.js'

/** One turn of a conversation, read from untrusted messages; consecutive results can be one turn. */
export type Turn = TextTurn | AssistantTurn | ResultsTurn

/** A part of content; one of type `text` has its text in `text`. */
export type Part = Record<string, unknown>

export interface TextTurn {
  role: 'system' | 'user'
  /** Where it stands in the request. */
  field: string
  message: Record<string, unknown>
  content: string | Part[]
}
export interface AssistantTurn {
  role: 'assistant'
  field: string
  message: Record<string, unknown>
  content: string | Part[]
  reasoning: string | undefined
  calls: HistoryCall[]
}
export interface HistoryCall {
  field: string
  id: unknown
  name: string
  /** As given: the JSON text, the value, or nothing. */
  args: unknown
}
export interface ResultsTurn {
  role: 'tool'
  field: string
  /** The `tool_call_id` of the first. */
  id: string | undefined
  results: Result[]
}
export interface Result {
  field: string
  /** The `tool_call_id`. */
  id: string | undefined
  content: string | Part[]
}

/**
 * Reads the messages of a request. `developer` is `system`, `function` is `tool`, absent content is `""`. What the
 * protocol would not have is reported and read as well as can be. Consecutive results are one turn unless they stand
 * `apart`.
 *
 * @throws Error naming the field, for the same things, when the report is strict.
 */
export function readHistory(messages: readonly unknown[], report: Report, apart = false): Turn[] {
  const turns: Turn[] = []
  // The ids of calls, and which call of the history each was given to last.
  const called = new Map<unknown, number>()
  let calls = 0
  for (const [index, message] of messages.entries()) {
    const field = `messages[${index}]`
    const turn = readTurn(message, field, report)
    if (turn?.role === 'assistant') for (const call of turn.calls) called.set(call.id, calls++)
    if (turn?.role === 'tool' && (turn.id === undefined ? called.size === 0 : !called.has(turn.id))) {
      report.lenient(field, 'this result answers no call before it')
    }
    const before = turns.at(-1)
    if (turn?.role === 'tool' && before?.role === 'tool') {
      const last = called.get(before.results.at(-1)?.id)
      const place = called.get(turn.id)
      if (last !== undefined && place !== undefined && place < last) {
        report.warn(field, 'results that stand in another order than their calls are shown as they stand')
      }
    }
    if (!apart && turn?.role === 'tool' && before?.role === 'tool') before.results.push(...turn.results)
    else if (turn !== undefined) turns.push(turn)
  }
  return turns
}

function readTurn(message: unknown, field: string, report: Report): Turn | undefined {
  if (!isFields(message)) {
    report.lenient(field, 'a message that is no object is left out')
    return undefined
  }
  const { role, tool_call_id: id } = message
  switch (role) {
    case 'system':
    case 'developer':
      return { role: 'system', field, message, content: readContent(message, field, report) }
    case 'user':
      return { role, field, message, content: readContent(message, field, report) }
    case 'assistant':
      return readAssistant(message, field, report)
    case 'tool':
    case 'function': {
      const answered = typeof id === 'string' ? id : undefined
      const content = readResult(message, field, report)
      return {
        role: 'tool',
        field,
        id: answered,
        results: [{ field: `${field}.content`, id: answered, content }],
      }
    }
    default:
      report.lenient(`${field}.role`, `a message with the role ${JSON.stringify(role)} is left out`)
      return undefined
  }
}

function readAssistant(message: Record<string, unknown>, field: string, report: Report): AssistantTurn {
  const { reasoning_content: reasoning } = message
  const calls = readCalls(message, field, report)
  return {
    role: 'assistant',
    field,
    message,
    content: readAnswer(message, calls.length > 0, field, report),
    reasoning: typeof reasoning === 'string' ? reasoning : undefined,
    calls,
  }
}

/** An assistant's content. A refusal is the model's own words, which the protocol keeps apart from others. */
function readAnswer(
  message: Record<string, unknown>,
  hasCalls: boolean,
  field: string,
  report: Report,
): string | Part[] {
  const { content, refusal, audio } = message
  if ((content ?? '') === '') {
    if (typeof refusal === 'string') return refusal
    // So the protocol itself writes a message that is only calls, or only audio.
    if (hasCalls || audio) return ''
  }
  const read = readContent(message, field, report)
  if (typeof read === 'string') return read
  return read.map((part) => (typeof part.refusal === 'string' ? { type: 'text', text: part.refusal } : part))
}

function readCalls(message: Record<string, unknown>, field: string, report: Report): HistoryCall[] {
  const given = message.tool_calls ?? olderCall(message)
  if (!Array.isArray(given)) {
    report.lenient(`${field}.tool_calls`, 'calls that are no array are left out')
    return []
  }
  return given.flatMap((call: unknown, index) => {
    const read = isFields(call) ? readCall(call, `${field}.tool_calls[${index}]`) : undefined
    if (read === undefined)
      report.lenient(`${field}.tool_calls[${index}]`, 'a call without a name is left out')
    return read ?? []
  })
}

/** `function_call: { name, arguments }`, which a `function` message answers. */
function olderCall({ function_call: call }: Record<string, unknown>): unknown[] {
  return isFields(call) ? [{ function: call }] : []
}

/**
 * `{ function: { name, arguments } }` or `{ custom: { name, input } }`. The families' templates also take the function's
 * fields without what is around them.
 */
function readCall(call: Record<string, unknown>, field: string): HistoryCall | undefined {
  const { id } = call
  if (isFields(call.custom) && typeof call.custom.name === 'string') {
    const { name, input } = call.custom
    return { id, name, field: `${field}.custom.input`, args: { input: input ?? '' } }
  }
  const { name, arguments: args } = isFields(call.function) ? call.function : call
  if (typeof name !== 'string') return undefined
  return { id, name, field: `${field}.function.arguments`, args }
}

function readContent(message: Record<string, unknown>, field: string, report: Report): string | Part[] {
  const { content } = message
  if (typeof content === 'string') return content
  if (Array.isArray(content)) {
    return content.map((part: unknown) =>
      isFields(part) ? part : { type: 'text', text: typeof part === 'string' ? part : writeJson(part) },
    )
  }
  if (content === null || content === undefined) {
    report.lenient(`${field}.content`, 'absent content is read as ""')
    return ''
  }
  report.lenient(`${field}.content`, 'content that is neither text nor parts is written as JSON')
  return writeJson(content)
}

/** Results may be any JSON; only a list in which everything is a content part is read as parts. */
function readResult(message: Record<string, unknown>, field: string, report: Report): string | Part[] {
  const { content } = message
  if (typeof content === 'string' || content === null || content === undefined) {
    return readContent(message, field, report)
  }
  if (Array.isArray(content) && content.length > 0 && content.every(isContentPart)) return content
  return writeJson(content)
}

/** Parts that may stand for themselves, as Hugging Face templates have them; others carry what they are. */
const bareTypes: unknown[] = ['image', 'video']
const carriedTypes = ['image_url', 'video_url', 'input_audio', 'file']

/** A list of files or images is data all the same: `{ type: 'file', name: 'a.txt' }` is no part. */
function isContentPart(part: unknown): part is Part {
  if (!isFields(part)) return false
  if (part.type === 'text') return typeof part.text === 'string'
  return bareTypes.includes(part.type) || carriedTypes.some((type) => part.type === type && type in part)
}
