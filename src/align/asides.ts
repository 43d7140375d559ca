import { decodeString, endsValue, Token } from '../json/tokens.js'
import { maxSample, short } from './describe.js'
import { type Scalar, stringScalar } from './scalars.js'
import type { SpelledSink, TokenTape } from './token-tape.js'

/** Takes the tokens of a value that does not simply pass, until it is settled what becomes of it. */
export interface Aside extends SpelledSink {
  /** What has been told and is held. */
  unsent(): string
}

const nothing = () => ''

/** Follows one value to its last token: it is left out, or written in another way. */
export function followValue(see: (text: string) => void, end: () => void, unsent = nothing): Aside {
  let depth = 0
  return {
    token(kind, text) {
      see(text)
      if (kind === Token.open) depth++
      else if (kind === Token.close) depth--
      if (depth === 0 && endsValue(kind)) end()
    },
    unsent,
  }
}

/** Keeps tokens on the tape until one is the last, or there is no more room. */
export function keepTokens(
  tape: TokenTape,
  room: number,
  isLast: (kind: Token, text: string) => boolean,
  end: (tape: TokenTape, last: Token | undefined) => void,
): Aside {
  let left = room
  return {
    token(kind, text, written) {
      tape.token(kind, text, written)
      left -= text.length
      if (left < 0) end(tape, undefined)
      else if (isLast(kind, text)) end(tape, kind)
    },
    unsent: () => String(tape),
  }
}

/** Holds a string while there is hope that it becomes something else: then it is whole, or given up with what has come. */
export function holdString(
  room: number,
  isHopeful: (piece: string) => boolean,
  whole: (scalar: Scalar) => void,
  giveUp: (held: string) => void,
): Aside {
  let held = ''
  return {
    token(kind, text) {
      if (kind === Token.stringEnd) return whole(stringScalar(decodeString(held), `"${held}"`))
      held += text
      if (held.length > room || !isHopeful(text)) giveUp(held)
    },
    unsent: () => `"${held}`,
  }
}

/** Sees the beginning of a string that passes, until there is enough of it to be told. */
export function sampleString(
  pass: (text: string) => void,
  end: (sample: string, kind: Token, text: string) => void,
): Aside {
  let sample = ''
  return {
    token(kind, text) {
      if (kind === Token.string) sample += text
      const found = decodeString(sample)
      if (kind === Token.string && found.length <= maxSample) pass(text)
      else end(JSON.stringify(short(found, maxSample)), kind, text)
    },
    unsent: nothing,
  }
}
