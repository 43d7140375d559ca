import type { Call } from '../align/call.js'
import { Kind } from '../align/kinds.js'
import { isParameterOf, parametersOf } from '../align/tools.js'
import type { ChangeKind } from '../events.js'
import { escapeText } from '../json/characters.js'
import { python } from '../json/python.js'
import { decodeString, endsValue, keyName, Token, tellString } from '../json/tokens.js'
import { createArgumentsObject } from './arguments-object.js'
import type { CallGrammar, GrammarContext } from './call-grammar.js'
import { callKey } from './call-keys.js'
import { kindsOf, parameterShapes } from './declared-types.js'
import { quote } from './left-out.js'
import { createShownCall } from './shown-call.js'
import { createTokenReader } from './token-reader.js'

/** What is repaired in JSON and right in Python. */
const asPython = new Set<ChangeKind>(['single-quotes', 'tuple', 'python-literal', 'number-form'])

/** What is read in a string that may hold arguments with their names. */
interface QuotedArguments {
  argumentsIn(text: string): (readonly [name: string, value: string])[]
  tellValue(name: string, text: string, offset: number): void
}

enum Reading {
  /** Between arguments. */
  members,
  value,
  /** An argument that nobody can have. */
  stray,
  /** Behind a name that arguments as a whole have. */
  alias,
  /** Behind the bracket of what may hold the arguments. */
  dict,
  /** In the arguments' own dict. */
  spread,
  /** In a string that may hold arguments with their names. */
  string,
}

/**
 * A name, and behind it a Python call's arguments, as Llama 3.2, LFM2, Olmo 3 and ToolACE write them:
 *
 *     get_weather(city='Paris', days=3, units=None)
 *
 * Values are Python's: strings in all its quotes, tuples, sets, dicts. What is no literal (`date(2024, 1, 1)`, `1 / 6`) is
 * a string with the text as it was written. An argument without a name goes to the declared parameter in its place;
 * a dict in the place of the arguments, or behind `**`, holds them.
 *
 * Where the first value is a word that names its parameter, `get_weather(city)`, or the type of it, `get_weather(city: str)`,
 * the tool is shown and not called. Behind any other word `for` shows that it is code, `[search(query=x) for x in items]`.
 */
