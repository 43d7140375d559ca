/**
 * What the answers to one request have in common.
 *
 * @example { requestId: 'r-1' }
 */
export interface DashScopeHead {
  requestId: string
  /**
   * How the reply is written: a `message` in `choices` by default; `text` is the older form, which has no place for calls.
   */
  format?: 'message' | 'text'
  /** Whether a message's content is a list of parts, as on the multimodal route. */
  parts?: boolean
  /** How many choices were asked for; they are numbered where there are several. */
  choices?: number
}

/**
 * The body of an answer, and the data of each event of a stream.
 *
 * @example { output: { choices: [{ finish_reason: 'stop', message: { role: 'assistant', content: 'Hi' } }] }, request_id: 'r-1' }
 */
export interface DashScopeAnswer {
  output: MessageOutput | TextOutput
  usage?: DashScopeUsage
  request_id: string
}

/**
 * An answer as messages: `result_format: "message"`.
 *
 * @example { choices: [{ finish_reason: 'stop', message: { role: 'assistant', content: 'Hi.' } }] }
 */
export interface MessageOutput {
  choices: DashScopeChoice[]
}

/**
 * An answer as text alone, the protocol's older form.
 *
 * @example { text: 'Hi.', finish_reason: 'stop' }
 */
export interface TextOutput {
  text: string
  reasoning_content?: string
  finish_reason: string
}

/**
 * One of the answers.
 *
 * @example { finish_reason: 'stop', message: { role: 'assistant', content: 'Hi.' } }
 */
export interface DashScopeChoice {
  /** Given where there are several. */
  index?: number
  /** The word `"null"` while the model is writing. */
  finish_reason: string
  message: DashScopeMessage
  [field: string]: unknown
}

/**
 * What the model said, or what is new of it.
 *
 * @example
 * { role: 'assistant', content: '',
 *   tool_calls: [{ index: 0, id: 'call_…', type: 'function', function: { name: 'add', arguments: '{}' } }] }
 */
export interface DashScopeMessage {
  role: 'assistant'
  content: string | { text: string }[]
  reasoning_content?: string
  tool_calls?: DashScopeToolCall[]
  [field: string]: unknown
}

/**
 * A call, or a piece of one.
 *
 * @example { index: 0, id: 'call_…', type: 'function', function: { name: 'add', arguments: '{"a": 1}' } }
 */
export interface DashScopeToolCall {
  index: number
  /** Empty in a piece that goes on with a call. */
  id: string
  type: 'function'
  /** A piece that goes on with a call has no name. */
  function: { name?: string; arguments: string }
}

/**
 * Token counts in this protocol's spelling.
 *
 * @example { input_tokens: 90, output_tokens: 30, total_tokens: 120 }
 */
export interface DashScopeUsage {
  input_tokens: number
  output_tokens: number
  total_tokens: number
  [field: string]: unknown
}
