import type { Call } from '../align/call.js'
import { isKeyOf } from '../align/tools.js'
import { createReader, type JsonReader } from '../json/reader.js'
import type { ReaderOptions } from '../json/reader-options.js'
import type { TokenSink } from '../json/tokens.js'
import type { Writable } from '../writable.js'
import type { GrammarContext } from './call-grammar.js'

/**
 * Reads the tokens that a call is written in, and tells the call what it repairs. Where the value has ended a grammar may
 * know more of the outcome, and write it.
 */
export function createTokenReader(
  call: Call,
  { tools, tags, maxDepth, tooDeep }: GrammarContext,
  token: TokenSink['token'],
  options: Partial<ReaderOptions> = {},
): Writable<JsonReader> {
  const { change = call.change } = options
  let isSpelled = false
  const reader: Writable<JsonReader> = createReader({
    sink: {
      token(kind, text) {
        token(kind, text)
        if (isSpelled) call.spell(undefined)
        isSpelled = false
      },
    },
    tags,
    isDeclared: (key) => (call.tool === undefined ? tools.isDeclaredKey(key) : isKeyOf(call.tool, key)),
    maxDepth,
    tooDeep: () => tooDeep(reader.offset),
    ...options,
    change(kind, offset, text) {
      const isAtom = kind === 'number-form' || kind === 'python-literal'
      isSpelled = kind === 'number-form'
      if (isSpelled) call.spell(text)
      change(kind, offset, isAtom ? undefined : text)
    },
  })
  return reader
}
