import { type Fields, isFields } from '../fields.js'
import { writeJson } from './json.js'
import { textPart } from './parts.js'
import type { Report } from './report.js'

/** One turn of a conversation, read from untrusted messages; consecutive results can be one turn. */
export type Turn = TextTurn | AssistantTurn | ResultsTurn

/** A part of content; one of type `text` has its text in `text`. */
export type Part = Fields

export interface TextTurn {
  role: 'system' | 'user'
  /** Where it stands in the request. */
  field: string
  message: Fields
  content: string | Part[]
}
export interface AssistantTurn {
  role: 'assistant'
  field: string
  message: Fields
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

/** Told what the protocol would not have, and where in the message. */
type Tell = (place: string, problem: string) => void

function readTurn(message: unknown, field: string, report: Report): Turn | undefined {
  const tell: Tell = (place, problem) => report.lenient(field + place, problem)
  if (!isFields(message)) {
    tell('', 'a message that is no object is left out')
    return undefined
  }
  const { role, tool_call_id: given, reasoning_content: reasoning } = message
  switch (role) {
    case 'system':
    case 'developer':
      return { role: 'system', field, message, content: readContent(message, tell) }
    case 'user':
      return { role, field, message, content: readContent(message, tell) }
    case 'assistant': {
      const calls = readCalls(message, field, tell)
      const content = readAnswer(message, calls.length > 0, tell)
      return {
        role,
        field,
        message,
        content,
        reasoning: typeof reasoning === 'string' ? reasoning : undefined,
        calls,
      }
    }
    case 'tool':
    case 'function': {
      const id = typeof given === 'string' ? given : undefined
      const result = { field: `${field}.content`, id, content: readResult(message, tell) }
      return { role: 'tool', field, id, results: [result] }
    }
    default:
      tell('.role', `a message with the role ${JSON.stringify(role)} is left out`)
      return undefined
  }
}

/** An assistant's content. A refusal is the model's own words, which the protocol keeps apart from others. */
function readAnswer(message: Fields, hasCalls: boolean, tell: Tell): string | Part[] {
  const { content, refusal, audio } = message
  if ((content ?? '') === '') {
    if (typeof refusal === 'string') return refusal
    // So the protocol itself writes a message that is only calls, or only audio.
    if (hasCalls || audio) return ''
  }
  const read = readContent(message, tell)
  if (typeof read === 'string') return read
  return read.map((part) => (typeof part.refusal === 'string' ? textPart(part.refusal) : part))
}

function readCalls(message: Fields, field: string, tell: Tell): HistoryCall[] {
  const given = message.tool_calls ?? olderCall(message)
  if (!Array.isArray(given)) {
    tell('.tool_calls', 'calls that are no array are left out')
    return []
  }
  return given.flatMap((call: unknown, index) => {
    const place = `.tool_calls[${index}]`
    const read = isFields(call) ? readCall(call, field + place) : undefined
    if (read === undefined) tell(place, 'a call without a name is left out')
    return read ?? []
  })
}

/** `function_call: { name, arguments }`, which a `function` message answers. */
function olderCall({ function_call: call }: Fields): unknown[] {
  return isFields(call) ? [{ function: call }] : []
}

/**
 * `{ function: { name, arguments } }` or `{ custom: { name, input } }`. The families' templates also take the function's
 * fields without what is around them.
 */
function readCall(call: Fields, field: string): HistoryCall | undefined {
  const { id } = call
  if (isFields(call.custom) && typeof call.custom.name === 'string') {
    const { name, input } = call.custom
    return { id, name, field: `${field}.custom.input`, args: { input: input ?? '' } }
  }
  const { name, arguments: args } = isFields(call.function) ? call.function : call
  if (typeof name !== 'string') return undefined
  return { id, name, field: `${field}.function.arguments`, args }
}

function readContent({ content }: Fields, tell: Tell): string | Part[] {
  if (typeof content === 'string') return content
  if (Array.isArray(content)) {
    return content.map((part: unknown) =>
      isFields(part) ? part : textPart(typeof part === 'string' ? part : writeJson(part)),
    )
  }
  if (content === null || content === undefined) {
    tell('.content', 'absent content is read as ""')
    return ''
  }
  tell('.content', 'content that is neither text nor parts is written as JSON')
  return writeJson(content)
}

/** Results may be any JSON; only a list in which everything is a content part is read as parts. */
function readResult(message: Fields, tell: Tell): string | Part[] {
  const { content } = message
  if (typeof content === 'string' || content === null || content === undefined) {
    return readContent(message, tell)
  }
  return Array.isArray(content) && content.length > 0 && content.every(isContentPart)
    ? content
    : writeJson(content)
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
