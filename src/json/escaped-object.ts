import type { ChangeKind } from '../events.js'
import type { Frame } from './frame.js'
import type { InnerReader } from './state.js'
import type { Unread } from './unread.js'

/** An object whose quotes are escaped as if it stood in a string, `{\"city\": \"Paris\"}`, is read as what it means. */
export interface EscapedObject {
  start(): void
  /** Whether one begins with the backslash that stands in the place of a key. Then it waits, and is read by `push`. */
  begins(text: string, i: number): boolean
  /** Reads on from `from` and returns where it stopped; from the end of such an object on the text is read as it is. */
  push(text: string, from: number, base: number): number
  isInside(): boolean
  /** A backslash that waits for what it stands before. */
  slash(): string
}

/** What escapes mean that JSON has around a key. */
const meant = new Map([
  ['\\"', '"'],
  ["\\'", "'"],
  ['\\\\', '\\'],
  ['\\n', '\n'],
  ['\\t', '\t'],
])

/** @param outermost in how many brackets none is read */
export function createEscapedObject(
  reader: InnerReader,
  unread: Unread,
  frames: readonly Frame[],
  change: (kind: ChangeKind, offset: number, text?: string) => void,
  outermost: number,
): EscapedObject {
  /** How many brackets are open in it; 0: there is none. */
  let depth = 0
  /** Whether its first key comes next. */
  let begun = false
  let slash = ''

  function begins(text: string, i: number): boolean {
    if (frames.length <= outermost || depth > 0) return false
    if (i + 1 === text.length) return reader.ended === 'no'
    begun = meant.has(text.slice(i, i + 2))
    return begun
  }

  function push(text: string, from: number, base: number): number {
    let used = depth === 0 ? unread.push(text, from, base) : pushInside(text, from, base)
    // What stands behind such an object may begin so again.
    while (begun) {
      const held = unread.text
      const at = base + used - held.length
      change('stray-text', at, '\\')
      begun = false
      depth = frames.length
      unread.text = ''
      const left = held.slice(pushInside(held, 0, at))
      // Behind the value, part of it may have come with an earlier text.
      const own = Math.min(left.length, used - from)
      unread.text += left.slice(0, left.length - own)
      used -= own
    }
    return used
  }

  function pushInside(text: string, from: number, base: number): number {
    let i = from
    while (i < text.length && reader.outcome === 'reading' && frames.length >= depth) {
      const char = text.charAt(i++)
      const held = slash
      slash = char === '\\' && held === '' ? char : ''
      if (slash !== '') continue
      const used = unread.push(meant.get(held + char) ?? held + char, 0, base + i - 1)
      if (used > 0) continue
      // It stands behind the value.
      unread.text += held
      i--
    }
    if (reader.outcome !== 'reading' || i === text.length) return i
    depth = 0
    return unread.push(text, i, base)
  }

  return {
    start() {
      depth = 0
      begun = false
      slash = ''
    },
    begins,
    push,
    isInside: () => depth > 0,
    slash: () => slash,
  }
}
