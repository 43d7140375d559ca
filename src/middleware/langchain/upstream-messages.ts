import {
  AIMessage,
  BaseMessage,
  ChatMessage,
  type ContentBlock,
  HumanMessage,
  type MessageContent,
  SystemMessage,
  ToolMessage,
} from '@langchain/core/messages'
import { isFields, without } from '../../fields.js'
import type { UpstreamMessage } from '../../render/messages.js'

/** Fields in which clients keep calls beside LangChain's own. */
const callFields = new Set(['tool_calls', 'function_call', 'reasoning_content'])

/**
 * Rendered messages as LangChain's: one that says the same as the app's own keeps its id, name and what else its
 * client knows of it.
 */
export function writeMessages(messages: readonly UpstreamMessage[]): BaseMessage[] {
  return messages.map((message) => {
    const source = 'source' in message && BaseMessage.isInstance(message.source) ? message.source : undefined
    const fields = {
      content: readContent(message.content),
      ...(source?.id !== undefined && { id: source.id }),
      ...(source?.name !== undefined && { name: source.name }),
      additional_kwargs: { ...source?.additional_kwargs },
      response_metadata: { ...source?.response_metadata },
    }
    switch (message.role) {
      case 'system':
      case 'developer':
        return new SystemMessage(fields)
      case 'user':
        return new HumanMessage(fields)
      case 'assistant':
        return new AIMessage({
          ...fields,
          additional_kwargs: {
            ...without(fields.additional_kwargs, callFields),
            ...(message.reasoning_content != null && { reasoning_content: message.reasoning_content }),
          },
        })
      case 'tool':
        return new ToolMessage({ ...fields, tool_call_id: message.tool_call_id ?? '' })
      default:
        return new ChatMessage({ ...fields, role: message.role })
    }
  })
}

function readContent(content: unknown): MessageContent {
  if (!Array.isArray(content)) return String(content ?? '')
  return content.filter(isBlock)
}

function isBlock(part: unknown): part is ContentBlock {
  return isFields(part) && typeof part.type === 'string'
}
