import { decodeString, Token } from '../json/tokens.js'
import type { ArgumentSink } from './call.js'

/**
 * A custom tool takes free text; the model was shown a function with one string, `input`. This sink gives that string's
 * meaning as it comes. Arguments without it are given as the model wrote them.
 */
export function createCustomInput(
  emit: (text: string) => void,
  leaveOut: (text: string) => void,
): ArgumentSink {
  let depth = 0
  let reading: 'members' | 'key' | 'input' | 'done' = 'members'
  /** What is no part of the input: all of the arguments if they turn out to have none. */
  let others = ''

  function token(kind: Token, text: string) {
    if (reading !== 'input') others += text
    if (kind === Token.open) depth++
    else if (kind === Token.close) depth--
    else if (reading === 'done') return
    else if (kind === Token.key) reading = depth === 1 && text === '"input"' ? 'key' : 'members'
    else if (kind === Token.stringStart && reading === 'key') {
      reading = 'input'
      others = ''
    } else if (kind === Token.stringEnd && reading === 'input') reading = 'done'
    else if (kind === Token.string && reading === 'input') emit(decodeString(text))
  }

  return {
    token,
    passes: () => false,
    unsent: () => '',
    missing: [],
    misfits: false,
    text(text) {
      reading = 'done'
      emit(text)
    },
    end() {
      if (reading === 'members' || reading === 'key') emit(others)
      else if (/[^\s,{}]/.test(others)) leaveOut(others)
    },
  }
}
