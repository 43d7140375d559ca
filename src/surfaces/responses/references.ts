import { type Fields, isFields } from '../../fields.js'
import type { ResponseMemory } from './memory.js'

/** A request's input with what it refers to in its place. */
export interface ResolvedInput {
  /** The items of the conversation that it goes on with. */
  before: unknown[]
  /** What is new; a text is one of them. */
  items: unknown[]
}

/**
 * Looks up what a request refers to: the response that it goes on from, and items of earlier ones.
 *
 * @param memory `undefined` where nothing is kept.
 * @throws Error naming the field: input that is none, and what is not known.
 */
export function resolveInput(
  { input, previous_response_id: previous }: Fields,
  memory: ResponseMemory | undefined,
): ResolvedInput {
  const before = previous == null ? [] : conversationOf(previous, memory)
  const items = itemsOf(input, before.length > 0)
  return {
    before,
    items: items.map((item: unknown, index) =>
      isReference(item) ? itemOf(item, `input[${index}]`, memory) : item,
    ),
  }
}

function conversationOf(id: unknown, memory: ResponseMemory | undefined): unknown[] {
  const known = typeof id === 'string' ? memory?.conversation(id) : undefined
  if (known) return known
  throw new Error(
    `previous_response_id: ${unknown(id, memory)} give the whole conversation as input, with store: false`,
  )
}

function itemsOf(input: unknown, hasBefore: boolean): unknown[] {
  if (typeof input === 'string') return [{ role: 'user', content: input }]
  if (input == null && hasBefore) return []
  if (Array.isArray(input) && (input.length > 0 || hasBefore)) return input
  throw new Error('input: give text, or a list of items that is not empty')
}

/** Its type may be left out. */
function isReference(item: unknown): item is Fields {
  return (
    isFields(item) && (item.type ?? (item.role == null ? 'item_reference' : 'message')) === 'item_reference'
  )
}

function itemOf({ id }: Fields, field: string, memory: ResponseMemory | undefined): unknown {
  const known = typeof id === 'string' ? memory?.item(id) : undefined
  if (known) return known
  throw new Error(`${field}.id: ${unknown(id, memory)} give the item itself, as clients do with store: false`)
}

function unknown(id: unknown, memory: ResponseMemory | undefined): string {
  const named = JSON.stringify(id) ?? 'nothing'
  if (!memory) return `${named} is not known, since nothing is kept between requests:`
  return (
    `${named} is not known: of answers the last ${memory.limits.responses} are kept, in memory alone, and none with ` +
    'store: false;'
  )
}
