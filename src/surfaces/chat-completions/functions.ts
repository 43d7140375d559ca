import { type Fields, isFields, without } from '../../fields.js'
import type { FunctionTool, ToolChoice } from '../../request.js'
import type { ChatBody } from '../surface.js'
import type { ChatCompletion, ChatCompletionChunk, CompletionToolCall, ToolCallDelta } from './protocol.js'

/** The protocol's older way to ask for calls. */
const olderFields = new Set(['functions', 'function_call'])

/**
 * Whether a request gives its tools in the protocol's older form, as `functions`.
 *
 * @throws Error when it gives a part of that form, or both.
 */
export function asksForFunctionCall({ functions, function_call: choice, tools }: ChatBody): boolean {
  if (functions != null && !Array.isArray(functions)) throw new Error('functions must be an array')
  const isOlder = Array.isArray(functions) && functions.length > 0
  if (isOlder && tools && tools.length > 0) throw new Error('functions: give functions or tools, not both')
  if (choice != null && !isOlder) {
    throw new Error(
      'function_call: there are no functions to call, give functions, or tools with tool_choice',
    )
  }
  return isOlder
}

/**
 * The same request with tools. The older form has one call in an answer.
 *
 * @throws Error whose first word is the field that is wrong.
 * @example
 * readFunctions({ messages, functions: [{ name: 'add' }], function_call: { name: 'add' } })
 * // { messages, tools: [{ type: 'function', function: { name: 'add' } }],
 * //   tool_choice: { type: 'function', function: { name: 'add' } }, parallel_tool_calls: false }
 */
export function readFunctions(body: ChatBody): ChatBody {
  const tools: FunctionTool[] = []
  for (const [index, declared] of Array.isArray(body.functions) ? body.functions.entries() : []) {
    tools.push(readFunction(declared, `functions[${index}]`, tools))
  }
  const choice = readChoice(body.function_call, tools)
  return {
    ...without(body, olderFields),
    messages: body.messages,
    tools,
    tool_choice: choice ?? null,
    parallel_tool_calls: false,
  }
}

function readFunction(declared: unknown, field: string, before: readonly FunctionTool[]): FunctionTool {
  if (!isFields(declared)) throw new Error(`${field} must be an object like { name, parameters }`)
  const { name, description, parameters } = declared
  if (typeof name !== 'string' || name === '') {
    throw new Error(`${field}.name must be a string that is not empty`)
  }
  if (typeof description !== 'string' && description != null) {
    throw new Error(`${field}.description must be a string`)
  }
  if (before.some((tool) => tool.function.name === name)) {
    throw new Error(
      `${field} has the name of an earlier function, ${JSON.stringify(name)}: names must differ`,
    )
  }
  return {
    type: 'function',
    function: {
      ...declared,
      name,
      ...(description != null && { description }),
      ...(parameters != null && { parameters }),
    },
  }
}

function readChoice(choice: unknown, tools: readonly FunctionTool[]): ToolChoice | undefined {
  if (choice == null) return undefined
  if (choice === 'auto' || choice === 'none') return choice
  if (!isFields(choice) || typeof choice.name !== 'string') {
    throw new Error("function_call must be 'auto', 'none' or { name }")
  }
  const { name } = choice
  const names = tools.map((tool) => tool.function.name)
  if (!names.includes(name)) {
    throw new Error(
      `function_call names ${JSON.stringify(name)}, which is not among the functions (${names.join(', ')})`,
    )
  }
  return { type: 'function', function: { name } }
}

/** A chunk with its piece of the call in the older form. */
export function chunkWithFunctionCall(chunk: ChatCompletionChunk): object {
  return {
    ...chunk,
    choices: chunk.choices.map(({ delta: { tool_calls: calls, ...delta }, ...choice }) => ({
      ...choice,
      delta: { ...delta, ...callIn(calls) },
      finish_reason: finishOf(choice.finish_reason),
    })),
  }
}

/** A whole answer with its call in the older form. */
export function completionWithFunctionCall(completion: ChatCompletion): object {
  return {
    ...completion,
    choices: completion.choices.map(({ message: { tool_calls: calls, ...message }, ...choice }) => ({
      ...choice,
      message: { ...message, ...callIn(calls) },
      finish_reason: finishOf(choice.finish_reason),
    })),
  }
}

function callIn(calls: readonly (CompletionToolCall | ToolCallDelta)[] | undefined): Fields {
  const [call] = calls ?? []
  return call && 'function' in call ? { function_call: call.function } : {}
}

function finishOf(reason: string | null): string | null {
  return reason === 'tool_calls' ? 'function_call' : reason
}
