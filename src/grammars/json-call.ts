import type { Call } from '../align/call.js'
import { decodeString, endsValue, keyName, Token, tellString } from '../json/tokens.js'
import { createArgumentsObject } from './arguments-object.js'
import type { CallGrammar, GrammarContext } from './call-grammar.js'
import { callKey } from './call-keys.js'
import { createEarlyMembers } from './early-members.js'
import { createJsonArguments, Given } from './json-arguments.js'
import { createLeftOut, type Stray } from './left-out.js'
import { createTokenReader } from './token-reader.js'

/**
 * What the value of the key just read is to the call. `alias`: the name or the call itself, if it is one; `listed`: an item
 * of a list of calls; `either`: all of the arguments or the parameter of that name; `early`: a parameter, or an envelope's.
 */
type Role = 'name' | 'alias' | 'listed' | 'arguments' | 'either' | 'parameter' | 'early' | Stray

/** What is being read: what stands between values, or in the middle of which value the call is. */
enum Reading {
  members,
  arguments,
  name,
  early,
  stray,
}

/**
 * A call as one JSON object: `{"name": "f", "arguments": {...}}`, in either order, and the shapes that models make of it:
 * other keys (`call-keys.ts`), an envelope around it, parameters beside the name, arguments in other forms
 * (`json-arguments.ts`).
 */
