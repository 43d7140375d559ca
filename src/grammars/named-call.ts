import type { Call } from '../align/call.js'
import { isParameterOf } from '../align/tools.js'
import { decodeString, endsValue, keyName, Token } from '../json/tokens.js'
import type { CallGrammar, GrammarContext } from './call-grammar.js'
import { quote } from './left-out.js'
import { createTokenReader } from './token-reader.js'

enum Reading {
  /** Behind the object's bracket, where its first key may be an envelope's. */
  first,
  /** In the name that the envelope has, and behind it. */
  name,
  envelope,
  /** Behind the key of the arguments that the envelope has. */
  arguments,
  /** In the arguments, and behind those of an envelope. */
  told,
  left,
}

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
  const { change, token: tell } = call
  let depth = 0
  let reading = Reading.first
  /** The tokens of the first two while they may be an envelope's. */
  let held: [Token, string][] = []
  let name = ''
  let isEnvelope = false
  /** How deep the arguments' members are. */
  let inner = 1
  let hasClosed = false
  /** Whether all of the arguments are parameters of the tool. */
  let isPlain = true
  /** What an envelope has behind its arguments. */
  let left = ''
  let leftAt = 0

  const reader = createTokenReader(call, context, token)

  function start(written?: string, at = 0) {
    reader.start()
    depth = 0
    reading = Reading.first
    held = []
    isEnvelope = hasClosed = false
    isPlain = true
    left = ''
    if (written !== undefined) call.setName(written, at)
  }

  function token(kind: Token, text: string) {
    if (kind === Token.open) depth++
    else if (kind === Token.close) depth--
    const isKey = kind === Token.key
    if (reading === Reading.envelope) {
      if (!isKey && kind !== Token.close) return
      reading = Reading.first
    }
    if (reading < Reading.told) held.push([kind, text])
    switch (reading) {
      case Reading.first:
        if (isKey) reading = roleOf(keyName(text))
        if (reading === Reading.told || kind === Token.close) tellHeld(1)
        return
      case Reading.name:
        if (kind === Token.string) name += text
        if (depth > 1 || !endsValue(kind)) return
        if (kind !== Token.stringEnd || !isSameName(decodeString(name))) return tellHeld(1)
        isCallItself()
        held = [[Token.open, '{']]
        reading = Reading.envelope
        return
      case Reading.arguments:
        if (text === '{') {
          if (!isEnvelope) isCallItself()
          held = [[kind, text]]
          tellHeld(depth)
        } else if (kind === Token.open || kind === Token.stringStart || kind === Token.atom) tellHeld(1)
        return
      case Reading.told:
        tellOne(kind, text, depth)
        if (depth < inner) endTold()
        return
      case Reading.left:
        if (depth > 0) left = quote(left, text)
        else if (/[^\s,]/.test(left)) change('extra-key', leftAt, left)
    }
  }

  /** What the object's first key may be, or the first behind an envelope's name. */
  function roleOf(key: string): Reading {
    if (call.tool !== undefined && isParameterOf(call.tool, key)) return Reading.told
    if (key === 'name' && !isEnvelope) {
      name = ''
      return Reading.name
    }
    // Without a declared tool only the name beside it shows what `arguments` means.
    const known = isEnvelope || call.tool !== undefined
    return known && (key === 'arguments' || key === 'parameters') ? Reading.arguments : Reading.told
  }

  function isSameName(written: string): boolean {
    return written === call.name || (call.tool !== undefined && context.tools.resolve(written) === call.tool)
  }

  function isCallItself() {
    isEnvelope = true
    change('function-envelope', reader.offset)
  }

  /** What is held are the arguments, whose members are so deep. */
  function tellHeld(at: number) {
    inner = at
    reading = Reading.told
    call.begin(reader.offset)
    for (const [kind, text] of held) tellOne(kind, text, at)
    held = []
    if (depth < inner) endTold()
  }

  function tellOne(kind: Token, text: string, at: number) {
    if (at === inner && isStray(kind, text)) isPlain = false
    tell(kind, text)
  }

  /** Whether it is a key that is none of the tool's. */
  function isStray(kind: Token, text: string): boolean {
    return kind === Token.key && (call.tool === undefined || !isParameterOf(call.tool, keyName(text)))
  }

  function endTold() {
    hasClosed = true
    reading = Reading.left
    leftAt = reader.offset
  }

  return {
    reader,
    start,
    push: reader.push,
    end: reader.end,
    isCall: () => call.name !== undefined && hasClosed,
    isPlain: () => isPlain,
    isFormal: () => isEnvelope || held.some(([kind, text]) => kind === Token.key && !isStray(kind, text)),
    plain: () => (reading === Reading.told ? reader.plain() : undefined),
  }
}
