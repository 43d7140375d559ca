import { spaceJson } from '../../render/json.js'
import { stringify } from '../../render/stringify.js'

/**
 * Writes a value as the models saw JSON in training. An app's own tools may hold what JSON has no form for: a `BigInt`
 * is written as its digits in a string, an object inside itself as `"[Circular]"`.
 *
 * @example writeValue({ id: 1n }) // '{"id": "1"}'
 */
export function writeValue(value: unknown): string {
  return spaceJson(jsonOf(value) ?? 'null')
}

function jsonOf(value: unknown): string | undefined {
  try {
    return stringify(value)
  } catch (error) {
    if (error instanceof TypeError) return JSON.stringify(value, withForm())
    throw error
  }
}

function withForm(): (this: unknown, key: string, value: unknown) => unknown {
  const above: unknown[] = []
  return function (_key, value) {
    if (typeof value === 'bigint') return String(value)
    if (typeof value !== 'object' || value === null) return value
    // `this` is the object that the value is in.
    while (above.length > 0 && above.at(-1) !== this) above.pop()
    if (above.includes(value)) return '[Circular]'
    above.push(value)
    return value
  }
}
