import type { ToolIndex } from './align/tools.js'
import { isFields } from './fields.js'

/**
 * What another repair makes of a whole block that the reader did not recognise as a call: JSON that is a call to a
 * declared tool, or nothing. Such repairs also make strings of prose, so no other result counts.
 */
export function repairCall(
  repair: (text: string) => string,
  body: string,
  tools: ToolIndex,
): { name: string; json: string } | undefined {
  let json: string
  let value: unknown
  try {
    json = repair(body)
    value = JSON.parse(json)
    // The block was a string that holds the call.
    if (typeof value === 'string') {
      json = value
      value = JSON.parse(json)
    }
  } catch {
    // Not JSON even with its help: the block stays text.
    return undefined
  }
  if (!isFields(value)) return undefined
  const { name, arguments: given = value.parameters } = value
  if (typeof name !== 'string' || tools.declared?.has(name) !== true || !isFields(given)) return undefined
  return { name, json }
}
