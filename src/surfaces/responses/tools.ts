import { isFields } from '../../fields.js'
import type { Tool, ToolChoice } from '../../request.js'

/**
 * Tools as Chat Completions spells them, given this protocol's flat ones.
 *
 * @param fieldOf where a tool stands in the request.
 * @throws Error naming the field: a tool that OpenAI would run, a tool without a name.
 * @example
 * readTools([{ type: 'function', name: 'add', parameters: {}, strict: true }], () => 'tools[0]')
 * // [{ type: 'function', function: { name: 'add', parameters: {}, strict: true } }]
 */
export function readTools(
  tools: readonly unknown[],
  fieldOf: (tool: unknown, index: number) => string,
): Tool[] {
  return tools.map((tool, index) => readTool(tool, fieldOf(tool, index)))
}

function readTool(tool: unknown, field: string): Tool {
  if (!isFields(tool))
    throw new Error(`${field} must be an object like { type: 'function', name, parameters }`)
  const { type, name, description, parameters, strict, format } = tool
  if (type !== 'function' && type !== 'custom') throw new Error(`${field}.type: ${notOurs(type)}`)
  if (typeof name !== 'string' || name === '') {
    throw new Error(`${field}.name: give a name beside type, a string that is not empty`)
  }
  if (description != null && typeof description !== 'string') {
    throw new Error(`${field}.description must be a string`)
  }
  const named = { name, ...(description != null && { description }) }
  if (type === 'custom') return { type, custom: { ...named, ...(format != null && { format }) } }
  // `strict` has to be given here and is in no template: it is for the reader of the call, where it says something.
  const isStrict = strict === true
  return {
    type,
    function: { ...named, ...(parameters != null && { parameters }), ...(isStrict && { strict: true }) },
  }
}

/**
 * Checks a tool choice; `undefined` for none.
 *
 * @throws Error naming the field where it is none, or of a tool that OpenAI would run.
 */
export function readToolChoice(choice: unknown): ToolChoice | undefined {
  if (choice == null) return undefined
  if (choice === 'auto' || choice === 'none' || choice === 'required') return choice
  if (!isFields(choice)) {
    throw new Error(
      "tool_choice must be 'auto', 'none', 'required', { type: 'function', name }, { type: 'custom', name } or " +
        "{ type: 'allowed_tools', mode, tools }",
    )
  }
  const { type, name, mode = 'auto', tools } = choice
  switch (type) {
    case 'function':
    case 'custom':
      if (typeof name !== 'string') throw new Error('tool_choice.name: give the name of a tool')
      return { type, name }
    case 'allowed_tools':
      if (mode !== 'auto' && mode !== 'required') {
        throw new Error("tool_choice.mode must be 'auto' or 'required'")
      }
      if (!Array.isArray(tools)) throw new Error('tool_choice.tools must be an array of tools')
      return { type, mode, tools: tools.map(readAllowed) }
    default:
      throw new Error(`tool_choice.type: ${notOurs(type)}`)
  }
}

function readAllowed(tool: unknown, index: number): { type: string; name: string } {
  const field = `tool_choice.tools[${index}]`
  if (!isFields(tool)) throw new Error(`${field} must be an object like { type: 'function', name }`)
  const { type, name } = tool
  if (type !== 'function' && type !== 'custom') throw new Error(`${field}.type: ${notOurs(type)}`)
  if (typeof name !== 'string') throw new Error(`${field}.name: give the name of a tool`)
  return { type, name }
}

function notOurs(type: unknown): string {
  if (type === undefined) return "give 'function' or 'custom', and the tool's name beside it"
  return `${JSON.stringify(type)} is no tool that the model can call; the app's own of type "function" and "custom" are`
}
