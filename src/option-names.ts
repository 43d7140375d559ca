import { fail } from './tools.js'

/**
 * Refuses an option whose name is a known one but for its case, separators or one letter. Any other that is not known is
 * let through: apps spread their requests into options, with fields of their own.
 *
 * @throws Error naming the option and the one that is meant.
 * @example checkNames({ dialet: 'glm4' }, ['dialect', 'tools']) // Error: option dialet is not known: is dialect meant?
 */
export function checkNames(options: object, known: readonly string[], what = 'option'): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const meant = known.find((other) => isSlip(lettersOf(name), lettersOf(other)))
    if (meant !== undefined) fail(`${what} ${name}`, `is not known: is ${meant} meant?`)
  }
}

function lettersOf(name: string): string {
  return name.replace(/[_-]/g, '').toLowerCase()
}

/**
 * Whether one letter too many, too few or wrong, or two that have changed places, are all that is between them. Short words
 * have other words for neighbours: a field `test` is no `text`.
 */
function isSlip(given: string, meant: string): boolean {
  if (given === meant) return true
  if (Math.abs(given.length - meant.length) > 1 || meant.length < 6) return false
  let start = 0
  while (start < given.length && given[start] === meant[start]) start++
  let end = 0
  while (
    end < given.length - start &&
    end < meant.length - start &&
    given.at(-1 - end) === meant.at(-1 - end)
  )
    end++
  const rest = given.slice(start, given.length - end)
  const other = meant.slice(start, meant.length - end)
  if (rest.length < 2 && other.length < 2) return true
  return rest.length === 2 && rest[0] === other[1] && rest[1] === other[0]
}
