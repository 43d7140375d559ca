import type { FinishReason, ParserEvent } from '../../events.js'
import { type Fields, isFields } from '../../fields.js'
import { randomHex } from '../../random-hex.js'
import type { ReplyEnd } from '../reply-end.js'
import type {
  RealtimeFunctionCallItem,
  RealtimeItemStatus,
  RealtimeOutputItem,
  RealtimeResponse,
  RealtimeServerEvent,
  RealtimeStatusDetails,
  RealtimeUsage,
} from './server-events.js'

/**
 * What is known of a response before the model says anything; `reduceRealtime` gives it with a request.
 *
 * @example { conversationId: 'conv_1', previousItemId: 'item_1', maxOutputTokens: 512 }
 */
export interface RealtimeResponseHead {
  /** Set when the response is part of a conversation: its items are then announced as items of that, too. */
  conversationId?: string
  /** The item of the conversation that the response follows. */
  previousItemId?: string | null
  maxOutputTokens?: number | 'inf'
  metadata?: Record<string, string> | null
  /** Names events, items and the response; random by default. */
  createId?: (prefix: 'event' | 'item' | 'resp') => string
}

/**
 * Takes a reply's events and gives those of the protocol.
 *
 * @example for (const text of reply) response.push(parser.push(text)).forEach((event) => socket.send(JSON.stringify(event)))
 */
export interface RealtimeResponseWriter {
  push(events: readonly ParserEvent[]): RealtimeServerEvent[]
  /** The reply is complete: the response with all of its items. */
  end(last?: ReplyEnd): RealtimeServerEvent[]
  /** The client, or its user, has broken in. */
  cancel(reason?: 'client_cancelled' | 'turn_detected'): RealtimeServerEvent[]
  /** The model failed. */
  fail(error: { type?: unknown; code?: unknown; message: string }): RealtimeServerEvent[]
  /** The items so far: what is added to the conversation. */
  readonly output: RealtimeOutputItem[]
}

/** The item that is being written. */
interface OpenItem {
  item: RealtimeOutputItem
  outputIndex: number
  /** Its text or arguments, in pieces: a string that grows by little ones costs its length for each. */
  pieces: string[]
  /** Whether a call's arguments are free text, which the protocol does not know. */
  custom: boolean
}

/**
 * Writes a reply as events of OpenAI's Realtime protocol, for `text` output: an item for each run of text and each call,
 * one after the other. What the model thinks has no place there. A call of a custom tool is a function with one string,
 * `input`, as the model sees it.
 *
 * A call that is cut short is an item with the status `incomplete`. It gets no `response.function_call_arguments.done`, and
 * a response whose reply was cut is `incomplete` with a reason.
 *
 * @example
 * const parser = createParser({ dialect: 'qwen3', tools })
 * const response = createRealtimeResponse()
 * for (const text of reply) response.push(parser.push(text)).forEach(send)
 * response.push(parser.end()).forEach(send)
 * response.end().forEach(send)
 */
