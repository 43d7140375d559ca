import type { ParserOptions, ParserParts } from './dialect-parser.js'
import type { SpokenDialect } from './dialects/dialect.js'
import { isFields } from './fields.js'
import { defaultLimits } from './limits.js'

/** A dialect's name in place of the options is the likeliest slip, and would be read as if nothing had been said. */
export function checkIsOptions(options: unknown): void {
  if (!isFields(options)) throw new Error("options must be an object, as in { dialect: 'qwen3', tools }")
}

export function checkDialect(dialect: SpokenDialect): void {
  if (isFields(dialect) && isFields(dialect.marks) && isFields(dialect.controlTokens)) return
  throw new Error(`dialect must be an object with marks and controlTokens, not ${JSON.stringify(dialect)}`)
}

/** What a wrong value would otherwise only show in the middle of a reply. */
export function checkOptions(
  options: Omit<ParserOptions, keyof ParserParts>,
  { alignment, grammars }: ParserParts,
) {
  const { align, prefill, limits, unknownTool, repeats, missingRequired, untagged } = options
  if (unknownTool !== undefined) checkWord('unknownTool', unknownTool, ['call', 'text', 'drop'])
  if (repeats !== undefined) checkWord('repeats', repeats, ['call', 'drop'])
  if (missingRequired !== undefined) checkWord('missingRequired', missingRequired, ['call', 'text', 'drop'])
  if (untagged !== undefined) checkWord('untagged', untagged, ['call', 'text'])
  if (align !== undefined && typeof align !== 'boolean') throw new Error('align must be true or false')
  if (alignment === undefined) {
    if (align) throw new Error('align needs alignment, which makes arguments fit')
    if (missingRequired !== undefined && missingRequired !== 'call') {
      throw new Error('missingRequired needs alignment, which knows what is required')
    }
  } else if (typeof alignment !== 'function') throw new Error('alignment must be that of toolshim/parser')
  if (prefill !== undefined && typeof prefill !== 'string') throw new Error('prefill must be a string')
  const { createId, secondOpinion, readXml } = options
  for (const [name, value] of Object.entries({ createId, secondOpinion, readXml })) {
    if (value !== undefined && typeof value !== 'function') throw new Error(`${name} must be a function`)
  }
  if (grammars !== undefined && !isFields(grammars)) {
    throw new Error('grammars must be an object: neighbours, or some of them')
  }
  if (limits !== undefined && !isFields(limits))
    throw new Error('limits must be an object, as in { depth: 64 }')
  for (const [name, value] of limits === undefined ? [] : Object.entries<unknown>(limits)) {
    if (!Object.hasOwn(defaultLimits, name)) throw new Error(`limits.${name} is no limit`)
    if (value !== undefined && !(typeof value === 'number' && Number.isInteger(value) && value > 0)) {
      throw new Error(`limits.${name} must be a whole number above 0`)
    }
  }
}

/** @throws Error naming the option when its value is none of the words. */
export function checkWord(option: string, value: string, words: readonly string[]): void {
  if (words.includes(value)) return
  const quoted = words.map((word) => `'${word}'`)
  const known = `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`
  throw new Error(`${option} must be ${known}, not ${JSON.stringify(value)}`)
}
