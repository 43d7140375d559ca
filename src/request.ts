/** What an app asks for, in Chat Completions shapes. Every surface maps its own request to this one. */
export interface ToolRequest {
  messages: Message[]
  tools?: Tool[] | null | undefined
  toolChoice?: ToolChoice | null | undefined
  parallelToolCalls?: boolean | null | undefined
  /** Whether the model thinks before it answers; left out, the dialect's own default holds. */
  reasoning?: boolean | null | undefined
}

export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage

/** `null`, text, or parts of which the text ones are read and the others stay where an upstream can take them. */
export type Content = string | ContentPart[] | null | undefined
export interface ContentPart {
  type: string
  text?: string
  [key: string]: unknown
}

export interface SystemMessage {
  role: 'system' | 'developer'
  content?: Content
}
export interface UserMessage {
  role: 'user'
  content?: Content
}
export interface AssistantMessage {
  role: 'assistant'
  content?: Content
  reasoning_content?: string | null
  tool_calls?: ToolCall[] | null
}
export interface ToolMessage {
  role: 'tool'
  content?: unknown
  tool_call_id?: string
  name?: string
}

export type ToolCall =
  | { id?: string; type?: 'function'; function: { name: string; arguments?: unknown } }
  | { id?: string; type: 'custom'; custom: { name: string; input: string } }

export type Tool = FunctionTool | CustomTool
export interface FunctionTool {
  type: 'function'
  function: {
    name: string
    description?: string
    /** JSON Schema. */
    parameters?: unknown
    strict?: boolean | null
    [key: string]: unknown
  }
  [key: string]: unknown
}
export interface CustomTool {
  type: 'custom'
  custom: { name: string; description?: string; format?: unknown }
}

export type ToolChoice =
  | 'auto'
  | 'none'
  | 'required'
  | { type: 'function'; function: { name: string } }
  | { type: 'custom'; custom: { name: string } }
  | { type: 'allowed_tools'; allowed_tools: { mode: 'auto' | 'required'; tools: object[] } }
  | { type: 'allowed_tools'; mode: 'auto' | 'required'; tools: object[] }

/** A stand-in: whether a request's body asks for thinking, in any of the spellings. */
export function thinkingOf(body: object): boolean | undefined {
  const fields = new Map<string, unknown>(Object.entries(body))
  const kwargs = fields.get('chat_template_kwargs')
  const nested =
    typeof kwargs === 'object' && kwargs !== null && 'enable_thinking' in kwargs
      ? kwargs.enable_thinking
      : undefined
  const value = fields.get('enable_thinking') ?? nested
  return typeof value === 'boolean' ? value : undefined
}
