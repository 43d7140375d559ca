import { bareName } from '../align/names.js'

/**
 * What a key of a call is to it: `name` and `arguments` under any of their names, `tool` for the name or for an object that
 * is the call, `metadata` for what envelopes add and what says nothing of the call.
 */
export type CallKey = 'name' | 'arguments' | 'tool' | 'metadata'

/** Words for a tool or its call, and what of it is meant. */
const pattern =
  /^(?:tools?|functions?|func|action|method|recipient)?(?:calls?|use)?(?:(name)|(id|type|index)|(arg(?:ument)?s?|param(?:eter)?s?|kwargs|inputs?))?$/

/**
 * Models make these keys of the same few words, in any case and with any separators: `Arguments`, `function_args`,
 * `toolName`, `tool_call`.
 *
 * @example callKey('tool_input') // 'arguments'
 */
export function callKey(key: string): CallKey | undefined {
  const bare = bareName(key)
  const found = bare === '' ? null : pattern.exec(bare)
  if (found === null) return undefined
  const [, name, metadata, args] = found
  return name ? 'name' : metadata ? 'metadata' : args ? 'arguments' : 'tool'
}
