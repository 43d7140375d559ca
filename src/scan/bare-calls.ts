import { Char, isQuote, isWord } from '../json/characters.js'
import type { Progress, ReplyOptions } from '../reply.js'
import { beginsPrefix } from './call-name.js'

/** Where in running text a call may begin without a mark. */
export interface BareCalls {
  /** Whether an item of a list is a line of its own. */
  readonly inItems: boolean
  /** Whether what stands in ticks may be calls, though a line does not begin there. */
  readonly inTicks: boolean
  /** Whether a list of calls, or one in ticks, may stand behind these characters, though a line does not begin there. */
  isListed(behind: string): boolean
  /** Whether one may begin with this unit at the start of a line. */
  atLine(unit: number): boolean
  /** Whether one may begin in the middle of a line: then all of the text is looked at. */
  inLine(): boolean
  /** Whether one may begin there in the text, and may go on in the next chunk. */
  begins(text: string, at: number): boolean
  /** Whether it cannot be one behind these characters. Behind a letter, a digit or `_` it never can. */
  isInside(behind: string): boolean
}

/** `isOff`: whether none may begin now. */
export function createBareCalls(
  { bareCalls, ownForm, tools }: Pick<ReplyOptions, 'bareCalls' | 'ownForm' | 'tools'>,
  progress: Progress,
  isOff: () => boolean,
): BareCalls {
  /** What was found of the units at which a name might begin: running text asks at each of its characters. */
  let known: Map<number, boolean> | undefined

  function beginsName(unit: number): boolean {
    if (!isWord(unit) && !isQuote(unit)) return false
    known ??= new Map()
    const found = known.get(unit) ?? tools.begins(String.fromCharCode(unit))
    known.set(unit, found)
    return found
  }

  return {
    inItems: bareCalls,
    inTicks: bareCalls && ownForm === 'python',
    // Behind the first call it is more likely an example.
    isListed: (behind) => bareCalls && progress.calls === 0 && /\w:\s*$/.test(behind),
    atLine(unit) {
      if (isOff()) return false
      if (unit === Char.openBrace || unit === Char.openBracket || unit === Char.backtick) return true
      return bareCalls && (beginsName(unit) || beginsPrefix(String.fromCharCode(unit)))
    },
    // A name and an object behind it may be a call wherever they stand; a name and parentheses in code.
    inLine: () => bareCalls && (ownForm === 'named' || progress.inFence),
    // Most names are ruled out by the second character: a block that is opened for nothing costs far more.
    begins(text, at) {
      const unit = text.charCodeAt(at)
      if (isOff() || isQuote(unit) || !beginsName(unit)) return false
      return !isWord(text.charCodeAt(at + 1)) || tools.begins(text.slice(at, at + 2))
    },
    isInside: (behind) => (progress.inFence ? isInCode(behind) : isInName(behind)),
  }
}

/** Whether a name that begins behind these characters is only the end of one. */
function isInName(behind: string): boolean {
  return /\w$/.test(behind)
}

/**
 * The same in code, where it may also be a member, a string or what is defined, `def f(`, `function f(`, `String f(`, or stand
 * in a comment or a session that is shown. Some words stand in front of what is called.
 */
function isInCode(behind: string): boolean {
  if (/(?:#|\/\/|>>>) *$/.test(behind)) return true
  if (/(?:^|\W)(?:return|await|yield|not|and|or|in|else) $/.test(behind)) return false
  return /[\w$.`'"\u0080-\uffff] ?$/.test(behind)
}
