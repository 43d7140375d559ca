import type { FinishReason, ParserEvent } from '../../events.js'
import type { Fields } from '../../fields.js'
import type { ReplyEnd } from '../reply-end.js'

/**
 * What every chunk of one completion carries.
 *
 * @example { id: 'chatcmpl-1', created: 1766000000, model: 'qwen3-8b' }
 */
export interface CompletionHead {
  id: string
  /** Seconds since 1970. */
  created: number
  model: string
}

/**
 * The field that reasoning is in: the one that DeepSeek has begun with, or the name that OpenRouter, Groq and newer servers
 * have for it. Some clients read both and would show it twice, so that it is never in both.
 *
 * @example createChatCompletionChunks({ id, created, model }, { reasoningField: 'reasoning' })
 */
export type ReasoningField = 'reasoning_content' | 'reasoning'

/**
 * A `chat.completion.chunk`. Fields beyond the protocol are the upstream's own.
 *
 * @example
 * { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1766000000, model: 'qwen3-8b',
 *   choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: null }] }
 */
export interface ChatCompletionChunk extends CompletionHead {
  object: 'chat.completion.chunk'
  choices: ChunkChoice[]
  usage?: Fields
  [field: string]: unknown
}

/**
 * The part of a chunk that is of one choice.
 *
 * @example { index: 0, delta: {}, finish_reason: 'tool_calls' }
 */
export interface ChunkChoice {
  index: number
  delta: ChunkDelta
  finish_reason: FinishReason | null
  [field: string]: unknown
}

/**
 * What is new in a chunk: text, reasoning or a piece of one call, never two of them.
 *
 * @example { tool_calls: [{ index: 0, function: { arguments: '{"a": 1}' } }] }
 */
export interface ChunkDelta {
  role?: 'assistant'
  content?: string
  reasoning_content?: string
  reasoning?: string
  tool_calls?: [ToolCallDelta]
  [field: string]: unknown
}

/**
 * A piece of a call: its first has id, type and name, those that follow its arguments. A call that is given whole is one
 * piece, with all of them.
 *
 * @example { index: 0, function: { arguments: '{"a": ' } }
 */
export type ToolCallDelta =
  | { index: number; id: string; type: 'function'; function: { name: string; arguments: string } }
  | { index: number; id: string; type: 'custom'; custom: { name: string; input: string } }
  | { index: number; function: { arguments: string } }
  | { index: number; custom: { input: string } }

/**
 * A whole `chat.completion`.
 *
 * @example
 * { id: 'chatcmpl-1', object: 'chat.completion', created: 1766000000, model: 'qwen3-8b',
 *   choices: [{ index: 0, message: { role: 'assistant', content: 'Hi.', refusal: null }, logprobs: null,
 *     finish_reason: 'stop' }] }
 */
export interface ChatCompletion extends CompletionHead {
  object: 'chat.completion'
  choices: CompletionChoice[]
  usage?: Fields
  [field: string]: unknown
}

/**
 * One of the answers in a whole completion.
 *
 * @example for (const { message, finish_reason } of completion.choices) console.log(finish_reason, message.content)
 */
export interface CompletionChoice {
  index: number
  message: CompletionMessage
  logprobs: unknown
  finish_reason: FinishReason
  [field: string]: unknown
}

/**
 * What the model said. `content` is `null` where there is no text, `tool_calls` is left out where there are no calls.
 *
 * @example
 * { role: 'assistant', content: null, refusal: null,
 *   tool_calls: [{ id: 'call_…', type: 'function', function: { name: 'add', arguments: '{"a": 1}' } }] }
 */
export interface CompletionMessage {
  role: 'assistant'
  content: string | null
  refusal: unknown
  reasoning_content?: string
  reasoning?: string
  tool_calls?: CompletionToolCall[]
  [field: string]: unknown
}

/**
 * A call that is complete: of a function with JSON text, or of a custom tool with the text itself.
 *
 * @example { id: 'call_…', type: 'function', function: { name: 'add', arguments: '{"a": 1}' } }
 */
export type CompletionToolCall =
  | { id: string; type: 'function'; function: { name: string; arguments: string } }
  | { id: string; type: 'custom'; custom: { name: string; input: string } }

/**
 * Parts of an upstream's chunk that are not text (audio, logprobs, a provider's own fields): handed on as
 * they are.
 *
 * @example { choice: { logprobs: null }, delta: { audio: { id: 'a' } } }
 */
export interface Untouched {
  /** Beside `choices`. */
  completion?: Fields | undefined
  /** Beside `delta` or `message`. */
  choice?: Fields | undefined
  /** In `delta` or `message`. */
  delta?: Fields | undefined
}

/**
 * Takes a reply's events and gives the protocol's chunks; the writer of a whole completion gives none.
 *
 * @example for (const chunk of chunks.push(parser.push(text))) send(`data: ${JSON.stringify(chunk)}\n\n`)
 */
export interface CompletionWriter {
  push(events: readonly ParserEvent[], choice?: number, untouched?: Untouched): ChatCompletionChunk[]
  /** Fields beside `choices` that come without a choice. */
  fields(fields: Fields): ChatCompletionChunk[]
}

/**
 * The last that is said of a completion: token counts, and the upstream's own fields beside them.
 *
 * @example { usage: { prompt_tokens: 90, completion_tokens: 30, total_tokens: 120 }, system_fingerprint: 'b1' }
 */
export interface CompletionEnd extends ReplyEnd {
  [field: string]: unknown
}
