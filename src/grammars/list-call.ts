import type { Call } from '../align/call.js'
import { isParameterOf } from '../align/tools.js'
import type { CallGrammar, GrammarContext } from './call-grammar.js'
import { createPythonCall } from './python-call.js'
import { createTypedValue } from './typed-value.js'

/** Longer strings are no arguments. */
const maxArguments = 64 * 1024

/**
 * A list whose first item is the name, and behind it the arguments, in quotes or not, as models write that were asked
 * for a list of calls:
 *
 *     ['get_weather', city='Paris']    ('get_weather', 'city=Paris', 'days=3')
 *
 * In quotes a value is raw text, whose type is the one that the schema declares.
 */
export function createListCall(call: Call, context: GrammarContext): CallGrammar {
  const value = createTypedValue(call, context)
  const isDeclared = (name: string) => call.tool !== undefined && isParameterOf(call.tool, name)
  return createPythonCall(call, context, {
    argumentsIn: (text) => (text.length > maxArguments ? [] : argumentsIn(text, isDeclared)),
    tellValue(name, text, offset) {
      value.start(name)
      value.text(text)
      value.end(offset)
    },
  })
}

/** An argument that a string holds, and its value as it is written. */
export type WrittenArgument = [name: string, value: string]

/**
 * The declared parameters that a string gives values to; none if it does not begin with one.
 *
 * @example argumentsIn('city="Paris", days=3', () => true) // [['city', 'Paris'], ['days', '3']]
 */
function argumentsIn(written: string, isDeclared: (name: string) => boolean): WrittenArgument[] {
  const text = /^\s*\((.*)\)\s*$/s.exec(written)?.[1] ?? written
  const found: WrittenArgument[] = []
  let last: { name: string; from: number } | undefined
  const end = (at: number) => {
    if (last !== undefined) found.push([last.name, withoutQuotes(text.slice(last.from, at).trim())])
  }
  for (const { 0: written, 1: name = '', index } of text.matchAll(/(?:^|,)\s*["']?([A-Za-z_]\w*)\s*=/g)) {
    if (!isDeclared(name)) continue
    if (last === undefined && index > 0) return []
    end(index)
    last = { name, from: index + written.length }
  }
  end(text.length)
  return found
}

function withoutQuotes(text: string): string {
  return /^(["'])(.*)\1$/s.exec(text)?.[2] ?? text
}
