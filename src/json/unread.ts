import { maxAhead } from './ahead.js'

/** What may be one thing or another and waits for more: it stands before the text that comes next. */
export interface Unread {
  text: string
  /** Reads all of the text that can be read from `from` on, and returns how far it came: what waits counts as read. */
  push(text: string, from: number, base: number): number
  /** Reads this before the text goes on. */
  again(held: string, at: number): void
}

/** In the middle of a word, of white space or of brackets nothing is decided, until it is as long as this. */
const maxRun = 64
const runs = [/\w/, /[\s}\])]/]

/**
 * @param run reads until the text ends, the value does, something waits or is to be read again; returns where
 * @param isReading whether the value goes on
 */
export function createUnread(
  run: (text: string, from: number, base: number) => number,
  isReading: () => boolean,
): Unread {
  const unread: Unread = { text: '', push, again }
  /** How much waited when it was asked last: twice as much is asked again, so that a long run takes no longer than its text. */
  let asked = 0

  function push(text: string, from: number, base: number): number {
    let i = from
    const limit = Math.max(maxRun, Math.min(2 * asked, maxAhead))
    const isShort = unread.text !== '' && from === 0 && unread.text.length + text.length < limit
    if (isShort && goesOn(unread.text, text)) {
      unread.text += text
      return text.length
    }
    let size = maxAhead >> 4
    while (isReading() && (i < text.length || unread.text !== '')) {
      const held = unread.text
      unread.text = ''
      // As much of the text as may be enough, so that a long one is not copied each time.
      const end = held === '' ? text.length : Math.min(text.length, i + size)
      const used =
        held === '' ? run(text, i, base) - i : run(held + text.slice(i, end), 0, base + i - held.length)
      const waits = used === 0 && unread.text === ''
      unread.text += held.slice(used)
      i += Math.max(0, used - held.length)
      if (!waits || !isReading()) continue
      if (end === text.length) {
        unread.text += text.slice(i)
        i = end
        break
      }
      size *= 2
    }
    asked = unread.text.length
    return i
  }

  function again(held: string, at: number) {
    const used = run(held, 0, at)
    unread.text += held.slice(used)
  }

  return unread
}

/** Whether a text is more of what stands at the end of another. */
function goesOn(held: string, text: string): boolean {
  const last = held.charAt(held.length - 1)
  const run = runs.find((each) => each.test(last))
  // Nothing comes at the end, and it is asked.
  if (run === undefined || text === '') return false
  for (const char of text) if (!run.test(char)) return false
  return true
}
