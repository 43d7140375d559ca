import { decodeString, Token, type TokenSink } from '../json/tokens.js'
import { createTextBuffer, type TextBuffer } from '../text-buffer.js'

/** `written`: a number as the model wrote it. */
export interface SpelledSink extends TokenSink {
  token(kind: Token, text: string, written?: string): void
}

/**
 * Tokens kept until the call's name is known, since the name decides what they mean. The pieces of one string are one
 * entry.
 */
export interface TokenTape extends SpelledSink {
  playTo(sink: SpelledSink): void
  /** What the tokens join to. */
  toString(): string
  /**
   * Takes the last member out when it is `"name"` with a string, and gives that string: the closing brace of arguments
   * that came first was forgotten, so the name went into them.
   */
  takeLastName(accept: (name: string) => boolean): string | undefined
}

export function createTokenTape(): TokenTape {
  const kinds: Token[] = []
  const texts: (string | TextBuffer)[] = []
  /** Numbers that the model wrote in another form, by their place. */
  let spellings: Map<number, string> | undefined

  function token(kind: Token, text: string, written?: string) {
    const last = kinds.length - 1
    if (kind === Token.string && kinds[last] === kind) {
      texts[last] = joined(texts[last], text)
      return
    }
    if (written !== undefined) {
      spellings ??= new Map()
      spellings.set(kinds.length, written)
    }
    kinds.push(kind)
    texts.push(text)
  }

  function textAt(at: number): string {
    return String(texts[at] ?? '')
  }

  /** Steps back over white space. */
  function before(at: number): number {
    let i = at - 1
    while (kinds[i] === Token.space) i--
    return i
  }

  return {
    token,
    playTo(sink) {
      for (const [at, kind] of kinds.entries()) sink.token(kind, textAt(at), spellings?.get(at))
    },
    toString: () => texts.join(''),
    takeLastName(accept) {
      const close = kinds.length - 1
      const end = before(close)
      if (kinds[close] !== Token.close || kinds[end] !== Token.stringEnd || kinds[end - 1] !== Token.string)
        return undefined
      const colon = before(end - 2)
      const key = before(colon)
      const comma = before(key)
      const name = decodeString(textAt(end - 1))
      if (textAt(key) !== '"name"' || kinds[comma] !== Token.comma || !accept(name)) return undefined
      kinds.splice(comma, close - comma)
      texts.splice(comma, close - comma)
      return name
    },
  }
}

function joined(before: string | TextBuffer = '', text: string): TextBuffer {
  const buffer = typeof before === 'string' ? createTextBuffer() : before
  if (typeof before === 'string') buffer.append(before)
  buffer.append(text)
  return buffer
}
