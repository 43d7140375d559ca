import type { ParserOptions, ParserParts } from './dialect-parser.js'
import { defaultLimits } from './limits.js'

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
]

/** What a wrong value would otherwise only show in the middle of a reply. */
export function checkOptions(options: Options, { alignment }: Pick<ParserParts, 'alignment'>) {
  for (const [option, known] of words) {
    const value = options[option]
    if (value !== undefined) checkWord(option, value, known)
  }
  for (const [option, type, name] of types) {
    const value = options[option]
    check(value === undefined || typeof value === type, option, `must be ${name}`)
  }
  const { align, limits, missingRequired = 'call' } = options
  if (alignment === undefined) {
    check(!align, 'align', 'needs alignment, which makes arguments fit')
    check(missingRequired === 'call', 'missingRequired', 'needs alignment, which knows what is required')
  } else check(typeof alignment === 'function', 'alignment', 'must be that of toolshim/parser')
  if (limits === undefined) return
  for (const [name, value] of Object.entries<unknown>(limits)) {
    check(Object.hasOwn(defaultLimits, name), `limits.${name}`, 'is no limit')
    const isRight = value === undefined || (Number.isInteger(value) && Number(value) > 0)
    check(isRight, `limits.${name}`, 'must be a whole number above 0')
  }
}

function check(isRight: boolean, option: string, problem: string): void {
  if (!isRight) throw new Error(`${option} ${problem}`)
}

/** @throws Error naming the option when its value is none of the words. */
export function checkWord(option: string, value: unknown, words: readonly string[]): void {
  if (words.some((word) => word === value)) return
  const quoted = words.map((word) => `'${word}'`)
  const known = `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`
  check(false, option, `must be ${known}, not ${JSON.stringify(value)}`)
}
