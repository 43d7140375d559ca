import { kindNamed } from '../align/kinds.js'
import { keyName, Token } from '../json/tokens.js'

/**
 * What models also call the arguments may be a declaration's: a schema, `"parameters": {"type": "object"` or
 * `{"properties": {…`, or the types of the parameters, `{"amount": "number"` and `{"amount": {"type": …`. Its first tokens are held while it may be
 * either.
 */
export interface UnsureArguments {
  /** Takes the next token behind the bracket, and says what they are. */
  token(kind: Token, text: string): 'wait' | 'schema' | 'arguments'
  /** Those that have come. */
  readonly tokens: readonly (readonly [Token, string])[]
}

/** As long as `dictionary`, and more. */
const maxTypeName = 16

/**
 * `shown`: what the first key's value is where the tool is only declared, `''` if only an object, `true` if any value;
 * `undefined`: the key tells nothing.
 */
export function createUnsureArguments(shown: (key: string) => string | true | undefined): UnsureArguments {
  const tokens: [Token, string][] = []
  let declared: string | true | undefined
  /** The string that is its value, as far as it has come. */
  let value = ''
  /** An object has begun in its place. */
  let isNested = false

  function token(kind: Token, text: string): 'wait' | 'schema' | 'arguments' {
    tokens.push([kind, text])
    let isSchema = declared === true
    switch (kind) {
      case Token.space:
      case Token.colon:
        return 'wait'
      case Token.open:
        isNested = typeof declared === 'string' && declared !== 'object' && text === '{'
        if (isNested) return 'wait'
        break
      case Token.key:
        if (isNested) return text === '"type"' ? 'wait' : 'arguments'
        declared = shown(keyName(text))
        return declared === undefined ? 'arguments' : 'wait'
      case Token.stringStart:
        if (typeof declared === 'string') return 'wait'
        break
      case Token.string:
        value += text
        if (isNested) return value.length <= maxTypeName ? 'wait' : 'arguments'
        return typeof declared === 'string' && declared.startsWith(value) ? 'wait' : 'arguments'
      case Token.stringEnd:
        isSchema = isNested ? kindNamed(value) !== 0 : value !== '' && value === declared
    }
    return isSchema ? 'schema' : 'arguments'
  }

  return { tokens, token }
}
