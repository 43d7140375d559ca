import type { Call } from '../align/call.js'
import { endsValue, keyName, Token } from '../json/tokens.js'
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
  /** They are an envelope's: all are left out. */
  leave(): void
}

export function createEarlyMembers(
  call: Call,
  object: ArgumentsObject,
  args: JsonArguments,
  leftOut: LeftOut,
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
      const isMetadata = meaning === 'metadata'
      const hasArguments = args.given() > Given.beside
      const isKnown = object.isParameter(name) && (call.tool !== undefined || !hasArguments)
      const isMeant = isKnown ? !(isMetadata && hasArguments) : isFlat && !isMetadata
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
    args.startParameter(json, at)
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
      members.at(-1)?.tokens.push([kind, text])
    },
    settle,
    leave() {
      members.forEach(leftOut.member)
      members = []
    },
  }
}
