import type { AnyDialect } from '../dialects/index.js'
import type { Change } from '../events.js'
import { checkNames } from '../option-names.js'
import { createParser, type ParserOptions } from '../parser.js'
import { fail } from '../tools.js'
import { type BaselineName, baselineNames, readBaseline } from './baselines.js'
import { createChangeCounts } from './change-counts.js'
import type { EvalEntry } from './entry.js'
import { dialectOfEntry } from './formats.js'
import { callsOf, readReply } from './read-reply.js'
import { scoreCalls } from './score.js'
import { createTally, type TallyByCategory } from './tally.js'

/**
 * How recorded replies are read and with what they are compared. Everything has a default.
 *
 * @example { dialect: 'hermes-3', against: ['regex'] }
 */
export interface EvalOptions {
  /** The dialect of all replies, by name or as an object of `defineDialect`. Default: each entry's `format`. */
  dialect?: AnyDialect | undefined
  /** As for `createParser`, like the three below. */
  unknownTool?: ParserOptions['unknownTool']
  repeats?: ParserOptions['repeats']
  missingRequired?: 'call' | 'text' | 'drop' | undefined
  align?: boolean | undefined
  /** Plain readers that are scored on the same replies. */
  against?: readonly BaselineName[] | undefined
  /** Only entries of these categories. Default: all. */
  categories?: readonly string[] | undefined
  /** Told after each entry. */
  onProgress?: ((done: number, of: number) => void) | undefined
}

/**
 * What an evaluation found. All numbers are counts of entries, so that shares can be of whatever one likes.
 *
 * @example for (const { category, right, expecting } of report.categories) console.log(category, right / expecting)
 */
export interface EvalReport extends TallyByCategory {
  /** The kinds of change, the most frequent first. */
  changes: ChangeCount[]
  /** Entries that were not right, or that came out otherwise in pieces. */
  failed: FailedEntry[]
  /** The plain readers of `against`, in that order. */
  baselines: ({ name: BaselineName } & TallyByCategory)[]
}

/**
 * How often one kind of change was made.
 *
 * @example
 * { kind: 'single-quotes', message: 'strings in single quotes were given double quotes', entries: 1, count: 6,
 *   example: { id: 1, change, around: "{'name': 'add', 'arguments': {'a': 1" } }
 */
export interface ChangeCount {
  kind: Change['kind']
  message: string
  /** In how many replies. */
  entries: number
  /** How often in all. */
  count: number
  /** The first one: its entry, the change itself, and the reply around its place. */
  example: { id: string | number; change: Change; around: string }
}

/**
 * An entry that was not right, with what was read of it and why that is wrong.
 *
 * @example for (const { entry, reasons } of report.failed) console.log(entry.id, reasons.join('; '))
 */
export interface FailedEntry {
  entry: EvalEntry
  /** What was read: the text, and below calls with their argument strings, unfinished calls and changes. */
  content: string
  calls: { name: string; arguments: string }[]
  incomplete: { name: string | null; text: string }[]
  changes: Change[]
  /** Why it is not right, in words for a person. */
  reasons: string[]
}

/**
 * Reads recorded replies, whole and in pieces, and scores the calls against the expected ones.
 *
 * @example
 * const { overall } = evaluate(entries, { dialect: 'hermes-3', against: ['jsonrepair'] })
 * console.log(overall.right / overall.expecting)
 * @throws Error when an option has a value it does not take, or an entry's format is no known dialect.
 */
export function evaluate(entries: readonly EvalEntry[], options: EvalOptions = {}): EvalReport {
  if (!Array.isArray(entries)) throw new Error('entries must be a list, as readEntries gives it')
  checkOptions(options)
  const { against = [], categories, onProgress } = options
  const chosen = entries.filter(({ category = 'all' }) => categories?.includes(category) ?? true)
  const tally = createTally()
  const baselines = against.map((name) => ({ name, tally: createTally() }))
  const changes = createChangeCounts()
  const failed: FailedEntry[] = []

  for (const [at, entry] of chosen.entries()) {
    const { whole, streamedOtherwise } = readReply(entry, options)
    const score = scoreCalls(callsOf(whole), entry.expected, entry.lang)
    tally.add(entry, score, streamedOtherwise.length === 0)
    changes.add(entry, whole.changes)
    if (!score.right || streamedOtherwise.length > 0) {
      failed.push({
        entry,
        content: whole.content,
        calls: whole.toolCalls.map((call) =>
          call.type === 'custom'
            ? { name: call.custom.name, arguments: call.custom.input }
            : { name: call.function.name, arguments: call.function.arguments },
        ),
        incomplete: whole.incomplete.map(({ name, text }) => ({ name, text })),
        changes: whole.changes,
        reasons: [
          ...score.reasons,
          ...streamedOtherwise.map((part) => `${part} came out otherwise in pieces`),
        ],
      })
    }
    for (const baseline of baselines) {
      const calls = readBaseline(baseline.name, entry.raw, dialectOfEntry(entry, options.dialect))
      baseline.tally.add(entry, scoreCalls(calls, entry.expected, entry.lang))
    }
    onProgress?.(at + 1, chosen.length)
  }
  return {
    ...tally.take(),
    changes: changes.take(),
    failed,
    baselines: baselines.map(({ name, tally }) => ({ name, ...tally.take() })),
  }
}

const known = Object.keys({
  dialect: true,
  unknownTool: true,
  repeats: true,
  missingRequired: true,
  align: true,
  against: true,
  categories: true,
  onProgress: true,
} satisfies Record<keyof EvalOptions, true>)

/** Without entries nothing else would look at them. */
function checkOptions(options: EvalOptions): void {
  const {
    against = [],
    categories = [],
    onProgress,
    dialect,
    unknownTool,
    repeats,
    missingRequired,
    align,
  } = options
  checkNames(options, known)
  createParser({ dialect, unknownTool, repeats, missingRequired, align })
  if (!Array.isArray(against)) fail('against', "must be a list, as in ['regex']")
  for (const name of against) {
    if (baselineNames.includes(name)) continue
    fail('against', `must be of ${baselineNames.join(', ')}, not ${JSON.stringify(name)}`)
  }
  if (!Array.isArray(categories)) fail('categories', "must be a list, as in ['simple']")
  if (onProgress !== undefined && typeof onProgress !== 'function') fail('onProgress', 'must be a function')
}
