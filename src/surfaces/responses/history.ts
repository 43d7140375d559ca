import type { AssistantMessage, Message, ToolCall } from '../../request.js'
import type { ChatPart } from './content.js'

/** Messages as they grow out of items. What the assistant said, thought and called in one turn becomes one message. */
export interface History {
  /** A message of anybody else. It ends the assistant's turn. */
  message(message: Exclude<Message, AssistantMessage>): void
  say(content: string | ChatPart[]): void
  think(text: string): void
  call(call: ToolCall): void
  end(): Message[]
}

interface Turn {
  contents: (string | ChatPart[])[]
  thoughts: string[]
  calls: ToolCall[]
}

export function createHistory(): History {
  const messages: Message[] = []
  let turn: Turn | undefined

  function endTurn(): void {
    if (turn) messages.push(messageOf(turn))
    turn = undefined
  }

  function openTurn(): Turn {
    turn ??= { contents: [], thoughts: [], calls: [] }
    return turn
  }

  return {
    message(message) {
      endTurn()
      messages.push(message)
    },
    say: (content) => openTurn().contents.push(content),
    think: (text) => openTurn().thoughts.push(text),
    call: (call) => openTurn().calls.push(call),
    end() {
      endTurn()
      return joinSystem(messages)
    },
  }
}

function messageOf({ contents, thoughts, calls }: Turn): AssistantMessage {
  const reasoning = thoughts.filter((text) => text !== '').join('\n\n')
  return {
    role: 'assistant',
    content: joinContents(contents) || (calls.length > 0 ? null : ''),
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls }),
  }
}

/** Each a paragraph; as parts where one of them is not only text. */
function joinContents(contents: (string | ChatPart[])[]): string | ChatPart[] {
  const texts = contents.filter((content) => typeof content === 'string')
  if (texts.length === contents.length) return texts.filter((text) => text !== '').join('\n\n')
  return contents.flatMap((content) =>
    typeof content === 'string' ? { type: 'text', text: content } : content,
  )
}

/** The system messages at the beginning as one: many templates show only the first. */
function joinSystem(messages: Message[]): Message[] {
  const others = messages.findIndex((message) => message.role !== 'system')
  const first = others === -1 ? messages : messages.slice(0, others)
  const texts = first.map((message) => message.content).filter((content) => typeof content === 'string')
  if (first.length < 2 || texts.length < first.length) return messages
  return [{ role: 'system', content: texts.join('\n\n') }, ...messages.slice(first.length)]
}
