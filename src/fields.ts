/**
 * A JSON object of somebody else's making: read with care, its unknown fields handed on as they are.
 *
 * @example { model: 'qwen3-8b', min_p: 0.05 }
 */
export interface Fields {
  [name: string]: unknown
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const nothing: Fields = Object.freeze({})

/**
 * The object without some of its fields. Never assigns by a foreign name, so `__proto__` stays a plain field. It is asked
 * for each token of a stream, where nearly always nothing is left.
 */
export function without(fields: Fields, names: ReadonlySet<string>): Fields {
  const others = Object.keys(fields).filter((name) => !names.has(name))
  return others.length === 0 ? nothing : Object.fromEntries(others.map((name) => [name, fields[name]]))
}

/** Whether any field says something: many servers send `null` for all that they do not use. */
export function saysSomething(fields: Fields | undefined): fields is Fields {
  if (fields === undefined || fields === nothing) return false
  return Object.values(fields).some((value) => value !== null && value !== undefined)
}

/** Names whose text is whole in every piece of a stream; any other text in a delta is the next part of it. */
const wholeTexts = new Set(['id', 'type', 'role', 'name', 'format', 'object'])

/** Arrays that a merge has made: they grow in place, or a stream of pieces would copy them for each one. */
const grown = new WeakSet<unknown[]>()

/**
 * Adds a delta's unknown parts to what earlier ones gave: texts and arrays grow, objects are merged, anything
 * else is replaced. `joinTexts: false` replaces texts too, for fields that are not deltas. What an earlier merge gave is
 * used up when it is given as `before`.
 *
 * @example
 * mergeFields({ audio: { id: 'a', data: 'UklG' } }, { audio: { data: 'Rgg=' } })
 * // { audio: { id: 'a', data: 'UklGRgg=' } }
 */
export function mergeFields(before: Fields, piece: Fields, joinTexts = true): Fields {
  const merged = new Map(Object.entries(before))
  for (const [name, value] of Object.entries(piece)) {
    const known = merged.get(name)
    if (value === null && known !== undefined) continue
    if (Array.isArray(known) && Array.isArray(value)) merged.set(name, growArray(known, value))
    else if (isFields(known) && isFields(value)) merged.set(name, mergeFields(known, value, joinTexts))
    else if (joinTexts && typeof known === 'string' && typeof value === 'string' && !wholeTexts.has(name))
      merged.set(name, known + value)
    else merged.set(name, value)
  }
  return Object.fromEntries(merged)
}

function growArray(known: unknown[], more: unknown[]): unknown[] {
  const array = grown.has(known) ? known : [...known]
  grown.add(array)
  for (const item of more) array.push(item)
  return array
}

/**
 * The object with another laid over it, which has the last word: objects are merged, anything else is replaced, and
 * `undefined` takes a field out of the JSON that is made of it.
 *
 * @example layOver({ stop: ['a'], options: { seed: 1 } }, { stop: [], options: { num_ctx: 8192 } })
 * // { stop: [], options: { seed: 1, num_ctx: 8192 } }
 */
export function layOver(fields: Fields, over: Fields): Fields {
  const merged = new Map(Object.entries(fields))
  for (const [name, value] of Object.entries(over)) {
    const known = merged.get(name)
    merged.set(name, isFields(known) && isFields(value) ? layOver(known, value) : value)
  }
  return Object.fromEntries(merged)
}