export function createJsonCall(call: Call, context: GrammarContext): CallGrammar {
  const { tools } = context
  const { change } = call
  let depth = 0
  /** How deep the members are of the object that is the call: 2 in a `function` envelope. */
  let level = 1
  /** How deep the items are of a list of calls. */
  let list = 0
  let reading = Reading.members
  /** The key of the member being read, as JSON and as a name, which is `''` where it was the tool's. */
  let keyText = ''
  let key = ''
  let keyAt = 0
  let role: Role = 'extra-key'
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
  /** How many keys have come, an envelope's among them. */
  let keys = 0
  /** It has nothing but its name, and not as calls are written. */
  let isBare = false
  /** How many dots stand in the place of members: with three it is an example, and what it lacks is left open. */
  let dots = 0

  const object = createArgumentsObject(call, context)
  const args = createJsonArguments(call, context, object, () => reader.offset)
  const { isParameter } = object
  const { given } = args
  const leftOut = createLeftOut(call)
  const early = createEarlyMembers(call, object, args, leftOut, startParameter)
  const reader = createTokenReader(call, context, token, {
    isEnvelopeKey(name, at) {
      if (at !== level) return undefined
      if (name === 'name') return !hasName
      if (name === 'arguments') return given() <= Given.beside
      // Beside the name its object is that of the arguments.
      if ((given() === Given.beside || !early.isEmpty()) && !namesTool(name)) return undefined
      return name === 'parameters' || namesTool(name)
    },
    isComplete: () => call.name !== undefined && given() > Given.beside,
    change(kind, at, text) {
      if (kind === 'stray-text' && depth === level)
        dots += /^"?…"?$/.test(text ?? '') ? 3 : text === '.' ? 1 : 0
      change(kind, at, text)
    },
  })

  function start() {
    reader.start()
    args.start()
    early.start()
    leftOut.start()
    depth = keys = dots = 0
    level = 1
    list = 0
    reading = Reading.members
    role = 'extra-key'
    hasName = isDeclaration = isEnveloped = isLoose = isBare = false
  }

  function token(kind: Token, text: string) {
    if (kind === Token.open) depth++
    else if (kind === Token.close) depth--
    if (reading === Reading.members) member(kind, text)
    else inValue(kind, text)
  }

  /** At the call's own level: its keys, and the first token of each value. */
  function member(kind: Token, text: string) {
    switch (kind) {
      case Token.key:
        keys++
        keyText = text
        key = keyName(text)
        keyAt = reader.offset
        role = roleOf()
        if (role === 'parameter') startParameter(keyText)
        else if (role === 'early') early.begin(keyText, keyAt)
        return
      case Token.open:
        if (depth === 1) return
        break
      case Token.stringStart:
      case Token.atom:
        break
      case Token.close:
        if (depth > 0 && depth < level) level = depth
        role = depth === list ? 'listed' : 'extra-key'
        return
      default:
        return
    }
    const as = role
    role = 'extra-key'
    outer = kind === Token.open ? depth - 1 : depth
    startValue(as, kind, text)
  }

  /** What the key is to the call. */
  function roleOf(): Role {
    if (key === 'name' || key === 'function') {
      const isFirst = key === 'function' || !hasName
      // Behind the tool's name it is a parameter of that name, if the tool has one.
      if (call.name !== undefined && isFirst && isParameter(key) && isFree()) return 'parameter'
      if (key === 'function') return 'alias'
      hasName = true
      return isFirst ? 'name' : 'duplicate-key'
    }
    const isArguments = key === 'arguments'
    const declared = !isArguments && isParameter(key)
    const meaning = callKey(key)
    if (!declared && call.name === undefined) {
      // A tool may be called as a call's own keys are: those mean what they do in any call.
      const isOwn = meaning === 'arguments' || meaning === 'metadata'
      if (given() === Given.none && !isOwn && namesTool(key)) {
        change('name-key', keyAt, key)
        call.setName(key, keyAt)
        key = ''
        isLoose = true
        return 'arguments'
      }
      if (meaning === 'name' || meaning === 'tool') return 'alias'
    }
    isDeclaration ||= key === 'description' && !declared
    if (meaning === 'arguments' && !declared && (isArguments || !isDeclaration)) {
      return given() > Given.beside ? 'duplicate-key' : 'arguments'
    }
    if (meaning === 'arguments' && !isDeclaration && given() === Given.none) return 'either'
    if (declared) args.settle(true)
    const isMetadata = meaning === 'metadata' && isEnveloped
    // With a parameter of the tool beside them it is known what the early ones are.
    if (declared && call.name !== undefined && meaning !== 'metadata') settleEarly()
    const mayBeName = call.name === undefined && (meaning === 'name' || meaning === 'tool')
    const mayStand = given() === Given.beside || !early.isEmpty() || mayBeName || (declared && isFree())
    if (!mayStand || isMetadata) return 'extra-key'
    if (early.has(keyText)) return 'duplicate-key'
    const isSettled =
      call.name !== undefined && early.isEmpty() && (meaning !== 'metadata' || given() !== Given.none)
    return isSettled ? 'parameter' : 'early'
  }

  function namesTool(name: string): boolean {
    return call.name === undefined && tools.declared?.has(name) === true
  }

  /** Whether a parameter may stand here, and this one has not come yet. */
  function isFree(): boolean {
    return (given() <= Given.beside || (given() === Given.held && key !== 'type')) && !object.has(key)
  }

  function startValue(as: Role, kind: Token, text: string) {
    const isObject = text === '{'
    switch (as) {
      case 'name':
      case 'alias':
        if (kind === Token.stringStart) {
          nameText = ''
          reading = Reading.name
          return
        }
        if (as === 'name') break
        if (kind === Token.open && callKey(key) === 'tool') return startEnvelope(isObject)
        if (!isArgument()) break
        keep()
        return inValue(kind, text)
      case 'listed':
        if (!isObject) break
        if (call.name === undefined) return startEnvelope(true)
        // The next call begins.
        reader.outcome = 'closed'
        reader.rest = text
        return
      case 'either':
        if (!isObject) {
          keep(keyAt)
          return inValue(kind, text)
        }
        isLoose = true
        args.startEither(keyText, keyAt)
        return inParameter(kind, text)
      case 'parameter':
        return inParameter(kind, text)
      case 'early':
        reading = Reading.early
        return inValue(kind, text)
      case 'arguments':
        reading = Reading.arguments
        if (!args.startAll(kind, text, isEnd(kind), key, keyAt)) break
        if (isEnd(kind)) reading = Reading.members
        return
    }
    leaveOut(as === 'duplicate-key' ? as : 'extra-key', isObject)
    inValue(kind, text)
  }

  /** `"function": {"name": …`, `"tool_calls": [{"name": …`: what has come outside is none of the call. */
  function startEnvelope(isObject: boolean) {
    if (!isObject) {
      role = 'listed'
      list = depth
      return
    }
    early.leave()
    leftOut.start()
    change('function-envelope', reader.offset)
    isEnveloped = true
    level = depth
  }

  /** Whether a member's value ends with this token. */
  function isEnd(kind: Token): boolean {
    return depth === outer && endsValue(kind)
  }

  /** In the middle of a value. */
  function inValue(kind: Token, text: string) {
    const ended = isEnd(kind)
    if (reading === Reading.arguments) args.token(kind, text, depth - outer, ended)
    else if (reading === Reading.early) early.token(kind, text)
    else if (reading === Reading.stray) leftOut.token(text)
    else if (kind === Token.string) nameText += text
    if (!ended) return
    const was = reading
    reading = Reading.members
    if (was === Reading.name) endName(decodeString(nameText))
    else if (was === Reading.stray) leftOut.end()
  }

  function startParameter(json: string, at?: number) {
    isLoose ||= given() === Given.none
    args.startParameter(json, at)
  }

  function settleEarly() {
    if (call.name === undefined) nameEarly()
    if (isDeclaration) early.leaveAll()
    early.settle()
  }

  /** No other name has come: what is called as a parameter of another tool's is one if it names a tool. */
  function nameEarly() {
    const [name, json] = early.takeName((written) => tools.resolve(written) !== undefined) ?? []
    if (name === undefined || json === undefined) return
    change('name-key', reader.offset, keyName(json))
    setName(name)
  }

  /** A member begins that is a parameter, or may be one of the tool that is not named yet. */
  function keep(at?: number) {
    if (early.has(keyText)) {
      leaveOut('duplicate-key')
    } else if (call.name === undefined) {
      early.begin(keyText, keyAt)
      reading = Reading.early
    } else {
      startParameter(keyText, at)
      reading = Reading.arguments
    }
  }

  function inParameter(kind: Token, text: string) {
    reading = Reading.arguments
    inValue(kind, text)
  }

  /** Whether what could have been the name is an argument beside it, now that its value is none. */
  function isArgument(): boolean {
    return given() === Given.beside || isParameter(key)
  }

  function endName(written: string) {
    if (key === 'name') return setName(written)
    const isFunction = key === 'function'
    const isTool = call.name === undefined && tools.resolve(written) !== undefined
    if (isTool || (isFunction && !isParameter(key))) {
      if (!isFunction) change('name-key', reader.offset, key)
      return setName(written)
    }
    if (isArgument()) keep()
    else leaveOut('extra-key')
    tellString(inValue, nameText)
  }

  /**
   * Unless a tool is called so, a name with quotes or brackets in it is a string that was never closed, one in angle brackets
   * or of nothing but dots stands for a name, and `&quot;` is no name.
   */
  function setName(written: string) {
    const isTool = tools.resolve(written) !== undefined
    if (isTool || (/^[^\s"'{}[\],<>&]+$/.test(written) && /[\p{L}\p{N}]/u.test(written))) {
      call.setName(written, reader.offset)
      isDeclaration ||= early.has('"description"') && !isParameter('description')
      args.settle()
    }
  }

  function leaveOut(as: Stray, isObject = false) {
    reading = Reading.stray
    leftOut.begin(as, keyText, keyAt, isObject)
  }

  /** Nothing but the call's own keys has come, and what envelopes have. */
  function isPlain(): boolean {
    return !isBare && !leftOut.isForeign()
  }

  /** The object is over. What only now is known is settled. */
  function settle() {
    if (given() === Given.beside) args.close()
    if (call.name === undefined) call.recoverName(reader.offset)
    if (call.name !== undefined && given() === Given.none && mayBeEmpty()) {
      change('empty-arguments', reader.offset)
      args.close()
      // A name alone says less than one with arguments, except where it is how calls are written.
      isBare = isLoose || !(context.bareCalls && keys === 1)
    }
    if (given() === Given.closed) call.begin(reader.offset)
  }

  function mayBeEmpty(): boolean {
    const isShown = tools.declared === undefined || call.tool !== undefined || isPlain()
    return isShown && dots < 3 && !leftOut.hasObject() && !isDeclaration && call.mayBeEmpty()
  }

  function end() {
    const { outcome } = reader
    const isOver = outcome === 'closed' || outcome === 'tagged' || outcome === 'unclosed'
    if (outcome !== 'cut') args.settle()
    if (isOver || call.isStarted()) settleEarly()
    if (given() === Given.held) args.close()
    // Brackets may have been forgotten at the end, arguments that were never begun may not.
    if (isOver && (outcome !== 'unclosed' || given() !== Given.none)) settle()
    if (outcome === 'cut') reader.rest = args.unsent() + reader.rest
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
    isCall: () => call.name !== undefined && given() >= Given.held,
    // Those that a call is given as it ends are none that it has.
    isFormal: () => !isLoose && (isPlain() || given() !== Given.closed),
    isPlain: () => isPlain() && !call.misfits() && (!isLoose || object.names().every(isParameter)),
    plain: () => (reading === Reading.arguments && given() <= Given.open ? reader.plain() : undefined),
  }
}
