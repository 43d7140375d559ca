import type { ParserOptions, ParserParts } from './dialect-parser.js'
import type { SpokenDialect } from './dialects/dialect.js'
import { isFields } from './fields.js'
import { defaultLimits } from './limits.js'
import { checkNames } from './option-names.js'
import { fail } from './tools.js'

type Options = Omit<ParserOptions, keyof ParserParts>

const outcomes = ['call', 'text', 'drop']
const words: readonly (readonly [option: keyof Options, words: readonly string[]])[] = [
  ['unknownTool', outcomes],
  ['repeats', ['call', 'drop']],
  ['missingRequired', outcomes],
  ['untagged', ['call', 'text']],
]
const types: readonly (readonly [option: keyof Options, type: string, words: string])[] = [
  ['align', 'boolean', 'true or false'],
  ['prefill', 'string', 'a string'],
  ['createId', 'function', 'a function'],
  ['secondOpinion', 'function', 'a function'],
  ['readXml', 'function', 'a function'],
  ['limits', 'object', 'an object, as in { depth: 64 }'],
]

/** All of them, with those of `parse`. */
const known = Object.keys({
  dialect: true,
  tools: true,
  toolChoice: true,
  tool_choice: true,
  parallelToolCalls: true,
  parallel_tool_calls: true,
  prefill: true,
  unknownTool: true,
  align: true,
  repeats: true,
  missingRequired: true,
  untagged: true,
  limits: true,
  secondOpinion: true,
  readXml: true,
  createId: true,
  grammars: true,
  alignment: true,
  finishReason: true,
} satisfies Record<keyof ParserOptions | 'finishReason', true>)

/** A dialect's name in place of the options is the likeliest slip, and would be read as if nothing had been said. */
export function checkIsOptions(options: unknown): void {
  if (!isFields(options)) throw new Error("options must be an object, as in { dialect: 'qwen3', tools }")
}

export function checkDialect(dialect: SpokenDialect): void {
  if (isFields(dialect) && isFields(dialect.marks) && isFields(dialect.controlTokens)) return
  throw new Error(`dialect must be an object with marks and controlTokens, not ${JSON.stringify(dialect)}`)
}

/** What a wrong value would otherwise only show in the middle of a reply. */
export function checkOptions(options: Options, { alignment, grammars }: ParserParts) {
  for (const [option, known] of words) {
    const value = options[option]
    if (value !== undefined) checkWord(option, value, known)
  }
  for (const [option, type, name] of types) {
    const value = options[option]
    if (value !== undefined && typeof value !== type) fail(option, `must be ${name}`)
  }
  checkNames(options, known)
  const { align, limits, missingRequired = 'call' } = options
  checkParallel(options.parallelToolCalls ?? options.parallel_tool_calls)
  if (alignment === undefined) {
    if (align) fail('align', 'needs alignment, which makes arguments fit')
    if (missingRequired !== 'call') fail('missingRequired', 'needs alignment, which knows what is required')
  } else if (typeof alignment !== 'function') fail('alignment', 'must be that of toolshim/parser')
  if (grammars !== undefined && !isFields(grammars))
    fail('grammars', 'must be an object: neighbours, or some of them')
  for (const [name, value] of Object.entries<unknown>(limits ?? {})) {
    if (!Object.hasOwn(defaultLimits, name)) fail(`limits.${name}`, 'is no limit')
    if (value !== undefined && !(Number.isInteger(value) && Number(value) > 0)) {
      fail(`limits.${name}`, 'must be a whole number above 0')
    }
  }
}

/** @throws Error naming the option when it is given and neither. */
export function checkParallel(value: unknown): asserts value is boolean | null | undefined {
  if (typeof (value ?? true) !== 'boolean') fail('parallelToolCalls', 'must be true or false')
}

/** @throws Error naming the option when its value is none of the words. */
export function checkWord(option: string, value: unknown, words: readonly string[]): void {
  if (words.some((word) => word === value)) return
  const quoted = words.map((word) => `'${word}'`)
  const known = `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`
  fail(option, `must be ${known}, not ${JSON.stringify(value)}`)
}
