import { Char } from './characters.js'
import type { ReaderOptions } from './reader.js'
import { type InnerReader, State, type Structure } from './structure.js'
import type { Words } from './words.js'

/** A `<` outside strings, for the rest of a tag, and comments. */
export interface Marks {
  /** What has been read of a tag: a mark, or a character that does not belong here. */
  tag: string
  /** A `<` has come. */
  startTag(): void
  /** A `/` has come. */
  startSlash(): void
  startLineComment(at: number): void
  readTag(text: string, i: number, at: number): number
  readComment(unit: number, i: number, at: number): number
}

export function createMarks(
  reader: InnerReader,
  { tags, change }: ReaderOptions,
  structure: Structure,
  words: Words,
): Marks {
  const { frames, closeDownTo } = structure
  /** Where a tag or comment began, to go back to. */
  let back: State = State.value
  let sawStar = false
  const marks: Marks = {
    tag: '',
    startTag() {
      enter(State.tag)
      marks.tag = '<'
    },
    startSlash: () => enter(State.slash),
    startLineComment(at) {
      change('comment', at)
      enter(State.lineComment)
    },
    readTag,
    readComment,
  }

  function enter(state: State) {
    back = reader.state
    reader.state = state
  }

  function readComment(unit: number, i: number, at: number): number {
    switch (reader.state) {
      case State.slash:
        if (unit === Char.slash || unit === Char.star) {
          change('comment', at - 1)
          reader.state = unit === Char.slash ? State.lineComment : State.blockComment
          sawStar = false
          break
        }
        reader.state = back
        if (back === State.value) words.start('/', at - 1)
        else change('stray-text', at - 1, '/')
        return i
      case State.lineComment:
        if (unit !== Char.newline) break
        reader.state = back
        return i
      default:
        if (sawStar && unit === Char.slash) reader.state = back
        sawStar = unit === Char.star
    }
    return i + 1
  }

  function readTag(text: string, i: number, at: number): number {
    const held = marks.tag
    const read = held + text.charAt(i)
    const match = tags.match(read)
    if (match === 'partial') {
      marks.tag = read
      return i + 1
    }
    const began = at - held.length
    marks.tag = ''
    reader.state = back
    if (match === 'none' || match === 'neutral') {
      strayTag(held, began)
      return i
    }
    // The mark ends text that was to be kept as it is.
    if (back === State.python || back === State.word) words.finish()
    if (match === 'close') {
      closeDownTo(0, began)
      reader.finish('tagged')
      return i + 1
    }
    // Another mark: the value was meant to end if nothing but brackets is missing.
    if (structure.onlyBracketsMissing()) closeDownTo(0, began)
    reader.finish(frames.length === 0 ? 'closed' : 'stopped', read)
    return i + 1
  }

  /** The `<` starts no mark, so it is a character in the wrong place; what follows it is read as what it is. */
  function strayTag(held: string, at: number) {
    if (back === State.python || back === State.word) words.extend('<')
    else if (back === State.value) words.start('<', at)
    else change('stray-text', at, '<')
    reader.again(held.slice(1), at + 1)
  }

  return marks
}
