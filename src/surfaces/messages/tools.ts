import { isFields } from '../../fields.js'
import type { FunctionTool, ToolChoice } from '../../request.js'

/**
 * The tools of a request in Chat Completions shapes. `input_examples` become the schema's `examples`, JSON Schema's own
 * word for them.
 *
 * @throws Error naming the field: `tools[1].name must be a string that is not empty`.
 */
export function readMessagesTools(tools: unknown): FunctionTool[] {
  if (tools === null || tools === undefined) return []
  if (!Array.isArray(tools)) throw new Error('tools must be an array')
  return tools.map((tool: unknown, index) => readTool(tool, `tools[${index}]`))
}

function readTool(tool: unknown, field: string): FunctionTool {
  if (!isFields(tool)) throw new Error(`${field} must be an object like { name, input_schema }`)
  const { type, name, description, strict, input_schema: schema, input_examples: examples } = tool
  if (type !== undefined && type !== null && type !== 'custom') {
    // Anthropic's own have been refused before, or left out.
    throw new Error(`${field}.type must be 'custom', or left out, not ${JSON.stringify(type)}`)
  }
  if (typeof name !== 'string' || name === '') {
    throw new Error(`${field}.name must be a string that is not empty`)
  }
  if (typeof description !== 'string' && description !== undefined && description !== null) {
    throw new Error(`${field}.description must be a string`)
  }
  if (!isFields(schema) && schema !== undefined && schema !== null) {
    throw new Error(`${field}.input_schema must be a JSON Schema`)
  }
  const parameters = Array.isArray(examples) && examples.length > 0 ? { ...schema, examples } : schema
  return {
    type: 'function',
    function: {
      name,
      ...(description && { description }),
      ...(parameters && { parameters }),
      ...(strict === true && { strict }),
    },
  }
}

/**
 * The tool choice in Chat Completions shape, and whether several calls may come.
 *
 * @throws Error naming the field when it is of no known shape.
 * @example readMessagesChoice({ type: 'any', disable_parallel_tool_use: true }, 2)
 * // { tool_choice: 'required', parallel_tool_calls: false }
 */
export function readMessagesChoice(
  choice: unknown,
  tools: number,
): { tool_choice?: ToolChoice; parallel_tool_calls?: boolean } {
  if (choice === null || choice === undefined) return {}
  if (!isFields(choice)) throw wrongChoice()
  const { type, name, disable_parallel_tool_use: oneCall } = choice
  const parallel = oneCall === true && { parallel_tool_calls: false }
  switch (type) {
    case 'auto':
    case 'none':
      return { tool_choice: type, ...parallel }
    case 'any':
      if (tools === 0) throw new Error("tool_choice is { type: 'any' } but the request has no tools")
      return { tool_choice: 'required', ...parallel }
    case 'tool':
      if (typeof name !== 'string') throw new Error('tool_choice.name must be the name of a tool')
      return { tool_choice: { type: 'function', function: { name } }, ...parallel }
    default:
      throw wrongChoice()
  }
}

function wrongChoice(): Error {
  return new Error("tool_choice must be { type: 'auto' }, 'any', 'none' or { type: 'tool', name }")
}
