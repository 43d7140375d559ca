import { Char, opensString } from './characters.js'
import type { Frame } from './frame.js'
import { waits } from './state.js'

/** How far it is looked behind a brace or a heading. */
const maxAhead = 160
const maxLine = 512
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
  const end = i + maxAhead
  const mayWait = !hasEnded && end > text.length
  const [, comma, next = ''] = /^\s*(,?)\s*(\{[^}]*\}?|.)?/s.exec(text.slice(i + 1, end)) ?? []
  if (next === '') return mayWait ? waits : false
  if (comma === '' || !next.startsWith('{')) return comma === '' && next === ']'
  return mayWait && !next.endsWith('}') ? waits : !beginsCall.test(next)
}

/** What words begin with behind a call, Markdown's marks among it, and no value that lacks its comma. */
export function beginsWords(unit: number): boolean {
  return !opensString(unit) && unit !== Char.openBrace && unit !== Char.backslash && unit !== Char.backtick
}

/**
 * Whether the line at `i`, which begins with `#` behind a call that lacks its last bracket, is no comment: no more of the call
 * follows it.
 */
export function isHeading(text: string, i: number, hasEnded: boolean): boolean | typeof waits {
  const [, next] = /^(?:(?:#|\/\/)[^\n]*\n\s*)+([^\s#/])/.exec(text.slice(i, i + maxLine)) ?? []
  if (next === undefined && !hasEnded && i + maxLine > text.length) return waits
  return next === undefined || !/[}\]),"']/.test(next)
}
