import { isFields } from '../../fields.js'
import type { AssistantMessage, Message, ToolCall } from '../../request.js'
import { contentOf, type PlacedBlock, readBlocks, textIn } from './content.js'
import { resultOf } from './results.js'

/** Messages of one role that follow each other: the protocol takes them for one turn. */
interface Turn {
  role: 'user' | 'assistant' | 'system'
  blocks: PlacedBlock[]
}

/**
 * The messages of a request in Chat Completions shapes: calls and results as messages of their own kind, results before
 * what the user says beside them, thinking as `reasoning_content`.
 *
 * @throws Error naming the field that is wrong.
 */
export function readMessages(messages: unknown): Message[] {
  if (!Array.isArray(messages)) throw new Error('messages: give a JSON body with a list of messages')
  return readTurns(messages).flatMap(messagesOf)
}

function messagesOf({ role, blocks }: Turn): Message[] {
  switch (role) {
    case 'system':
      return [{ role, content: contentOf(blocks) }]
    case 'user':
      return readUser(blocks)
    case 'assistant':
      return readAssistant(blocks)
  }
}

function readTurns(messages: readonly unknown[]): Turn[] {
  const turns: Turn[] = []
  for (const [index, message] of messages.entries()) {
    const field = `messages[${index}]`
    const role = isFields(message) ? message.role : undefined
    if (!isFields(message) || (role !== 'user' && role !== 'assistant' && role !== 'system')) {
      throw new Error(`${field}.role must be 'user', 'assistant' or 'system', not ${JSON.stringify(role)}`)
    }
    const blocks = readBlocks(message.content, `${field}.content`)
    const before = turns.at(-1)
    if (before?.role === role) before.blocks.push(...blocks)
    else turns.push({ role, blocks })
  }
  return turns
}

function readUser(blocks: readonly PlacedBlock[]): Message[] {
  const results = blocks.filter(isResult)
  const said = blocks.filter((block) => !isResult(block))
  const messages: Message[] = results.map(resultOf)
  if (said.length > 0 || results.length === 0) messages.push({ role: 'user', content: contentOf(said) })
  return messages
}

/** Tools that Anthropic's servers have run stand with their results in the assistant's turn. */
function readAssistant(blocks: readonly PlacedBlock[]): Message[] {
  const messages: Message[] = []
  let answer = createAnswer()
  for (const placed of blocks) {
    if (isResult(placed)) {
      if (!answer.isEmpty()) messages.push(answer.message())
      answer = createAnswer()
      messages.push(resultOf(placed))
    } else answer.add(placed)
  }
  if (!answer.isEmpty() || messages.length === 0) messages.push(answer.message())
  return messages
}

function isResult({ block: { type } }: PlacedBlock): boolean {
  return type === 'tool_result' || (typeof type === 'string' && type.endsWith('_tool_result'))
}

/** One assistant's message in the making. */
function createAnswer() {
  const texts: PlacedBlock[] = []
  const thoughts: string[] = []
  const calls: ToolCall[] = []

  return {
    add(placed: PlacedBlock): void {
      const { block, field } = placed
      switch (block.type) {
        case 'thinking': {
          const thought = textIn(block, 'thinking', field)
          if (thought !== '') thoughts.push(thought)
          return
        }
        case 'redacted_thinking':
          return // Only Anthropic can read it.
        case 'tool_use':
        case 'server_tool_use':
        case 'mcp_tool_use':
          calls.push(callOf(placed))
          return
        default:
          texts.push(placed)
      }
    },

    isEmpty: () => texts.length === 0 && thoughts.length === 0 && calls.length === 0,

    message(): AssistantMessage {
      return {
        role: 'assistant',
        content: contentOf(texts),
        ...(thoughts.length > 0 && { reasoning_content: thoughts.join('\n\n') }),
        ...(calls.length > 0 && { tool_calls: calls }),
      }
    },
  }
}

/** The input stays the object that it is: each dialect spells it as its model does. */
function callOf({ block, field }: PlacedBlock): ToolCall {
  const { id, input } = block
  return {
    ...(typeof id === 'string' && { id }),
    type: 'function',
    function: { name: textIn(block, 'name', field), arguments: input },
  }
}
