import type { Dialect } from '../dialects/dialect.js'
import { type AnyDialect, dialectOf, dialects } from '../dialects/index.js'

/**
 * Formats of recordings that are no dialect's name, and the dialect that reads them. `hermes`: the models of the
 * recordings are Hermes 2; `pylist`: the Berkeley leaderboard's name for Python calls in a list.
 */
const aliases = new Map([
  ['hermes', 'hermes-2-pro'],
  ['pylist', 'pythonic'],
])

/**
 * The dialect that a recorded reply is read in: the one that is asked for, else the one that its `format` names.
 *
 * @throws Error when neither names a dialect that is known.
 * @example dialectOfEntry({ format: 'hermes' }) // the dialect hermes-2-pro
 */
export function dialectOfEntry(
  entry: { format?: string | null | undefined },
  dialect?: AnyDialect | undefined,
): Dialect {
  if (dialect !== undefined) return dialectOf(dialect)
  const { format } = entry
  if (format === undefined || format === null) {
    throw new Error('format must name the dialect, or one must be given for all lines')
  }
  const found = dialects.get(aliases.get(format) ?? format)
  if (found !== undefined) return found
  const known = [...aliases.keys(), ...dialects.keys()].join(', ')
  throw new Error(
    `format ${JSON.stringify(format)} is no known dialect; there are ${known}, or give one for all lines`,
  )
}
