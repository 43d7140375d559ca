import type { ParserOptions, ParserParts } from './dialect-parser.js'
import { defaultLimits } from './limits.js'

/** What a wrong value would otherwise only show in the middle of a reply. */
export function checkOptions(
  options: Omit<ParserOptions, keyof ParserParts>,
  { alignment }: Pick<ParserParts, 'alignment'>,
) {
  const { align, prefill, createId, limits, unknownTool, repeats, missingRequired, untagged } = options
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
  if (createId !== undefined && typeof createId !== 'function') throw new Error('createId must be a function')
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
