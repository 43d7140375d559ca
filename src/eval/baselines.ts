import { jsonrepair } from 'jsonrepair'
import type { SpokenDialect } from '../dialects/dialect.js'
import { isFields } from '../fields.js'
import { readNamedBlocks } from './named-blocks.js'
import type { ReadCall } from './score.js'
import { parseValue } from './values.js'

/**
 * Plain readers to compare with: `JSON.parse`, or `JSON.parse` of what jsonrepair makes of the text.
 *
 * @example evaluate(entries, { against: baselineNames })
 */
export const baselineNames = ['regex', 'jsonrepair'] as const

/**
 * The name of a plain reader.
 *
 * @example evaluate(entries, { against: ['regex', 'jsonrepair'] })
 */
export type BaselineName = (typeof baselineNames)[number]

/**
 * The calls that a plain reader finds in a reply.
 *
 * @example readBaseline('regex', '<tool_call>{"name": "now", "arguments": {}}</tool_call>', dialect)
 * // [{ name: 'now', arguments: {} }]
 */
export function readBaseline(name: BaselineName, raw: string, dialect: SpokenDialect): ReadCall[] {
  return findCalls(raw, dialect, name === 'regex' ? parseValue : (text) => parseValue(jsonrepair(text)))
}

/**
 * What an app would write by hand; `parse` may throw.
 *
 * Where the dialect marks calls with tags: what stands between them (up to the next opener or the end when the closer is
 * missing), parsed as JSON. Elsewhere: what stands from the first bracket to the last one, parsed as JSON; when that is no
 * call, every `name {...}` and every `name(key=value, ...)`, the values parsed as JSON.
 */
export function findCalls(
  raw: string,
  { marks }: SpokenDialect,
  parse: (text: string) => unknown,
): ReadCall[] {
  const mark = marks.call
  if (mark !== undefined && isTag(mark.open)) {
    return blocksBetween(raw, mark.open, mark.close).flatMap((block) => callsIn(tryParse(parse, block)))
  }
  const start = raw.search(/[[{]/)
  const end = Math.max(raw.lastIndexOf(']'), raw.lastIndexOf('}'))
  // Without a closing bracket to the end: jsonrepair may know what to do with it.
  const json = start === -1 ? '' : raw.slice(start, end > start ? end + 1 : undefined)
  const calls = callsIn(tryParse(parse, json))
  if (calls.length > 0) return calls
  return readNamedBlocks(raw, (text) => tryParse(parse, text))
}

/** A mark that is no part of the JSON itself. */
function isTag(mark: string): boolean {
  return mark.trim() !== '' && !/^\s*[[{]["{]?/.test(mark)
}

function blocksBetween(raw: string, open: string, close: string | undefined): string[] {
  const [, ...rest] = raw.split(open)
  return close ? rest.map((text) => text.split(close, 1)[0] ?? '') : rest
}

function tryParse(parse: (text: string) => unknown, text: string): unknown {
  try {
    return parse(text)
  } catch {
    return undefined
  }
}

/** A call, an array of them, or an object with them in `tool_calls`. */
function callsIn(value: unknown): ReadCall[] {
  if (Array.isArray(value)) return value.flatMap(callsIn)
  if (!isFields(value)) return []
  if (Array.isArray(value.tool_calls)) return value.tool_calls.flatMap(callsIn)
  const { name, arguments: args = value.parameters ?? {} } = value
  return typeof name === 'string' ? [{ name, arguments: args }] : []
}
