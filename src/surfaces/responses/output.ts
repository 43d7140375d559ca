import type { FinishReason, ParserEvent, ToolCallStartEvent } from '../../events.js'
import { randomHex } from '../../random-hex.js'
import type { NamespacedName } from './declared-tools.js'
import {
  type Closing,
  type ItemPlace,
  type OpenItem,
  openCustomCall,
  openFunctionCall,
  openMessage,
  openReasoning,
  type ReasoningForm,
} from './items.js'
import type { OutputItem, Response, ResponseEventBody } from './protocol.js'

/** The output of a response as it grows: a reply's events in, the protocol's own out, one item after the other. */
export interface Output {
  push(events: readonly ParserEvent[]): ResponseEventBody[]
  /** Nothing more comes. */
  end(): ResponseEventBody[]
  /** Nothing more comes, and nothing is closed: the reply has failed. */
  fail(): ResponseEventBody[]
  /** What there is by now. A message that is open is in it as incomplete, a call is not. */
  items(): OutputItem[]
  /** What the response has come to, once it has ended. */
  outcome(): Pick<Response, 'status' | 'incomplete_details'>
}

/** What a request asks of its output. */
export interface OutputForm {
  /** Whether words beside calls are marked as such. Clients that read an answer as JSON read every message that is not. */
  tellsPhase: boolean
  reasoning: ReasoningForm
  /** The tools that are in a namespace, by the names that the model was told. */
  names: ReadonlyMap<string, NamespacedName>
}

/**
 * A call that is cut short is never closed and is in no list of items: clients run what is closed or listed, many of them
 * without a look at its status.
 */
export function createOutput({ tellsPhase, reasoning, names }: OutputForm): Output {
  const done: OutputItem[] = []
  let opened = 0
  let open: OpenItem | undefined
  /** Text that comes while a call is open, until the call ends: items stand one after the other. */
  let waiting: ParserEvent[] = []
  let hasAnswered = false
  let hasCalled = false
  let wasCut = false
  let finish: FinishReason | undefined

  function add(event: ParserEvent): ResponseEventBody[] {
    switch (event.type) {
      case 'text':
        return addText(event, 'message', openMessage)
      case 'reasoning':
        return addText(event, 'reasoning', (place) => openReasoning(place, reasoning))
      case 'tool-call-start':
        hasCalled = true
        return [...giveUpCall(), ...close('completed'), ...begin(openCall(event))]
      case 'tool-call-arguments':
        return open?.isCall && event.text !== '' ? [open.delta(event.text)] : []
      case 'tool-call-end':
        return open?.isCall ? [...close('completed'), ...addWaiting()] : []
      case 'tool-call-incomplete':
        wasCut = true
        return giveUpCall()
      case 'finish':
        finish = event.reason
        return end()
      case 'notice':
        return [] // The protocol has no place for it; `onEvent` has.
    }
  }

  function addText(
    event: Extract<ParserEvent, { type: 'text' | 'reasoning' }>,
    type: OpenItem['type'],
    openText: (place: ItemPlace) => OpenItem,
  ): ResponseEventBody[] {
    if (event.text === '') return []
    if (open?.isCall) {
      waiting.push(event)
      return []
    }
    if (open?.type === type) return [open.delta(event.text)]
    const item = openText(nextPlace(type === 'message' ? 'msg' : 'rs'))
    return [...close('completed'), ...begin(item), item.delta(event.text)]
  }

  function addWaiting(): ResponseEventBody[] {
    const events = waiting
    waiting = []
    return events.flatMap(add)
  }

  function openCall(event: ToolCallStartEvent): OpenItem {
    const call = { id: event.id, ...(names.get(event.name) ?? { name: event.name }) }
    return event.custom ? openCustomCall(nextPlace('ctc'), call) : openFunctionCall(nextPlace('fc'), call)
  }

  function nextPlace(prefix: string): ItemPlace {
    return { id: `${prefix}_${randomHex()}`, index: opened++ }
  }

  function begin(item: OpenItem): ResponseEventBody[] {
    open = item
    hasAnswered ||= item.type === 'message'
    return item.opening()
  }

  function close(status: Closing['status']): ResponseEventBody[] {
    if (!open) return []
    const { item, events } = open.close(closing(status))
    open = undefined
    done.push(item)
    return events
  }

  function closing(status: Closing['status']): Closing {
    return tellsPhase && (hasCalled || wasCut) ? { status, phase: 'commentary' } : { status }
  }

  function end(): ResponseEventBody[] {
    const waited = giveUpCall()
    if (outcome().status === 'incomplete') return [...waited, ...close('incomplete')]
    const closed = [...waited, ...close('completed')]
    if (hasAnswered || hasCalled) return closed
    // A model that said nothing has answered that: clients wait for a message, and ask again without one.
    return [...closed, ...begin(openMessage(nextPlace('msg'))), ...close('completed')]
  }

  function giveUpCall(): ResponseEventBody[] {
    if (!open?.isCall) return []
    wasCut = true
    open = undefined
    return addWaiting()
  }

  function outcome(): Pick<Response, 'status' | 'incomplete_details'> {
    if (finish === 'content_filter') {
      return { status: 'incomplete', incomplete_details: { reason: 'content_filter' } }
    }
    if (finish === 'length' || wasCut) {
      return { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }
    }
    return { status: 'completed', incomplete_details: null }
  }

  return {
    push: (events) => events.flatMap(add),
    end,
    fail: giveUpCall,
    items: () => (open && !open.isCall ? [...done, open.close(closing('incomplete')).item] : [...done]),
    outcome,
  }
}
