import { type Fields, isFields, without } from '../../fields.js'
import type { Message } from '../../request.js'
import type { ChatBody } from '../surface.js'

/** What other servers and their clients call the reasoning of earlier answers. */
const otherFields = new Set(['reasoning', 'reasoning_details'])

/**
 * The same request with the reasoning of its history in `reasoning_content`, whichever field the client sends it back in.
 *
 * @example
 * withReasoning({ messages: [{ role: 'assistant', content: 'Hi', reasoning: 'They greet.' }] })
 * // { messages: [{ role: 'assistant', content: 'Hi', reasoning_content: 'They greet.' }] }
 */
export function withReasoning(body: ChatBody): ChatBody {
  const messages = body.messages.map(readMessage)
  return messages.some((message, index) => message !== body.messages[index]) ? { ...body, messages } : body
}

function readMessage(message: Message): Message {
  if (!isFields(message) || message.role !== 'assistant') return message
  const fields: Fields = message
  const { reasoning_content: own, reasoning, reasoning_details: details } = fields
  if (reasoning === undefined && details === undefined) return message
  const text = textOf(own) || textOf(reasoning) || textIn(details)
  return {
    ...without(fields, otherFields),
    role: 'assistant',
    ...(text !== '' && { reasoning_content: text }),
  }
}

/** Of OpenRouter's list: the model's own words, or else the summaries of them; what is encrypted only its server can read. */
function textIn(details: unknown): string {
  const all = Array.isArray(details) ? details.filter(isFields) : []
  return (
    all.map(({ text }) => textOf(text)).join('') || all.map(({ summary }) => textOf(summary)).join('\n\n')
  )
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
