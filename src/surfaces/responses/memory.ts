import { stringify } from '../../render/stringify.js'
import type { OutputItem } from './protocol.js'

/**
 * Responses that later requests refer to, by `previous_response_id` or by the ids of their items. They are in this process
 * alone and few: of those that nobody has asked for in the longest time, the first is forgotten.
 */
export interface ResponseMemory {
  readonly limits: MemoryLimits
  keep(id: string, kept: KeptResponse): void
  /** All items of a conversation up to and with this response; `undefined` where any of it is not known. */
  conversation(id: string): unknown[] | undefined
  /** An item of a response's output. */
  item(id: string): OutputItem | undefined
}

/** How much is kept. */
export interface MemoryLimits {
  responses: number
  /** Of all of it as JSON. */
  characters: number
}

export interface KeptResponse {
  /** The one that it went on from. */
  previous: string | undefined
  /** What was new in the request. */
  input: readonly unknown[]
  output: readonly OutputItem[]
}

/** An app that loops has some ten responses under way, a server in front of many apps some hundred. */
export const defaultMemory: MemoryLimits = { responses: 1000, characters: 32 * 1024 * 1024 }

export function createResponseMemory(limits: MemoryLimits = defaultMemory): ResponseMemory {
  /** The one that was asked for last is the last. */
  const responses = new Map<string, KeptResponse & { characters: number }>()
  /** Which response an item is of. */
  const owners = new Map<string, string>()
  let characters = 0

  function forget(id: string): void {
    const forgotten = responses.get(id)
    if (!forgotten) return
    responses.delete(id)
    characters -= forgotten.characters
    for (const item of forgotten.output) owners.delete(item.id)
  }

  function touch(id: string): void {
    const known = responses.get(id)
    if (!known) return
    responses.delete(id)
    responses.set(id, known)
  }

  /** The ids of a conversation, its last response first. */
  function chain(id: string): string[] | undefined {
    const ids: string[] = []
    for (let at: string | undefined = id; at !== undefined; at = responses.get(at)?.previous) {
      if (!responses.has(at)) return undefined
      ids.push(at)
    }
    return ids
  }

  return {
    limits,

    keep(id, kept) {
      const size = (stringify([kept.input, kept.output]) ?? '').length
      // The others would be forgotten for one that nobody can be told of.
      if (size > limits.characters) return
      responses.set(id, { ...kept, characters: size })
      characters += size
      for (const item of kept.output) owners.set(item.id, id)
      for (const oldest of responses.keys()) {
        if (responses.size <= limits.responses && characters <= limits.characters) return
        forget(oldest)
      }
    },

    conversation(id) {
      const ids = chain(id)?.reverse()
      return ids?.flatMap((one) => {
        touch(one)
        const { input = [], output = [] } = responses.get(one) ?? {}
        return [...input, ...output]
      })
    },

    item(id) {
      const owner = owners.get(id)
      if (owner === undefined) return undefined
      touch(owner)
      return responses.get(owner)?.output.find((item) => item.id === id)
    },
  }
}
