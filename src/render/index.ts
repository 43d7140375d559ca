import type { Dialect } from '../dialects/dialect.js'
import { type Message, type ToolChoice, type ToolRequest, thinkingOf } from '../request.js'

type Request = ToolRequest & { tool_choice?: ToolChoice | null }

export interface RenderWarning {
  message: string
}
export interface RenderOptions {
  dialect: Dialect | string
  bos?: boolean
  joinText?: boolean
  onWarning?: (warning: RenderWarning) => void
}

function system(request: Request): string {
  const names = (request.tools ?? []).map((tool) => {
    const name = tool.type === 'custom' ? tool.custom?.name : tool.function?.name
    if (!name) throw new Error('tools[0].function.name: a tool needs a name')
    return JSON.stringify(tool)
  })
  if (names.length === 0 || request.tool_choice === 'none') return ''
  return `# Tools\n<tools>\n${names.join('\n')}\n</tools>\n<tool_call>...</tool_call>`
}

function text(content: unknown): string {
  return typeof content === 'string' ? content : content == null ? '' : JSON.stringify(content)
}

/** A stand-in: the shape of the real thing, not its words. */
export function renderMessages(
  request: Request,
  options: RenderOptions,
): { messages: Message[]; stop: string[] } {
  void options
  const tools = system(request)
  const messages = request.messages.map((message): Message => {
    if (message.role === 'tool') {
      return { role: 'user', content: `<tool_response>\n${text(message.content)}\n</tool_response>` }
    }
    if (message.role !== 'assistant' || !message.tool_calls) return message
    const calls = message.tool_calls.map((call) => {
      if (call.type === 'custom') return `<tool_call>\n${JSON.stringify(call.custom)}\n</tool_call>`
      return `<tool_call>\n{"name": "${call.function.name}", "arguments": ${text(call.function.arguments)}}\n</tool_call>`
    })
    return { role: 'assistant', content: [text(message.content), ...calls].filter(Boolean).join('\n') }
  })
  return {
    messages: tools ? [{ role: 'system', content: tools }, ...messages] : messages,
    stop: ['<|im_end|>'],
  }
}

export function renderPrompt(
  request: Request,
  options: RenderOptions,
): { prompt: string; stop: string[]; prefill: string } {
  const { messages, stop } = renderMessages(request, options)
  const choice = request.tool_choice
  const prefill =
    typeof choice === 'object' && choice?.type === 'function'
      ? `<tool_call>\n{"name": "${choice.function.name}", "arguments": `
      : ''
  const turns = messages.map((message) => `<|im_start|>${message.role}\n${text(message.content)}<|im_end|>\n`)
  const bos = options.bos === false ? '' : '<bos>'
  return {
    prompt: `${bos}${turns.join('')}<|im_start|>assistant\n${thinkingOf(request) === false ? '<think>\n\n</think>\n\n' : ''}${prefill}`,
    stop,
    prefill,
  }
}
