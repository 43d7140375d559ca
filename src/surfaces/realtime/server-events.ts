/**
 * What a server says in OpenAI's Realtime protocol, as far as text and functions go.
 *
 * @example
 * { type: 'response.output_text.delta', event_id: 'event_…', response_id: 'resp_…', item_id: 'item_…',
 *   output_index: 0, content_index: 0, delta: 'Hi' }
 */
export type RealtimeServerEvent =
  | ResponseLifeEvent
  | ResponseItemEvent
  | ResponseContentPartEvent
  | ResponseTextEvent
  | ResponseArgumentsEvent
  | ConversationItemEvent
  | SessionUpdatedEvent
  | ItemDeletedEvent
  | ErrorEvent

interface EventHead {
  event_id: string
}

interface ResponseLifeEvent extends EventHead {
  type: 'response.created' | 'response.done'
  response: RealtimeResponse
}

/** Where in a response an event belongs. */
interface ResponsePlace extends EventHead {
  response_id: string
  output_index: number
}
interface ResponseItemEvent extends ResponsePlace {
  type: 'response.output_item.added' | 'response.output_item.done'
  item: RealtimeOutputItem
}
interface ItemPlace extends ResponsePlace {
  item_id: string
}
interface ResponseContentPartEvent extends ItemPlace {
  type: 'response.content_part.added' | 'response.content_part.done'
  content_index: number
  part: { type: 'text'; text: string }
}
type ResponseTextEvent = ItemPlace & { content_index: number } & (
    | { type: 'response.output_text.delta'; delta: string }
    | { type: 'response.output_text.done'; text: string }
  )
type ResponseArgumentsEvent = ItemPlace & { call_id: string } & (
    | { type: 'response.function_call_arguments.delta'; delta: string }
    | { type: 'response.function_call_arguments.done'; name: string; arguments: string }
  )

interface ConversationItemEvent extends EventHead {
  type: 'conversation.item.added' | 'conversation.item.done' | 'conversation.item.retrieved'
  item: RealtimeItem
  previous_item_id?: string | null
}
interface ItemDeletedEvent extends EventHead {
  type: 'conversation.item.deleted'
  item_id: string
}
interface SessionUpdatedEvent extends EventHead {
  type: 'session.updated'
  session: RealtimeSession
}
interface ErrorEvent extends EventHead {
  type: 'error'
  error: RealtimeError
}

/**
 * What was wrong with a client's event.
 *
 * @example { type: 'invalid_request_error', message: 'item must be an object', code: 'invalid_value', param: 'item' }
 */
export interface RealtimeError {
  type: string
  message: string
  code?: string | null
  param?: string | null
  /** The client's own id of the event that was wrong. */
  event_id?: string | null
}

/**
 * A session's settings: those that are read here, and the client's others as they are.
 *
 * @example { type: 'realtime', instructions: 'Be brief.', tools: [{ type: 'function', name: 'add' }] }
 */
export interface RealtimeSession {
  type: 'realtime'
  instructions?: string
  max_output_tokens?: number | 'inf'
  [setting: string]: unknown
}

/**
 * A response, as it stands when an event shows it.
 *
 * @example if (event.type === 'response.done' && event.response.status === 'completed') next(event.response.output)
 */
export interface RealtimeResponse {
  object: 'realtime.response'
  id: string
  conversation_id?: string
  status: 'in_progress' | 'completed' | 'incomplete' | 'cancelled' | 'failed'
  status_details?: RealtimeStatusDetails
  output: RealtimeOutputItem[]
  output_modalities: ['text']
  max_output_tokens?: number | 'inf'
  metadata?: Record<string, string> | null
  usage?: RealtimeUsage
}

/**
 * Why a response ended.
 *
 * @example { type: 'incomplete', reason: 'max_output_tokens' }
 */
export interface RealtimeStatusDetails {
  type: 'completed' | 'incomplete' | 'cancelled' | 'failed'
  reason?: 'max_output_tokens' | 'content_filter' | 'client_cancelled' | 'turn_detected'
  error?: { type: string; code?: string; message?: string }
}

/**
 * Token counts in this protocol's spelling.
 *
 * @example { input_tokens: 90, output_tokens: 30, total_tokens: 120 }
 */
export interface RealtimeUsage {
  input_tokens: number
  output_tokens: number
  total_tokens: number
}

/**
 * Whether an item is whole.
 *
 * @example const isWhole = item.status === 'completed'
 */
export type RealtimeItemStatus = 'in_progress' | 'completed' | 'incomplete'

interface ItemHead {
  id: string
  object: 'realtime.item'
  status: RealtimeItemStatus
}

/**
 * What a response is made of.
 *
 * @example for (const item of response.output) if (item.type === 'function_call') run(item.name, item.arguments)
 */
export type RealtimeOutputItem = RealtimeAssistantItem | RealtimeFunctionCallItem

/**
 * A run of the model's text.
 *
 * @example
 * { id: 'item_…', object: 'realtime.item', type: 'message', status: 'completed', role: 'assistant',
 *   content: [{ type: 'output_text', text: 'Hi.' }] }
 */
export interface RealtimeAssistantItem extends ItemHead {
  type: 'message'
  role: 'assistant'
  content: AssistantContent[]
}

/**
 * A call; `arguments` is JSON text.
 *
 * @example
 * { id: 'item_…', object: 'realtime.item', type: 'function_call', status: 'completed', call_id: 'call_…',
 *   name: 'add', arguments: '{"a": 1}' }
 */
export interface RealtimeFunctionCallItem extends ItemHead {
  type: 'function_call'
  call_id: string
  name: string
  arguments: string
}

/**
 * What a conversation is made of.
 *
 * @example if (event.type === 'conversation.item.done') show(event.item)
 */
export type RealtimeItem = RealtimeOutputItem | RealtimeInputItem

/**
 * What a client puts into a conversation, beside messages and calls of the model's.
 *
 * @example
 * { id: 'item_…', object: 'realtime.item', type: 'function_call_output', status: 'completed',
 *   call_id: 'call_…', output: '3' }
 */
export type RealtimeInputItem =
  | (ItemHead & { type: 'message'; role: 'system'; content: { type: 'input_text'; text: string }[] })
  | (ItemHead & { type: 'message'; role: 'user'; content: UserContent[] })
  | (ItemHead & { type: 'function_call_output'; call_id: string; output: string })

/**
 * A part of what the user says.
 *
 * @example { type: 'input_text', text: 'Add 1 and 2.' }
 */
export type UserContent =
  | { type: 'input_text'; text: string }
  | { type: 'input_image'; image_url: string; detail?: 'auto' | 'low' | 'high' }
  /** What was said, by its transcript. */
  | { type: 'input_audio'; transcript: string }

/**
 * A part of what the model said.
 *
 * @example { type: 'output_text', text: 'Hi.' }
 */
export type AssistantContent =
  | { type: 'output_text'; text: string }
  | { type: 'output_audio'; transcript: string }
