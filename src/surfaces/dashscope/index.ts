import type { Fields } from '../../fields.js'

export { createDashScopeEvents, type DashScopeEventsHead, type DashScopeWriter } from './events.js'
export { readDashScopeRequest } from './request.js'
export { createDashScopeResponse, type DashScopeCollector } from './response.js'
export type { Fields }

/** What the answers to one request have in common. */
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

/** The body of an answer, and the data of each event of a stream. */
export interface DashScopeAnswer {
  output: MessageOutput | TextOutput
  usage?: DashScopeUsage
  request_id: string
}
export interface MessageOutput {
  choices: DashScopeChoice[]
}
export interface TextOutput {
  text: string
  reasoning_content?: string
  finish_reason: string
}
export interface DashScopeChoice {
  /** Given where there are several. */
  index?: number
  /** The word `"null"` while the model is writing. */
  finish_reason: string
  message: DashScopeMessage
  [field: string]: unknown
}
export interface DashScopeMessage {
  role: 'assistant'
  content: string | { text: string }[]
  reasoning_content?: string
  tool_calls?: DashScopeToolCall[]
  [field: string]: unknown
}
export interface DashScopeToolCall {
  index: number
  /** Empty in a piece that goes on with a call. */
  id: string
  type: 'function'
  /** A piece that goes on with a call has no name. */
  function: { name?: string; arguments: string }
}
export interface DashScopeUsage {
  input_tokens: number
  output_tokens: number
  total_tokens: number
  [field: string]: unknown
}
