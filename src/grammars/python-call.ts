import type { Call } from '../align/call.js'
import { Kind, kindNamed, schemaOf } from '../align/schema.js'
import { isParameterOf, parametersOf } from '../align/tools.js'
import type { ChangeKind } from '../events.js'
import { escapeText } from '../json/characters.js'
import { python } from '../json/python.js'
import { decodeString, keyName, Token } from '../json/tokens.js'
import type { Writable } from '../writable.js'
import type { CallGrammar, GrammarContext } from './call-grammar.js'
import { callKey } from './call-keys.js'
import { kindsOf, membersOf } from './declared-types.js'
import { createTokenReader, endsValue } from './token-reader.js'

/** How much of what is left out a change quotes. */
const maxQuoted = 1024
/** How much white space is held behind a call that began with a word. */
const maxBehind = 64

/** What is repaired in JSON and right in Python. */
const asPython = new Set<ChangeKind>(['single-quotes', 'tuple', 'python-literal', 'number-form'])

/** What is read in a string that may hold arguments with their names. */
interface QuotedArguments {
  argumentsIn(text: string): (readonly [name: string, value: string])[]
  tellValue(name: string, text: string, offset: number): void
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
  let depth = 0
  /**
   * `members`: between arguments, or in the value of a named one. `dict`: in front of what may hold the arguments.
   * `value`, `skip`: in an argument without a name, or in one that nobody can have. `spread`: in the arguments' own dict.
   * `string`: in a string that may hold arguments with their names. `alias`: behind a name that arguments as a whole have.
   */
  let reading: 'members' | 'dict' | 'value' | 'skip' | 'spread' | 'string' | 'alias' = 'members'
  /** That name. */
  let alias = ''
  let wasUnpacked = false
  let isNamed = false
  let isSpread = false
  /** Whether the value that comes is a word without quotes. */
  let isWord = false
  let hasNames = false
  /** Whether an argument has been told, so that a comma is due before the next. */
  let isFirst = true
  /** White space behind a comma. */
  let space = ''
  const given = new Set<string>()
  /** What stands in a dict before its first key. */
  let held: [Token, string][] = []
  let skipped = ''
  /** The string that waits for its end. */
  let string = ''
  let hasClosed = false
  /**
   * What is known of the first value: a call begins with it, and its bracket stands at `openAt`. Where it is a `variable`
   * what stands behind the call is awaited; `shown`: there is no call.
   */
  let first: 'none' | 'word' | 'variable' | 'value' | 'shown' = 'none'
  let behind: string | undefined
  let firstName: string | undefined
  let openAt = 0

  const reader = createTokenReader(call, context, token, {
    python,
    spread: () => (isSpread = true),
    anyCloser: quoted !== undefined,
    change(kind, offset, text) {
      isWord = kind === 'bare-word'
      if (!asPython.has(kind)) call.change(kind, offset, text)
    },
  })

  /** The reader as others see it. Not with getters: each object that has its own costs the engine a class of its own. */
  const seen: Writable<CallGrammar['reader']> = { outcome: 'reading', rest: '' }

  function show() {
    const { outcome, rest } = reader
    seen.outcome = outcome
    seen.rest = reading === 'string' && outcome === 'cut' ? string + rest : rest
    if (first !== 'variable' || outcome === 'reading') return
    if (outcome !== 'closed') return call.begin(openAt)
    seen.outcome = 'reading'
    behind = ''
    const used = readBehind(rest, 0)
    seen.rest += rest.slice(used)
  }

  function start(name?: string) {
    reader.start()
    show()
    depth = 0
    reading = 'members'
    isNamed = false
    isSpread = false
    isWord = false
    hasNames = false
    wasUnpacked = false
    alias = ''
    isFirst = true
    space = ''
    given.clear()
    held = []
    hasClosed = false
    first = 'none'
    firstName = undefined
    behind = undefined
    if (name !== undefined) call.setName(name, reader.offset)
  }

