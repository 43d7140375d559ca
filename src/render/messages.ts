import type { Marks, ResultRole } from '../dialects/dialect.js'
import type { AnyDialect, ResultRoleOf } from '../dialects/index.js'
import type { Message, ToolRequest } from '../request.js'
import type { AssistantTurn, Part, TextTurn, Turn } from './history.js'
import { cleanParts, textPart } from './parts.js'
import { type Prepared, prepare, type RenderOptions } from './prepare.js'
import { resultsContent } from './results.js'
import { placeTools } from './tool-prompt.js'

/**
 * A message for an upstream that knows no tools: one of the app's own as it is, but for calls and control tokens, or one
 * that was written for it. With the messages of a client's own type, that client takes the list as it is.
 *
 * @example { role: 'user', content: 'Hi' }
 */
export type UpstreamMessage<M extends Message = Message, Role extends ResultRole = ResultRole> =
  | M
  | { role: 'system'; content: string }
  | { role: 'assistant'; content: string; reasoning_content?: string | null }
  | ResultMessage<M, Role>

/** What the app's tools gave, as text; as parts where there are images or the like among them. */
type ResultMessage<M extends Message, Role extends ResultRole> = Role extends 'tool'
  ? { role: Role; tool_call_id: string; content: ResultContent<M> }
  : { role: Role; content: ResultContent<M> }

type ResultContent<M extends Message> = string | ({ type: 'text'; text: string } | ResultPart<M>)[]

type ResultPart<M> = M extends { role: 'tool'; content?: infer Content }
  ? unknown extends Content
    ? unknown
    : Content extends readonly (infer Part)[]
      ? Part
      : never
  : never

/**
 * What a chat endpoint without tools is sent.
 *
 * @example { messages: [{ role: 'system', content: '# Tools …' }, { role: 'user', content: 'Hi' }], stop: ['<|im_end|>'] }
 */
export interface RenderedMessages<M extends Message = Message, Role extends ResultRole = ResultRole> {
  /** What is sent as `messages`, without `tools` beside it. */
  messages: UpstreamMessage<M, Role>[]
  /** Strings at which the upstream should stop. */
  stop: string[]
}

/** A message as it is written here: what an app's own has beside these fields is in it too. */
interface Written {
  role: string
  content?: unknown
  reasoning_content?: string | null
  tool_call_id?: string
}

/**
 * Renders a request for a chat endpoint without `tools`: the tools become system text, calls and results in history
 * become text. Given these messages and no tools, the model's own template writes what it would have written given the
 * original messages and the tools. A tool choice that asks for a call is stated, since a chat endpoint cannot be
 * prefilled.
 *
 * A request that shows no tools and has none in its history comes back with the messages as they are.
 *
 * @throws Error naming the field when the request, the dialect or (if `history` is `"strict"`) the history is not valid.
 * @example
 * renderMessages({ messages: [{ role: 'user', content: 'Hi' }], tools }, { dialect: 'qwen3' }).messages
 * // [{ role: 'system', content: '# Tools\n\nYou may call …' }, { role: 'user', content: 'Hi' }]
 */
export function renderMessages<M extends Message, D extends AnyDialect = never>(
  request: ToolRequest<M>,
  options?: RenderOptions<D>,
): RenderedMessages<M, ResultRoleOf<D>>
// Types cannot follow a message through reading and writing; test/render/messages.test.ts holds what comes out against them.
export function renderMessages(
  request: ToolRequest,
  options: RenderOptions = {},
): { messages: Written[]; stop: string[] } {
  const prepared = prepare(request, options)
  const { dialect, turns } = prepared
  const stop = [...dialect.stop]
  const { system, question } = placeTools(prepared, true)
  if (system === undefined && question === undefined && !turns.some(usesTools))
    return { messages: [...request.messages], stop }

  const messages: Written[] = []
  const first = turns[0]
  const owned = system !== undefined && first?.role === 'system' ? first : undefined
  if (system !== undefined) {
    for (const content of dialect.system(owned && prepared.said(owned), system))
      messages.push({ role: 'system', content })
  }
  turns.forEach((turn, index) => {
    if (turn === owned) return
    const message = rewrite(turn, index, prepared)
    messages.push(
      turn === question?.turn ? { ...message, content: within(message.content, question) } : message,
    )
  })
  return { messages, stop }
}

/** What the user asked, with the tools beside it. */
function within(content: unknown, { open, close }: Marks): unknown {
  return Array.isArray(content) ? [textPart(open), ...content, textPart(close)] : `${open}${content}${close}`
}

function usesTools(turn: Turn): boolean {
  return turn.role === 'tool' || (turn.role === 'assistant' && turn.calls.length > 0)
}

function rewrite(turn: Turn, index: number, prepared: Prepared): Written {
  if (turn.role === 'tool') {
    const { role } = prepared.dialect.results
    const content = resultsContent(turn, prepared.place(index).last, prepared)
    // The protocol has no result without the id of its call, whatever it is.
    return role === 'tool' ? { role, tool_call_id: turn.id ?? '', content } : { role, content }
  }
  if (turn.role === 'assistant') return rewriteAssistant(turn, index, prepared)
  // What the template leaves out is left to it.
  prepared.shows(turn, index)
  return { ...turn.message, role: turn.role, content: cleanContent(turn, prepared) }
}

function rewriteAssistant(turn: AssistantTurn, index: number, prepared: Prepared): Written {
  const { dialect, clean } = prepared
  if (turn.calls.length > 0) {
    return { role: 'assistant', ...dialect.message(prepared.assistantText(turn), prepared.place(index)) }
  }
  // An empty list of calls, or one in which none could be read, is no longer true of the message.
  const { tool_calls: _, function_call: __, reasoning_content: ___, ...rest } = turn.message
  const message = { ...rest, role: 'assistant', content: cleanContent(turn, prepared) }
  if (turn.reasoning === undefined) return message
  return { ...message, reasoning_content: clean(turn.reasoning, `${turn.field}.reasoning_content`) }
}

/** Content as the app gave it, parts as parts, with the control tokens in it neutral. */
function cleanContent(
  { content, role, field }: TextTurn | AssistantTurn,
  { clean, showsParts }: Prepared,
): string | Part[] {
  const place = `${field}.content`
  if (typeof content === 'string') return clean(content, place)
  showsParts(role, place)
  return cleanParts(content, place, clean)
}
