import { checkParallel } from './check-options.js'
import { isFields } from './fields.js'
import { type DeclaredTool, type ResolvedChoice, readToolChoice, readTools } from './tools.js'

/**
 * What an app asks for, in Chat Completions shapes. Every surface maps its own request to this one. The protocol's own
 * spellings stand beside ours, so that an app's own object passes in unchanged; ours win where both are given.
 *
 * @example { messages: [{ role: 'user', content: 'Add 1 and 2.' }], tools, tool_choice: 'required' }
 */
export interface ToolRequest<M extends Message = Message> {
  /** The conversation so far, the newest message last. */
  messages: readonly M[]
  /** The tools that the model may call; none are shown where this is left out or empty. */
  tools?: readonly Tool[] | null | undefined
  /** Whether and what the model calls. Default: `auto`. */
  toolChoice?: ToolChoice | null | undefined
  /** The protocol's spelling of `toolChoice`. */
  tool_choice?: ToolChoice | null | undefined
  /** `false`: the prompt asks for one call at a time. Default: `true`. */
  parallelToolCalls?: boolean | null | undefined
  /** The protocol's spelling of `parallelToolCalls`. */
  parallel_tool_calls?: boolean | null | undefined
  /**
   * Whether the model thinks before it answers; left out, the dialect's own default holds. Read from here or from the
   * vendors' own fields: `enable_thinking`, `think`, `thinking`, `reasoning_effort`, `thinking_budget`, each also
   * inside `chat_template_kwargs` and `extra_body`.
   */
  reasoning?: boolean | string | object | null | undefined
}

/**
 * A message of the history, told by its `role`.
 *
 * @example { role: 'user', content: 'Add 1 and 2.' }
 */
export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage | FunctionMessage

/**
 * `null`, text, or parts of which the text ones are read and the others stay where an upstream can take them.
 *
 * @example
 * 'What is this?'
 * [{ type: 'text', text: 'What is this?' }, { type: 'image_url', image_url: { url: 'https://…' } }]
 */
export type Content = string | readonly ContentPart[] | null | undefined

/**
 * A part of a message's content.
 *
 * @example { type: 'text', text: 'What is this?' }
 */
export type ContentPart =
  | { type: 'text'; text: string }
  | { type: 'image_url'; image_url: object }
  | { type: 'input_audio'; input_audio: object }
  | { type: 'video_url'; video_url: object }
  | { type: 'file'; file: object }
  /** Any other that the upstream knows. */
  | { type: string }

/**
 * What the app tells the model; models' templates know no `developer`, so that it counts as `system`.
 *
 * @example { role: 'system', content: 'Be brief.' }
 */
export interface SystemMessage {
  role: 'system' | 'developer'
  content?: Content
  /** Not shown in a prompt; a chat server is sent it as it is. */
  name?: string | undefined
}

/**
 * What the user says.
 *
 * @example { role: 'user', content: 'Add 1 and 2.' }
 */
export interface UserMessage {
  role: 'user'
  content?: Content
  /** As in a system message. */
  name?: string | undefined
}

/**
 * What the model said: text, calls, and what it thought.
 *
 * @example
 * const call = { id: 'call_1', type: 'function', function: { name: 'add', arguments: '{}' } }
 * const message = { role: 'assistant', content: null, tool_calls: [call] }
 */
export interface AssistantMessage {
  role: 'assistant'
  content?: Content
  /** What it thought, for families whose template shows it. */
  reasoning_content?: string | null
  /** Counts as its text. */
  refusal?: string | null | undefined
  tool_calls?: readonly ToolCall[] | null
  /** The protocol's older spelling of one call. */
  function_call?: { name: string; arguments?: unknown } | null | undefined
  /** As in a system message. */
  name?: string | undefined
}

/**
 * The result of a call. Content that is neither text nor parts is shown as JSON.
 *
 * @example { role: 'tool', tool_call_id: 'call_1', content: '3' }
 */
export interface ToolMessage {
  role: 'tool'
  content?: unknown
  /** The `id` of the call that it answers. */
  tool_call_id?: string
  name?: string
}

/**
 * The protocol's older spelling of a tool message.
 *
 * @example { role: 'function', name: 'add', content: '3' }
 */
export interface FunctionMessage {
  role: 'function'
  name: string
  content: string | null
}

/**
 * A call in the history. Arguments are JSON text, as the protocol has them, or an object.
 *
 * @example { id: 'call_1', type: 'function', function: { name: 'add', arguments: '{"a": 1}' } }
 */
export type ToolCall =
  | { id?: string; type?: 'function'; function: { name: string; arguments?: unknown } }
  | { id?: string; type: 'custom'; custom: { name: string; input: string } }

/**
 * A tool that the model may call, told by its `type`.
 *
 * @example { type: 'function', function: { name: 'add', description: 'Adds.' } }
 */
