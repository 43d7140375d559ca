/**
 * A `response`. The fields that repeat the app's request are as the app gave them.
 *
 * @example if (response.status === 'incomplete') console.log(response.incomplete_details?.reason)
 */
export interface Response {
  id: string
  object: 'response'
  /** Seconds since 1970. */
  created_at: number
  /** The same, of its end; `null` while it is not `completed`. */
  completed_at: number | null
  status: 'in_progress' | 'completed' | 'incomplete' | 'failed'
  model: string
  output: OutputItem[]
  /** Why it failed. */
  error: { code: string; message: string } | null
  /** Why it is incomplete. */
  incomplete_details: { reason: 'max_output_tokens' | 'content_filter' } | null
  /** Left out where the upstream does not count tokens. */
  usage?: ResponseUsage
  instructions: unknown
  metadata: unknown
  parallel_tool_calls: boolean
  reasoning: unknown
  temperature: unknown
  text: unknown
  tool_choice: unknown
  tools: unknown
  top_p: unknown
  [field: string]: unknown
}

/**
 * Token counts in this protocol's spelling.
 *
 * @example
 * { input_tokens: 90, input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 }, output_tokens: 30,
 *   output_tokens_details: { reasoning_tokens: 0 }, total_tokens: 120 }
 */
export interface ResponseUsage {
  input_tokens: number
  input_tokens_details: { cached_tokens: number; cache_write_tokens: number }
  output_tokens: number
  output_tokens_details: { reasoning_tokens: number }
  total_tokens: number
}

/**
 * Whether an item is whole.
 *
 * @example const isWhole = item.status === 'completed'
 */
export type ItemStatus = 'in_progress' | 'completed' | 'incomplete'

/**
 * What a response is made of, told by its `type`.
 *
 * @example for (const item of response.output) if (item.type === 'function_call') run(item.name, item.arguments)
 */
export type OutputItem = MessageItem | ReasoningItem | FunctionCallItem | CustomCallItem

/**
 * A run of text.
 *
 * @example
 * { type: 'message', id: 'msg_…', role: 'assistant', status: 'completed',
 *   content: [{ type: 'output_text', text: 'Hi.', annotations: [], logprobs: [] }] }
 */
export interface MessageItem {
  type: 'message'
  id: string
  role: 'assistant'
  status: ItemStatus
  /** `commentary`: words beside calls, where the answer itself is to be JSON; clients do not parse it then. */
  phase?: 'commentary'
  content: OutputText[]
}

/**
 * The text of a message.
 *
 * @example { type: 'output_text', text: 'Hi.', annotations: [], logprobs: [] }
 */
export interface OutputText {
  type: 'output_text'
  text: string
  annotations: never[]
  logprobs: never[]
}

/**
 * What the model thought, in its own words.
 *
 * @example
 * { type: 'reasoning', id: 'rs_…', status: 'completed', summary: [],
 *   content: [{ type: 'reasoning_text', text: 'A sum.' }] }
 */
export interface ReasoningItem {
  type: 'reasoning'
  id: string
  status: ItemStatus
  /** The model's own words, where the request asks for a summary; they are not in `content` then. */
  summary: SummaryText[]
  content: ReasoningText[]
  /** The same words, where the request includes them: clients that keep only this send it back. */
  encrypted_content?: string
}

/**
 * The text of a summary.
 *
 * @example { type: 'summary_text', text: 'The user wants the weather.' }
 */
export interface SummaryText {
  type: 'summary_text'
  text: string
}

/**
 * The text of a reasoning item.
 *
 * @example { type: 'reasoning_text', text: 'The user wants the weather.' }
 */
export interface ReasoningText {
  type: 'reasoning_text'
  text: string
}

/**
 * A call of a function.
 *
 * @example { type: 'function_call', id: 'fc_…', call_id: 'call_…', name: 'add', arguments: '{"a": 1}', status: 'completed' }
 */
export interface FunctionCallItem {
  type: 'function_call'
  id: string
  call_id: string
  name: string
  /** That of the tool, where the request has it in one. */
  namespace?: string
  /** JSON text. */
  arguments: string
  status: ItemStatus
}

/**
 * A call of a custom tool, with the text that it is given.
 *
 * @example { type: 'custom_tool_call', id: 'ctc_…', call_id: 'call_…', name: 'run', input: 'print(1)', status: 'completed' }
 */
export interface CustomCallItem {
  type: 'custom_tool_call'
  id: string
  call_id: string
  name: string
  /** That of the tool, where the request has it in one. */
  namespace?: string
  input: string
  status: ItemStatus
}

/**
 * An event of a streamed response. Its `type` is also the name of the server-sent event.
 *
 * @example { type: 'response.function_call_arguments.delta', item_id: 'fc_…', output_index: 0, delta: '{', sequence_number: 3 }
 */
export type ResponseEvent = ResponseEventBody & {
  /** From 0, one more in each event. */
  sequence_number: number
}

/** An event without its number. */
export type ResponseEventBody =
  | {
      type:
        | 'response.created'
        | 'response.in_progress'
        | 'response.completed'
        | 'response.incomplete'
        | 'response.failed'
      response: Response
    }
  | {
      type: 'response.output_item.added' | 'response.output_item.done'
      output_index: number
      item: OutputItem
    }
  | ({
      type: 'response.content_part.added' | 'response.content_part.done'
      part: OutputText | ReasoningText
    } & PartPlace)
  | ({ type: 'response.output_text.delta'; delta: string; logprobs: never[] } & PartPlace)
  | ({ type: 'response.output_text.done'; text: string; logprobs: never[] } & PartPlace)
  | ({
      type: 'response.reasoning_summary_part.added' | 'response.reasoning_summary_part.done'
      part: SummaryText
    } & SummaryPlace)
  | ({ type: 'response.reasoning_summary_text.delta'; delta: string } & SummaryPlace)
  | ({ type: 'response.reasoning_summary_text.done'; text: string } & SummaryPlace)
  | ({ type: 'response.reasoning_text.delta'; delta: string } & PartPlace)
  | ({ type: 'response.reasoning_text.done'; text: string } & PartPlace)
  | ({ type: 'response.function_call_arguments.delta'; delta: string } & ItemPlace)
  | ({ type: 'response.function_call_arguments.done'; name: string; arguments: string } & ItemPlace)
  | ({ type: 'response.custom_tool_call_input.delta'; delta: string } & ItemPlace)
  | ({ type: 'response.custom_tool_call_input.done'; input: string } & ItemPlace)
  | {
      type: 'error'
      code: string | null
      message: string
      param: string | null
      /** The same as an HTTP error's body has it: clients read either. */
      error: object
    }

/** Which item an event is about. */
export interface ItemPlace {
  item_id: string
  output_index: number
}
/** Which part of a summary an event is about. */
export interface SummaryPlace extends ItemPlace {
  summary_index: number
}
/** Which part of an item's content an event is about. */
export interface PartPlace extends ItemPlace {
  content_index: number
}
