import type { Call } from '../align/call.js'
import { decodeString, keyName, Token } from '../json/tokens.js'
import type { CallGrammar, GrammarContext } from './call-grammar.js'
import { createStringArguments, type StringArguments } from './string-arguments.js'
import { createTokenReader, endsValue } from './token-reader.js'

/** What the value of the key just read is to the call. */
type Role = 'none' | 'name' | 'alias' | 'arguments' | 'function' | 'parameter' | 'extra'

const metadata = new Set(['id', 'type', 'index'])
/** What models call the arguments; a tool's own parameter of that name is none of these. */
const argumentNames = new Set([
  'parameters',
  'params',
  'args',
  'kwargs',
  'input',
  'tool_input',
  'action_input',
])
/** What models call the name, if it is a declared tool's. */
const nameNames = new Set(['tool', 'tool_name', 'function_name', 'action'])
/** How a schema may begin, as JSON. */
const schemaKeys = new Set(['"type"', '"properties"'])
/** How much of a member that is left out its change quotes. */
const maxQuoted = 1024

/**
 * A call as one JSON object: `{"name": "f", "arguments": {...}}`, in either order, and the shapes that models make of it:
 * `parameters`, arguments as a JSON string, OpenAI's `function` envelope, arguments beside the name.
 */
export function createJsonCall(call: Call, context: GrammarContext): CallGrammar {
  const { tools } = context
  const { change } = call
  let depth = 0
  /** How deep the object is whose keys are the call's own; 2 in a `function` envelope. */
  let level = 1
  let role: Role = 'none'
  let reading: 'members' | 'unsure' | 'arguments' | 'merged' | 'parameter' | 'name' | 'string' | 'extra' =
    'members'
  const seen = new Set<string>()
  let nameText = ''
  /** The key of the name being read, if it is not `name`. */
  let nameKey = ''
  /** The model wrote arguments. */
  let wasGiven = true
  /** The tool's name was the key of its arguments. */
  let isNamedByKey = false
  /** A description or a schema has come: this is how a tool is declared, and its parameters are no arguments. */
  let isDeclaration = false
  /** What models also call the arguments, and their first tokens, while they may be the schema of a declaration. */
  let alias = ''
  let unsure: [Token, string][] = []
  let unsureAt = 0
  /** Arguments beside the name, gathered in an object of our own making; `first`: a comma is due before the next. */
  let flat: 'none' | 'first' | 'more' = 'none'
  /** The last bracket of arguments, held while a parameter may follow that slipped out of them. */
  let bracket: 'none' | 'held' = 'none'
  /** The parameters that the arguments have. */
  const given = new Set<string>()
  let argumentsSeen: 'none' | 'open' | 'closed' | 'wrong' = 'none'
  let unpack: StringArguments | undefined
  /** A member that is no part of a call, as it comes. */
  let extra = ''
  let extraAt = 0
  let extraKind: 'extra-key' | 'duplicate-key' = 'extra-key'
  /** Whether one was told that could have been the arguments: then the call is not given empty ones. */
  let strayObject = false
  let strays = 0

  const reader = createTokenReader(call, context, token, {
    isEnvelopeKey: (key, at) =>
      at === level
        ? (key === 'name' || key === 'arguments' || key === 'parameters') && !seen.has(key)
        : undefined,
    isComplete: () => call.name !== undefined && argumentsSeen !== 'none',
  })

  function start() {
    reader.start()
    depth = 0
    level = 1
    role = 'none'
    reading = 'members'
    seen.clear()
    nameText = ''
    nameKey = ''
    isDeclaration = false
    isNamedByKey = false
    wasGiven = true
    unsure = []
    flat = 'none'
    bracket = 'none'
    given.clear()
    argumentsSeen = 'none'
    unpack = undefined
    extra = ''
    strayObject = false
    strays = 0
  }

  function token(kind: Token, text: string) {
    if (kind === Token.open) depth++
    else if (kind === Token.close) depth--
    const ended = depth === level && endsValue(kind)
    switch (reading) {
      case 'members':
        member(kind, text)
        return
      case 'unsure':
        return readUnsure(kind, text, ended)
      case 'arguments':
        return ended ? endArguments() : inArguments(kind, text, depth === level + 1)
      case 'merged':
        if (ended) {
          reading = 'members'
          return
        }
        if (flat === 'first') call.token(Token.comma, ',')
        flat = 'more'
        call.token(kind, text)
        return
      case 'parameter':
        call.token(kind, text)
        if (ended) endParameter()
        return
      case 'name':
        if (kind === Token.string) nameText += text
        if (!ended) return
        reading = 'members'
        endName(decodeString(nameText))
        return
      case 'string':
        if (kind === Token.string) unpack?.push(decodeString(text))
        if (!ended) return
        argumentsSeen = unpack?.end() ? 'closed' : 'wrong'
        if (argumentsSeen === 'closed') call.begin(reader.offset)
        reading = 'members'
        return
      case 'extra':
        readExtra(text, ended)
    }
  }

  function leaveOut(kind: 'extra-key' | 'duplicate-key', key: string): Role {
    extra = JSON.stringify(key)
    extraAt = reader.offset
    extraKind = kind
    return 'extra'
  }

  function readExtra(text: string, ended: boolean) {
    reading = ended ? 'members' : 'extra'
    if (extra === '') return
    if (extra.length < maxQuoted) extra += text
    if (!ended) return
    change(extraKind, extraAt, extra)
    extra = ''
    if (extraKind === 'extra-key') strays++
  }

  /** At the envelope's own level: its keys, and the first token of each value. */
  function member(kind: Token, text: string) {
    switch (kind) {
      case Token.key:
        role = roleOf(keyName(text))
        if (role === 'parameter') startParameter(text)
        return
      case Token.open:
        if (depth === 1 && level === 1) return
        break
      case Token.stringStart:
      case Token.atom:
        break
      case Token.close:
        if (depth < level && level > 1) level = depth
        return
      default:
        return
    }
    startValue(kind, text)
    role = 'none'
  }

  function endName(written: string) {
    if (nameKey === '') return setName(written)
    const key = nameKey
    nameKey = ''
    if (call.name !== undefined || tools.resolve(written) === undefined) {
      leaveOut('extra-key', key)
      extra += `: "${nameText}`
      return readExtra('"', true)
    }
    change('name-key', reader.offset, key)
    setName(written)
  }

  /** A name with quotes or brackets in it is a string that was never closed, unless a tool is called so. */
  function setName(written: string) {
    if (tools.resolve(written) !== undefined || /^[^\s"'{}[\],]+$/.test(written)) {
      call.setName(written, reader.offset)
    }
  }

  function roleOf(key: string): Role {
    if (key === 'name' || key === 'function') {
      if (key === 'name' && seen.has(key)) {
        return leaveOut('duplicate-key', key)
      }
      seen.add(key)
      return key
    }
    const declared = call.tool === undefined ? tools.isParameter(key) : call.tool.parameters.has(key)
    if (call.name === undefined && !declared && flat === 'none') {
      if (nameNames.has(key)) {
        nameKey = key
        return 'alias'
      }
      if (argumentsSeen === 'none' && tools.declared?.has(key)) {
        change('name-key', reader.offset, key)
        call.setName(key, reader.offset)
        isNamedByKey = true
        alias = ''
        seen.add('arguments')
        return 'arguments'
      }
    }
    isDeclaration ||= key === 'description' && !declared
    if (key === 'arguments' || (argumentNames.has(key) && !declared && !isDeclaration)) {
      if (seen.has('arguments')) {
        return leaveOut('duplicate-key', key)
      }
      seen.add('arguments')
      alias = key === 'arguments' ? '' : key
      if (alias !== '') change('arguments-key', reader.offset, key)
      return 'arguments'
    }
    if (bracket === 'held' && declared && !given.has(key) && key !== 'type') return 'parameter'
    if (
      argumentsSeen === 'none' &&
      (declared || flat !== 'none') &&
      !(metadata.has(key) && seen.has('function'))
    ) {
      return 'parameter'
    }
    if (key !== 'type') {
      return leaveOut('extra-key', key)
    }
    return 'extra'
  }

  function startParameter(key: string) {
    const isFirst = given.size === 0
    given.add(keyName(key))
    if (bracket === 'held') {
      argumentsSeen = 'open'
      change('flat-arguments', reader.offset)
      if (!isFirst) call.token(Token.comma, ',')
    } else {
      if (flat === 'none') {
        change('flat-arguments', reader.offset)
        call.token(Token.open, '{')
        call.begin(reader.offset)
      } else {
        call.token(Token.comma, ',')
      }
      flat = 'more'
    }
    call.token(Token.key, key)
    call.token(Token.colon, ':')
  }

  function startValue(kind: Token, text: string) {
    const ended = kind === Token.atom
    const isObject = kind === Token.open && text === '{'
    switch (role) {
      case 'alias':
      case 'name':
      case 'function':
        if (kind === Token.stringStart) {
          nameText = ''
          reading = 'name'
          return
        }
        if (role === 'alias') leaveOut('extra-key', nameKey)
        if (role !== 'function' || !isObject) break
        change('function-envelope', reader.offset)
        level = depth
        return
      case 'parameter':
        call.token(kind, text)
        if (ended) endParameter()
        else reading = 'parameter'
        return
      case 'arguments':
        return startArguments(kind, text)
    }
    strayObject ||= isObject && extra !== '' && extraKind === 'extra-key'
    if (extra !== '') extra += ': '
    readExtra(text, ended)
  }

  /** `{"type": "object"` and `{"properties"` begin a schema, unless the tool has parameters of these names. */
  function readUnsure(kind: Token, text: string, ended: boolean) {
    const key = unsure.find(([each]) => each === Token.key)?.[1] ?? ''
    const isType = key === '"type"'
    const valueBegins =
      key !== '' && (kind === Token.open || kind === Token.atom || kind === Token.stringStart)
    unsure.push([kind, text])
    // However the string is cut, the answer for all of it is the same.
    let type = ''
    for (const [each, part] of unsure) if (each === Token.string) type += part
    const isSchema = isType ? type === 'object' : valueBegins && key === '"properties"'
    if (isSchema) {
      isDeclaration = true
      leaveOut('extra-key', alias)
      extra += ': '
      for (const [, each] of unsure) extra += each
      strayObject = true
      reading = 'extra'
      return
    }
    const mayBeSchema =
      kind === Token.space ||
      kind === Token.colon ||
      (kind === Token.key && schemaKeys.has(text) && !isParameter(text.slice(1, -1))) ||
      (isType && (kind === Token.stringStart || kind === Token.string) && 'object'.startsWith(type))
    if (mayBeSchema) return
    const tokens = unsure
    unsure = []
    beginArguments(unsureAt)
    for (const [each, part] of tokens.slice(0, -1)) inArguments(each, part, true)
    if (ended) endArguments()
    else inArguments(kind, text, kind === Token.key)
  }

  function beginArguments(at: number) {
    argumentsSeen = 'open'
    reading = 'arguments'
    call.token(Token.open, '{')
    call.begin(at)
  }

  function inArguments(kind: Token, text: string, isTop: boolean) {
    if (kind === Token.key && isTop) given.add(keyName(text))
    call.token(kind, text)
  }

  function endArguments() {
    argumentsSeen = 'closed'
    reading = 'members'
    bracket = 'held'
  }

  function isParameter(key: string): boolean {
    return call.tool === undefined ? tools.isParameter(key) : call.tool.parameters.has(key)
  }

  function startArguments(kind: Token, text: string) {
    if (kind === Token.open && text === '{') {
      if (flat === 'none') {
        if (alias === '') return beginArguments(reader.offset)
        unsureAt = reader.offset
        argumentsSeen = 'open'
        unsure = []
        reading = 'unsure'
        return
      }
      // Arguments beside the name came first: these are more of them.
      flat = 'first'
      reading = 'merged'
      return
    }
    if (kind === Token.stringStart) {
      argumentsSeen = 'open'
      reading = 'string'
      unpack = createStringArguments(call, context, () => reader.offset)
      return
    }
    if (kind === Token.atom && text === 'null') {
      change('empty-arguments', reader.offset)
      argumentsSeen = 'closed'
      call.begin(reader.offset)
      return
    }
    argumentsSeen = 'wrong'
    if (kind === Token.open) reading = 'extra'
  }

  function endParameter() {
    reading = 'members'
    if (bracket === 'held') argumentsSeen = 'closed'
  }

  /** No parameter can follow any more. */
  function closeArguments() {
    if (bracket === 'held' && argumentsSeen === 'closed') call.token(Token.close, '}')
    bracket = 'none'
  }

  /** The object is over. What only now is known is settled. */
  function settle() {
    closeArguments()
    if (flat !== 'none') {
      call.token(Token.close, '}')
      argumentsSeen = 'closed'
    }
    if (call.name === undefined) call.recoverName(reader.offset)
    const declared = tools.declared === undefined || call.tool !== undefined
    const isLone = !strayObject && !isDeclaration && (declared || strays === 0)
    if (call.name !== undefined && argumentsSeen === 'none' && isLone) {
      change('empty-arguments', reader.offset)
      argumentsSeen = 'closed'
      wasGiven = false
    }
    if (argumentsSeen === 'closed') call.begin(reader.offset)
  }

  return {
    reader,
    start,
    push(text, from, base) {
      const used = reader.push(text, from, base)
      if (reader.outcome === 'closed' || reader.outcome === 'tagged') settle()
      else if (reader.outcome !== 'reading') closeArguments()
      return used
    },
    end(stopped) {
      reader.end(stopped)
      closeArguments()
      const { outcome } = reader
      // Brackets may have been forgotten at the end, arguments that were never begun may not.
      const begun = argumentsSeen !== 'none' || flat !== 'none'
      if (outcome === 'closed' || outcome === 'tagged' || (outcome === 'unclosed' && begun)) settle()
    },
    isCall: () => call.name !== undefined && argumentsSeen === 'closed',
    isPlain: () =>
      strays === 0 && wasGiven && ((!isNamedByKey && flat === 'none') || [...given].every(isParameter)),
    inPlainString: () => reading === 'arguments' && reader.inString(),
  }
}
