import type { FinishEvent, ParserEvent } from '../../events.js'

/** A piece of an answer's content: text and thinking as they come, a call when it is complete. */
export type Piece = TextPiece | CallPiece
export interface TextPiece {
  type: 'text' | 'thinking'
  text: string
}
export interface CallPiece {
  type: 'call'
  id: string
  name: string
  /** JSON text. */
  input: string
}

/** Takes events and gives the pieces that both forms of an answer are made of. */
export interface Pieces {
  push(events: readonly ParserEvent[]): Piece[]
  readonly finish: FinishEvent | undefined
}

/**
 * A call is held to its end: the protocol's clients complete JSON that is cut short by themselves and run the tool with
 * what comes of it. One that never ends is given to nobody.
 */
export function createPieces(): Pieces {
  const open = new Map<number, { id: string; name: string; custom: boolean; text: string[] }>()
  let finish: FinishEvent | undefined

  function pieceOf(event: ParserEvent): Piece | undefined {
    switch (event.type) {
      case 'text':
        return event.text === '' ? undefined : { type: 'text', text: event.text }
      case 'reasoning':
        return event.text === '' ? undefined : { type: 'thinking', text: event.text }
      case 'tool-call-start': {
        const { index, id, name, custom = false } = event
        open.set(index, { id, name, custom, text: [] })
        return undefined
      }
      case 'tool-call-arguments':
        open.get(event.index)?.text.push(event.text)
        return undefined
      case 'tool-call-end': {
        const call = open.get(event.index)
        open.delete(event.index)
        if (call === undefined) return undefined
        const { id, name, custom } = call
        return { type: 'call', id, name, input: inputOf(call.text.join(''), custom) }
      }
      case 'finish':
        finish = event
        return undefined
      case 'tool-call-incomplete':
        open.delete(event.index)
        return undefined
      case 'notice':
        return undefined // The protocol has no place for it; `onEvent` has.
    }
  }

  return {
    push: (events) => events.flatMap((event) => pieceOf(event) ?? []),
    get finish() {
      return finish
    },
  }
}

/** The protocol has no tools that take free text: theirs is the one string that the model was shown. */
function inputOf(text: string, custom: boolean): string {
  if (custom) return JSON.stringify({ input: text })
  try {
    JSON.parse(text)
    return text
  } catch {
    // Of a server that parses calls itself: not invented to be an object, and not lost.
    return JSON.stringify(text)
  }
}
