import { type Fields, isFields } from '../../fields.js'
import { randomHex } from '../../random-hex.js'
import type { Message, Tool, ToolChoice } from '../../request.js'
import { type CreateRealtimeId, readItem } from './client-items.js'
import { RealtimeEventError } from './event-error.js'
import { messagesOf } from './messages.js'
import type { RealtimeResponseHead } from './response-events.js'
import type { RealtimeItem, RealtimeServerEvent, RealtimeSession } from './server-events.js'
import { checkTools, emptySession, readSession, readSettings } from './session.js'

/**
 * A conversation as far as it has come: plain data, never changed in place.
 *
 * @example let state: RealtimeState = createRealtimeState({ instructions: 'Be brief.' })
 */
export interface RealtimeState {
  readonly session: RealtimeSession
  readonly conversationId: string
  readonly items: readonly RealtimeItem[]
}

/**
 * What a client's event comes to.
 *
 * @example const { state, events, ask, cancel } = reduceRealtime(before, JSON.parse(data))
 */
export interface RealtimeStep {
  state: RealtimeState
  /** What the server says to it: what was taken in, or an `error`. */
  events: RealtimeServerEvent[]
  /** Set by `response.create`: the model is asked. */
  ask?: RealtimeAsk
  /** Set by `response.cancel`: the response of this id, or the one that runs, is to end. */
  cancel?: { responseId: string | undefined }
}

/**
 * What the model is asked, and how its response begins.
 *
 * @example
 * const { prompt, prefill } = renderPrompt(ask.request, { dialect: 'qwen3' })
 * const parser = createParser({ dialect: 'qwen3', ...ask.request, prefill })
 * const response = createRealtimeResponse(ask.head)
 */
export interface RealtimeAsk {
  /** For `renderPrompt`, `renderMessages` and `createParser`. */
  request: {
    messages: Message[]
    tools: Tool[]
    toolChoice?: ToolChoice
    parallelToolCalls?: boolean
    reasoning?: object
  }
  /** The most tokens that the model may write, where the client has set a limit. */
  maxTokens: number | undefined
  /** For `createRealtimeResponse`. */
  head: RealtimeResponseHead
}

/**
 * Options of the functions that keep a conversation.
 *
 * @example reduceRealtime(state, event, { createId: (prefix) => `${prefix}_${count++}` })
 */
export interface RealtimeOptions {
  /** Names events, items and calls that have no name; random by default. */
  createId?: CreateRealtimeId
}

/**
 * A conversation in which nothing has been said.
 *
 * @example createRealtimeState({ instructions: 'Be brief.', tools: [{ type: 'function', name: 'add' }] })
 */
export function createRealtimeState(
  session: Fields = {},
  { createId = randomId }: RealtimeOptions = {},
): RealtimeState {
  return { session: readSession(session, emptySession), conversationId: createId('conv'), items: [] }
}

/**
 * Takes a client's event in: `session.update`, `conversation.item.create`, `.retrieve` and `.delete`, `response.create` and
 * `response.cancel`. Any other, and one that is wrong, is answered with an `error` event and changes nothing.
 *
 * A pure function, but for the ids that it gives.
 *
 * @param event an event as it came over the socket, parsed.
 * @example
 * const { state, events, ask } = reduceRealtime(before, JSON.parse(data))
 * events.forEach(send)
 * if (ask) answer(renderPrompt(ask.request, { dialect: 'qwen3' }), createRealtimeResponse(ask.head))
 */
export function reduceRealtime(
  state: RealtimeState,
  event: unknown,
  { createId = randomId }: RealtimeOptions = {},
): RealtimeStep {
  try {
    if (!isFields(event)) throw new RealtimeEventError('event', 'must be a JSON object with a type')
    return reduce(state, event, createId)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { state, events: [errorEvent(error, event, createId)] }
  }
}

/**
 * Adds what the model has said to the conversation, unless it was asked apart from it (`conversation: 'none'`).
 *
 * @example state = addRealtimeOutput(state, ask, response.output)
 */
export function addRealtimeOutput(
  state: RealtimeState,
  { head }: RealtimeAsk,
  output: readonly RealtimeItem[],
): RealtimeState {
  return head.conversationId === undefined ? state : { ...state, items: [...state.items, ...output] }
}

