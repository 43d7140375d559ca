import type { Call } from '../align/call.js'
import { isParameterOf, typeOf } from '../align/tools.js'
import { decodeString, keyName, Token } from '../json/tokens.js'
import type { ArgumentsObject } from './arguments-object.js'
import type { GrammarContext } from './call-grammar.js'
import { quote } from './left-out.js'
import { createStringArguments, type StringArguments } from './string-arguments.js'
import { tellValue } from './tell.js'
import { createUnsureArguments, type UnsureArguments } from './unsure-arguments.js'

/** How far the arguments have come. */
export enum Given {
  none,
  /** Parameters stand beside the name, in an object of our own making. */
  beside,
  open,
  /** They are not told yet: only more of them shows what they are. */
  unsure,
  /** What should be the arguments cannot be. */
  wrong,
  /** All but their last bracket is told, since a parameter may follow that slipped out of them. */
  held,
  closed,
}

/** The arguments of a call that is a JSON object, in the shapes that models give them. */
export interface JsonArguments {
  start(): void
  given(): Given
  /**
   * The first token of what should be all of them: an object, a string that holds one, a list around one, or nothing. It
   * may also be a schema. `key`: what they are called, and `at` where; `''`: the tool's name stands in its place. Whether
   * it is any of these.
   */
  startAll(kind: Token, text: string, ended: boolean, key: string, at: number): boolean
  /** The key, as JSON, of a parameter that stands beside the name or slipped out of the arguments; `at`: where. */
  startParameter(json: string, at?: number): void
  /**
   * An object begins that is all of them, or the parameter that has this key: `"params": {…` where some tool has such a
   * parameter.
   */
  startEither(json: string, at: number): void
  /** It is known which tool is called, so which of the two it is. `isOne`: it is the parameter, since another follows. */
  settle(isOne?: boolean): void
  /** The next token of either. `depth`: how deep it is in the value, `ended`: the value ends with it. */
  token(kind: Token, text: string, depth: number, ended: boolean): void
  /** No parameter can follow any more. */
  close(): void
  /** What has been read of a string that was cut short and has not been told. */
  unsent(): string
}

enum Reading {
  object,
  parameter,
  /** What may be arguments or a schema. */
  unsure,
  /** In what may be all of the arguments or one of them. */
  either,
  string,
  /** Behind the bracket of a list. */
  list,
  /** Behind the arguments in a list, or in what cannot be any. */
  rest,
}