export type Tool = FunctionTool | CustomTool

/**
 * A function, whose arguments are an object.
 *
 * @example { type: 'function', function: { name: 'add', description: 'Adds.', parameters: { type: 'object', properties: {} } } }
 */
export interface FunctionTool {
  type: 'function'
  function: {
    name: string
    description?: string
    /** JSON Schema. */
    parameters?: unknown
    strict?: boolean | null
  }
}

/**
 * A tool that takes free text. A grammar in its `format` is described to the model, not enforced.
 *
 * @example { type: 'custom', custom: { name: 'run', description: 'Runs Python.' } }
 */
export interface CustomTool {
  type: 'custom'
  custom: { name: string; description?: string; format?: unknown }
}

/**
 * Whether and what the model calls, in any of the protocol's spellings.
 *
 * @example 'required'
 * @example { type: 'function', function: { name: 'add' } }
 */
export type ToolChoice =
  | 'auto'
  | 'none'
  | 'required'
  | { type: 'function'; function: { name: string } }
  | { type: 'custom'; custom: { name: string } }
  | { type: 'function' | 'custom'; name: string }
  | { type: 'allowed_tools'; allowed_tools: { mode: 'auto' | 'required'; tools: readonly object[] } }
  | { type: 'allowed_tools'; mode: 'auto' | 'required'; tools: readonly object[] }

/** A request in its one canonical form. */
export interface NormalRequest {
  /** As given: history is read leniently, where it is rendered. */
  messages: readonly Message[]
  tools: DeclaredTool[]
  toolChoice: ResolvedChoice
  parallelToolCalls: boolean
  /** `undefined`: the dialect's own default. */
  reasoning: boolean | undefined
}

/**
 * Brings a request into its one form: our spellings, tools checked, the tool choice resolved, reasoning on, off or
 * left to the dialect.
 *
 * @throws Error naming the field when the request is not one: `messages` that are no array, a tool without a name, two
 * tools of one name, an unknown kind of tool, a choice of a tool that is not there.
 * @example
 * normaliseRequest({ messages, tools, tool_choice: 'required', enable_thinking: false })
 * // { messages, tools: [{ name: 'add', … }], toolChoice: { mode: 'required' }, parallelToolCalls: true, reasoning: false }
 */
export function normaliseRequest(input: ToolRequest): NormalRequest {
  if (!isFields(input)) throw new Error('request must be an object with messages')
  if (!Array.isArray(input.messages)) throw new Error('messages must be an array')
  if ('functions' in input && Array.isArray(input.functions) && input.functions.length > 0) {
    throw new Error(
      "functions are not read here: give tools, as in [{ type: 'function', function: { name } }]",
    )
  }
  const tools = readTools(input.tools)
  const parallel = input.parallelToolCalls ?? input.parallel_tool_calls ?? true
  checkParallel(parallel)
  return {
    messages: input.messages,
    tools,
    toolChoice: readToolChoice(input.toolChoice ?? input.tool_choice, tools),
    parallelToolCalls: parallel,
    reasoning: readReasoning(input),
  }
}

/** Where vendors put the switch, the plainest first, and what they wrap it in. */
const switches = ['reasoning', 'enable_thinking', 'think', 'thinking', 'reasoning_effort', 'thinking_budget']
const wrappers = ['chat_template_kwargs', 'extra_body']
const off = ['none', 'disabled', 'off', 'false']

/**
 * Whether the request switches reasoning on or off, in whichever vendor's spelling; `undefined` when it says nothing.
 * Where it says two things the plainer switch counts: `enable_thinking`, wherever it stands, before an effort.
 *
 * @example readReasoning({ extra_body: { chat_template_kwargs: { enable_thinking: false } } }) // false
 */
export function readReasoning(request: object): boolean | undefined {
  const places = placesIn(request)
  for (const key of switches) {
    for (const fields of places) {
      const value = readSwitch(fields.get(key))
      if (value !== undefined) return value
    }
  }
  return undefined
}

/** The fields of the request and of what is wrapped in it. */
function placesIn(request: object): Map<string, unknown>[] {
  const places: Map<string, unknown>[] = []
  const objects = [request]
  // Grows while it is walked.
  for (const object of objects) {
    const fields = new Map<string, unknown>(Object.entries(object))
    places.push(fields)
    objects.push(...wrappers.map((key) => fields.get(key)).filter(isFields))
  }
  return places
}

/** `true`, `"none"` (an effort), `0` (a budget), `{ enabled }`, `{ effort }`, `{ type: 'disabled' }`, `{ max_tokens: 0 }`. */
function readSwitch(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (typeof value === 'string') return !off.includes(value.toLowerCase())
  if (typeof value === 'number') return value !== 0
  if (!isFields(value)) return undefined
  return readSwitch(value.enabled ?? value.effort ?? value.type ?? value.max_tokens ?? value.budget_tokens)
}
