import type { ToolIndex } from './align/tools.js'

/**
 * What another repair makes of a whole block that the reader did not recognise as a call. Its word counts only if it is
 * an object that names a declared tool: such repairs also make strings of prose.
 */
export function readOpinion(
  repair: (text: string) => string,
  body: string,
  tools: ToolIndex,
): { name: string; arguments: string } | undefined {
  let value: unknown
  try {
    value = JSON.parse(repair(body))
  } catch {
    // Not JSON even with its help: the block stays text.
    return undefined
  }
  if (typeof value !== 'object' || value === null || !('name' in value)) return undefined
  const { name } = value
  if (typeof name !== 'string' || tools.declared?.has(name) !== true) return undefined
  const given = 'arguments' in value ? value.arguments : 'parameters' in value ? value.parameters : undefined
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return undefined
  return { name, arguments: JSON.stringify(given) }
}
