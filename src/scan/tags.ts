import { matchDrift } from './drift.js'

/**
 * What a tag means to whoever finds it. Those of no dialect, which `drift.ts` knows: `drift-open` and `drift-close` stand
 * in the place of a call's marks, `call` is itself the beginning of a call (`<function=`), `declaration` is XML's, and
 * `result-open` and `result-close` stand around a tool's result, `others-turn` begins a turn that is not the model's.
 */
export type TagKind =
  | 'open'
  | 'close'
  | 'think-open'
  | 'think-close'
  | 'turn-start'
  | 'turn-end'
  | 'neutral'
  | 'drift-open'
  | 'drift-close'
  | 'call'
  | 'declaration'
  | 'result-open'
  | 'result-close'
  | 'others-turn'

/** A tag and what it means. */
export type Tag = readonly [tag: string, kind: TagKind]

export type TagMatch = TagKind | 'partial' | 'none'

/** What begins a call behind a mark where its name is an element of XML. */
export const nameElements = ['<name>', '<function_name>', '<tool_name>']

/**
 * Tells whether what has been read since a character that begins tags is a tag, may still become one, or is none.
 *
 *     Sure, <tool_
 *           ^^^^^^  partial, for the tag `<tool_call>`
 */
export interface TagSet {
  match(read: string): TagMatch
  /** The same where a call may be over: `drift-close` for a closing mark that is none of the dialect's. */
  matchBehind(read: string): TagMatch
  /** Whether there is a mark that closes a call. */
  hasClose(): boolean
  /** See `WholeTags`. */
  whole?(text: string, at: number): Tag | undefined
}

/** Tags that are also looked for, and found at once where all of one has come: that saves asking at each character. */
export interface WholeTags extends TagSet {
  /** With what a tag may begin anywhere: `<`, and what else the dialect's own begin with. */
  readonly starts: string
  /** With what one may begin that is a word, as `USER:` is: only at the start of a line. */
  readonly lineStarts: string
  /** By a unit's last seven bits, whether a tag may begin or a line end with it; 0: no. */
  readonly stops: Uint8Array
  /** The tag that `match` would come to in a text from this place on, if it is one of the dialect's. */
  whole(text: string, at: number): Tag | undefined
}

/** `drift`: whether marks that are none of the dialect's count too: nowhere, where a call may be over, everywhere. */
export function createTagSet(tags: readonly Tag[], drift: 'no' | 'behind' | 'yes' = 'no'): WholeTags {
  const firsts = [...new Set(tags.map(([tag]) => tag.charAt(0)).concat('<', drift === 'yes' ? '[' : []))]
  const starts = firsts.filter((first) => !/[\w\u2060]/.test(first)).join('')
  const stops = new Uint8Array(128)
  for (const first of `\n${starts}`) stops[first.charCodeAt(0) & 127] = 1
  return {
    starts,
    lineStarts: firsts.filter((first) => /\w/.test(first)).join(''),
    stops,
    hasClose: () => tags.some(([, kind]) => kind === 'close'),
    whole(text, at) {
      const second = text.charCodeAt(at + 1)
      let found: Tag | undefined
      for (const tag of tags) {
        const written = tag[0]
        if (written.charCodeAt(1) !== second || !text.startsWith(written, at)) continue
        // One that is the beginning of another is found before it.
        if (found === undefined || written.length < found[0].length) found = tag
      }
      return found
    },
    match(read) {
      const found = matchOwn(read)
      return found === 'none' && drift === 'yes' ? matchDrift(read) : found
    },
    matchBehind(read) {
      const own = matchOwn(read)
      // One that closes, and nothing else in it: what stands in a string may go on with an escape or that string's quote.
      if (own !== 'none' || drift === 'no' || !/^<(?:[|｜]|\/ ?)[^\s"'<\\]*\s?>?$/.test(read)) return own
      const found = matchDrift(read)
      if (found === 'result-close') return 'drift-close'
      return found === 'drift-close' || found === 'partial' ? found : 'none'
    },
  }

  function matchOwn(read: string): TagMatch {
    const { length } = read
    const last = read.charCodeAt(length - 1)
    let partial = false
    for (const tag of tags) {
      const written = tag[0]
      // Nearly all tags differ in the character that has just come.
      if (written.charCodeAt(length - 1) !== last || !written.startsWith(read)) continue
      if (written.length === length) return tag[1]
      partial = true
    }
    return partial ? 'partial' : 'none'
  }
}

/** Whether a mark is none of the dialect's. */
export function isDrift(kind: TagKind): boolean {
  return kind === 'drift-open' || kind === 'drift-close' || kind === 'call' || kind === 'declaration'
}

/** Whether it is a control token of turns. */
export function isTurn(match: TagMatch): boolean {
  return match === 'turn-start' || match === 'turn-end'
}

/** Whether a mark shows that what stands before it is over: a call, or the reasoning before one. */
export function endsWhatIsBefore(match: TagMatch): boolean {
  return match === 'open' || isTurn(match)
}

/** The tags that count now, and a closing one beside them; `''`: there is none now. */
export function withClose(tags: () => TagSet, close: () => string): TagSet {
  const or = (found: TagMatch, read: string): TagMatch => {
    const tag = close()
    if (tag === '' || (found !== 'partial' && found !== 'none') || !tag.startsWith(read)) return found
    return tag === read ? 'close' : 'partial'
  }
  return {
    hasClose: () => close() !== '' || tags().hasClose(),
    match: (read) => or(tags().match(read), read),
    matchBehind: (read) => or(tags().matchBehind(read), read),
  }
}

/** For text in which no mark means anything. */
export const noTags = createTagSet([])
