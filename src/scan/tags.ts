import { matchDrift } from './drift.js'

/**
 * What a tag means to whoever finds it. Those of no dialect, which `drift.ts` knows: `drift-open` and `drift-close` stand
 * in the place of a call's marks, `call` is itself the beginning of a call (`<function=`), `declaration` is XML's.
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

/** A tag and what it means. */
export type Tag = readonly [tag: string, kind: TagKind]

export type TagMatch = TagKind | 'partial' | 'none'

/**
 * Tells whether what has been read since a character that begins tags is a tag, may still become one, or is none.
 *
 *     Sure, <tool_
 *           ^^^^^^  partial, for the tag `<tool_call>`
 */
export interface TagSet {
  match(read: string): TagMatch
  /** With what a tag may begin anywhere: `<`, and what else the dialect's own begin with. */
  readonly starts: string
  /** With what one may begin that is a word, as `USER:` is: only at the start of a line. */
  readonly lineStarts: string
  /** Whether there is a mark that closes a call. */
  hasClose(): boolean
}

/** `drift`: whether marks that are none of the dialect's count too. */
export function createTagSet(tags: readonly Tag[], drift = false): TagSet {
  const firsts = new Set(tags.map(([tag]) => tag.charAt(0)))
  if (drift) firsts.add('[')
  firsts.delete('<')
  const others = [...firsts]
  return {
    starts: `<${others.filter((first) => !/[\w\u2060]/.test(first)).join('')}`,
    lineStarts: others.filter((first) => /\w/.test(first)).join(''),
    hasClose: () => tags.some(([, kind]) => kind === 'close'),
    match(read) {
      const { length } = read
      const last = read.charCodeAt(length - 1)
      let partial = false
      for (const [tag, kind] of tags) {
        // Nearly all tags differ in the character that has just come.
        if (tag.charCodeAt(length - 1) !== last || !tag.startsWith(read)) continue
        if (tag.length === length) return kind
        partial = true
      }
      if (partial) return 'partial'
      return drift ? matchDrift(read) : 'none'
    },
  }
}

/** Whether a mark is none of the dialect's. */
export function isDrift(kind: TagKind): boolean {
  return kind === 'drift-open' || kind === 'drift-close' || kind === 'call' || kind === 'declaration'
}

/** For text in which no mark means anything. */
export const noTags = createTagSet([])
