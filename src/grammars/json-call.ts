import type { Call } from '../align/call.js'
import { isParameterOf, typeOf } from '../align/tools.js'
import { hasKey, rememberKey } from '../json/keys.js'
import { decodeString, keyName, Token } from '../json/tokens.js'
import type { Writable } from '../writable.js'
import type { CallGrammar, GrammarContext } from './call-grammar.js'
import { callKey } from './call-keys.js'
import { createStringArguments, type StringArguments } from './string-arguments.js'
import { createTokenReader, endsValue } from './token-reader.js'
import { createUnsureArguments, type UnsureArguments } from './unsure-arguments.js'

/** What the value of the key just read is to the call. */
type Role = 'none' | 'name' | 'alias' | 'arguments' | 'parameter' | 'extra'

/** How much of a member that is left out its change quotes. */
const maxQuoted = 1024

/**
 * A call as one JSON object: `{"name": "f", "arguments": {...}}`, in either order, and the shapes that models make of it:
 * other keys (`call-keys.ts`), arguments as a JSON string, an envelope around it, arguments beside the name.
 */
export function createJsonCall(call: Call, context: GrammarContext): CallGrammar {
  const { tools } = context
  const { change } = call
  let depth = 0
  /** How deep the object is whose keys are the call's own; 2 in a `function` envelope. */
  let level = 1
  let role: Role = 'none'
  let reading:
    | 'members'
    | 'unsure'
    | 'arguments'
    | 'list'
    | 'list-rest'
    | 'merged'
    | 'parameter'
    | 'name'
    | 'string'
    | 'extra' = 'members'
  const seen = { name: false, function: false, arguments: false }
  let nameText = ''
  /** The key of the name being read, if it is not `name`. */
  let nameKey = ''
  /** The model wrote arguments. */
  let wasGiven = true
  /** The tool's name was the key of its arguments. */
  let isNamedByKey = false
  /** A description or a schema has come: this is how a tool is declared, and its parameters are no arguments. */
  let isDeclaration = false
  /** What the model called the arguments, and their first tokens, while they may be the schema of a declaration. */
  let alias = ''
  let aliasAt = 0
  let unsure: UnsureArguments | undefined
  let unsureAt = 0
  /** Arguments beside the name, gathered in an object of our own making; `first`: a comma is due before the next. */
  let flat: 'none' | 'first' | 'more' = 'none'
  /** The last bracket of arguments, held while a parameter may follow that slipped out of them. */
  let bracket: 'none' | 'held' = 'none'
  /** The parameters that the arguments have. */
  let given: string[] = []
  /** Whether it has others beside those that are remembered. */
  let hasOthers = false
  let argumentsSeen: 'none' | 'open' | 'closed' | 'wrong' = 'none'
  let unpack: StringArguments | undefined
  /** How much deeper the arguments are than other members: 1 in a list. */
  let listed = 0
  /** A member that is no part of a call, as it comes. */
  let extra = ''
  let extraAt = 0
  let extraKind: 'extra-key' | 'duplicate-key' = 'extra-key'
  /** Whether one was told that could have been the arguments: then the call is not given empty ones. */
  let strayObject = false
  let strays = 0
  /** How many of them are no metadata of an envelope. */
  let foreign = 0

  const reader = createTokenReader(call, context, token, {
    isEnvelopeKey(key, at) {
      if (at !== level) return undefined
      if (key === 'name') return !seen.name
      if (key === 'arguments') return !seen.arguments
      return key === 'parameters' || (call.name === undefined && tools.declared?.has(key) === true)
    },
    isComplete: () => call.name !== undefined && argumentsSeen !== 'none',
  })

  /** The reader as others see it: a string of arguments that was cut short holds more. */
  const shown: Writable<CallGrammar['reader']> = { outcome: 'reading', rest: '' }

  function show() {
    shown.outcome = reader.outcome
    shown.rest =
      reading === 'string' && reader.outcome === 'cut' ? unpack?.unsent() + reader.rest : reader.rest
  }

  function start() {
    reader.start()
    show()
    depth = 0
    level = 1
    role = 'none'
    reading = 'members'
    seen.name = seen.function = seen.arguments = false
    nameText = ''
    nameKey = ''
    isDeclaration = false
    isNamedByKey = false
    wasGiven = true
    unsure = undefined
    flat = 'none'
    bracket = 'none'
    given = []
    hasOthers = false
    argumentsSeen = 'none'
    unpack = undefined
    listed = 0
    extra = ''
    strayObject = false
    strays = foreign = 0
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
        if (depth > level + listed || !endsValue(kind)) {
          return inArguments(kind, text, depth === level + listed + 1)
        }
        endArguments()
        if (listed > 0) startListRest()
        return
      case 'list':
        return startListed(kind, text)
      case 'list-rest':
        return readListRest(text, ended)
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
    if (kind === 'extra-key' && callKey(key) !== 'metadata') foreign++
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
    const isTool = call.name === undefined && tools.resolve(written) !== undefined
    if (isTool || (key === 'function' && !isParameter(key))) {
      if (key !== 'function') change('name-key', reader.offset, key)
      return setName(written)
    }
    if (isArgument(key)) {
      startParameter(JSON.stringify(key))
      call.token(Token.stringStart, '"')
      call.token(Token.string, nameText)
      call.token(Token.stringEnd, '"')
      return endParameter()
    }
    leaveOut('extra-key', key)
    extra += `: "${nameText}`
    readExtra('"', true)
  }

  /** Whether what could have been the name is an argument beside it, now that its value is none. */
  function isArgument(key: string): boolean {
    if (key === 'function') seen.function = false
    return (key === 'function' && isParameter(key)) || flat !== 'none'
  }

  /** A name with quotes or brackets in it is a string that was never closed, unless a tool is called so. */
  function setName(written: string) {
    if (tools.resolve(written) !== undefined || /^[^\s"'{}[\],]+$/.test(written)) {
      call.setName(written, reader.offset)
    }
  }

  function roleOf(key: string): Role {
    const declared = isParameter(key)
    const meaning = callKey(key)
    if (key === 'name' || key === 'function') {
      // Behind the tool's name it is a parameter of that name, if the tool has one.
      const isOwn =
        declared && call.name !== undefined && !hasKey(given, key) && !(key === 'name' && seen.name)
      if (isOwn && (argumentsSeen === 'none' || bracket === 'held')) return 'parameter'
      if (key === 'name' && seen.name) return leaveOut('duplicate-key', key)
      seen[key] = true
      if (key === 'name') return key
      nameKey = key
      return 'alias'
    }
    if (call.name === undefined && !declared) {
      if (argumentsSeen === 'none' && flat === 'none' && tools.declared?.has(key)) {
        change('name-key', reader.offset, key)
        call.setName(key, reader.offset)
        isNamedByKey = true
        alias = ''
        seen.arguments = true
        return 'arguments'
      }
      if (meaning === 'name' || meaning === 'tool') {
        nameKey = key
        return 'alias'
      }
    }
    isDeclaration ||= key === 'description' && !declared
    if (key === 'arguments' || (meaning === 'arguments' && !declared && !isDeclaration)) {
      if (seen.arguments) {
        return leaveOut('duplicate-key', key)
      }
      seen.arguments = true
      alias = key === 'arguments' ? '' : key
      aliasAt = reader.offset
      return 'arguments'
    }
    if (bracket === 'held' && declared && !hasKey(given, key) && key !== 'type') return 'parameter'
    if (
      argumentsSeen === 'none' &&
      (declared || flat !== 'none') &&
      !(meaning === 'metadata' && seen.function)
    ) {
      return 'parameter'
    }
    if (key !== 'type') {
      return leaveOut('extra-key', key)
    }
    return 'extra'
  }

  function startParameter(key: string) {
    const isFirst = given.length === 0
    giveKey(key)
    if (bracket === 'held') {
      argumentsSeen = 'open'
      change('flat-arguments', reader.offset)
      if (!isFirst) call.token(Token.comma, ',')
    } else {
      if (flat === 'none') {
        change('flat-arguments', reader.offset)
        call.begin(reader.offset)
        call.token(Token.open, '{')
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
        if (kind === Token.stringStart) {
          nameText = ''
          reading = 'name'
          return
        }
        if (isObject && role === 'alias' && callKey(nameKey) === 'tool') {
          change('function-envelope', reader.offset)
          seen.function = true
          nameKey = ''
          level = depth
          return
        }
        if (role !== 'alias') break
        if (isArgument(nameKey)) {
          startParameter(JSON.stringify(nameKey))
          return startArgument(kind, text, ended)
        }
        leaveOut('extra-key', nameKey)
        break
      case 'parameter':
        return startArgument(kind, text, ended)
      case 'arguments':
        return startArguments(kind, text)
    }
    strayObject ||= isObject && extra !== '' && extraKind === 'extra-key'
    if (extra !== '') extra += ': '
    readExtra(text, ended)
  }

  function startArgument(kind: Token, text: string, ended: boolean) {
    call.token(kind, text)
    if (ended) endParameter()
    else reading = 'parameter'
  }

  /** Arguments, or the schema of a declaration. */
  function readUnsure(kind: Token, text: string, ended: boolean) {
    const found = unsure?.token(kind, text) ?? 'wait'
    const tokens = unsure?.tokens ?? []
    if (found === 'wait') return
    unsure = undefined
    if (found === 'schema') {
      isDeclaration = true
      leaveOut('extra-key', alias)
      extra += ': '
      for (const [, each] of tokens) extra += each
      strayObject = true
      reading = 'extra'
      return
    }
    beginArguments(unsureAt)
    for (const [each, part] of tokens.slice(0, -1)) inArguments(each, part, true)
    if (ended) endArguments()
    else inArguments(kind, text, kind === Token.key)
  }

  function beginArguments(at: number) {
    argumentsSeen = 'open'
    reading = 'arguments'
    // Begun first, so that with the name known the bracket need not wait.
    call.begin(at)
    call.token(Token.open, '{')
  }

  function inArguments(kind: Token, text: string, isTop: boolean) {
    if (kind === Token.key && isTop) giveKey(text)
    call.token(kind, text)
  }

  function giveKey(json: string) {
    hasOthers = !rememberKey(given, json, isParameter) || hasOthers
  }

  function endArguments() {
    argumentsSeen = 'closed'
    reading = 'members'
    bracket = 'held'
  }

  function isParameter(key: string): boolean {
    return call.tool === undefined ? tools.isParameter(key) : isParameterOf(call.tool, key)
  }

  /** What stands behind a key where the tool is declared. A text may be any word. */
  function shownAs(key: string): string | true | undefined {
    if (!isParameter(key)) return key === 'type' ? 'object' : key === 'properties' || undefined
    const type = call.tool && typeOf(call.tool, key)
    return typeof type === 'string' && type !== 'string' ? type : undefined
  }

  function startArguments(kind: Token, text: string) {
    if (alias !== '' && flat !== 'none' && text !== '{') {
      // Beside other arguments it is one of them.
      seen.arguments = false
      startParameter(JSON.stringify(alias))
      return startArgument(kind, text, kind === Token.atom)
    }
    if (alias !== '') change('arguments-key', aliasAt, alias)
    if (kind === Token.open && text === '{') {
      if (flat === 'none') {
        if (alias === '') return beginArguments(reader.offset)
        unsureAt = reader.offset
        argumentsSeen = 'open'
        unsure = createUnsureArguments(shownAs)
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
      // `{"search", "arguments": {…`: behind a name in the place of a key they are still to come.
      if (isNamedByKey) seen.arguments = false
      else noArguments()
      return
    }
    // A list of parameters is how a tool is declared.
    if (kind === Token.open && flat === 'none' && alias !== 'parameters') {
      listed = 1
      argumentsSeen = 'open'
      reading = 'list'
      return
    }
    argumentsSeen = 'wrong'
    if (kind === Token.open) reading = 'extra'
  }

  /** `"arguments": [{"city": "Paris"}]`: the list is none of the arguments, and an empty one stands for none. */
  function startListed(kind: Token, text: string) {
    if (kind === Token.space) return
    if (kind === Token.open && text === '{') {
      change('list-arguments', reader.offset)
      return beginArguments(reader.offset)
    }
    if (kind === Token.close) {
      noArguments()
      reading = 'members'
      return
    }
    argumentsSeen = 'wrong'
    reading = 'extra'
  }

  function startListRest() {
    reading = 'list-rest'
    extra = ''
    extraAt = reader.offset
  }

  /** What else the list holds is no part of the call. */
  function readListRest(text: string, ended: boolean) {
    if (!ended) {
      if (extra.length < maxQuoted) extra += text
      return
    }
    const left = extra.replace(/^[\s,]+/, '')
    if (left !== '') change('stray-text', extraAt, left)
    extra = ''
    reading = 'members'
  }

  function noArguments() {
    change('empty-arguments', reader.offset)
    argumentsSeen = 'closed'
    call.begin(reader.offset)
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
    const isLone = !strayObject && !isDeclaration && (declared || strays === 0) && call.mayBeEmpty()
    if (call.name !== undefined && argumentsSeen === 'none' && isLone) {
      change('empty-arguments', reader.offset)
      argumentsSeen = 'closed'
      wasGiven = isNamedByKey
    }
    if (argumentsSeen === 'closed') call.begin(reader.offset)
  }

  return {
    reader: shown,
    start,
    push(text, from, base) {
      const used = reader.push(text, from, base)
      if (reader.outcome === 'closed' || reader.outcome === 'tagged') settle()
      else if (reader.outcome !== 'reading') closeArguments()
      show()
      return used
    },
    end(stopped) {
      reader.end(stopped)
      closeArguments()
      const { outcome } = reader
      // Brackets may have been forgotten at the end, arguments that were never begun may not.
      const begun = argumentsSeen !== 'none' || flat !== 'none'
      if (outcome === 'closed' || outcome === 'tagged' || (outcome === 'unclosed' && begun)) settle()
      show()
    },
    isCall: () => call.name !== undefined && argumentsSeen === 'closed',
    isPlain: () =>
      foreign === 0 &&
      wasGiven &&
      !call.misfits() &&
      ((!isNamedByKey && flat === 'none') || (!hasOthers && given.every((key) => isParameter(keyName(key))))),
    plain: () => (reading === 'arguments' ? reader.plain() : undefined),
  }
}
