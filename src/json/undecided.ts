import { Char } from './characters.js'
import type { Frame } from './frame.js'
import { tellItem } from './pending.js'
import { State } from './state.js'
import { Token, type TokenSink } from './tokens.js'

/**
 * Holds tokens behind a bracket of Python's while it is not known what it means in JSON: `(` opens an array or only
 * stands around a value, `{` opens an object or a set. What it is shows later:
 *
 *     ("a")   ("a", 1)   {"a"}   {"a": 1}
 */
export interface Undecided extends TokenSink {
  /** A bracket opens: its place among the tokens that are held, or `undefined` if it is known what it is. */
  hold(closer: number): number | undefined
  /** It is known what the innermost bracket is: an array's, an object's, or none of JSON's. */
  settle(text: '{' | '[' | ''): void
  /** The innermost bracket closes: what it is shows now, if it had not before. */
  settleClosing(state: State): void
  /** A comma; whether it shows that what came before is the first item of a set. */
  settleComma(state: State): boolean
  /** Nothing more comes that could tell what brackets are. */
  settleAll(): void
  /** A key comes, which may be the first item of a set. */
  key(json: string, word: string | undefined): void
  /** In a call inside the call a value has to have some key; the outer call's sink gives its own. */
  nameArgument(): void
}

export function createUndecided(sink: TokenSink, frames: readonly Frame[]): Undecided {
  let held: (readonly (readonly [Token, string])[])[] = []
  /** How many brackets among them are not settled. */
  let open = 0
  /** The first key in a brace: its place among the tokens that are held, and how it was written. */
  let firstKeyAt = 0
  let firstKey = ''
  let firstWord: string | undefined

  function token(kind: Token, text: string) {
    if (open > 0) held.push([[kind, text]])
    else sink.token(kind, text)
  }

  const top = () => frames[frames.length - 1]

  function settleFrame(frame: Frame | undefined, text: '{' | '[' | '') {
    if (frame?.undecided === undefined) return
    held[frame.undecided] = text === '' ? [] : [[Token.open, text]]
    frame.undecided = undefined
    frame.silent = text === ''
    frame.object = text === '{'
    if (--open > 0) return
    const tokens = held
    held = []
    for (const entry of tokens) for (const [kind, part] of entry) sink.token(kind, part)
  }

  const settle: Undecided['settle'] = (text) => settleFrame(top(), text)

  /** A value and no colon behind it: the brace is a set's. */
  function becomeSet() {
    const item: (readonly [Token, string])[] = []
    tellItem((kind, text) => item.push([kind, text]), firstKey, firstWord)
    held[firstKeyAt] = item
    settle('[')
  }

  return {
    token,
    hold(closer) {
      if (closer === Char.closeBracket || frames.length === 0) return undefined
      open++
      return held.push([]) - 1
    },
    settle,
    settleClosing(state) {
      const frame = top()
      if (frame?.undecided === undefined) return
      if (state === State.colon) becomeSet()
      else settle(frame.object ? '{' : state === State.value ? '[' : '')
    },
    settleComma(state) {
      const frame = top()
      if (frame?.undecided === undefined) return false
      if (state === State.colon) becomeSet()
      else if (!frame.object && state === State.after) settle('[')
      return state === State.colon
    },
    settleAll() {
      for (const frame of frames) settleFrame(frame, frame.object ? '{' : '[')
    },
    key(json, word) {
      firstKeyAt = held.length
      firstKey = json
      firstWord = word
    },
    nameArgument() {
      if (frames.length < 2 || top()?.call !== true) return
      token(Token.key, '""')
      token(Token.colon, ':')
    },
  }
}
