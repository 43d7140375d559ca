import type { ChatModelStreamEvent, FinishReason } from '@langchain/core/language_models/event'
import { AIMessageChunk, type ContentBlock, type StandardMessageStructure } from '@langchain/core/messages'
import type { MessageRest } from './inner-message.js'
import type { MessagePiece } from './message-pieces.js'
import { finishMetadata } from './messages.js'

/** LangChain's words for the reasons why a message ended. */
const finishReasons: ReadonlyMap<string, FinishReason> = new Map<string, FinishReason>([
  ['stop', 'stop'],
  ['length', 'length'],
  ['tool_calls', 'tool_use'],
  ['content_filter', 'content_filter'],
])

/**
 * The pieces of a message as the events of LangChain's newer protocol. Made of the chunks, as they are by default, a call
 * would take the place of the text before it, and reasoning would be lost.
 */
export function createStreamEventWriter() {
  let started = false
  let blocks = 0
  /** The block that is being written. */
  let open: { index: number; type: 'text' | 'reasoning'; pieces: string[] } | undefined
  /** What is said at the end. */
  let rest = new AIMessageChunk<StandardMessageStructure>({ content: '' })

  function start(): ChatModelStreamEvent[] {
    if (started) return []
    started = true
    return [{ event: 'message-start' }]
  }

  function close(): ChatModelStreamEvent[] {
    if (open === undefined) return []
    const { index, type, pieces } = open
    open = undefined
    return [{ event: 'content-block-finish', index, content: runningBlock(type, pieces.join('')) }]
  }

  /** The next part of running text, in the open block or one of its own. */
  function run(type: 'text' | 'reasoning', text: string): ChatModelStreamEvent[] {
    const events: ChatModelStreamEvent[] = []
    if (open?.type !== type) {
      events.push(...close())
      open = { index: blocks++, type, pieces: [] }
      events.push({ event: 'content-block-start', index: open.index, content: runningBlock(type, '') })
    }
    const { index, pieces } = open
    pieces.push(text)
    const delta =
      type === 'text'
        ? { type: 'text-delta' as const, text }
        : { type: 'reasoning-delta' as const, reasoning: text }
    return [...events, { event: 'content-block-delta', index, delta }]
  }

  function whole(block: ContentBlock): ChatModelStreamEvent[] {
    const index = blocks++
    return [
      ...close(),
      { event: 'content-block-start', index, content: block },
      { event: 'content-block-finish', index, content: block },
    ]
  }

  function call({ id, name, args, text }: MessagePiece & { type: 'call' }): ChatModelStreamEvent[] {
    const index = blocks++
    const chunk = { type: 'tool_call_chunk' as const, id, name }
    return [
      ...close(),
      { event: 'content-block-start', index, content: { ...chunk, args: '' } },
      {
        event: 'content-block-delta',
        index,
        delta: { type: 'block-delta', fields: { ...chunk, args: text } },
      },
      { event: 'content-block-finish', index, content: { type: 'tool_call', id, name, args } },
    ]
  }

  function read(piece: MessagePiece): ChatModelStreamEvent[] {
    switch (piece.type) {
      case 'text':
      case 'reasoning':
        return run(piece.type, piece.text)
      case 'call':
        return call(piece)
      case 'invalid-call': {
        const { id, name, text: args, error } = piece
        return whole({ type: 'invalid_tool_call', id, ...(name !== null && { name }), args, error })
      }
      case 'finish': {
        const reason = finishReasons.get(piece.reason)
        const { usage_metadata: usage, response_metadata: metadata } = rest
        return [
          ...close(),
          {
            event: 'message-finish',
            ...(reason !== undefined && { reason }),
            ...(usage !== undefined && { usage }),
            responseMetadata: finishMetadata(metadata, piece),
          },
        ]
      }
    }
  }

  return {
    rest({ blocks: given, ...more }: MessageRest): ChatModelStreamEvent[] {
      rest = rest.concat(new AIMessageChunk<StandardMessageStructure>({ content: '', ...more }))
      return [...start(), ...given.flatMap(whole)]
    },
    piece: (piece: MessagePiece): ChatModelStreamEvent[] => [...start(), ...read(piece)],
  }
}

function runningBlock(type: 'text' | 'reasoning', text: string): ContentBlock {
  return type === 'text' ? { type, text } : { type, reasoning: text }
}