export function createRealtimeResponse(head: RealtimeResponseHead = {}): RealtimeResponseWriter {
  const createId = head.createId ?? ((prefix) => `${prefix}_${randomHex()}`)
  const id = createId('resp')
  const output: RealtimeOutputItem[] = []
  let begun = false
  let open: OpenItem | undefined
  /** `undefined` until the reply has ended: a response that ends before that is not whole. */
  let finish: FinishReason | undefined
  let previous = head.previousItemId ?? null
  let out: RealtimeServerEvent[] = []

  function responseWith(status: RealtimeResponse['status']): RealtimeResponse {
    const { conversationId, maxOutputTokens, metadata } = head
    return {
      object: 'realtime.response',
      id,
      ...(conversationId !== undefined && { conversation_id: conversationId }),
      status,
      output: [...output],
      output_modalities: ['text'],
      ...(maxOutputTokens !== undefined && { max_output_tokens: maxOutputTokens }),
      ...(metadata !== undefined && { metadata }),
    }
  }

  function begin(): void {
    if (begun) return
    begun = true
    out.push({ type: 'response.created', event_id: createId('event'), response: responseWith('in_progress') })
  }

  function placeOf({ item, outputIndex }: OpenItem) {
    return {
      event_id: createId('event'),
      response_id: id,
      item_id: item.id,
      output_index: outputIndex,
    }
  }

  function announce(step: 'added' | 'done', { item, outputIndex }: OpenItem): void {
    const event_id = createId('event')
    out.push({
      type: `response.output_item.${step}`,
      event_id,
      response_id: id,
      output_index: outputIndex,
      item,
    })
    if (head.conversationId === undefined) return
    out.push({
      type: `conversation.item.${step}`,
      event_id: createId('event'),
      previous_item_id: previous,
      item,
    })
  }

  function openItem(item: RealtimeOutputItem, custom = false): OpenItem {
    const opened: OpenItem = { item, outputIndex: output.length, pieces: [], custom }
    open = opened
    output.push(item)
    announce('added', opened)
    return opened
  }

  function openText(): OpenItem {
    const opened = openItem({
      id: createId('item'),
      object: 'realtime.item',
      type: 'message',
      status: 'in_progress',
      role: 'assistant',
      content: [],
    })
    const part = { type: 'text' as const, text: '' }
    out.push({ type: 'response.content_part.added', ...placeOf(opened), content_index: 0, part })
    return opened
  }

  function addText(text: string): void {
    if (text === '') return
    const opened = open?.item.type === 'message' ? open : openText()
    opened.pieces.push(text)
    out.push({ type: 'response.output_text.delta', ...placeOf(opened), content_index: 0, delta: text })
  }

  function addArguments(text: string): void {
    if (open?.item.type !== 'function_call' || text === '') return
    open.pieces.push(text)
    const { call_id } = open.item
    out.push({ type: 'response.function_call_arguments.delta', ...placeOf(open), call_id, delta: text })
  }

  /** The item is over; what is given of it is a copy, since events already sent keep what they said. */
  function close(status: RealtimeItemStatus): void {
    if (open === undefined) return
    const text = open.pieces.join('')
    const { item } = open
    const done: RealtimeOutputItem =
      item.type === 'message'
        ? { ...item, status, content: [{ type: 'output_text', text }] }
        : { ...item, status, arguments: text }
    if (done.type === 'message') {
      const place = { ...placeOf(open), content_index: 0 }
      out.push({ type: 'response.output_text.done', ...place, text })
      const part = { type: 'text' as const, text }
      out.push({ type: 'response.content_part.done', ...place, event_id: createId('event'), part })
    } else if (status === 'completed') {
      out.push({ type: 'response.function_call_arguments.done', ...placeOf(open), ...argumentsOf(done) })
    }
    output[open.outputIndex] = done
    announce('done', { ...open, item: done })
    previous = done.id
    open = undefined
  }

  /** The reply is over. Only its own end makes a call complete. */
  function closeLast(whole: boolean): void {
    close(whole && open?.item.type === 'message' ? 'completed' : 'incomplete')
  }

  function add(event: ParserEvent): void {
    switch (event.type) {
      case 'text':
        addText(event.text)
        return
      case 'tool-call-start': {
        close('completed')
        const call = openItem(
          {
            id: createId('item'),
            object: 'realtime.item',
            type: 'function_call',
            status: 'in_progress',
            call_id: event.id,
            name: event.name,
            arguments: '',
          },
          event.custom === true,
        )
        if (call.custom) addArguments('{"input": "')
        return
      }
      case 'tool-call-arguments':
        addArguments(open?.custom ? JSON.stringify(event.text).slice(1, -1) : event.text)
        return
      case 'tool-call-end':
        if (open?.custom) addArguments('"}')
        close('completed')
        return
      case 'tool-call-incomplete':
        // One that had not started was never announced.
        if (open?.item.type === 'function_call') close('incomplete')
        return
      case 'finish':
        finish = event.reason
        closeLast(isWhole(finish))
        return
      case 'reasoning':
        return // The protocol has no place for what the model thinks.
      case 'notice':
        return // Nor for what was dropped or decided outside a call.
    }
  }

  function finishWith(details: RealtimeStatusDetails, usage?: RealtimeUsage): RealtimeServerEvent[] {
    begin()
    closeLast(details.type === 'completed')
    const response = { ...responseWith(details.type), status_details: details, ...(usage && { usage }) }
    out.push({ type: 'response.done', event_id: createId('event'), response })
    return take()
  }

  function take(): RealtimeServerEvent[] {
    const taken = out
    out = []
    return taken
  }

  return {
    push(events) {
      begin()
      for (const event of events) add(event)
      return take()
    },
    end: (last = {}) => finishWith(detailsOf(finish), usageOf(last.usage)),
    cancel: (reason = 'client_cancelled') => finishWith({ type: 'cancelled', reason }),
    fail({ type, code, message }) {
      const error = {
        type: typeof type === 'string' ? type : 'server_error',
        ...(typeof code === 'string' && { code }),
        message,
      }
      return finishWith({ type: 'failed', error })
    },
    get output() {
      return [...output]
    },
  }
}

function argumentsOf({ call_id, name, arguments: text }: RealtimeFunctionCallItem) {
  return { call_id, name, arguments: text }
}

function isWhole(finish: FinishReason | undefined): boolean {
  return finish === 'stop' || finish === 'tool_calls'
}

function detailsOf(finish: FinishReason | undefined): RealtimeStatusDetails {
  if (isWhole(finish)) return { type: 'completed' }
  if (finish === 'length') return { type: 'incomplete', reason: 'max_output_tokens' }
  if (finish === 'content_filter') return { type: 'incomplete', reason: 'content_filter' }
  // A word of the upstream's own: that the reply was cut is all that is known.
  return { type: 'incomplete' }
}

/** Token counts, in this protocol's words. */
function usageOf(usage: unknown): RealtimeUsage | undefined {
  if (!isFields(usage)) return undefined
  const { prompt_tokens: input, completion_tokens: output }: Fields = usage
  if (typeof input !== 'number' || typeof output !== 'number') return undefined
  return { input_tokens: input, output_tokens: output, total_tokens: input + output }
}
