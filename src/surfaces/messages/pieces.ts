import type { FinishEvent, ParserEvent } from '../../events.js'
import { createCallHold, type HeldEvent } from '../call-hold.js'

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
  const hold = createCallHold()
  let finish: FinishEvent | undefined

  function pieceOf(event: HeldEvent): Piece | undefined {
    switch (event.type) {
      case 'text':
        return event.text === '' ? undefined : { type: 'text', text: event.text }
      case 'reasoning':
        return event.text === '' ? undefined : { type: 'thinking', text: event.text }
      case 'call': {
        const { id, name, custom, text } = event
        return { type: 'call', id, name, input: inputOf(text, custom) }
      }
      case 'finish':
        finish = event
        return undefined
      case 'tool-call-incomplete':
        return undefined // The stop reason says that something is missing.
      case 'notice':
        return undefined // The protocol has no place for it; `onEvent` has.
    }
  }

  return {
    push: (events) => events.flatMap(hold).flatMap((event) => pieceOf(event) ?? []),
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
