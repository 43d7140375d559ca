import type { Call } from '../align/call.js'
import { typeOf } from '../align/tools.js'
import { decodeString, keyName, Token } from '../json/tokens.js'
import { createArgumentsObject } from './arguments-object.js'
import type { CallGrammar, GrammarContext } from './call-grammar.js'
import { callKey } from './call-keys.js'
import { quote } from './left-out.js'
import { createStringArguments, type StringArguments } from './string-arguments.js'
import { endsValue, tellString } from './tell.js'
import { createTokenReader } from './token-reader.js'
import { createUnsureArguments, type UnsureArguments } from './unsure-arguments.js'

/** What is left out of a call, which is also what the change is called that says so. */
type Stray = 'extra-key' | 'duplicate-key' | 'stray-text'

/**
 * What the value of the key just read is to the call. `alias`: the name or the call itself, if it is one; `listed`: an
 * item of the list that the arguments stand in; `type`: what OpenAI's envelope adds, which is nobody's loss.
 */
type Role = 'name' | 'alias' | 'arguments' | 'listed' | 'parameter' | 'type' | Stray

/** What is being read: what stands between values, or in the middle of which value the call is. */
enum Reading {
  members,
  arguments,
  parameter,
  /** What may be arguments or a schema. */
  unsure,
  /** Arguments as a string. */
  string,
  name,
  stray,
}

/** How far the arguments have come. */
enum Given {
  none,
  /** Parameters stand beside the name, in an object of our own making. */
  beside,
  open,
  /** What should be the arguments cannot be. */
  wrong,
  /** All but their last bracket is told, since a parameter may follow that slipped out of them. */
  held,
  closed,
}

/**
 * A call as one JSON object: `{"name": "f", "arguments": {...}}`, in either order, and the shapes that models make of it:
 * other keys (`call-keys.ts`), arguments as a JSON string or in a list, an envelope around it, parameters beside the name.
 */
