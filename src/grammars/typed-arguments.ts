import type { Call } from '../align/call.js'
import { isParameterOf } from '../align/tools.js'
import { Token } from '../json/tokens.js'
import type { Writable } from '../writable.js'
import type { GrammarContext } from './call-grammar.js'
import { createTypedValue, type TypedValue } from './typed-value.js'

/** Arguments whose keys and values come as raw text, told as one JSON object. */
export interface TypedArguments extends Pick<TypedValue, 'text' | 'streams' | 'held'> {
  start(): void
  /** The arguments have begun. */
  open(offset: number): void
  key(name: string): void
  endValue(offset: number): void
  close(): void
  /** Whether this key may be the next: the tool has such a parameter and has not been given it. */
  isNext(name: string): boolean
  readonly state: 'none' | 'open' | 'closed'
}

export function createTypedArguments(call: Call, context: GrammarContext): TypedArguments {
  const value = createTypedValue(call, context)
  const seen = new Set<string>()

  const args: Writable<TypedArguments> = {
    state: 'none',
    start() {
      seen.clear()
      args.state = 'none'
    },
    open(offset) {
      if (args.state !== 'none') return
      args.state = 'open'
      call.begin(offset)
      call.token(Token.open, '{')
    },
    key(name) {
      if (seen.size > 0) {
        call.token(Token.comma, ',')
        call.token(Token.space, ' ')
      }
      seen.add(name)
      call.token(Token.key, JSON.stringify(name))
      call.token(Token.colon, ':')
      call.token(Token.space, ' ')
      value.start(name)
    },
    text: value.text,
    streams: value.streams,
    held: value.held,
    endValue: value.end,
    close() {
      args.state = 'closed'
      call.token(Token.close, '}')
    },
    isNext: (name) => call.tool !== undefined && isParameterOf(call.tool, name) && !seen.has(name),
  }
  return args
}
