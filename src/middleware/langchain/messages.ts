import {
  AIMessage,
  AIMessageChunk,
  type AIMessageChunkFields,
  type BaseMessage,
  type ContentBlock,
  convertToChunk,
  isBaseMessageChunk,
  type StandardMessageStructure,
} from '@langchain/core/messages'
import { type Fields, isFields } from '../../fields.js'
import type { MessageRest } from './inner-message.js'
import type { MessagePiece, ToolshimMetadata } from './message-pieces.js'

type Metadata = Fields & { finish_reason?: string }

/**
 * LangChain's blocks leave out the reasoning of providers that it has no translator for. Stored, as a graph does between
 * two steps, it is a message like any other.
 */
class ReasonedMessage extends AIMessage<StandardMessageStructure> {
  override get contentBlocks(): ContentBlock.Standard[] {
    return withReasoning(super.contentBlocks, this)
  }

  override get lc_id(): string[] {
    return [...this.lc_namespace, AIMessage.lc_name()]
  }
}

class ReasonedChunk extends AIMessageChunk<StandardMessageStructure> {
  override get contentBlocks(): ContentBlock.Standard[] {
    return withReasoning(super.contentBlocks, this)
  }

  override get lc_id(): string[] {
    return [...this.lc_namespace, AIMessageChunk.lc_name()]
  }
}

function withReasoning(
  blocks: ContentBlock.Standard[],
  { additional_kwargs: { reasoning_content: reasoning } }: BaseMessage,
): ContentBlock.Standard[] {
  if (typeof reasoning !== 'string' || blocks.some(({ type }) => type === 'reasoning')) return blocks
  return [{ type: 'reasoning', reasoning }, ...blocks]
}

/** Makes a whole message of its pieces. */
export function writeMessage(
  pieces: readonly MessagePiece[],
  rest: MessageRest,
): AIMessage<StandardMessageStructure> {
  const texts: string[] = []
  const reasoning: string[] = []
  const toolCalls: NonNullable<AIMessage['tool_calls']> = []
  const invalidCalls: NonNullable<AIMessage['invalid_tool_calls']> = []
  let metadata: Metadata = rest.response_metadata
  for (const piece of pieces) {
    switch (piece.type) {
      case 'text':
        texts.push(piece.text)
        break
      case 'reasoning':
        reasoning.push(piece.text)
        break
      case 'call': {
        const { id, name, args } = piece
        toolCalls.push({ type: 'tool_call', id, name, args })
        break
      }
      case 'invalid-call': {
        const { id, name, text: args, error } = piece
        invalidCalls.push({ type: 'invalid_tool_call', id, ...(name !== null && { name }), args, error })
        break
      }
      case 'finish':
        metadata = finishMetadata(metadata, piece)
    }
  }
  const text = texts.join('')
  return new ReasonedMessage({
    content: rest.blocks.length > 0 ? [...textBlocks(text), ...rest.blocks] : text,
    tool_calls: toolCalls,
    invalid_tool_calls: invalidCalls,
    additional_kwargs: {
      ...rest.additional_kwargs,
      ...(reasoning.length > 0 && { reasoning_content: reasoning.join('') }),
    },
    response_metadata: metadata,
    ...(rest.usage_metadata !== undefined && { usage_metadata: rest.usage_metadata }),
  })
}

/**
 * What toolshim says of a message that a `ToolChatModel` has made; `{}` when there is nothing to say.
 *
 * @example for (const { message } of toolshimOf(answer).changes ?? []) console.log(message)
 */
export function toolshimOf({ response_metadata: metadata }: BaseMessage): ToolshimMetadata {
  const { toolshim }: Fields = metadata
  return isToolshim(toolshim) ? toolshim : {}
}

function isToolshim(value: unknown): value is ToolshimMetadata {
  return isFields(value)
}

function textBlocks(text: string): ContentBlock.Text[] {
  return text === '' ? [] : [{ type: 'text', text }]
}

/** What the finish adds to what the inner model said of its message. */
export function finishMetadata(
  before: Fields,
  { reason, toolshim }: MessagePiece & { type: 'finish' },
): Metadata {
  const says = Object.keys(toolshim).length > 0
  return { ...before, finish_reason: reason, ...(says && { toolshim }) }
}

/** An answer that is passed on, as a chunk: a model that cannot stream gives a whole message. */
export function passChunk(answer: BaseMessage | string): AIMessageChunk {
  if (typeof answer === 'string') return new AIMessageChunk(answer)
  const chunk = isBaseMessageChunk(answer) ? answer : convertToChunk(answer)
  return AIMessageChunk.isInstance(chunk) ? chunk : new AIMessageChunk({ content: chunk.content })
}

/** The pieces of a message as the chunks of a stream, which join to the message. */
export function createChunkWriter() {
  /** What is not given as it comes: joined, it is in the last chunk. */
  let rest = new AIMessageChunk<StandardMessageStructure>({ content: '' })

  function chunk(
    fields: AIMessageChunkFields<StandardMessageStructure>,
  ): AIMessageChunk<StandardMessageStructure> {
    return new ReasonedChunk({ content: '', ...fields })
  }

  return {
    /** What the inner model's piece says beside its text: its blocks are given at once. */
    rest({ blocks, ...more }: MessageRest): AIMessageChunk[] {
      rest = rest.concat(new AIMessageChunk<StandardMessageStructure>({ content: '', ...more }))
      return blocks.length === 0 ? [] : [chunk({ content: blocks })]
    },

    piece(piece: MessagePiece): AIMessageChunk {
      switch (piece.type) {
        case 'text':
          return chunk({ content: piece.text })
        case 'reasoning':
          return chunk({ additional_kwargs: { reasoning_content: piece.text } })
        case 'call': {
          const { index, id, name, text: args } = piece
          return chunk({ tool_call_chunks: [{ type: 'tool_call_chunk', index, id, name, args }] })
        }
        case 'invalid-call': {
          // Without an id LangChain joins it to no call, and lists it with the invalid ones.
          const { index, name, text: args } = piece
          const named = name !== null && { name }
          return chunk({ tool_call_chunks: [{ type: 'tool_call_chunk', index, ...named, args }] })
        }
        case 'finish': {
          const { additional_kwargs, response_metadata, usage_metadata: usage } = rest
          return chunk({
            additional_kwargs,
            response_metadata: finishMetadata(response_metadata, piece),
            ...(usage !== undefined && { usage_metadata: usage }),
          })
        }
      }
    },
  }
}
