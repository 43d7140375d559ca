import type { Call } from '../align/call.js'
import { isParameterOf } from '../align/tools.js'
import { decodeString, keyName, Token } from '../json/tokens.js'
import type { CallGrammar, GrammarContext } from './call-grammar.js'
import { endsValue } from './tell.js'
import { createTokenReader } from './token-reader.js'

/** How much of what is left out a change quotes. */
const maxQuoted = 1024

/**
 * A name, and behind it an object that is the arguments, as GLM-4-9B and functionary v3.2 write it:
 *
 *     get_weather
 *     {"city": "Paris"}
 *
 * Where the object is itself a call of that name, `{"name": "get_weather", "arguments": {...}}`, the arguments are taken
 * out of it; only its first keys are held to see that.
 */
export function createNamedCall(call: Call, context: GrammarContext): CallGrammar {
  const { tools } = context
  let depth = 0
  /**
   * `first`: nothing but the bracket. `name`, `arguments`: a key that may be an envelope's, and its value.
   * `members`: the object is the arguments. `envelope`: it is none, and its arguments have not come.
   */
  let reading: 'first' | 'name' | 'arguments' | 'members' | 'envelope' | 'inside' | 'left' = 'first'
  /** The tokens of the first two while they may be an envelope's. */
  let held: [Token, string][] = []
  let name = ''
  let isEnvelope = false
  let hasClosed = false
  /** What an envelope has behind its arguments. */
  let extra = ''
  let extraAt = 0

  const reader = createTokenReader(call, context, token)

  function start(written?: string) {
    reader.start()
    depth = 0
    reading = 'first'
    held = []
    isEnvelope = false
    hasClosed = false
    extra = ''
    if (written !== undefined) call.setName(written, reader.offset)
  }

  function token(kind: Token, text: string) {
    if (kind === Token.open) depth++
    else if (kind === Token.close) depth--
    const ended = depth === 1 && endsValue(kind)
    switch (reading) {
      case 'first':
        held.push([kind, text])
        if (kind === Token.key) reading = roleOf(keyName(text))
        else if (kind !== Token.close) return
        if (reading === 'first' || reading === 'members') isArguments()
        return
      case 'name':
        held.push([kind, text])
        if (kind === Token.string) name += text
        if (!ended) return
        if (kind === Token.stringEnd && isSameName(decodeString(name))) {
          isCallItself()
          reading = 'envelope'
        } else isArguments()
        return
      case 'envelope':
        if (kind === Token.key || kind === Token.close) {
          reading = 'first'
          held = [[Token.open, '{']]
          depth = 1
          token(kind, text)
        }
        return
      case 'arguments':
        held.push([kind, text])
        if (kind === Token.open && text === '{') {
          if (!isEnvelope) isCallItself()
          reading = 'inside'
          held = []
          call.begin(reader.offset)
          call.token(kind, text)
        } else if (kind === Token.open || kind === Token.stringStart || kind === Token.atom) isArguments()
        return
      case 'inside':
        call.token(kind, text)
        if (!ended) return
        hasClosed = true
        reading = 'left'
        extraAt = reader.offset
        return
      case 'left':
        if (depth > 0 && extra.length < maxQuoted) extra += text
        else if (depth === 0 && /[^\s,]/.test(extra)) call.change('extra-key', extraAt, extra)
        return
      case 'members':
        call.token(kind, text)
        hasClosed ||= depth === 0 && kind === Token.close
    }
  }

  /** What the object's first key may be, or the first behind an envelope's name. */
  function roleOf(key: string): 'name' | 'arguments' | 'members' {
    if (call.tool !== undefined && isParameterOf(call.tool, key)) return 'members'
    if (key === 'name' && !isEnvelope) {
      name = ''
      return 'name'
    }
    // Without a declared tool only the name beside it shows what `arguments` means.
    const known = isEnvelope || call.tool !== undefined
    return known && (key === 'arguments' || key === 'parameters') ? 'arguments' : 'members'
  }

  function isSameName(written: string): boolean {
    return written === call.name || (call.tool !== undefined && tools.resolve(written) === call.tool)
  }

  function isCallItself() {
    isEnvelope = true
    call.change('function-envelope', reader.offset)
  }

  /** The object was the arguments after all. */
  function isArguments() {
    const tokens = held
    held = []
    reading = 'members'
    call.begin(reader.offset)
    for (const [kind, text] of tokens) call.token(kind, text)
    hasClosed = depth === 0
  }

  return {
    reader,
    start,
    push: reader.push,
    end: reader.end,
    isCall: () => call.name !== undefined && hasClosed,
    plain: () => (reading === 'members' || reading === 'inside' ? reader.plain() : undefined),
  }
}
