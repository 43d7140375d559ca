import type { ReplyContext } from './reply.js'
import type { Prose } from './scan/prose.js'
import { beginsOthersTurn } from './scan/speakers.js'
import type { TagMatch } from './scan/tags.js'
import { createTurnHeader } from './scan/turn-header.js'

/**
 * What the control tokens of turns mean in a reply: the model begins its own turn once more, ends it, stands a token where a
 * call's mark belongs, or plays the next turn itself.
 */
export interface Turns {
  /** A token has come in this running text. */
  meet(mark: string, prose: Prose, token: TurnToken): void
  /** Reads what stands behind the token, while that tells what it means. Returns where it stopped. */
  push(input: string, from: number, base: number): number
  /** No more input: the exit of what is held, one thing at a time until this is left. */
  end(): void
}

/** What is known of a token where it stands. */
export interface TurnToken {
  /** It begins a turn. */
  begins: boolean
  /** Nothing has come before it. */
  isFirst: boolean
  /** It stands right behind calls. */
  isBehindBlock: boolean
  /** It has shown that brackets of the call before it were missing. A token that did so begins no other call. */
  hasClosed: boolean
}

/** `<|user|>` */
const isBars = /<[|｜]/

export function createTurns(around: ReplyContext): Turns {
  const { progress, notice, toText, giveBack } = around
  const { tags, readDrift } = around.options
  const header = createTurnHeader(tags.own)
  let reading: 'header' | 'end' = 'header'
  /** What the token was found in. */
  let interrupted: Prose
  /** The token that a header began with, if it was one. */
  let headerMark = ''
  let token: TurnToken
  /** What has been read behind the end of a turn, that included, and the mark being read in it. */
  let held = ''
  let partial = ''
  /** Whether the last token is used up: it has closed brackets of the call before it. */
  let isUsed = false

  function meet(mark: string, prose: Prose, met: TurnToken) {
    interrupted = prose
    token = met
    // In front of everything else the model may only begin its own turn once more.
    if (!met.isFirst) return leaveTurn(mark)
    headerMark = mark
    header.start(mark, met.begins)
    reading = 'header'
  }

  /** A turn ends, or another begins. */
  function leaveTurn(mark: string) {
    if (token.begins && token.hasClosed) return around.nextTurn(mark)
    if (token.begins) return openTurn(mark, token.isBehindBlock)
    held = mark
    partial = ''
    isUsed = token.hasClosed
    reading = 'end'
  }

  /** A turn begins in the place of a call's mark, or the model plays it. */
  function openTurn(found: string, isNext: boolean) {
    const isShown = progress.inFence && !isNext
    if (beginsOthersTurn(found)) {
      // Plain words may be a line of a dialogue.
      if (isNext || (isBars.test(found) && !isShown)) return around.nextTurn(found)
    } else if (mayOpen()) {
      const mayBeOthers = !isShown && isFirstInLine(found)
      return around.openBlock(
        found,
        'drifted',
        isNext ? 'next-turn' : mayBeOthers ? 'others-turn' : 'text',
        true,
      )
    } else if (isNext) {
      return around.nextTurn(found)
    }
    restore(found)
  }

  /** Whether a token may stand in the place of a call's mark. */
  function mayOpen(): boolean {
    return readDrift && !around.isFull()
  }

  function isFirstInLine(found: string): boolean {
    return interrupted.isFresh() || found.slice(0, -found.trimStart().length).includes('\n')
  }

  function restore(found: string) {
    around.leave(interrupted)
    interrupted.restore(found)
  }

  function push(input: string, from: number, base: number): number {
    let i = from
    if (reading === 'header') {
      i = header.push(input, from)
      progress.at = base + i
      if (header.verdict !== 'wait') endHeader(header.verdict === 'header')
      return i
    }
    let match: TagMatch = 'partial'
    while (i < input.length && match === 'partial') match = readEnd(input.charAt(i++))
    progress.at = base + i
    if (match !== 'partial') endTurn(match)
    return i
  }

  /**
   * Behind the end of the turn: nothing, or the model plays the next turn itself, or it went on after all. Marks of other
   * families are more of the same.
   */
  function readEnd(char: string): TagMatch {
    // Words that are marks are so at the start of a line.
    const isWord = partial === '' && /\w/.test(char) && !held.endsWith('\n')
    held += char
    if (isWord) {
      partial = char
      return 'none'
    }
    if (partial === '' && char.trim() === '') return 'partial'
    partial += char
    const match = tags.drift.match(partial)
    if (match !== 'turn-end' && match !== 'drift-open' && match !== 'drift-close') return match
    partial = ''
    isUsed = false
    return 'partial'
  }

  function endHeader(isWhole: boolean) {
    const { held: read, rest } = header
    progress.at -= rest.length
    const at = progress.at - read.length
    if (isWhole) {
      notice('control-token', at + read.length - read.trimStart().length, read.trim())
      toText()
      return giveBack(rest)
    }
    progress.at = at + headerMark.length
    leaveTurn(headerMark)
    giveBack(read.slice(headerMark.length) + rest)
  }

  function endTurn(match: TagMatch) {
    const found = held.slice(0, held.length - partial.length)
    if (match === 'turn-start') {
      toText()
      openTurn(held, true)
    } else if (match === 'others-turn') {
      around.nextTurn(held)
    } else if (match === 'open') {
      notice('control-token', progress.at - held.trimStart().length, found.trim())
      toText()
      around.openBlock(partial, 'own', 'text')
    } else if (mayOpen() && interrupted === around.text && !isUsed) {
      // In text the end of a turn may stand in the place of a call's mark, too.
      progress.at -= partial.length
      around.openBlock(found, 'drifted', token.isBehindBlock ? 'token' : 'text', true)
      giveBack(partial)
    } else {
      restore(held)
    }
  }

  function end() {
    if (reading === 'header') return endHeader(header.end())
    notice('control-token', progress.at - held.trimStart().length, held.trim())
    toText()
  }

  return { meet, push, end }
}
