import { readTag } from './ahead.js'
import { Char, endOfSpaces } from './characters.js'
import { endsInName } from './frame.js'
import type { ReaderOptions } from './reader-options.js'
import { type InnerReader, State, waits } from './state.js'
import type { Structure } from './structure.js'
import type { Words } from './words.js'

/** So much white space is looked past. */
const maxSpace = 1024

/** A `<` outside strings, and comments. Each returns where to read on. */
export interface Marks {
  /** At a `<`: a mark, or a character that does not belong here; `isLast`: the call ends before one. */
  readTag(text: string, i: number, at: number, isLast: boolean): number
  /** At a `/` */
  readSlash(text: string, i: number, at: number): number
  startLineComment(i: number, at: number): number
  readComment(text: string, i: number): number
}

export function createMarks(
  reader: InnerReader,
  { tags, change, isEnvelopeKey }: ReaderOptions,
  structure: Structure,
  words: Words,
): Marks {
  const { frames, closeDownTo } = structure
  /** What goes on behind the comment. */
  let back: State = State.value
  let end = ''

  function startComment(closer: string, i: number, at: number): number {
    change('comment', at)
    end = closer
    back = reader.state
    reader.state = State.comment
    return i + closer.length
  }

  /** What does not belong here begins a value, or is left out. */
  function stray(char: string, i: number, at: number): number {
    if (reader.state === State.value) words.start(char, at)
    else change('stray-text', at, char)
    return i + 1
  }

  return {
    startLineComment: (i, at) => startComment('\n', i, at),
    readSlash(text, i, at) {
      if (i + 1 === text.length) return waits
      const next = text.charCodeAt(i + 1)
      if (next === Char.slash) return startComment('\n', i, at)
      return next === Char.star ? startComment('*/', i, at) : stray('/', i, at)
    },
    readComment(text, i) {
      const found = text.indexOf(end, i)
      if (found < 0) {
        // Half of `*/` waits for the other.
        const isHalf = end !== '\n' && text.endsWith('*')
        const last = isHalf ? text.length - 1 : text.length
        return last > i ? last : waits
      }
      reader.state = back
      return end === '\n' ? found : found + 2
    },
    readTag(text, i, at, isLast) {
      const { kind, end } = readTag(tags, text, i, reader.state === State.after)
      const isKept = reader.state === State.python || reader.state === State.word
      if (kind === 'partial') return waits
      if (kind === 'none' || kind === 'neutral') {
        if (isLast) {
          structure.closeBefore(0, at)
          return i
        }
        if (!isKept) return stray('<', i, at)
        words.extend('<')
        return i + 1
      }
      // The mark ends text that was to be kept as it is.
      if (isKept) words.finish()
      if (kind === 'close') {
        closeDownTo(0, at)
        reader.offset += end - i - 1
        reader.finish('tagged')
        return end
      }
      // A call with its name alone begins anew behind an opening mark, if anything but the end stands there.
      const isCall = isEnvelopeKey !== undefined
      const mayBeAnew = kind === 'open' && endsInName(frames, isCall) && frames[0]?.keys?.length === 1
      const behind = mayBeAnew ? endOfSpaces(text, end, maxSpace) : text.length
      if (mayBeAnew && behind === text.length && reader.ended === 'no') return waits
      const isAnew = behind < text.length && text.charCodeAt(behind) !== Char.less
      // Another mark: the value was meant to end if nothing but brackets is missing.
      if (structure.onlyBracketsMissing() && !isAnew) closeDownTo(0, at)
      reader.finish(frames.length === 0 ? 'closed' : 'stopped')
      return i
    },
  }
}
