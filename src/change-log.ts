import { changeMessages } from './changes.js'
import type { Change, ChangeKind } from './events.js'

/** Collects changes: one entry a kind, with a count, so that a hostile reply cannot make the list long. */
export interface ChangeLog {
  add(kind: ChangeKind, offset: number, text?: string): void
  /** The changes so far, in the order in which each kind first occurred. */
  take(): Change[]
}

/** How much of a text that was left out a change quotes. */
const maxQuoted = 1024

export function createChangeLog(): ChangeLog {
  const changes = new Map<ChangeKind, Change>()
  return {
    add(kind, offset, text) {
      const known = changes.get(kind)
      if (known === undefined) {
        changes.set(kind, createChange(kind, offset, text))
        return
      }
      known.count++
      if (text !== undefined && known.text !== undefined && known.text.length < maxQuoted) known.text += text
    },
    take() {
      if (changes.size === 0) return []
      const taken = [...changes.values()]
      changes.clear()
      return taken
    },
  }
}

export function createChange(kind: ChangeKind, offset: number, text?: string): Change {
  const change: Change = { kind, offset, count: 1, message: changeMessages[kind] }
  if (text !== undefined) change.text = text
  return change
}
