import type { ParserEvent } from '../../events.js'
import { emptyMessage, endingOf, usageOf } from './ending.js'
import { type CallPiece, createPieces, type TextPiece } from './pieces.js'
import type { ContentBlock, Message, MessageEnd, MessageHead, MessageOptions } from './protocol.js'

/**
 * Collects a reply's events into one message.
 *
 * @example
 * message.push([...parser.push(text), ...parser.end()])
 * const body = message.endAsJson({ usage: { prompt_tokens: 90, completion_tokens: 30 } })
 */
export interface MessageWriter {
  push(events: readonly ParserEvent[]): void
  end(last?: MessageEnd): Message
  /**
   * The message as JSON, with the input of its calls as the model wrote it: `1.0` and a 20-digit integer do not survive
   * being read by JavaScript, and clients in other languages tell the difference.
   */
  endAsJson(last?: MessageEnd): string
}

/** Text in pieces: a string that grows by little ones costs its length for each. */
interface TextRun {
  type: TextPiece['type']
  texts: string[]
}

/**
 * Collects a reply into one Messages answer. A call that was cut short is left out and the stop reason is `max_tokens`.
 *
 * @example
 * const message = createMessage({ id: 'msg_1', model: 'qwen3-8b' })
 * message.push([...parser.push(text), ...parser.end()])
 * message.end() // { id: 'msg_1', type: 'message', content: [{ type: 'text', … }], stop_reason: 'end_turn', … }
 */
export function createMessage(head: MessageHead, options: MessageOptions = {}): MessageWriter {
  const pieces = createPieces()
  const blocks: (TextRun | CallPiece)[] = []

  function blockOf(block: TextRun | CallPiece): ContentBlock {
    switch (block.type) {
      case 'text':
        return { type: 'text', text: block.texts.join('') }
      case 'thinking': {
        const thinking = options.thinking === 'omitted' ? '' : block.texts.join('')
        return { type: 'thinking', thinking, signature: '' }
      }
      case 'call': {
        const { id, name, input } = block
        return { type: 'tool_use', id, name, input: JSON.parse(input), caller: { type: 'direct' } }
      }
    }
  }

  function jsonOf(block: TextRun | CallPiece): string {
    if (block.type !== 'call') return JSON.stringify(blockOf(block))
    const { id, name, input } = block
    const start = JSON.stringify({ type: 'tool_use', id, name }).slice(0, -1)
    return `${start},"input":${input},"caller":{"type":"direct"}}`
  }

  function frame(last: MessageEnd): Message {
    return { ...emptyMessage(head), ...endingOf(pieces.finish, last), usage: usageOf(last.usage) }
  }

  return {
    push(events) {
      for (const piece of pieces.push(events)) {
        const before = blocks.at(-1)
        if (piece.type === 'call') blocks.push(piece)
        else if (before?.type === piece.type) before.texts.push(piece.text)
        else blocks.push({ type: piece.type, texts: [piece.text] })
      }
    },

    end: (last = {}) => ({ ...frame(last), content: blocks.map(blockOf) }),

    endAsJson(last = {}) {
      const { content: _, ...rest } = frame(last)
      return `${JSON.stringify(rest).slice(0, -1)},"content":[${blocks.map(jsonOf).join(',')}]}`
    },
  }
}
