import type { Call } from '../align/call.js'
import type { Outcome } from '../json/reader.js'
import { Token } from '../json/tokens.js'
import type { Writable } from '../writable.js'
import { createArgumentsObject } from './arguments-object.js'
import type { CallGrammar, GrammarContext } from './call-grammar.js'
import { createRawValue } from './raw-value.js'
import type { TagSpelling } from './tag-spelling.js'
import { createTypedValue } from './typed-value.js'
import type { ValueTags } from './value-marks.js'

/**
 * What the grammars share whose arguments are raw values between tags: the way through the text, of which what stands
 * between values is the grammar's own, and the JSON object that is told.
 */
export interface TaggedCall extends Pick<CallGrammar, 'push' | 'plain'> {
  readonly outcome: Outcome
  readonly rest: string
  /** The arguments have begun. */
  readonly isOpen: boolean
  /** They are over. */
  readonly isWhole: boolean
  /** The end of what has been seen of the reply. */
  readonly position: number
  start(): void
  /** What has been read is read once more; what is left of it when the call ends belongs to whoever reads on. */
  again(text: string, at: number): void
  /** Whether the tool has this parameter and has not been given it. */
  isNext(key: string): boolean
  /** A value begins. `spelling`, `close`, `next`: as in `RawValue`. */
  startValue(key: string, at: number, spelling?: TagSpelling, close?: string, next?: readonly string[]): void
  /** The arguments are over, and the call. */
  close(outcome: Outcome, rest: string, at: number): void
  finish(outcome: Outcome, rest: string): void
  /** No more input. What has been read and not told of a value that goes on; `undefined`: it is over, or there is none. */
  endValue(stopped: boolean): string | undefined
}

/**
 * @param keyOf a key as it is meant, for one as it is written
 * @param read takes one character or more of what stands between values, and says where it stopped
 */
export function createTaggedCall(
  call: Call,
  context: GrammarContext,
  written: ValueTags,
  keyOf: (written: string) => string,
  read: (text: string, i: number, base: number) => number,
): TaggedCall {
  const { change, token: tell } = call
  const args = createArgumentsObject(call, context)
  const value = createTypedValue(call, context)
  const raw = createRawValue({
    written,
    tags: context.tags,
    text: value.text,
    change,
    isNext: (key, lineStart) => (call.tool === undefined ? lineStart : isNext(keyOf(key))),
  })
  let inValue = false
  const tagged: Writable<TaggedCall> = {
    outcome: 'reading',
    rest: '',
    isOpen: false,
    isWhole: false,
    position: 0,
    start,
    push(text, from, base) {
      tagged.position = base + text.length
      return run(text, from, base)
    },
    again,
    isNext,
    startValue,
    close,
    finish,
    endValue(stopped) {
      if (inValue) raw.end(stopped, tagged.position)
      if (inValue && raw.state !== 'open') leaveValue(tagged.position)
      return inValue ? value.held() + raw.unsent() : undefined
    },
    plain: () => (inValue && value.streams() ? raw.plain() : undefined),
  }

  function start() {
    args.start()
    tagged.outcome = 'reading'
    tagged.rest = ''
    tagged.isOpen = tagged.isWhole = false
    inValue = false
  }

  function run(text: string, from: number, base: number): number {
    let i = from
    while (i < text.length && tagged.outcome === 'reading') {
      if (inValue) {
        i = raw.push(text, i, base)
        if (raw.state !== 'open') leaveValue(base + i)
      } else i = read(text, i, base)
    }
    return i
  }

  function again(text: string, at: number) {
    const used = run(text, 0, at)
    tagged.rest += text.slice(used)
  }

  function isNext(key: string): boolean {
    return args.isParameter(key) && !args.has(key)
  }

  function open(at: number) {
    if (tagged.isOpen) return
    tagged.isOpen = true
    call.begin(at)
    tell(Token.open, '{')
  }

  function startValue(
    key: string,
    at: number,
    spelling?: TagSpelling,
    close?: string,
    next?: readonly string[],
  ) {
    open(at)
    args.key(JSON.stringify(key), args.goOn() ? ' ' : '')
    tell(Token.colon, ':')
    tell(Token.space, ' ')
    value.start(key)
    raw.start(spelling, close, next)
    inValue = true
  }

  function leaveValue(at: number) {
    const { state, rest, offset } = raw
    if (state === 'stopped') return finish('stopped', rest)
    if (state === 'forgotten') change('missing-tag', offset)
    value.end(offset)
    inValue = false
    again(rest, at - rest.length)
  }

  function close(outcome: Outcome, rest: string, at: number) {
    open(at)
    tagged.isWhole = true
    tell(Token.close, '}')
    finish(outcome, rest)
  }

  function finish(outcome: Outcome, rest: string) {
    tagged.outcome = outcome
    tagged.rest = rest
  }

  return tagged
}
