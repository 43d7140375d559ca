import type { Call } from '../align/call.js'
import { keyName, type Token } from '../json/tokens.js'
import { callKey } from './call-keys.js'

/** How much of what is left out a change quotes. */
const maxQuoted = 1024

/** Goes on quoting what a call has and is no part of it. */
export function quote(quoted: string, text: string): string {
  return quoted.length < maxQuoted ? quoted + text : quoted
}

/** What is left out of a call that is an object, which is also what the change is called that says so. */
export type Stray = 'extra-key' | 'duplicate-key'

/** A member of a call's object: its key as JSON, where that stands, and the tokens of its value. */
export interface Member {
  json: string
  at: number
  tokens: [Token, string][]
}

/** The members of a call's object that are no part of the call: each is a change that quotes it. */
export interface LeftOut {
  /** Another call's, or what stands inside an envelope. */
  start(): void
  /** A member begins, its first token still to come. */
  begin(as: Stray, json: string, at: number, isObject: boolean): void
  token(text: string): void
  end(): void
  member(member: Member): void
  /** Whether one of them could have been the arguments: then the call is not given empty ones. */
  hasObject(): boolean
  /** Whether there is one that calls and their envelopes do not have. */
  isForeign(): boolean
}

export function createLeftOut({ change }: Call): LeftOut {
  let kind: Stray = 'extra-key'
  let at = 0
  let text = ''
  let hasObject = false
  let isForeign = false

  function begin(as: Stray, json: string, keyAt: number, isObject: boolean) {
    const key = keyName(json)
    kind = as
    at = keyAt
    text = `${json}: `
    if (as !== 'extra-key') return
    hasObject ||= isObject
    isForeign ||= key !== 'name' && callKey(key) !== 'metadata'
  }

  function token(part: string) {
    text = quote(text, part)
  }

  function end() {
    // What envelopes add says nothing of the call.
    if (!/^"type": "(?:function|tool)[\w-]*"$/.test(text)) change(kind, at, text)
  }

  return {
    start() {
      hasObject = isForeign = false
    },
    begin,
    token,
    end,
    member({ json, at, tokens }) {
      begin('extra-key', json, at, tokens[0]?.[1] === '{')
      for (const [, part] of tokens) token(part)
      end()
    },
    hasObject: () => hasObject,
    isForeign: () => isForeign,
  }
}
