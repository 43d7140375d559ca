import { type Fields, isFields } from '../../fields.js'
import type { ResponseUsage } from './protocol.js'

/**
 * Token counts in this protocol's words, given those of Chat Completions; `undefined` where nothing was counted.
 *
 * @example
 * readUsage({ prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 })
 * // { input_tokens: 12, output_tokens: 3, total_tokens: 15, … }
 */
export function readUsage(usage: unknown): ResponseUsage | undefined {
  if (!isFields(usage)) return undefined
  const input = count(usage.prompt_tokens)
  const output = count(usage.completion_tokens)
  const prompt = fieldsOf(usage.prompt_tokens_details)
  const completion = fieldsOf(usage.completion_tokens_details)
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: count(prompt.cached_tokens), cache_write_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: count(completion.reasoning_tokens) },
    total_tokens: count(usage.total_tokens ?? input + output),
  }
}

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {}
}

function count(value: unknown): number {
  return typeof value === 'number' ? value : 0
}
