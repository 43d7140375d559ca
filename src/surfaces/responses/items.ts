import type {
  CustomCallItem,
  FunctionCallItem,
  ItemStatus,
  MessageItem,
  OutputItem,
  OutputText,
  ReasoningItem,
  ReasoningText,
  ResponseEventBody,
  SummaryText,
} from './protocol.js'
import { sealReasoning } from './sealed-reasoning.js'

/** An item of the output while it is being written: it gives the events that say so. */
export interface OpenItem {
  type: OutputItem['type']
  isCall: boolean
  opening(): ResponseEventBody[]
  delta(text: string): ResponseEventBody
  /** What it came to. */
  close(how: Closing): { item: OutputItem; events: ResponseEventBody[] }
}

/** How an item ends. */
export interface Closing {
  status: 'completed' | 'incomplete'
  /** What a message is, where that has to be told. */
  phase?: MessageItem['phase']
}

/** Where an item stands in the output. */
export interface ItemPlace {
  id: string
  index: number
}

/** How one kind of item is spelled. */
interface Spelling<Item extends OutputItem> {
  /** @param text `undefined` for an item that has no text yet. */
  item(text: string | undefined, how: { status: ItemStatus; phase?: MessageItem['phase'] }): Item
  /** Says that the part which its text is in begins or ends, for items that have one. */
  part?: (state: 'added' | 'done', text: string) => ResponseEventBody
  delta(text: string): ResponseEventBody
  done(text: string): ResponseEventBody
}

export function openMessage({ id, index }: ItemPlace): OpenItem {
  const place = { item_id: id, output_index: index, content_index: 0 }
  const part = (text: string): OutputText => ({ type: 'output_text', text, annotations: [], logprobs: [] })
  return openItem<MessageItem>(index, {
    item: (text, { status, phase }) => ({
      id,
      type: 'message',
      role: 'assistant',
      status,
      ...(phase && { phase }),
      content: text === undefined ? [] : [part(text)],
    }),
    part: (state, text) => ({ type: `response.content_part.${state}`, ...place, part: part(text) }),
    delta: (delta) => ({ type: 'response.output_text.delta', ...place, delta, logprobs: [] }),
    done: (text) => ({ type: 'response.output_text.done', ...place, text, logprobs: [] }),
  })
}

/** How reasoning is given. */
export interface ReasoningForm {
  /** As the summary that was asked for: nobody makes one, so that it is all of it. */
  summary: boolean
  /** Once more in a form that clients send back. */
  encrypted: boolean
}

export function openReasoning(place: ItemPlace, form: ReasoningForm): OpenItem {
  return form.summary ? openSummary(place, form) : openThoughts(place, form)
}

function sealed(
  text: string | undefined,
  { encrypted }: ReasoningForm,
): Pick<ReasoningItem, 'encrypted_content'> {
  return encrypted && text !== undefined ? { encrypted_content: sealReasoning(text) } : {}
}

function openSummary({ id, index }: ItemPlace, form: ReasoningForm): OpenItem {
  const place = { item_id: id, output_index: index, summary_index: 0 }
  const part = (text: string): SummaryText => ({ type: 'summary_text', text })
  return openItem<ReasoningItem>(index, {
    item: (text, { status }) => ({
      id,
      type: 'reasoning',
      status,
      summary: text === undefined ? [] : [part(text)],
      content: [],
      ...sealed(text, form),
    }),
    part: (state, text) => ({ type: `response.reasoning_summary_part.${state}`, ...place, part: part(text) }),
    delta: (delta) => ({ type: 'response.reasoning_summary_text.delta', ...place, delta }),
    done: (text) => ({ type: 'response.reasoning_summary_text.done', ...place, text }),
  })
}

function openThoughts({ id, index }: ItemPlace, form: ReasoningForm): OpenItem {
  const place = { item_id: id, output_index: index, content_index: 0 }
  const part = (text: string): ReasoningText => ({ type: 'reasoning_text', text })
  return openItem<ReasoningItem>(index, {
    item: (text, { status }) => ({
      id,
      type: 'reasoning',
      status,
      summary: [],
      content: text === undefined ? [] : [part(text)],
      ...sealed(text, form),
    }),
    part: (state, text) => ({ type: `response.content_part.${state}`, ...place, part: part(text) }),
    delta: (delta) => ({ type: 'response.reasoning_text.delta', ...place, delta }),
    done: (text) => ({ type: 'response.reasoning_text.done', ...place, text }),
  })
}

/** A call as it begins. */
export interface BegunCall {
  id: string
  name: string
  namespace?: string
}

export function openFunctionCall(
  { id, index }: ItemPlace,
  { id: call_id, name, namespace }: BegunCall,
): OpenItem {
  const place = { item_id: id, output_index: index }
  const tool = { name, ...(namespace !== undefined && { namespace }) }
  return openItem<FunctionCallItem>(index, {
    item: (text = '', { status }) => ({
      id,
      type: 'function_call',
      call_id,
      ...tool,
      arguments: text,
      status,
    }),
    delta: (delta) => ({ type: 'response.function_call_arguments.delta', ...place, delta }),
    done: (text) => ({ type: 'response.function_call_arguments.done', ...place, name, arguments: text }),
  })
}

export function openCustomCall(
  { id, index }: ItemPlace,
  { id: call_id, name, namespace }: BegunCall,
): OpenItem {
  const place = { item_id: id, output_index: index }
  const tool = { name, ...(namespace !== undefined && { namespace }) }
  return openItem<CustomCallItem>(index, {
    item: (input = '', { status }) => ({ id, type: 'custom_tool_call', call_id, ...tool, input, status }),
    delta: (delta) => ({ type: 'response.custom_tool_call_input.delta', ...place, delta }),
    done: (input) => ({ type: 'response.custom_tool_call_input.done', ...place, input }),
  })
}

function openItem<Item extends OutputItem>(index: number, spelling: Spelling<Item>): OpenItem {
  const pieces: string[] = []
  const begun = spelling.item(undefined, { status: 'in_progress' })

  function partEvent(state: 'added' | 'done', text: string): ResponseEventBody[] {
    return spelling.part ? [spelling.part(state, text)] : []
  }

  return {
    type: begun.type,
    isCall: begun.type === 'function_call' || begun.type === 'custom_tool_call',
    opening: () => [
      { type: 'response.output_item.added', output_index: index, item: begun },
      ...partEvent('added', ''),
    ],
    delta(text) {
      pieces.push(text)
      return spelling.delta(text)
    },
    close(how) {
      const text = pieces.join('')
      const item = spelling.item(text, how)
      const done: ResponseEventBody = { type: 'response.output_item.done', output_index: index, item }
      return { item, events: [spelling.done(text), ...partEvent('done', text), done] }
    },
  }
}
