import type { Fields } from '../../fields.js'
import type { ReplyEnd } from '../reply-end.js'

/**
 * A whole answer. What only Anthropic's own servers have (containers, diagnostics) is `null`.
 *
 * @example if (message.stop_reason === 'tool_use') run(message.content.filter(({ type }) => type === 'tool_use'))
 */
export interface Message {
  id: string
  type: 'message'
  role: 'assistant'
  model: string
  content: ContentBlock[]
  /** `null` in the `message_start` of a stream. */
  stop_reason: StopReason | null
  /** The app's own stop sequence that ended the answer, where the upstream says which. */
  stop_sequence: string | null
  stop_details: null
  container: null
  diagnostics: null
  usage: Usage
}

/**
 * What an answer is made of, told by its `type`.
 *
 * @example for (const block of message.content) if (block.type === 'tool_use') run(block.name, block.input)
 */
export type ContentBlock = TextBlock | ThinkingBlock | ToolUseBlock

/**
 * A run of text. It has no `citations`: where there are none, clients that check answers allow no `null` in their place.
 *
 * @example { type: 'text', text: 'Hi.' }
 */
export interface TextBlock {
  type: 'text'
  text: string
}

/**
 * What the model thought.
 *
 * @example { type: 'thinking', thinking: 'A sum.', signature: '' }
 */
export interface ThinkingBlock {
  type: 'thinking'
  thinking: string
  /** Empty: nobody signs what this model thinks. */
  signature: string
}

/**
 * A call.
 *
 * @example { type: 'tool_use', id: 'toolu_…', name: 'add', input: { a: 1 }, caller: { type: 'direct' } }
 */
export interface ToolUseBlock {
  type: 'tool_use'
  id: string
  name: string
  /** A JSON object; of a server that parses calls itself, text that is no JSON is given as that text. */
  input: unknown
  caller: { type: 'direct' }
}

/**
 * The protocol's reasons; an upstream's own word that stands for none of them passes through.
 *
 * @example if (message.stop_reason === 'max_tokens') askForMore()
 */
export type StopReason = 'end_turn' | 'max_tokens' | 'stop_sequence' | 'tool_use' | 'refusal' | (string & {})

/**
 * Token counts of a whole answer. What only Anthropic's own servers count is `null`.
 *
 * @example { input_tokens: 90, output_tokens: 30, cache_read_input_tokens: 0, … }
 */
export interface Usage extends DeltaUsage {
  input_tokens: number
  cache_creation: null
  inference_geo: null
  service_tier: null
  speed: null
}

/**
 * Token counts at the end of a stream.
 *
 * @example
 * { input_tokens: 90, output_tokens: 30, cache_creation_input_tokens: null, cache_read_input_tokens: null,
 *   output_tokens_details: null, server_tool_use: null }
 */
export interface DeltaUsage {
  /** Without those that were read from the cache. */
  input_tokens: number
  output_tokens: number
  cache_creation_input_tokens: null
  cache_read_input_tokens: number | null
  output_tokens_details: { thinking_tokens: number } | null
  server_tool_use: null
}

/**
 * One event of a stream; its `type` is the name of the server-sent event too.
 *
 * @example { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } }
 */
export type MessageEvent =
  | { type: 'message_start'; message: Message }
  | { type: 'content_block_start'; index: number; content_block: ContentBlock }
  | { type: 'content_block_delta'; index: number; delta: BlockDelta }
  | { type: 'content_block_stop'; index: number }
  | { type: 'message_delta'; delta: MessageDelta; usage: DeltaUsage }
  | { type: 'message_stop' }

/**
 * What is new in the block that is open. A call comes in one `input_json_delta`.
 *
 * @example { type: 'input_json_delta', partial_json: '{"a": 1}' }
 */
export type BlockDelta =
  | { type: 'text_delta'; text: string }
  | { type: 'thinking_delta'; thinking: string }
  | { type: 'signature_delta'; signature: string }
  | { type: 'input_json_delta'; partial_json: string }

/**
 * Why the answer ended.
 *
 * @example { stop_reason: 'tool_use', stop_sequence: null, stop_details: null, container: null }
 */
export interface MessageDelta {
  stop_reason: StopReason
  stop_sequence: string | null
  stop_details: null
  container: null
}

/**
 * What an answer is called.
 *
 * @example { id: 'msg_1', model: 'qwen3-8b' }
 */
export interface MessageHead {
  /** Begins with `msg_` at Anthropic. */
  id: string
  model: string
  /** Token counts in OpenAI's spelling, where they are known when the answer begins. */
  usage?: Fields | undefined
}

/**
 * How an answer is written.
 *
 * @example createMessageEvents({ id: 'msg_1', model: 'qwen3-8b' }, { thinking: 'omitted' })
 */
export interface MessageOptions {
  /** `omitted` leaves the text out of thinking blocks, as `thinking.display` asks; `shown` is the default. */
  thinking?: 'shown' | 'omitted'
}

/**
 * What is known of an answer only at its end.
 *
 * @example { usage: { prompt_tokens: 90, completion_tokens: 30 }, stopSequence: 'END' }
 */
export interface MessageEnd extends ReplyEnd {
  /** The app's own stop sequence that ended the answer. */
  stopSequence?: string | undefined
}
