import { changeMessages } from './changes.js'
import type { Change, ChangeKind } from './events.js'

/** What a value was, what it was made, and where. The path is asked for only if it is listed. */
export interface ChangePlace {
  path: () => string
  before: string
  after?: string
}

/**
 * Collects changes: one entry a kind, with a count, so that a hostile reply cannot make the list long. Changes that have
 * a place are listed one by one while the list is short.
 */
export interface ChangeLog {
  add(kind: ChangeKind, offset: number, text?: string, place?: ChangePlace): void
  /** The changes so far, in the order in which each kind first occurred. */
  take(): Change[]
}

/** How much of a text that was left out a change quotes. */
export const maxQuoted = 1024

/** How many entries there may be for more to be told one by one. */
const maxListed = 32

export function createChangeLog(): ChangeLog {
  /** By kind, and those with a place by their number. */
  let changes: Map<ChangeKind | number, Change> | undefined
  return {
    add(kind, offset, text, place) {
      changes ??= new Map()
      const isListed = place !== undefined && changes.size < maxListed
      const known = isListed ? undefined : changes.get(kind)
      if (known === undefined) {
        const change = createChange(kind, offset, text)
        if (isListed) Object.assign(change, place, { path: place.path() })
        changes.set(isListed ? changes.size : kind, change)
        return
      }
      known.count++
      if (text !== undefined && known.text !== undefined && known.text.length < maxQuoted) known.text += text
    },
    take() {
      const taken = changes === undefined ? [] : [...changes.values()]
      changes = undefined
      return taken
    },
  }
}

export function createChange(kind: ChangeKind, offset: number, text?: string): Change {
  const change: Change = { kind, offset, count: 1, message: changeMessages[kind] }
  if (text !== undefined) change.text = text
  return change
}
