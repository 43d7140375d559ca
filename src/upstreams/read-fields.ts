import { type Fields, isFields, without } from '../fields.js'
import type { ChoicePart, ReplyFrame } from './upstream.js'

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

/** Text, or the text among content parts. */
export function contentOf(content: unknown): string | undefined {
  if (!Array.isArray(content)) return textOf(content)
  return textOf(content.map((part) => (isFields(part) && textOf(part.text)) || '').join(''))
}

/** Other servers' words for what the protocol calls `stop` and `length`. */
const finishReasons = new Map([
  ['eos', 'stop'],
  ['eos_token', 'stop'],
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_length', 'length'],
])

/** A finish reason; DashScope's servers write the word `"null"` while they are still running. */
export function finishOf(value: unknown): string | undefined {
  const reason = value === 'null' ? undefined : textOf(value)
  return reason === undefined ? undefined : (finishReasons.get(reason) ?? reason)
}

// An `error` that says something is none of the answer's; clients take even an empty one for a failure.
const frameFields = new Set(['id', 'object', 'created', 'model', 'choices', 'usage', 'error'])

/**
 * A frame in OpenAI's spelling. It is made field by field, since there is one for each token: an object that begins with
 * another's fields took the engine four times as long, and a hidden class of its own each time.
 */
export function readOpenAiFrame(frame: Fields, readChoice: (choice: Fields) => ChoicePart): ReplyFrame {
  const created = numberOf(frame.created)
  return {
    id: textOf(frame.id),
    // Whole seconds; some servers give what their clock says.
    created: created === undefined ? undefined : Math.floor(created),
    model: textOf(frame.model),
    choices: readChoices(frame.choices, readChoice),
    usage: isFields(frame.usage) ? frame.usage : undefined,
    untouched: othersIn(frame, frameFields),
  }
}

/** There is mostly one. */
function readChoices(choices: unknown, readChoice: (choice: Fields) => ChoicePart): ChoicePart[] {
  if (!Array.isArray(choices)) return []
  const [first]: unknown[] = choices
  return choices.length === 1 && isFields(first)
    ? [readChoice(first)]
    : choices.filter(isFields).map(readChoice)
}

/** The fields that are none of these, in a frame that has mostly no others. */
export function othersIn(fields: Fields, names: ReadonlySet<string>): Fields | undefined {
  for (const name in fields) if (!names.has(name)) return without(fields, names)
  return undefined
}

/** Seconds since 1970 of a date in words. */
export function secondsOf(date: unknown): number | undefined {
  const milliseconds = typeof date === 'string' ? Date.parse(date) : Number.NaN
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000)
}

/** Token counts as OpenAI spells them, when the server counted both. */
export function usageOf(prompt: unknown, completion: unknown): Fields | undefined {
  if (typeof prompt !== 'number' || typeof completion !== 'number') return undefined
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion }
}
