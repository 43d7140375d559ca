/** What a tag means to whoever finds it. */
export type TagKind = 'open' | 'close' | 'think-open' | 'think-close' | 'turn-start' | 'turn-end' | 'neutral'

/** A tag and what it means. */
export type Tag = readonly [tag: string, kind: TagKind]

export type TagMatch = TagKind | 'partial' | 'none'

/**
 * Tells whether what has been read since a `<` is a tag, may still become one, or is none.
 *
 *     Sure, <tool_
 *           ^^^^^^  partial, for the tag `<tool_call>`
 */
export interface TagSet {
  match(read: string): TagMatch
}

export function createTagSet(tags: readonly Tag[]): TagSet {
  return {
    match(read) {
      let partial = false
      for (const [tag, kind] of tags) {
        if (tag === read) return kind
        if (!partial && tag.length > read.length && tag.startsWith(read)) partial = true
      }
      return partial ? 'partial' : 'none'
    },
  }
}
