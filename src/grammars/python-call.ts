import type { Call } from '../align/call.js'
import { Kind } from '../align/schema.js'
import type { ChangeKind } from '../events.js'
import { python } from '../json/python.js'
import { keyName, Token } from '../json/tokens.js'
import type { CallGrammar, GrammarContext } from './call-grammar.js'
import { kindsOf, membersOf } from './declared-types.js'
import { createTokenReader, endsValue } from './token-reader.js'

/** How much of what is left out a change quotes. */
const maxQuoted = 1024

/** What is repaired in JSON and right in Python. */
const asPython = new Set<ChangeKind>(['single-quotes', 'tuple', 'python-literal', 'number-form'])

/**
 * A name, and behind it a Python call's arguments, as Llama 3.2, LFM2, Olmo 3 and ToolACE write them:
 *
 *     get_weather(city='Paris', days=3, units=None)
 *
 * Values are Python's: strings in all its quotes, tuples, sets, dicts. What is no literal (`date(2024, 1, 1)`, `1 / 6`) is
 * a string with the text as it was written. An argument without a name goes to the declared parameter in its place;
 * a dict in the place of the arguments, or behind `**`, holds them.
 */
export function createPythonCall(call: Call, context: GrammarContext): CallGrammar {
  let depth = 0
  /**
   * `members`: between arguments, or in the value of a named one. `dict`: in front of what may hold the arguments.
   * `value`, `skip`: in an argument without a name, or in one that nobody can have. `spread`: in the arguments' own dict.
   */
  let reading: 'members' | 'dict' | 'value' | 'skip' | 'spread' = 'members'
  let isNamed = false
  let isSpread = false
  /** Whether an argument has been told, so that a comma is due before the next. */
  let isFirst = true
  /** White space behind a comma. */
  let space = ''
  const given = new Set<string>()
  /** What stands in a dict before its first key. */
  let held: [Token, string][] = []
  let skipped = ''
  let hasClosed = false

  const reader = createTokenReader(call, context, token, {
    python,
    spread: () => (isSpread = true),
    change(kind, offset, text) {
      if (!asPython.has(kind)) call.change(kind, offset, text)
    },
  })

  function start(name?: string) {
    reader.start()
    depth = 0
    reading = 'members'
    isNamed = false
    isSpread = false
    isFirst = true
    space = ''
    given.clear()
    held = []
    hasClosed = false
    if (name !== undefined) call.setName(name, reader.offset)
  }

  function token(kind: Token, text: string) {
    if (kind === Token.open) depth++
    else if (kind === Token.close) depth--
    const ended = depth === 1 && endsValue(kind)
    switch (reading) {
      case 'members':
        return member(kind, text, ended)
      case 'dict':
        held.push([kind, text])
        if (kind === Token.key || ended) startDict(kind === Token.key ? keyName(text) : undefined)
        return
      case 'spread':
        if (ended) reading = 'members'
        else call.token(kind, text)
        if (kind === Token.key && depth === 2) given.add(keyName(text))
        return
      default:
        return value(kind, text, ended)
    }
  }

  /** In an argument without a name. */
  function value(kind: Token, text: string, ended: boolean) {
    if (reading === 'value') call.token(kind, text)
    else if (skipped.length < maxQuoted) skipped += text
    if (!ended) return
    if (reading === 'skip') call.change('extra-argument', reader.offset, skipped)
    reading = 'members'
  }

  function member(kind: Token, text: string, ended: boolean) {
    if (depth === 0) {
      if (space !== '' && !isFirst) call.token(Token.space, space)
      call.token(kind, text)
      hasClosed = true
      return
    }
    if (isNamed) {
      call.token(kind, text)
      if (ended) isNamed = false
      return
    }
    switch (kind) {
      case Token.comma:
        // Sent with the next argument, since that may not be told.
        space = ''
        return
      case Token.space:
        space += text
        return
      case Token.key:
        given.add(keyName(text))
        startArgument()
        call.token(kind, text)
        isNamed = true
        return
      case Token.open:
        if (depth > 1) break
        call.token(kind, text)
        call.begin(reader.offset)
        return
    }
    if (kind === Token.open && text === '{' && (isSpread || isFirst)) {
      reading = 'dict'
      held = [[kind, text]]
      return
    }
    startValue()
    value(kind, text, ended)
  }

  /** Before an argument's key: the comma that is due. */
  function startArgument() {
    if (!isFirst) call.token(Token.comma, ',')
    if (space !== '') call.token(Token.space, space)
    isFirst = false
    space = ''
    isSpread = false
  }

  /** An argument without a name goes to the first declared parameter that has none yet. */
  function startValue() {
    const { parameters = [] } = call.tool ?? {}
    for (const name of parameters) {
      if (given.has(name)) continue
      given.add(name)
      call.change('positional-argument', reader.offset)
      startArgument()
      call.token(Token.key, JSON.stringify(name))
      call.token(Token.colon, ':')
      reading = 'value'
      return
    }
    skipped = space = ''
    reading = 'skip'
  }

  /** The first key of a dict tells whether the dict is the arguments or one of them. */
  function startDict(first: string | undefined) {
    const tokens = held
    held = []
    const wasSpread = isSpread
    if (!wasSpread && !holdsArguments(first)) {
      startValue()
      for (const [kind, text] of tokens) value(kind, text, false)
      if (first === undefined) value(Token.space, '', true)
      return
    }
    reading = first === undefined ? 'members' : 'spread'
    isSpread = false
    if (first === undefined) return
    given.add(first)
    startArgument()
    for (const [kind, text] of tokens.slice(1)) call.token(kind, text)
  }

  function holdsArguments(first: string | undefined): boolean {
    const { tool } = call
    if (tool === undefined) return true
    if (first !== undefined) return tool.parameters.has(first)
    const [name] = tool.parameters
    const schema = call.schema()
    if (name === undefined || schema === undefined) return true
    const kinds = kindsOf(membersOf(schema, schema.root, name))
    return kinds === Kind.any || (kinds & Kind.object) === 0
  }

  return {
    reader,
    start,
    push: reader.push,
    end: reader.end,
    isCall: () => call.name !== undefined && hasClosed,
    inPlainString: () => (isNamed || reading === 'value' || reading === 'spread') && reader.inString(),
  }
}
