import type { EvalEntry } from './entry.js'
import type { Score } from './score.js'

/**
 * Counts of entries.
 *
 * @example const share = overall.right / overall.expecting
 */
export interface Tally {
  entries: number
  /** Entries that expect a call; the next four are of these. */
  expecting: number
  /** At least one call was read. */
  decoded: number
  /** The right tools were called. */
  tool: number
  /** All expected calls were made with accepted arguments. */
  parameters: number
  /** Exactly the expected calls were made: right end to end. */
  right: number
  /** Entries that expect no call. */
  expectingNone: number
  /** Of those: no call was read. */
  relevance: number
  /** Entries that came out the same in pieces; left out for readers that do not stream. */
  streamed?: number
}

/**
 * Counts of all entries, and of those of each category.
 *
 * @example for (const { category, right, expecting } of report.categories) console.log(category, right, expecting)
 */
export interface TallyByCategory {
  overall: Tally
  categories: ({ category: string } & Tally)[]
}

/** Counts scores, by category in the order in which they first come. */
export function createTally() {
  const overall = emptyTally()
  const categories = new Map<string, Tally>()

  function add({ category = 'all', expected }: EvalEntry, score: Score, streamed?: boolean) {
    const own = categories.get(category) ?? emptyTally()
    categories.set(category, own)
    for (const tally of [overall, own]) {
      tally.entries++
      if (streamed !== undefined) tally.streamed = (tally.streamed ?? 0) + Number(streamed)
      if (expected.length === 0) {
        tally.expectingNone++
        tally.relevance += Number(score.right)
        continue
      }
      tally.expecting++
      tally.decoded += Number(score.decoded)
      tally.tool += Number(score.tool)
      tally.parameters += Number(score.parameters)
      tally.right += Number(score.right)
    }
  }

  function take(): TallyByCategory {
    return { overall, categories: [...categories].map(([category, tally]) => ({ category, ...tally })) }
  }

  return { add, take }
}

function emptyTally(): Tally {
  return {
    entries: 0,
    expecting: 0,
    decoded: 0,
    tool: 0,
    parameters: 0,
    right: 0,
    expectingNone: 0,
    relevance: 0,
  }
}