/** `object`: what they are told as; `position`: where in the reply that is. */
export function createJsonArguments(
  call: Call,
  context: GrammarContext,
  object: ArgumentsObject,
  position: () => number,
): JsonArguments {
  const { change, token: tell } = call
  let reading = Reading.object
  let given = Given.none
  /** How deep the members of the arguments are in the value: 2 in a list. */
  let inner = 1
  /** What else a list holds, which is no part of the call. */
  let rest = ''
  let restAt = 0
  let unsure: UnsureArguments | undefined
  let unsureAt = 0
  let unpack: StringArguments | undefined
  /** What may be all of them or one, and its key. */
  let either: [Token, string][] = []
  let eitherKey = ''
  let eitherAt = 0

  function startAll(kind: Token, text: string, ended: boolean, key: string, at: number): boolean {
    const isAlias = key !== 'arguments' && key !== ''
    const isObject = text === '{'
    if (given === Given.beside && !isObject) {
      // Beside other parameters it is one of them.
      if (isAlias) startParameter(JSON.stringify(key))
      if (isAlias) inParameter(kind, text, ended)
      return isAlias
    }
    if (isAlias) change('arguments-key', at, key)
    if (isObject && (given === Given.beside || !isAlias)) {
      begin(position(), 1)
    } else if (isObject) {
      given = Given.unsure
      unsureAt = position()
      unsure = createUnsureArguments(shownAs)
      reading = Reading.unsure
    } else if (kind === Token.stringStart) {
      given = Given.unsure
      unpack = createStringArguments(call, context, position())
      reading = Reading.string
    } else if (text === 'null') {
      // `{"search", "arguments": {…`: behind a name in the place of a key they are still to come.
      if (key !== '') noArguments()
    } else if (kind === Token.open && key !== 'parameters') {
      given = Given.unsure
      reading = Reading.list
    } else {
      // A list of parameters is how a tool is declared.
      given = Given.wrong
      return false
    }
    return true
  }

  function token(kind: Token, text: string, depth: number, ended: boolean) {
    switch (reading) {
      case Reading.object:
        if (depth >= inner) return inObject(kind, text, depth === inner)
        given = Given.held
        reading = Reading.rest
        rest = ''
        restAt = position()
        return
      case Reading.parameter:
        return inParameter(kind, text, ended)
      case Reading.unsure:
        return inUnsure(kind, text, ended)
      case Reading.either:
        either.push([kind, text])
        // Its first key tells, once the tool is known.
        if (call.name !== undefined && (kind === Token.key || ended)) settle()
        return
      case Reading.string:
        if (kind === Token.string) unpack?.push(decodeString(text))
        if (!ended) return
        given = unpack?.end() ? Given.closed : Given.wrong
        if (given === Given.closed) call.begin(position())
        return
      case Reading.list:
        return inList(kind, text, ended)
      case Reading.rest:
        // The comma behind them is none of it.
        if (!ended) rest = quote(rest, rest === '' ? text.replace(/^[\s,]+/, '') : text)
        else if (rest !== '' && given === Given.held) change('stray-text', restAt, rest)
    }
  }

  function begin(at: number, depth: number) {
    reading = Reading.object
    inner = depth
    if (given === Given.beside) object.goOn()
    else {
      // Begun first, so that with the name known the bracket need not wait.
      call.begin(at)
      tell(Token.open, '{')
    }
    given = Given.open
  }

  function inObject(kind: Token, text: string, isTop: boolean) {
    if (isTop && kind === Token.key) object.key(text)
    else tell(kind, text)
  }

  /** There are none, and the model says so: an empty list, or `null`. */
  function noArguments() {
    change('empty-arguments', position())
    begin(position(), 1)
    given = Given.held
  }

  /** `"arguments": [{"city": "Paris"}]` */
  function inList(kind: Token, text: string, ended: boolean) {
    if (kind === Token.space) return
    if (text === '{') {
      change('list-arguments', position())
      begin(position(), 2)
    } else if (ended) noArguments()
    else isWrong()
  }

  /** There is no call, so that nobody hears what it has. */
  function isWrong() {
    given = Given.wrong
    reading = Reading.rest
  }

  function settle(isOne = false) {
    const tokens = either
    if (tokens.length === 0) return
    either = []
    given = Given.none
    const first = tokens.find(([kind]) => kind === Token.key)?.[1]
    const name = keyName(eitherKey)
    if (isOne || isParameterItself(name, first && keyName(first))) {
      startParameter(eitherKey, eitherAt)
      tellValue(token, tokens)
    } else {
      startAll(Token.open, '{', false, name, eitherAt)
      tellValue(token, tokens.slice(1), 1)
    }
  }

  /** Whether an object that begins with this key is the tool's parameter of this name: an object of arguments fits no other type. */
  function isParameterItself(name: string, first: string | undefined): boolean {
    const { tool } = call
    if (tool === undefined || !isParameterOf(tool, name)) return false
    const type = typeOf(tool, name)
    return typeof type !== 'string' || type === 'object' || first === undefined || !isParameterOf(tool, first)
  }

  function startParameter(json: string, at = position()) {
    if (given !== Given.beside) change('flat-arguments', at)
    if (given === Given.none) {
      given = Given.beside
      call.begin(at)
      tell(Token.open, '{')
    }
    // Until it is over there is no call, whatever has come before.
    if (given === Given.held) given = Given.open
    object.goOn()
    object.key(json)
    tell(Token.colon, ':')
    reading = Reading.parameter
  }

  function inParameter(kind: Token, text: string, ended: boolean) {
    tell(kind, text)
    if (ended && given === Given.open) given = Given.held
  }

  /** Arguments, or the schema of a declaration. */
  function inUnsure(kind: Token, text: string, ended: boolean) {
    const { tokens = [] } = unsure ?? {}
    const found = unsure?.token(kind, text)
    if (found === 'wait') return
    if (found === 'schema') return isWrong()
    begin(unsureAt, 1)
    for (const [each, part] of tokens.slice(0, -1)) inObject(each, part, true)
    if (ended) given = Given.held
    else inObject(kind, text, kind === Token.key)
  }

  /** What stands behind a key where the tool is declared. A text may be any word. */
  function shownAs(name: string): string | true | undefined {
    if (!object.isParameter(name)) return name === 'type' ? 'object' : name === 'properties' || undefined
    const type = call.tool && typeOf(call.tool, name)
    if (typeof type !== 'string') return undefined
    // The word is a value for a string like any other.
    return type === 'string' ? '' : type
  }

  return {
    start() {
      object.start()
      given = Given.none
      either = []
    },
    given: () => given,
    startAll,
    startParameter,
    startEither(json, at) {
      given = Given.unsure
      reading = Reading.either
      eitherKey = json
      eitherAt = at
    },
    settle,
    token,
    close() {
      if (given !== Given.none) tell(Token.close, '}')
      given = Given.closed
    },
    unsent: () => (reading === Reading.string && given === Given.unsure ? (unpack?.unsent() ?? '') : ''),
  }
}
