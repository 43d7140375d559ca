import type { ToolMessage } from '../../request.js'
import { type ChatPart, contentOf, type PlacedBlock, readBlocks } from './content.js'

/** Blocks that a result's content may have and that are shown as what they are; any other is data. */
const shown: ReadonlySet<unknown> = new Set(['text', 'image', 'document', 'search_result'])

/**
 * A result as a tool message. The protocol's `is_error` has no place there: the model reads `Error: ` before the text,
 * unless that already begins so.
 *
 * @example { type: 'tool_result', tool_use_id: 'toolu_1', content: 'no such city', is_error: true }
 * // { role: 'tool', tool_call_id: 'toolu_1', content: 'Error: no such city' }
 */
export function resultOf({ block, field }: PlacedBlock): ToolMessage {
  const { tool_use_id: id, is_error: failed } = block
  const content = resultContent(block.content, `${field}.content`)
  return {
    role: 'tool',
    ...(typeof id === 'string' && { tool_call_id: id }),
    content: failed === true ? asError(content) : content,
  }
}

/** Any JSON: Anthropic's own tools have results of their own shapes. */
function resultContent(content: unknown, field: string): string | ChatPart[] {
  if (content !== null && typeof content === 'object' && !Array.isArray(content)) return dataOf(content)
  const blocks = readBlocks(content, field)
  return contentOf(
    blocks.map(({ block, field }) => ({
      field,
      block: shown.has(block.type) ? block : { type: 'text', text: dataOf(block) },
    })),
  )
}

function dataOf(data: object): string {
  // Kilobytes that only Anthropic can read.
  return JSON.stringify(data, (name, value) => (name.startsWith('encrypted_') ? undefined : value))
}

function asError(content: string | ChatPart[]): string | ChatPart[] {
  if (typeof content !== 'string') return [{ type: 'text', text: 'Error:' }, ...content]
  if (/^\s*(?:\w+ ?)?error\b/i.test(content)) return content
  return content === '' ? 'Error' : `Error: ${content}`
}
