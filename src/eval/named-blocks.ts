import { isFields } from '../fields.js'
import type { ReadCall } from './score.js'

/**
 * Calls that are a name and a bracket: `name {"a": 1}` and `name(a=1, b='x')`, as a simple reader would find them. A value
 * that `parse` does not understand makes the whole call none.
 *
 * @example readNamedBlocks('[add(a=1, b=2)]', tryParse) // [{ name: 'add', arguments: { a: 1, b: 2 } }]
 */
export function readNamedBlocks(raw: string, parse: (text: string) => unknown): ReadCall[] {
  const calls: ReadCall[] = []
  const names = /([A-Za-z_][\w.-]*)\s*(?=[({])/g
  for (let found = names.exec(raw); found !== null; found = names.exec(raw)) {
    const start = names.lastIndex
    const end = closingBracket(raw, start)
    const [, name = ''] = found
    const args =
      raw[start] === '{' ? parse(raw.slice(start, end)) : readKeywords(raw.slice(start + 1, end - 1), parse)
    if (!isFields(args)) continue
    calls.push({ name, arguments: args })
    names.lastIndex = end
  }
  return calls
}

/** The place after the bracket that closes the one at `start`; the end when there is none. */
function closingBracket(text: string, start: number): number {
  let depth = 0
  for (const { char, at } of outsideStrings(text, start)) {
    if ('([{'.includes(char)) depth++
    else if (')]}'.includes(char) && --depth === 0) return at + 1
  }
  return text.length
}

/** `a=1, b='x'`; an object in the place of the arguments is the arguments. */
function readKeywords(text: string, parse: (text: string) => unknown): unknown {
  if (text.trim().startsWith('{')) return parse(text)
  const args = new Map<string, unknown>()
  for (const part of splitAtCommas(text)) {
    if (part.trim() === '') continue
    const [, key, value] = /^\s*(\w+)\s*=(.*)$/s.exec(part) ?? []
    const read = value === undefined ? undefined : parse(value)
    if (key === undefined || read === undefined) return undefined
    args.set(key, read)
  }
  return Object.fromEntries(args)
}

function splitAtCommas(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (const { char, at } of outsideStrings(text, 0)) {
    if ('([{'.includes(char)) depth++
    else if (')]}'.includes(char)) depth--
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(from, at))
      from = at + 1
    }
  }
  return [...parts, text.slice(from)]
}

function* outsideStrings(text: string, from: number): Generator<{ char: string; at: number }> {
  let quote = ''
  for (let at = from; at < text.length; at++) {
    const char = text.charAt(at)
    if (quote !== '') {
      if (char === '\\') at++
      else if (char === quote) quote = ''
    } else if (char === '"' || char === "'") quote = char
    else yield { char, at }
  }
}
