import type { Content, Message, ToolCall } from '../../request.js'
import type {
  RealtimeFunctionCallItem,
  RealtimeInputItem,
  RealtimeItem,
  RealtimeOutputItem,
  UserContent,
} from './server-events.js'

/**
 * A conversation's items as messages. Items of one turn of the model are one message: calls belong to the text before
 * them, and text after a call to that call's message. A call that was cut short was none.
 *
 * @example
 * // message (assistant), function_call, function_call_output
 * // { role: 'assistant', content: 'Sure.', tool_calls: [{ … }] }, { role: 'tool', tool_call_id: 'call_1', content: '3' }
 */
export function messagesOf(instructions: string | undefined, items: readonly RealtimeItem[]): Message[] {
  const messages: Message[] = instructions ? [{ role: 'system', content: instructions }] : []
  let turn: RealtimeOutputItem[] = []

  function endTurn(): void {
    if (turn.length > 0) messages.push(modelMessage(turn))
    turn = []
  }

  for (const item of items) {
    if (isCall(item)) {
      if (item.status !== 'incomplete') turn.push(item)
    } else if (item.type === 'message' && item.role === 'assistant') {
      // Text after text is an answer of its own.
      if (!turn.some(isCall)) endTurn()
      turn.push(item)
    } else {
      endTurn()
      messages.push(inputMessage(item))
    }
  }
  endTurn()
  return messages
}

function isCall(item: RealtimeItem): item is RealtimeFunctionCallItem {
  return item.type === 'function_call'
}

function modelMessage(turn: readonly RealtimeOutputItem[]): Message {
  const texts = turn.flatMap((item) =>
    isCall(item)
      ? []
      : item.content.map((part) => (part.type === 'output_text' ? part.text : part.transcript)),
  )
  const calls = turn.filter(isCall).map(
    ({ call_id: id, name, arguments: text }): ToolCall => ({
      id,
      type: 'function',
      function: { name, arguments: text },
    }),
  )
  return {
    role: 'assistant',
    content: texts.length > 0 ? texts.join('\n') : null,
    ...(calls.length > 0 && { tool_calls: calls }),
  }
}

function inputMessage(item: RealtimeInputItem): Message {
  if (item.type === 'function_call_output') {
    return { role: 'tool', tool_call_id: item.call_id, content: item.output }
  }
  if (item.role === 'system')
    return { role: 'system', content: item.content.map(({ text }) => text).join('') }
  return { role: 'user', content: userContent(item.content) }
}

/** Text, unless there is an image among it. */
function userContent(parts: readonly UserContent[]): Content {
  const content = parts.map((part) => {
    if (part.type === 'input_text') return { type: 'text' as const, text: part.text }
    if (part.type === 'input_audio') return { type: 'text' as const, text: part.transcript }
    const { image_url: url, detail } = part
    return { type: 'image_url', image_url: { url, ...(detail && { detail }) } }
  })
  const texts = content.map((part) => ('text' in part ? part.text : undefined))
  return texts.every((text) => text !== undefined) ? texts.join('') : content
}
