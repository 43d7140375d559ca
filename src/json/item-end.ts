import type { Frame } from './frame.js'
import { waits } from './state.js'

/** How far behind the brace it is looked. */
const maxItemAhead = 160
const beginsCall = /^\{\s*"name"\s*:\s*"[^"]*"\s*,\s*"(?:arguments|parameters)"/

/**
 * Whether a brace at `i`, behind an object in a list, is one too many: the end of the list or its next item stands behind it,
 * which is no call and of no other list.
 *
 *     "guests": [{"name": "Ann"}}, {"name": "Bo"}]
 *                               ^
 */
export function isSurplusBrace(
  frames: readonly Frame[],
  text: string,
  i: number,
  hasEnded: boolean,
): boolean | typeof waits {
  if (frames.filter(({ object }) => !object).length !== 1) return false
  const end = i + maxItemAhead
  const mayWait = !hasEnded && end > text.length
  const [, comma, next = ''] = /^\s*(,?)\s*(\{[^}]*\}?|.)?/s.exec(text.slice(i + 1, end)) ?? []
  if (next === '') return mayWait ? waits : false
  if (comma === '' || !next.startsWith('{')) return comma === '' && next === ']'
  return mayWait && !next.endsWith('}') ? waits : !beginsCall.test(next)
}
