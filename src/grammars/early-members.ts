import type { Call } from '../align/call.js'
import { decodeString, endsValue, keyName, Token } from '../json/tokens.js'
import type { ArgumentsObject } from './arguments-object.js'
import { callKey } from './call-keys.js'
import { Given, type JsonArguments } from './json-arguments.js'
import type { LeftOut, Member } from './left-out.js'
import { tellValue } from './tell.js'

/**
 * Members of a call's object that may be parameters beside the name or an envelope's, and come before that is known: any
 * before the name, and `id` and others that envelopes have before the arguments.
 */
export interface EarlyMembers {
  /** Another call's. */
  start(): void
  isEmpty(): boolean
  begin(json: string, at: number): void
  /** The next token of its value. */
  token(kind: Token, text: string): void
  /** What they are is known: the tool's parameters are told, and the others left out. */
  settle(): void
  /** An envelope begins behind them: what such have is left out. */
  leave(): void
  /** All are left out. */
  leaveAll(): void
  has(json: string): boolean
  /** Takes away the only one that is called as a tool's name is, if it names one; returns the name and the key. */
  takeName(isName: (text: string) => boolean): [name: string, json: string] | undefined
}

export function createEarlyMembers(
  call: Call,
  object: ArgumentsObject,
  args: JsonArguments,
  leftOut: LeftOut,
  startParameter: (json: string, at: number) => void,
): EarlyMembers {
  let members: Member[] = []

  function settle() {
    const settled = members
    members = []
    const isFlat =
      args.given() <= Given.beside && settled.some(({ json }) => object.isParameter(keyName(json)))
    for (const member of settled) {
      const name = keyName(member.json)
      const meaning = callKey(name)
      const isEnvelopes = meaning === 'metadata'
      const isAlone = args.given() <= Given.beside
      // Beside other arguments only what the tool has, and no envelope; without them all that stands with its parameters.
      const isMeant = object.isParameter(name)
        ? isAlone || (call.tool !== undefined && !isEnvelopes)
        : isFlat && !isEnvelopes
      if (isMeant && mayFollow() && !object.has(name)) play(member)
      else if (meaning !== 'arguments' || args.given() !== Given.none || !playAll(member))
        leftOut.member(member)
    }
  }

  /** Whether the arguments may have one more. */
  function mayFollow(): boolean {
    return args.given() <= Given.beside || args.given() === Given.held
  }

  function play({ json, at, tokens }: Member) {
    startParameter(json, at)
    tellValue(args.token, tokens)
  }

  /** It is all of the arguments, if it can be. */
  function playAll({ json, at, tokens: [first, ...tokens] }: Member): boolean {
    if (first === undefined) return false
    const [kind, text] = first
    const isStarted = args.startAll(kind, text, endsValue(kind), keyName(json), at)
    if (isStarted) tellValue(args.token, tokens, kind === Token.open ? 1 : 0)
    return isStarted
  }

  return {
    start() {
      members = []
    },
    isEmpty: () => members.length === 0,
    begin(json, at) {
      members.push({ json, at, tokens: [] })
    },
    token(kind, text) {
      const tokens = members[members.length - 1]?.tokens ?? []
      const last = tokens[tokens.length - 1]
      if (kind === Token.string && last?.[0] === kind) last[1] += text
      else tokens.push([kind, text])
    },
    settle,
    leaveAll() {
      members.forEach(leftOut.member)
      members = []
    },
    leave() {
      const isMetadata = ({ json }: Member) => callKey(keyName(json)) === 'metadata'
      members.filter(isMetadata).forEach(leftOut.member)
      members = members.filter((member) => !isMetadata(member))
    },
    has: (json) => members.some((member) => member.json === json),
    takeName(isName) {
      const named = members.filter(({ json }) => /^(?:name|tool)$/.test(callKey(keyName(json)) ?? ''))
      const [member] = named
      if (member?.tokens.length !== 3 || named.length > 1 || !isName(textOf(member.tokens))) return undefined
      members = members.filter((each) => each !== member)
      return [textOf(member.tokens), member.json]
    },
  }
}

/** What a string means. */
function textOf(tokens: Member['tokens']): string {
  return decodeString(tokens[1]?.[1] ?? '')
}
