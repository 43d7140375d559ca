import type { ParserEvent } from '../../events.js'
import { deltaUsageOf, emptyMessage, endingOf } from './ending.js'
import { type CallPiece, createPieces, type Piece, type TextPiece } from './pieces.js'
import type { BlockDelta, MessageEnd, MessageEvent, MessageHead, MessageOptions } from './protocol.js'

/**
 * Takes a reply's events and gives the protocol's.
 *
 * @example
 * for (const event of events.push(parser.push(text)))
 *   send(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
 */
export interface MessageEventWriter {
  push(events: readonly ParserEvent[]): MessageEvent[]
  /** The last events of the stream. */
  end(last?: MessageEnd): MessageEvent[]
}

/**
 * Writes a reply as the events of a Messages stream: `message_start`, then one content block after the other, each closed
 * before the next opens, then `message_delta` with the stop reason and the token counts, and `message_stop`. Reasoning is a
 * `thinking` block with an empty signature. A call is given when it is complete, in one `input_json_delta`: the protocol's
 * clients turn JSON that was cut short into a call all the same. One that was cut short is left out.
 *
 * Each event goes out as a server-sent event that is named as its `type`.
 *
 * @example
 * const parser = createParser({ dialect: 'qwen3', tools })
 * const events = createMessageEvents({ id: 'msg_1', model: 'qwen3-8b' })
 * for (const text of reply) send(events.push(parser.push(text)))
 * send([...events.push(parser.end()), ...events.end({ usage: { prompt_tokens: 9, completion_tokens: 3 } })])
 */
export function createMessageEvents(head: MessageHead, options: MessageOptions = {}): MessageEventWriter {
  const pieces = createPieces()
  let started = false
  /** The block that text is being added to. */
  let open: TextPiece['type'] | undefined
  let index = -1

  function start(): MessageEvent[] {
    if (started) return []
    started = true
    return [{ type: 'message_start', message: emptyMessage(head) }]
  }

  function write(piece: Piece): MessageEvent[] {
    if (piece.type === 'call') return [...close(), ...writeCall(piece)]
    const opened = open === piece.type ? [] : [...close(), openBlock(piece.type)]
    if (piece.type === 'text') return [...opened, delta({ type: 'text_delta', text: piece.text })]
    if (options.thinking === 'omitted') return opened
    return [...opened, delta({ type: 'thinking_delta', thinking: piece.text })]
  }

  function openBlock(type: TextPiece['type']): MessageEvent {
    open = type
    index++
    const block = type === 'text' ? { type, text: '' } : { type, thinking: '', signature: '' }
    return { type: 'content_block_start', index, content_block: block }
  }

  function writeCall({ id, name, input }: CallPiece): MessageEvent[] {
    index++
    const block = { type: 'tool_use' as const, id, name, input: {}, caller: { type: 'direct' as const } }
    return [
      { type: 'content_block_start', index, content_block: block },
      delta({ type: 'input_json_delta', partial_json: input }),
      { type: 'content_block_stop', index },
    ]
  }

  function close(): MessageEvent[] {
    if (open === undefined) return []
    // Clients take a thinking block for complete when it is signed.
    const signature = open === 'thinking' ? [delta({ type: 'signature_delta', signature: '' })] : []
    open = undefined
    return [...signature, { type: 'content_block_stop', index }]
  }

  function delta(delta: BlockDelta): MessageEvent {
    return { type: 'content_block_delta', index, delta }
  }

  return {
    push: (events) => [...start(), ...pieces.push(events).flatMap(write)],

    end(last = {}) {
      const usage = deltaUsageOf(last.usage)
      return [
        ...start(),
        ...close(),
        { type: 'message_delta', delta: endingOf(pieces.finish, last), usage },
        { type: 'message_stop' },
      ]
    },
  }
}
