import { Token } from '../json/tokens.js'
import type { Writable } from '../writable.js'

/**
 * What models also call the arguments may be the schema of a declaration: `"parameters": {"type": "object"` or
 * `{"properties": {…`, unless the tool has parameters of these names. Its first tokens are held while it may be either.
 */
export interface UnsureArguments {
  /** Takes the next token behind the bracket, and says what they are. */
  token(kind: Token, text: string): 'wait' | 'schema' | 'arguments'
  /** Those that have come. */
  readonly tokens: readonly (readonly [Token, string])[]
}

/** How a schema may begin, as JSON. */
const schemaKeys = new Set(['"type"', '"properties"'])

export function createUnsureArguments(isParameter: (key: string) => boolean): UnsureArguments {
  const tokens: [Token, string][] = []
  let key = ''
  /** What stands as the type, as far as it has come: however it is cut, the answer for all of it is the same. */
  let type = ''
  const unsure: Writable<UnsureArguments> = { tokens, token }

  function token(kind: Token, text: string): 'wait' | 'schema' | 'arguments' {
    const isType = key === '"type"'
    tokens.push([kind, text])
    if (kind === Token.string) type += text
    const begins = kind === Token.open || kind === Token.atom || kind === Token.stringStart
    if (isType ? type === 'object' : key === '"properties"' && begins) return 'schema'
    if (kind === Token.key && key === '') key = text
    const mayBeSchema =
      kind === Token.space ||
      kind === Token.colon ||
      (kind === Token.key && schemaKeys.has(text) && !isParameter(text.slice(1, -1))) ||
      (isType && (kind === Token.stringStart || kind === Token.string) && 'object'.startsWith(type))
    return mayBeSchema ? 'wait' : 'arguments'
  }

  return unsure
}