  function token(kind: Token, text: string) {
    if (kind === Token.open) depth++
    else if (kind === Token.close) depth--
    if (first === 'none' || first === 'word') seeFirst(kind, text)
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
      case 'alias':
        return behindAlias(kind, text, ended)
      case 'string':
        if (kind === Token.string) string += decodeString(text)
        if (ended) endString()
        return
      default:
        return value(kind, text, ended)
    }
  }

  /** Whether this shows that there is a call: what is in quotes or brackets does, a word may be a type's. */
  function seeFirst(kind: Token, text: string) {
    if (first === 'word') first = showsTool(decodeString(text)) ? 'shown' : 'variable'
    else if (kind === Token.key) firstName ??= keyName(text)
    else if (kind === Token.open && depth === 1) openAt = reader.offset
    else if (kind === Token.stringStart && isWord) first = 'word'
    else if (endsValue(kind) || kind === Token.open || kind === Token.stringStart) {
      first = 'value'
      call.begin(openAt)
    }
  }

  function readBehind(text: string, from: number): number {
    let i = from
    while (i < text.length && seen.outcome === 'reading') {
      behind = (behind ?? '') + text.charAt(i)
      i++
      if (!/^[ \t]*(?:f|fo|for)?$/.test(behind) || behind.length > maxBehind) endBehind()
    }
    return i
  }

  function endBehind() {
    seen.outcome = 'closed'
    seen.rest = behind ?? ''
    if (/^[ \t]*for\s/.test(seen.rest)) first = 'shown'
    else call.begin(openAt)
  }

  function showsTool(word: string): boolean {
    const { tool } = call
    const name = firstName ?? (tool && parametersOf(tool)[0])
    if (tool === undefined || name === undefined) return false
    const schema = schemaOf(tool)
    const kinds = kindsOf(membersOf(schema, schema.root, name))
    const type = /^(\w+)(?:\[.*\])?$/.exec(word)?.[1] ?? ''
    // `f(items=items)` gives a variable, which a tool of code may take.
    return (
      (word === name && firstName === undefined) || (kinds !== Kind.any && (kinds & kindNamed(type)) !== 0)
    )
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
        if (isAlias(keyName(text))) {
          alias = keyName(text)
          reading = 'alias'
        } else startNamed(text)
        return
      case Token.open:
        if (depth > 1) break
        call.token(kind, text)
        return
    }
    if (kind === Token.open && text === '{' && (isSpread || isFirst)) {
      reading = 'dict'
      held = [[kind, text]]
      return
    }
    if (quoted !== undefined && kind === Token.stringStart) {
      string = ''
      reading = 'string'
      return
    }
    startValue()
    value(kind, text, ended)
  }

  function startNamed(key: string) {
    given.add(keyName(key))
    startArgument()
    call.token(Token.key, key)
    isNamed = true
    hasNames = true
  }

  /** Whether the value of this argument may be all of them. */
  function isAlias(key: string): boolean {
    return (
      isFirst && call.tool !== undefined && !isParameterOf(call.tool, key) && callKey(key) === 'arguments'
    )
  }

  /** The first token of the value says whether it can be a dict of the arguments. */
  function behindAlias(kind: Token, text: string, ended: boolean) {
    if (kind === Token.colon || kind === Token.space) return
    if (kind === Token.open && text === '{') {
      reading = 'dict'
      held = [[kind, text]]
      return
    }
    noAlias()
    member(kind, text, ended)
  }

  /** It was an argument like others. */
  function noAlias() {
    reading = 'members'
    startNamed(JSON.stringify(alias))
    call.token(Token.colon, ':')
    alias = ''
  }

  /** A string is whole: arguments with names, or one without. */
  function endString() {
    reading = 'members'
    const found = quoted?.argumentsIn(string) ?? []
    for (const [name, text] of found) {
      if (given.has(name)) continue
      given.add(name)
      hasNames = true
      startArgument()
      call.token(Token.key, JSON.stringify(name))
      call.token(Token.colon, ':')
      quoted?.tellValue(name, text, reader.offset)
    }
    if (found.length > 0) return
    startValue()
    value(Token.stringStart, '"', false)
    if (string !== '') value(Token.string, escapeText(string), false)
    value(Token.stringEnd, '"', true)
  }

  /** Before an argument's key: the comma that is due. */
  function startArgument() {
    if (!isFirst) call.token(Token.comma, ',')
    if (space !== '' && !(isFirst && quoted !== undefined)) call.token(Token.space, space)
    isFirst = false
    space = ''
    isSpread = false
  }

  /** An argument without a name goes to the first declared parameter that has none yet. */
  function startValue() {
    // A word behind an argument with a name is the rest of that: `city='New York', USA, days=3`.
    const isRest = isWord && hasNames
    isWord = false
    for (const name of call.tool === undefined ? [] : parametersOf(call.tool)) {
      if (given.has(name) || isRest) continue
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
    if (alias !== '' && (first === undefined || !holdsArguments(first))) {
      noAlias()
      for (const [kind, text] of tokens) call.token(kind, text)
      if (first === undefined) isNamed = false
      return
    }
    if (alias !== '') {
      call.change('arguments-key', reader.offset, alias)
      wasUnpacked = true
      alias = ''
    }
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
    if (first !== undefined) return isParameterOf(tool, first)
    const [name] = parametersOf(tool)
    if (name === undefined) return true
    const schema = schemaOf(tool)
    const kinds = kindsOf(membersOf(schema, schema.root, name))
    return kinds === Kind.any || (kinds & Kind.object) === 0
  }

  return {
    reader: seen,
    start,
    push(text, from, base) {
      if (behind !== undefined) return readBehind(text, from)
      const used = reader.push(text, from, base)
      show()
      return behind === undefined ? used : readBehind(text, used)
    },
    end(stopped) {
      if (behind !== undefined) return endBehind()
      reader.end(stopped)
      // Cut short it is no call, whatever would have come.
      if (first === 'none' && depth > 0) call.begin(openAt)
      show()
    },
    isCall: () => call.name !== undefined && hasClosed && first !== 'shown',
    isPlain: () => !wasUnpacked,
    namesParameter() {
      const { tool } = call
      return tool !== undefined && hasNames && [...given].some((name) => isParameterOf(tool, name))
    },
    // A parenthesis in a string may be the call's own, whose string was not closed.
    plain: () => undefined,
  }
}
