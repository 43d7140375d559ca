import { decodeString, Token } from '../json/tokens.js'
import type { ArgumentSink } from './call.js'

/**
 * A custom tool takes free text; the model was shown a function with one string, `input`. This sink gives that string's
 * meaning as it comes. Arguments without it are given as the model wrote them.
 */
export interface CustomInput extends ArgumentSink {
  /** Text from arguments that were no object at all. */
  text(text: string): void
  end(): void
}

export function createCustomInput(emit: (text: string) => void): CustomInput {
  let depth = 0
  let reading: 'members' | 'key' | 'input' | 'done' = 'members'
  let whole = ''

  function token(kind: Token, text: string) {
    if (reading === 'done') return
    whole += text
    if (kind === Token.open) depth++
    else if (kind === Token.close) depth--
    else if (kind === Token.key) reading = depth === 1 && text === '"input"' ? 'key' : 'members'
    else if (kind === Token.stringStart && reading === 'key') {
      reading = 'input'
      whole = ''
    } else if (kind === Token.stringEnd && reading === 'input') reading = 'done'
    else if (kind === Token.string && reading === 'input') {
      whole = ''
      emit(decodeString(text))
    }
  }

  return {
    token,
    passes: () => false,
    text(text) {
      reading = 'done'
      emit(text)
    },
    end() {
      if (reading === 'members' || reading === 'key') emit(whole)
    },
  }
}
