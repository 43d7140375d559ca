import {
  AIMessage,
  type BaseMessage,
  ChatMessage,
  type ContentBlock,
  type MessageContent,
  ToolMessage,
} from '@langchain/core/messages'
import { type Fields, isFields } from '../../fields.js'
import type { AssistantMessage, Message, ToolCall } from '../../request.js'

/** A message of the request, with the one of LangChain's that it was made of. */
export type SourcedMessage = Message & { source: BaseMessage }

/**
 * Reads LangChain's messages as a request's. What is only an instruction to a graph (`RemoveMessage`) is left out; an
 * artifact stays with the app.
 */
export function readMessages(messages: readonly BaseMessage[]): SourcedMessage[] {
  const answered = new Set(messages.filter(ToolMessage.isInstance).map((message) => message.tool_call_id))
  return messages.flatMap((source) => {
    const message = readMessage(source, answered)
    return message === undefined ? [] : { ...message, source }
  })
}

function readMessage(message: BaseMessage, answered: ReadonlySet<string>): Message | undefined {
  if (AIMessage.isInstance(message)) return readAnswer(message, answered)
  if (ToolMessage.isInstance(message)) return readResult(message)
  const { content, name = '' } = message
  switch (message.type) {
    case 'system': {
      const isDeveloper = message.additional_kwargs.__openai_role__ === 'developer'
      return { role: isDeveloper ? 'developer' : 'system', content }
    }
    case 'remove':
      return undefined
    case 'function':
      return { role: 'function', name, content: typeof content === 'string' ? content : message.text }
    default:
      return { role: ChatMessage.isInstance(message) ? roleOf(message.role) : 'user', content }
  }
}

/** The role of a message that only says it in a word; what no model has been taught is said by the user. */
function roleOf(role: string): 'system' | 'developer' | 'assistant' | 'user' {
  if (role === 'ai') return 'assistant'
  return role === 'system' || role === 'developer' || role === 'assistant' ? role : 'user'
}

function readAnswer(message: AIMessage, answered: ReadonlySet<string>): AssistantMessage {
  const { reasoning, content } = splitContent(message)
  const { function_call: olderCall } = message.additional_kwargs
  const calls = callsOf(message, answered)
  return {
    role: 'assistant',
    content,
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls }),
    // The protocol's older spelling of a call, which the renderer reads as well.
    ...(calls.length === 0 && isFields(olderCall) && { function_call: olderCall }),
  }
}

/**
 * The calls of a message. One that was cut short, or is no JSON, stands in it only where a result answers it: the
 * others have been of no consequence.
 */
function callsOf(message: AIMessage, answered: ReadonlySet<string>): ToolCall[] {
  const calls = (message.tool_calls ?? []).map(({ id, name, args }) => callOf(id, name, args))
  const invalid = (message.invalid_tool_calls ?? []).flatMap(({ id, name, args }) => {
    return id !== undefined && name !== undefined && answered.has(id) ? [callOf(id, name, args)] : []
  })
  return [...calls, ...invalid]
}

function callOf(id: string | undefined, name: string, args: unknown): ToolCall {
  return { ...(id !== undefined && { id }), type: 'function', function: { name, arguments: args } }
}

/** Blocks that say once more which calls a message has. */
const callBlocks = new Set([
  'tool_call',
  'tool_call_chunk',
  'invalid_tool_call',
  'tool_use',
  'input_json_delta',
  'function_call',
])

/** Takes a model's message apart: what it thought, in whichever field or block, and what it said. */
export function splitContent({ content, additional_kwargs: more }: BaseMessage): {
  reasoning: string
  content: MessageContent
} {
  const reasoning = typeof more.reasoning_content === 'string' ? more.reasoning_content : ''
  if (typeof content === 'string') return { reasoning, content }
  return {
    // A message that has its reasoning in a field as well says the same in it.
    reasoning: reasoning || content.map((block) => reasoningOf(block) ?? '').join(''),
    content: content.filter((block) => reasoningOf(block) === undefined && !callBlocks.has(block.type)),
  }
}

function reasoningOf(block: ContentBlock): string | undefined {
  if (block.type === 'thinking') return typeof block.thinking === 'string' ? block.thinking : ''
  if (block.type !== 'reasoning') return undefined
  if (typeof block.reasoning === 'string') return block.reasoning
  const parts: unknown[] = Array.isArray(block.summary) ? block.summary : []
  return parts.map((part) => (isFields(part) && typeof part.text === 'string' ? part.text : '')).join('')
}

function readResult(message: ToolMessage): Message {
  const { name, status, tool_call_id: id } = message
  return {
    role: 'tool',
    tool_call_id: id,
    ...(name !== undefined && { name }),
    content: status === 'error' ? asError(message) : message.content,
  }
}

/** A prompt has no other place in which to say that a tool failed. */
function asError({ content, text }: ToolMessage): string | Fields[] {
  if (/error/i.test(text)) return content
  return typeof content === 'string' ? `Error: ${content}` : [{ type: 'text', text: 'Error: ' }, ...content]
}