export function createPythonCall(call: Call, context: GrammarContext, quoted?: QuotedArguments): CallGrammar {
  const { change, token: tell } = call
  const args = createArgumentsObject(call, context)
  let depth = 0
  let reading = Reading.members
  /** A name that arguments as a whole have. */
  let alias = ''
  let isSpread = false
  /** Whether the value that comes is a word without quotes. */
  let isWord = false
  let hasNames = false
  /** White space behind a comma, and behind a dict's bracket. */
  let space = ''
  let behindBracket = ''
  /** An argument that nobody can have. */
  let stray = ''
  /** One has come before all others. */
  let hasStray = false
  /** The string that waits for its end. */
  let string = ''
  let hasClosed = false

  const reader = createTokenReader(call, context, token, {
    python,
    spread: () => (isSpread = true),
    anyCloser: quoted !== undefined,
    change(kind, offset, text) {
      isWord = kind === 'bare-word'
      if (!asPython.has(kind)) change(kind, offset, text)
    },
  })
  const shown = createShownCall(call, reader)

  function start(name?: string, at = 0) {
    reader.start()
    args.start()
    shown.start()
    depth = 0
    reading = Reading.members
    isSpread = isWord = hasNames = hasStray = hasClosed = false
    alias = space = ''
    if (name !== undefined) call.setName(name, at)
  }

  function token(kind: Token, text: string) {
    if (kind === Token.open) depth++
    else if (kind === Token.close) depth--
    shown.token(kind, text, depth, isWord)
    switch (reading) {
      case Reading.members:
        return member(kind, text)
      case Reading.value:
      case Reading.stray:
        return inValue(kind, text)
      case Reading.alias:
        return behindAlias(kind, text)
      case Reading.dict:
        return inDict(kind, text)
      case Reading.spread:
        if (isEnd(kind)) reading = Reading.members
        else if (kind === Token.key && depth === 2) args.key(text)
        else tell(kind, text)
        return
      case Reading.string:
        if (kind === Token.string) string += decodeString(text)
        if (isEnd(kind)) endString()
    }
  }

  /** Whether an argument ends with this token. */
  function isEnd(kind: Token): boolean {
    return depth === 1 && endsValue(kind)
  }

  function member(kind: Token, text: string) {
    switch (kind) {
      case Token.comma:
        // Sent with the next argument, since that may not be told.
        space = ''
        return
      case Token.space:
        space += text
        return
      case Token.key:
        if (isAlias(keyName(text))) {
          alias = keyName(text)
          reading = Reading.alias
        } else startNamed(text)
        return
      case Token.close:
        if (space !== '' && !args.isEmpty()) tell(Token.space, space)
        hasClosed = true
        return tell(kind, text)
      case Token.open:
        if (depth === 1) return tell(kind, text)
        if (text === '{' && (isSpread || args.isEmpty())) return startDict()
        break
      case Token.stringStart:
        if (quoted === undefined) break
        string = ''
        reading = Reading.string
        return
    }
    startPositional()
    inValue(kind, text)
  }

  function inValue(kind: Token, text: string) {
    if (reading === Reading.value) tell(kind, text)
    else stray = quote(stray, text)
    if (!isEnd(kind)) return
    if (reading === Reading.stray) {
      change('extra-argument', reader.offset, stray)
      hasStray ||= args.isEmpty()
    }
    reading = Reading.members
  }

  /** Before an argument: the comma that is due, and its key. */
  function startMember(json: string) {
    const hasComma = args.goOn()
    args.key(json, hasComma || quoted === undefined ? space : '')
    space = ''
    isSpread = false
  }

  function startNamed(json: string) {
    startMember(json)
    hasNames = true
    reading = Reading.value
  }

  /** An argument without a name goes to the first declared parameter that has none yet. */
  function startPositional() {
    const { tool } = call
    isWord = false
    // Behind an argument with a name it is the rest of that: `city='New York', USA, days=3`.
    const name =
      hasNames || tool === undefined ? undefined : parametersOf(tool).find((each) => !args.has(each))
    if (name === undefined) {
      stray = space = ''
      reading = Reading.stray
      return
    }
    change('positional-argument', reader.offset)
    startMember(JSON.stringify(name))
    tell(Token.colon, ':')
    reading = Reading.value
  }

  /** Whether the value of this argument may be all of them. */
  function isAlias(key: string): boolean {
    return (
      args.isEmpty() &&
      call.tool !== undefined &&
      !isParameterOf(call.tool, key) &&
      callKey(key) === 'arguments'
    )
  }

  /** The first token of the value says whether it can be a dict of the arguments. */
  function behindAlias(kind: Token, text: string) {
    if (kind === Token.colon || kind === Token.space) return
    if (text === '{') return startDict()
    noAlias()
    inValue(kind, text)
  }

  /** It was an argument like others. */
  function noAlias() {
    startNamed(JSON.stringify(alias))
    tell(Token.colon, ':')
    alias = ''
  }

  function startDict() {
    reading = Reading.dict
    behindBracket = ''
  }

  /** The first key of a dict tells whether the dict is the arguments or one of them. */
  function inDict(kind: Token, text: string) {
    const name = kind === Token.key ? keyName(text) : undefined
    if (name === undefined && !isEnd(kind)) {
      behindBracket += text
      return
    }
    const isAll = holdsArguments(name)
    if (alias === '' ? !isSpread && !isAll : name === undefined || !isAll) {
      if (alias === '') startPositional()
      else noAlias()
      inValue(Token.open, '{')
      if (behindBracket !== '') inValue(Token.space, behindBracket)
      return inValue(kind, text)
    }
    if (alias !== '') {
      change('arguments-key', reader.offset, alias)
      alias = ''
    }
    isSpread = false
    reading = Reading.members
    if (name === undefined) return
    reading = Reading.spread
    space += behindBracket
    startMember(text)
  }

  function holdsArguments(first: string | undefined): boolean {
    const { tool } = call
    if (tool === undefined) return true
    if (first !== undefined) return isParameterOf(tool, first)
    const [name] = parametersOf(tool)
    const kinds = name === undefined ? Kind.any : kindsOf(parameterShapes(tool, name))
    return kinds === Kind.any || (kinds & Kind.object) === 0
  }

  /** A string is whole: arguments with names, or one without. */
  function endString() {
    reading = Reading.members
    const found = quoted?.argumentsIn(string) ?? []
    for (const [name, text] of found) {
      if (args.has(name)) continue
      hasNames = true
      startMember(JSON.stringify(name))
      tell(Token.colon, ':')
      quoted?.tellValue(name, text, reader.offset)
    }
    if (found.length > 0) return
    startPositional()
    tellString(inValue, escapeText(string))
  }

  return {
    reader,
    start,
    push(text, from, base) {
      const used = shown.isOver() ? from : reader.push(text, from, base)
      return shown.readBehind(text, used)
    },
    end(stopped) {
      if (shown.isOver()) return shown.end()
      reader.end(stopped)
      if (reading === Reading.string && reader.outcome === 'cut') reader.rest = string + reader.rest
      shown.end()
    },
    isCall: () => call.name !== undefined && hasClosed && !shown.isShown(),
    isPlain: (spaced) => !hasStray && !shown.isProse(spaced),
    namesParameter() {
      const { tool } = call
      return tool !== undefined && hasNames && args.names().some((name) => isParameterOf(tool, name))
    },
    // A parenthesis in a string may be the call's own, whose string was not closed.
    plain: () => undefined,
  }
}
