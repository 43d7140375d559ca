import type { BindToolsInput } from '@langchain/core/language_models/chat_models'
import { isLangChainTool } from '@langchain/core/utils/function_calling'
import { toJsonSchema } from '@langchain/core/utils/json_schema'
import { isInteropZodSchema } from '@langchain/core/utils/types'
import { type Fields, isFields } from '../../fields.js'
import { inProtocolSpelling } from '../../protocol-spelling.js'
import type { Tool, ToolChoice } from '../../request.js'
import { readToolChoice, readTools } from '../../tools.js'

/**
 * Declares what `bindTools` takes: LangChain's tools and whatever has a name and a schema, definitions of OpenAI's and
 * other protocols, and a schema on its own that has a title.
 *
 * @param strict set for all of them, where it is given.
 * @throws Error naming the tool that is none, or that has the name of an earlier one.
 */
export function declareTools(tools: readonly BindToolsInput[] = [], strict?: boolean): Tool[] {
  if (!Array.isArray(tools)) throw new Error('tools must be an array')
  const declared = tools.map((tool, index) => {
    const read = declareTool(tool, index)
    if (strict === undefined || read.type === 'custom') return read
    return { ...read, function: { ...read.function, strict } }
  })
  readTools(declared)
  return declared
}

function declareTool(tool: unknown, index: number): Tool {
  if (isLangChainTool(tool)) return functionTool(tool.name, tool.description, tool.schema)
  if (!isFields(tool)) throw noTool(index)
  if (isInteropZodSchema(tool)) return titledTool(toJsonSchema(tool), index)
  const { type, function: definition, custom } = tool
  if (type === 'custom' && isFields(custom) && typeof custom.name === 'string') {
    return { type, custom: { ...custom, name: custom.name } }
  }
  if (type === 'function' && isFields(definition) && typeof definition.name === 'string') {
    const { name, parameters } = definition
    return {
      type,
      function: {
        ...definition,
        name,
        ...(isFields(parameters) && { parameters: toJsonSchema(parameters) }),
      },
    }
  }
  // OpenAI's Responses and older functions, Anthropic, MCP, and a name beside any other schema.
  const schema = tool.parameters ?? tool.input_schema ?? tool.inputSchema ?? tool.schema
  if (typeof tool.name === 'string') return functionTool(tool.name, tool.description, schema)
  return titledTool(tool, index)
}

function functionTool(name: string, description: unknown, schema: unknown): Tool {
  return {
    type: 'function',
    function: {
      name,
      ...(typeof description === 'string' && { description }),
      ...(isFields(schema) && { parameters: toJsonSchema(schema) }),
    },
  }
}

/** A JSON schema that says by itself what it is called. */
function titledTool(schema: Fields, index: number): Tool {
  const { title, description, ...parameters } = schema
  if (typeof title !== 'string') throw noTool(index)
  return functionTool(title, description, parameters)
}

function noTool(index: number): Error {
  return new Error(
    `tools[${index}] must be a LangChain tool, a definition such as ` +
      "{ type: 'function', function: { name, parameters } }, or a schema with a title",
  )
}

/**
 * Reads a tool choice in any of LangChain's forms: its own words, a tool's name, OpenAI's and Anthropic's objects.
 *
 * @throws Error when it is of no known form, or of a tool that is not there.
 * @example readChoice('any', tools) // 'required'
 * @example readChoice('add', tools) // { type: 'function', name: 'add' }
 */
export function readChoice(choice: unknown, tools: readonly Tool[]): ToolChoice | undefined {
  const read = spell(choice)
  try {
    readToolChoice(read, readTools(tools))
  } catch (error) {
    throw error instanceof Error ? new Error(inProtocolSpelling(error.message)) : error
  }
  return read
}

function spell(choice: unknown): ToolChoice | undefined {
  if (choice === undefined || choice === null) return undefined
  if (typeof choice === 'string') return spellWord(choice) ?? { type: 'function', name: choice }
  if (isFields(choice)) {
    const { type, mode } = choice
    const inner = [choice.function, choice.custom, choice.allowed_tools].find(isFields) ?? choice
    if (type === 'allowed_tools' && Array.isArray(inner.tools)) {
      const required = (inner.mode ?? mode) === 'required'
      return { type, mode: required ? 'required' : 'auto', tools: inner.tools.filter(isFields) }
    }
    if (typeof inner.name === 'string') {
      return { type: type === 'custom' ? 'custom' : 'function', name: inner.name }
    }
    const word = typeof type === 'string' ? spellWord(type) : undefined
    if (word) return word
  }
  throw new Error(
    "tool_choice must be 'auto', 'any', 'required', 'none', a tool's name or { type: 'function', function: { name } }",
  )
}

function spellWord(word: string): 'auto' | 'none' | 'required' | undefined {
  if (word === 'any') return 'required'
  return word === 'auto' || word === 'none' || word === 'required' ? word : undefined
}