export function createJsonCall(call: Call, context: GrammarContext): CallGrammar {
  const { tools } = context
  const { change, token: tell } = call
  const args = createArgumentsObject(call, context)
  const { isParameter } = args
  let depth = 0
  /** How deep the object is whose keys are the call's own; 2 in a `function` envelope. */
  let level = 1
  let reading = Reading.members
  let given = Given.none
  /** The key of the member being read, as JSON and as a name. */
  let keyText = ''
  let key = ''
  let keyAt = 0
  let role: Role = 'stray-text'
  /** How deep its value stands. */
  let outer = 0
  /** The inside of a string that may be the tool's name. */
  let nameText = ''
  let hasName = false
  /** A description has come: this is how a tool is declared, and its parameters are no arguments. */
  let isDeclaration = false
  let isEnveloped = false
  /** Only the parameters' names show that they are arguments. */
  let isLoose = false
  /** Nothing but the call's own keys has come, and what envelopes have. */
  let isPlain = true
  /** Something left out could have been the arguments: then the call is not given empty ones. */
  let hasStrayObject = false
  /** A member that is left out, as it comes, and what its change is called if there is one. */
  let stray = ''
  let strayKind: Stray | undefined
  let unsure: UnsureArguments | undefined
  let unsureAt = 0
  let unpack: StringArguments | undefined

  const reader = createTokenReader(call, context, token, {
    isEnvelopeKey(name, at) {
      if (at !== level) return undefined
      if (name === 'name') return !hasName
      if (name === 'arguments') return given <= Given.beside
      return name === 'parameters' || namesTool(name)
    },
    isComplete: () => call.name !== undefined && given > Given.beside,
  })

  function start() {
    reader.start()
    args.start()
    depth = 0
    level = 1
    reading = Reading.members
    given = Given.none
    role = 'stray-text'
    hasName = isDeclaration = isEnveloped = isLoose = hasStrayObject = false
    isPlain = true
  }

  function token(kind: Token, text: string) {
    if (kind === Token.open) depth++
    else if (kind === Token.close) depth--
    const ended = isEnd(kind)
    switch (reading) {
      case Reading.members:
        return member(kind, text)
      case Reading.arguments:
        return ended ? endArguments() : inArguments(kind, text, depth === outer + 1)
      case Reading.parameter:
        return inParameter(kind, text)
      case Reading.unsure:
        return inUnsure(kind, text, ended)
      case Reading.string:
        if (kind === Token.string) unpack?.push(decodeString(text))
        else if (ended) endString()
        return
      case Reading.name:
        if (kind === Token.string) nameText += text
        else if (ended) endName(decodeString(nameText))
        return
      case Reading.stray:
        return inStray(text, ended)
    }
  }

  /** Whether a member's value ends with this token. */
  function isEnd(kind: Token): boolean {
    return depth === outer && endsValue(kind)
  }

  /** At the call's own level: its keys, and the first token of each value. */
  function member(kind: Token, text: string) {
    switch (kind) {
      case Token.key:
        keyText = text
        key = keyName(text)
        keyAt = reader.offset
        role = roleOf()
        if (role === 'parameter') startParameter()
        return
      case Token.open:
        if (depth === 1) return
        break
      case Token.stringStart:
      case Token.atom:
        break
      case Token.close:
        if (depth > 0 && depth < level) level = depth
        if (role === 'listed') noArguments()
        role = 'stray-text'
        return
      default:
        return
    }
    const as = role
    role = 'stray-text'
    outer = kind === Token.open ? depth - 1 : depth
    startValue(as, kind, text)
  }

  /** What the key is to the call. */
  function roleOf(): Role {
    if (key === 'name' || key === 'function') {
      const isFirst = key === 'function' || !hasName
      // Behind the tool's name it is a parameter of that name, if the tool has one.
      if (isFirst && call.name !== undefined && isParameter(key) && isFree()) return 'parameter'
      if (key === 'function') return 'alias'
      hasName = true
      return isFirst ? 'name' : 'duplicate-key'
    }
    const isArguments = key === 'arguments'
    const declared = !isArguments && isParameter(key)
    const meaning = callKey(key)
    if (!declared && call.name === undefined) {
      if (given === Given.none && namesTool(key)) {
        change('name-key', keyAt, key)
        call.setName(key, keyAt)
        key = 'arguments'
        isLoose = true
        return 'arguments'
      }
      if (meaning === 'name' || meaning === 'tool') return 'alias'
    }
    isDeclaration ||= key === 'description' && !declared
    if (meaning === 'arguments' && !declared && (isArguments || !isDeclaration)) {
      return given > Given.beside ? 'duplicate-key' : 'arguments'
    }
    const isMetadata = meaning === 'metadata' && isEnveloped
    const mayStand = given === Given.beside || (declared && isFree())
    return mayStand && !isMetadata ? 'parameter' : key === 'type' ? 'type' : 'extra-key'
  }

  function namesTool(name: string): boolean {
    return call.name === undefined && tools.declared?.has(name) === true
  }

  /** Whether a parameter may stand here, and this one has not come yet. */
  function isFree(): boolean {
    return (given <= Given.beside || (given === Given.held && key !== 'type')) && !args.has(key)
  }

  function startValue(as: Role, kind: Token, text: string) {
    const isObject = kind === Token.open && text === '{'
    const isString = kind === Token.stringStart
    switch (as) {
      case 'name':
      case 'alias':
        if (isString) {
          nameText = ''
          reading = Reading.name
          return
        }
        if (as === 'name') break
        if (isObject && callKey(key) === 'tool') {
          change('function-envelope', reader.offset)
          isEnveloped = true
          level = depth
          return
        }
        if (!isArgument()) break
        startParameter()
        return inParameter(kind, text)
      case 'parameter':
        return inParameter(kind, text)
      case 'arguments':
        if (startArguments(kind, text, isObject)) return
        break
      case 'listed':
        if (!isObject) break
        change('list-arguments', reader.offset)
        return beginArguments(reader.offset)
    }
    leaveOut(as === 'type' || as === 'duplicate-key' || as === 'stray-text' ? as : 'extra-key', isObject)
    inStray(text, kind === Token.atom)
  }

  /** Whether what could have been the name is an argument beside it, now that its value is none. */
  function isArgument(): boolean {
    return given === Given.beside || isParameter(key)
  }

  function endName(written: string) {
    reading = Reading.members
    if (key === 'name') return setName(written)
    const isFunction = key === 'function'
    const isTool = call.name === undefined && tools.resolve(written) !== undefined
    if (isTool || (isFunction && !isParameter(key))) {
      if (!isFunction) change('name-key', reader.offset, key)
      return setName(written)
    }
    if (isArgument()) {
      startParameter()
      return tellString(inParameter, nameText)
    }
    leaveOut('extra-key')
    inStray(`"${nameText}"`, true)
  }

  /** A name with quotes or brackets in it is a string that was never closed, unless a tool is called so. */
  function setName(written: string) {
    if (tools.resolve(written) !== undefined || /^[^\s"'{}[\],]+$/.test(written)) {
      call.setName(written, reader.offset)
    }
  }

  /** Whether the value can be the arguments. */
  function startArguments(kind: Token, text: string, isObject: boolean): boolean {
    const isAlias = key !== 'arguments'
    if (given === Given.beside && !isObject) {
      // Beside other parameters it is one of them.
      if (isAlias) {
        startParameter()
        inParameter(kind, text)
      }
      return isAlias
    }
    if (isAlias) change('arguments-key', keyAt, key)
    if (isObject && (given === Given.beside || !isAlias)) {
      beginArguments(reader.offset)
    } else if (isObject) {
      given = Given.open
      unsureAt = reader.offset
      unsure = createUnsureArguments(shownAs)
      reading = Reading.unsure
    } else if (kind === Token.stringStart) {
      given = Given.open
      unpack = createStringArguments(call, context, () => reader.offset)
      reading = Reading.string
    } else if (text === 'null') {
      // `{"search", "arguments": {…`: behind a name in the place of a key they are still to come.
      if (!isLoose) noArguments()
    } else if (kind === Token.open && key !== 'parameters') {
      given = Given.open
      role = 'listed'
    } else {
      // A list of parameters is how a tool is declared.
      given = Given.wrong
      return false
    }
    return true
  }

  function beginArguments(at: number) {
    reading = Reading.arguments
    if (given === Given.beside) args.goOn()
    else {
      // Begun first, so that with the name known the bracket need not wait.
      call.begin(at)
      tell(Token.open, '{')
    }
    given = Given.open
  }

  function inArguments(kind: Token, text: string, isTop: boolean) {
    if (isTop && kind === Token.key) args.key(text)
    else tell(kind, text)
  }

  function endArguments() {
    given = Given.held
    reading = Reading.members
    // What stands behind them in a list has no key.
    keyText = ''
    keyAt = reader.offset
  }

  /** There are none, and the model says so: an empty list, or `null`. */
  function noArguments() {
    change('empty-arguments', reader.offset)
    beginArguments(reader.offset)
    endArguments()
  }

  /** A parameter beside the name, or one that slipped out of the arguments. */
  function startParameter() {
    if (given !== Given.beside) change('flat-arguments', reader.offset)
    if (given === Given.none) {
      given = Given.beside
      isLoose = true
      call.begin(reader.offset)
      tell(Token.open, '{')
    }
    // Until it is over there is no call, whatever has come before.
    if (given === Given.held) given = Given.open
    args.goOn()
    args.key(keyText)
    tell(Token.colon, ':')
  }

  function inParameter(kind: Token, text: string) {
    tell(kind, text)
    reading = Reading.parameter
    if (!isEnd(kind)) return
    reading = Reading.members
    if (given === Given.open) given = Given.held
  }

  /** Arguments, or the schema of a declaration. */
  function inUnsure(kind: Token, text: string, ended: boolean) {
    const { tokens = [] } = unsure ?? {}
    const found = unsure?.token(kind, text)
    if (found === 'wait') return
    if (found === 'schema') {
      // There is no call, so that nobody hears what it has.
      given = Given.wrong
      reading = Reading.stray
      strayKind = undefined
      return
    }
    beginArguments(unsureAt)
    for (const [each, part] of tokens.slice(0, -1)) inArguments(each, part, true)
    if (ended) endArguments()
    else inArguments(kind, text, kind === Token.key)
  }

  /** What stands behind a key where the tool is declared. A text may be any word. */
  function shownAs(name: string): string | true | undefined {
    if (!isParameter(name)) return name === 'type' ? 'object' : name === 'properties' || undefined
    const type = call.tool && typeOf(call.tool, name)
    return typeof type === 'string' && type !== 'string' ? type : undefined
  }

  function endString() {
    reading = Reading.members
    given = unpack?.end() ? Given.closed : Given.wrong
    if (given === Given.closed) call.begin(reader.offset)
  }

  function leaveOut(as: Stray | 'type', isObject = false) {
    const isExtra = as === 'extra-key'
    strayKind = as === 'type' ? undefined : as
    stray = keyText && `${keyText}: `
    hasStrayObject ||= isExtra && isObject
    if (isExtra && callKey(key) !== 'metadata') isPlain = false
  }

  function inStray(text: string, ended = false) {
    stray = quote(stray, text)
    reading = ended ? Reading.members : Reading.stray
    if (ended && strayKind) change(strayKind, keyAt, stray)
  }

  /** No parameter can follow any more. */
  function closeArguments() {
    tell(Token.close, '}')
    given = Given.closed
  }

  /** The object is over. What only now is known is settled. */
  function settle() {
    if (given === Given.beside) closeArguments()
    if (call.name === undefined) call.recoverName(reader.offset)
    if (call.name !== undefined && given === Given.none && mayBeEmpty()) {
      change('empty-arguments', reader.offset)
      given = Given.closed
      if (!isLoose) isPlain = false
    }
    if (given === Given.closed) call.begin(reader.offset)
  }

  function mayBeEmpty(): boolean {
    const isShown = tools.declared === undefined || call.tool !== undefined || isPlain
    return isShown && !hasStrayObject && !isDeclaration && call.mayBeEmpty()
  }

  function end() {
    const { outcome } = reader
    if (given === Given.held) closeArguments()
    // Brackets may have been forgotten at the end, arguments that were never begun may not.
    const begun = given !== Given.none
    if (outcome === 'closed' || outcome === 'tagged' || (outcome === 'unclosed' && begun)) settle()
    if (outcome === 'cut' && reading === Reading.string) reader.rest = unpack?.unsent() + reader.rest
  }

  return {
    reader,
    start,
    push(text, from, base) {
      const used = reader.push(text, from, base)
      if (reader.outcome !== 'reading') end()
      return used
    },
    end(stopped) {
      reader.end(stopped)
      end()
    },
    isCall: () => call.name !== undefined && given >= Given.held,
    isPlain: () => isPlain && !call.misfits() && (!isLoose || args.names().every(isParameter)),
    plain: () => (reading === Reading.arguments ? reader.plain() : undefined),
  }
}
