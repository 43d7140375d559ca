import type { AnyDialect } from '../dialects/index.js'
import { isFields } from '../fields.js'
import type { Tool } from '../request.js'
import { readTools } from '../tools.js'
import { dialectOfEntry } from './formats.js'

/**
 * A recorded reply, the tools the model was shown, and the calls that count as right.
 *
 * @example { id: 1, format: 'qwen3', raw: 'Hi.', expected: [] }
 */
export interface EvalEntry {
  id: string | number
  /** What the reply is counted under. Default: `all`. */
  category?: string | undefined
  /** The dialect's name, or a [format](./formats.ts) that stands for one. */
  format?: string | undefined
  /**
   * The language that the values are written in. In `java` and `javascript` the model gives each value as a string with a
   * literal of that language, as the Berkeley Function Calling Leaderboard asks; anything else compares values as JSON.
   */
  lang?: string | undefined
  /** The request's tools; left out, every name is taken as it is. */
  tools?: readonly Tool[] | null | undefined
  /** The model's whole reply. */
  raw: string
  /** The upstream's finish reason. Default: `stop`. */
  finish_reason?: string | null | undefined
  /** The calls that should be made, in any order; none when the reply should have no call. */
  expected: readonly ExpectedCall[]
}

/**
 * A call that should be made.
 *
 * @example { name: 'get_weather', args: { city: ['Paris', 'Paris, France'], days: [1, ''] }, required: ['city'] }
 */
export interface ExpectedCall {
  name: string
  /** The values that are accepted for each parameter; `""` among them says that the parameter may be left out. */
  args: { readonly [parameter: string]: readonly unknown[] }
  /** `integer`, `float`, `string`, ..., or a container and what is in it: `["array", "integer"]`. */
  types?: { readonly [parameter: string]: string | readonly string[] } | undefined
  /** The parameters that have to be there, whatever `args` says. */
  required?: readonly string[] | undefined
}

/**
 * A line that is no entry, counted from 1.
 *
 * @example { line: 3, message: 'raw must be a string' }
 */
export interface LineProblem {
  line: number
  message: string
}

/**
 * Checks a line of recorded replies, as parsed JSON.
 *
 * @throws Error naming the field: `expected[0].args.city must be an array of accepted values`.
 * @example readEntry(JSON.parse(line), { dialect: 'qwen3' }).raw
 */
export function readEntry(line: unknown, options: { dialect?: AnyDialect | undefined } = {}): EvalEntry {
  if (!isFields(line)) throw new Error('the line must be a JSON object')
  if (!isEntry(line)) throw new Error('raw must be a string')
  readTools(line.tools)
  dialectOfEntry(line, options.dialect)
  return line
}

/**
 * Reads recorded replies as JSON lines. A line that is no entry is a problem, and the others are read all the same; blank
 * lines are skipped.
 *
 * @throws Error when the text is no string; never for what stands in it.
 * @example
 * const { entries, problems } = readEntries(await readFile('replies.jsonl', 'utf8'))
 * // problems: [{ line: 3, message: 'raw must be a string' }]
 */
export function readEntries(
  text: string,
  options: { dialect?: AnyDialect | undefined } = {},
): { entries: EvalEntry[]; problems: LineProblem[] } {
  if (typeof text !== 'string') throw new Error('text must be a string: JSON lines, a recorded reply on each')
  const entries: EvalEntry[] = []
  const problems: LineProblem[] = []
  // Not at U+2028, which may stand in a JSON string as it is.
  for (const [at, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (line.trim() === '') continue
    try {
      entries.push(readEntry(parseJson(line), options))
    } catch (error) {
      problems.push({ line: at + 1, message: error instanceof Error ? error.message : String(error) })
    }
  }
  return { entries, problems }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    throw new Error(`the line is not JSON: ${error instanceof Error ? error.message : error}`)
  }
}

type Check = [name: string, valid: (value: unknown) => boolean, problem: string]

const isString = (value: unknown) => typeof value === 'string'
const isLeftOut = (value: unknown) => value === undefined || value === null
const optional = (valid: (value: unknown) => boolean) => (value: unknown) => isLeftOut(value) || valid(value)

const entryChecks: Check[] = [
  ['id', (value) => isString(value) || typeof value === 'number', 'must be a string or a number'],
  ['raw', isString, 'must be a string'],
  ['category', optional(isString), 'must be a string'],
  ['format', optional(isString), 'must be a string'],
  ['lang', optional(isString), 'must be a string'],
  ['finish_reason', optional(isString), 'must be a string'],
  ['expected', Array.isArray, 'must be an array of calls, empty where none should be made'],
]

const isStrings = (value: unknown) => Array.isArray(value) && value.every(isString)

const callChecks: Check[] = [
  ['name', isString, 'must be a string'],
  ['args', isFields, 'must be an object of accepted values'],
  ['types', optional(isFields), 'must be an object of type names'],
  ['required', optional(isStrings), 'must be an array of names'],
]

function check(fields: Record<string, unknown>, checks: readonly Check[], place = '') {
  for (const [name, valid, problem] of checks) {
    if (!valid(fields[name])) throw new Error(`${place}${name} ${problem}`)
  }
}

function isEntry(line: Record<string, unknown>): line is Record<string, unknown> & EvalEntry {
  check(line, entryChecks)
  if (!Array.isArray(line.expected)) return false
  for (const [at, call] of line.expected.entries()) {
    const place = `expected[${at}]`
    if (!isFields(call)) throw new Error(`${place} must be an object with name and args`)
    check(call, callChecks, `${place}.`)
    for (const [name, accepted] of Object.entries(call.args ?? {})) {
      if (!Array.isArray(accepted))
        throw new Error(`${place}.args.${name} must be an array of accepted values`)
    }
    for (const [name, type] of Object.entries(call.types ?? {})) {
      if (!isString(type) && !isStrings(type)) {
        throw new Error(`${place}.types.${name} must be a type or an array of types`)
      }
    }
  }
  return true
}