function reduce(state: RealtimeState, event: Fields, createId: CreateRealtimeId): RealtimeStep {
  const event_id = createId('event')
  switch (event.type) {
    case 'session.update': {
      const session = readSession(event.session, state.session)
      return { state: { ...state, session }, events: [{ type: 'session.updated', event_id, session }] }
    }
    case 'conversation.item.create': {
      const item = readItem(event.item, 'item', createId)
      return insert(state, item, event.previous_item_id, createId)
    }
    case 'conversation.item.retrieve': {
      const item = itemOf(state, event.item_id)
      return { state, events: [{ type: 'conversation.item.retrieved', event_id, item }] }
    }
    case 'conversation.item.delete': {
      const { id } = itemOf(state, event.item_id)
      const items = state.items.filter((item) => item.id !== id)
      return {
        state: { ...state, items },
        events: [{ type: 'conversation.item.deleted', event_id, item_id: id }],
      }
    }
    case 'response.create':
      return { state, events: [], ask: readAsk(state, event.response ?? {}, createId) }
    case 'response.cancel': {
      const { response_id: id } = event
      return { state, events: [], cancel: { responseId: typeof id === 'string' ? id : undefined } }
    }
    default:
      throw new RealtimeEventError(
        'type',
        `${JSON.stringify(event.type)} is not supported`,
        'unsupported_event',
      )
  }
}

function insert(
  state: RealtimeState,
  item: RealtimeItem,
  after: unknown,
  createId: CreateRealtimeId,
): RealtimeStep {
  if (state.items.some(({ id }) => id === item.id)) {
    throw new RealtimeEventError('item.id', `${JSON.stringify(item.id)} is in the conversation already`)
  }
  const place =
    after === undefined || after === null
      ? state.items.length
      : after === 'root'
        ? 0
        : state.items.indexOf(itemOf(state, after, 'previous_item_id')) + 1
  const items = [...state.items.slice(0, place), item, ...state.items.slice(place)]
  const previous_item_id = state.items[place - 1]?.id ?? null
  const steps = ['conversation.item.added', 'conversation.item.done'] as const
  return {
    state: { ...state, items },
    events: steps.map((type) => ({ type, event_id: createId('event'), previous_item_id, item })),
  }
}

function itemOf({ items }: RealtimeState, id: unknown, field = 'item_id'): RealtimeItem {
  const item = items.find((one) => one.id === id)
  if (item) return item
  throw new RealtimeEventError(field, `${JSON.stringify(id)} is not in the conversation`, 'item_not_found')
}

function readAsk(state: RealtimeState, given: unknown, createId: CreateRealtimeId): RealtimeAsk {
  if (!isFields(given)) throw new RealtimeEventError('response', 'must be an object')
  const { session } = state
  const settings = { ...readSettings(session, 'session'), ...readSettings(given, 'response') }
  const { instructions, max_output_tokens: most } = settings
  const items = given.input === undefined ? state.items : readInput(state, given.input, createId)
  const chosen = { ...session, ...given }
  const { tools, toolChoice } = checkTools(chosen, 'response')
  const { parallel_tool_calls: parallel, reasoning } = chosen
  const { metadata } = given
  const isPart = given.conversation !== 'none'
  return {
    request: {
      messages: messagesOf(instructions, items),
      tools,
      ...(toolChoice !== undefined && { toolChoice }),
      ...(typeof parallel === 'boolean' && { parallelToolCalls: parallel }),
      ...(isFields(reasoning) && { reasoning }),
    },
    maxTokens: typeof most === 'number' ? most : undefined,
    head: {
      ...(isPart && {
        conversationId: state.conversationId,
        previousItemId: state.items.at(-1)?.id ?? null,
      }),
      ...(most !== undefined && { maxOutputTokens: most }),
      ...(isMetadata(metadata) && { metadata }),
      createId,
    },
  }
}

/** Items given with the response, or references to those of the conversation. */
function readInput(state: RealtimeState, input: unknown, createId: CreateRealtimeId): RealtimeItem[] {
  if (!Array.isArray(input)) throw new RealtimeEventError('response.input', 'must be an array of items')
  return input.map((item: unknown, place) => {
    const field = `response.input[${place}]`
    if (isFields(item) && item.type === 'item_reference') return itemOf(state, item.id, `${field}.id`)
    return readItem(item, field, createId)
  })
}

function isMetadata(value: unknown): value is Record<string, string> | null {
  return value === null || (isFields(value) && Object.values(value).every((one) => typeof one === 'string'))
}

function errorEvent(error: Error, event: unknown, createId: CreateRealtimeId): RealtimeServerEvent {
  const known = error instanceof RealtimeEventError ? error : undefined
  const id = isFields(event) ? event.event_id : undefined
  return {
    type: 'error',
    event_id: createId('event'),
    error: {
      type: 'invalid_request_error',
      message: error.message,
      code: known?.code ?? null,
      param: known?.param ?? null,
      event_id: typeof id === 'string' ? id : null,
    },
  }
}

function randomId(prefix: string): string {
  return `${prefix}_${randomHex()}`
}
