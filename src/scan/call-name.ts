import type { ToolIndex } from '../align/tools.js'
import { callKey } from '../grammars/call-keys.js'
import { beginsMarkWord, withoutMarkWords } from './drift.js'

/** Where a tool's name is looked for in front of a call. */
export interface NamePlace {
  tools: ToolIndex
  /** Behind a mark, at the start of a line, in the middle of one, or behind another call and what separates the two. */
  where: 'mark' | 'line' | 'word' | 'next'
  /** What may stand before the call: any words, a tool's name, any name, or nothing. */
  before: 'words' | 'name' | 'any-name' | 'nothing'
  /** Whether the mark begins a turn. */
  inTurn: boolean
  /** How many brackets stand around the call. */
  wrappers: number
}

/** Longer words before a call are not words before a call. */
export const maxPreface = 256

/** What some models write before a name, which `tools.resolve` takes away. */
const prefixes = ['functions.', 'tools.', 'default_api.']

export function beginsPrefix(text: string): boolean {
  return prefixes.some((prefix) => prefix.startsWith(text))
}

/** How an object begins whose bracket was forgotten. */
const firstKeys = ['"name":', '"arguments":', '"parameters":']

/** `'get_weather', 'city=` */
const listItem = /^["']?([\w.-]+)["']?\s*,\s*["']?\(?\w*\s*(=?)$/

/**
 * The name of a declared tool as it is written, with its quotes, if that is all that the text is. `isCalled`: a parenthesis
 * follows, before which any name may stand where others than the declared tools are called too.
 */
export function findName(text: string, place: NamePlace, isCalled: boolean): string | undefined {
  const { resolve } = place.tools
  const written = nameIn(text, place)
  if (resolve(written) !== undefined) return written
  // Llama calls its own tools so: `brave_search.call(`.
  const tool = written.replace(/\.call$/, '')
  if (resolve(tool) !== undefined) return tool
  return isCalled && place.before === 'any-name'
    ? /^["']?[A-Za-z_][\w.]*$/.exec(withoutAwait(text))?.[0]
    : undefined
}

/** Whether text is all that a mark may have behind it before a name comes. */
export function isMarkWords(text: string, place: NamePlace): boolean {
  return mayHaveMarkWords(place) && withoutMarkWords(text, place.inTurn) === ''
}

/** Whether a name is looked for behind a mark, which may have words of its own. */
export function mayHaveMarkWords({ where, before }: NamePlace): boolean {
  return where === 'mark' && before === 'name'
}

/** Whether text is the first key of an object whose bracket was forgotten. */
export function isFirstKey(text: string): boolean {
  return firstKeys.includes(bareKey(text))
}

/** Whether text may stand before a call. `hasName`: the tool's name is known, and what follows it has come. */
export function mayBegin(text: string, place: NamePlace, hasName: boolean): boolean {
  const { tools, where, before } = place
  if (text.length > maxPreface || before === 'nothing') return false
  if (before === 'words') return true
  const written = nameIn(text, place)
  if (hasName && /^\w*$/.test(written)) return true
  if (where === 'mark') {
    if (beginsMarkWord(written) || firstKeys.some((key) => key.startsWith(bareKey(text)))) return true
    if (tools.begins(written.replace(/\.c?a?l{0,2}$/, ''))) return true
  }
  // In the middle of a line nobody looks for one where a prefix begins.
  const isPrefix = where !== 'word' && beginsPrefix(written)
  if (isPrefix || tools.begins(written)) return true
  // In a list a name may have any prefix: `[api.get_weather(`.
  return (place.wrappers > 0 || before === 'any-name') && /^["']?[\w.]*$/.test(withoutAwait(text))
}

/**
 * What an item of a list names, once it has a comma: a tool, and behind the name of an argument and `=` that argument, as the
 * parentheses of a call hold it; `''`: it may still come. Left out: it names no tool.
 *
 * @example readItem("'get_weather', city=", tools) // ['get_weather', '( city=']
 */
export function readItem(
  text: string,
  tools: ToolIndex,
): [name: string, argument?: string | undefined] | undefined {
  const [, name, sign] = (text.includes(',') && listItem.exec(text)) || []
  if (name === undefined) return undefined
  if (text.length > maxPreface || tools.resolve(name) === undefined) return [name]
  return [name, sign && `(${text.slice(text.indexOf(',') + 1)}`]
}

/** The name in `<tool_call name="get_weather">`; `''`: there is none. */
export function nameInMark(mark: string): string {
  return /\sname\s*=\s*["']([^"']+)["']/.exec(mark)?.[1] ?? ''
}

/** `get_weather:`, `'get_weather',` in a list or behind a mark, `functions.get_weather:0` behind a token. */
function nameIn(text: string, place: NamePlace): string {
  const written = withoutLabels(withoutAwait(text)).replace(/\s*[:,]$/, '')
  return mayHaveMarkWords(place) ? withoutMarkWords(written, place.inTurn).replace(/:\d+$/, '') : written
}

/** In code a call may be waited for. */
function withoutAwait(text: string): string {
  return text.trim().replace(/^await\s+/, '')
}

/** Text as a key: without white space, in the usual quotes. */
function bareKey(text: string): string {
  return text.replace(/\s/g, '').replaceAll("'", '"')
}

/** `name: get_weather⏎arguments:`: the keys of a call, as labels. */
function withoutLabels(text: string): string {
  if (!text.endsWith(':')) return text
  const [, first = '', name = '', second = ''] = /^([\w ]+):\s*(\S+)\s+([\w ]+):$/.exec(text) ?? []
  const isName = callKey(first) === 'name' || callKey(first) === 'tool'
  return isName && callKey(second) === 'arguments' ? name : text
}
