import { type Fields, isFields, without } from '../../fields.js'
import type { Message } from '../../request.js'
import { dropHostedTools, type HostedToolOptions, type OwnTools } from '../hosted-tools.js'
import type { ChatBody } from '../surface.js'
import { contentOf, type PlacedBlock, readBlocks } from './content.js'
import { readMessagesChoice, readMessagesTools } from './tools.js'
import { readMessages } from './turns.js'

/** The protocol's own fields: read here, or of no meaning to another server. Sampling and a server's own fields stay. */
const ownFields = new Set([
  'system',
  'messages',
  'max_tokens',
  'tools',
  'tool_choice',
  'thinking',
  'stop_sequences',
  'stream',
  'metadata',
  'output_config',
  'output_format',
  'cache_control',
  'container',
  'context_management',
  'diagnostics',
  'inference_geo',
  'service_tier',
  'speed',
  'fallbacks',
  'fallback_credit_token',
  'billing_policy',
  'betas',
  'user_profile_id',
  'workspace_id',
  'thread',
  'compaction',
  'mcp_servers',
])

/**
 * Reads a Messages request as the Chat Completions request that asks for the same; the fields of either that are not about
 * the conversation (`temperature`, `top_k`, a server's own) stay as they are. What cannot be shown to a model that writes
 * text is an error; what is only good for Anthropic's own service (`cache_control`, `service_tier`, …) is left out.
 *
 * @param hosted what becomes of tools that Anthropic defines.
 *
 * @throws Error whose first word is the field that is wrong: `tools[0].type: …`, `messages[2].content[0].source: …`.
 * @example
 * readMessagesRequest({
 *   model: 'qwen3-8b',
 *   max_tokens: 1024,
 *   system: 'Be brief.',
 *   messages: [{ role: 'user', content: 'Weather in Paris?' }],
 *   tools: [{ name: 'get_weather', input_schema: { type: 'object' } }],
 *   tool_choice: { type: 'any' },
 * })
 * // { model: 'qwen3-8b', max_tokens: 1024, tool_choice: 'required',
 * //   messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Weather in Paris?' }],
 * //   tools: [{ type: 'function', function: { name: 'get_weather', parameters: { type: 'object' } } }] }
 */
export function readMessagesRequest(given: unknown, hosted: HostedToolOptions = {}): ChatBody {
  if (!isFields(given)) throw new Error('messages: give a JSON body with a list of messages')
  const body = dropHosted(given, hosted)
  refuseServerSide(body)
  const system = contentOf(readBlocks(body.system, 'system').flatMap(withoutBilling))
  const messages = readMessages(body.messages)
  const tools = readMessagesTools(body.tools)
  return {
    ...without(body, ownFields),
    messages: system === '' ? messages : [{ role: 'system', content: system }, ...messages],
    ...(tools.length > 0 && { tools }),
    ...readMessagesChoice(body.tool_choice, tools.length),
    ...readLimits(body),
    ...readUser(body),
    ...readFormat(body),
    ...readPrefill(messages),
    ...readThinking(body, beginsAnswer(messages)),
    // Token counts of a stream come only when asked for, and the protocol always has them.
    ...(body.stream === true && { stream: true, stream_options: { include_usage: true } }),
  }
}

/**
 * Without the line for Anthropic's books that Claude Code puts before its system text. It is another one in each conversation,
 * so that a server would find nothing of a long prompt that it has seen before.
 */
function withoutBilling({ block, field }: PlacedBlock): PlacedBlock[] {
  if (block.type !== 'text' || typeof block.text !== 'string') return [{ block, field }]
  const text = block.text.replace(/^x-anthropic-billing-header:[^\n]*\n?/, '')
  return text === '' && block.text !== '' ? [] : [{ block: { ...block, text }, field }]
}

/** Types of the app's own tools, and the choice that leaves it to the model. */
const ownTools: OwnTools = {
  types: new Set(['custom']),
  auto: (choice) => ({ ...(isFields(choice) && choice), type: 'auto' }),
}

function dropHosted(body: Fields, hosted: HostedToolOptions): Fields {
  const read = dropHostedTools(body, ownTools, hosted)
  if (hosted.hostedTools !== 'drop' || !asksForServers(read)) return read
  hosted.onWarning?.({ field: 'mcp_servers', message: 'no server is called from here, they are left out' })
  return without(read, new Set(['mcp_servers']))
}

function asksForServers({ mcp_servers: servers }: Fields): boolean {
  return Array.isArray(servers) && servers.length > 0
}

/** What only Anthropic's servers can do, and an app could not go on without. */
function refuseServerSide(body: Fields): void {
  const { thread, compaction } = body
  // A thread that is to be created is no more than the wish for one.
  if (isFields(thread) && thread.type === 'continue') {
    throw new Error('thread: no conversation is kept here, send all of its messages')
  }
  if (compaction != null) throw new Error('compaction: this model does not do it, leave it out')
  if (asksForServers(body)) {
    throw new Error('mcp_servers: no server is called from here, give its tools as tools of your own')
  }
}

/** `max_tokens` is required by the protocol; left out, the upstream's own limit holds. */
function readLimits({ max_tokens: most, stop_sequences: stops }: Fields): Fields {
  if (most != null && !(typeof most === 'number' && Number.isInteger(most) && most >= 1)) {
    throw new Error('max_tokens: give a whole number from 1')
  }
  if (stops != null && !(Array.isArray(stops) && stops.every((stop) => typeof stop === 'string'))) {
    throw new Error('stop_sequences must be a list of texts')
  }
  return {
    ...(most != null && { max_tokens: most }),
    ...(stops != null && stops.length > 0 && { stop: stops }),
  }
}

function readUser({ metadata }: Fields): Fields {
  return isFields(metadata) && typeof metadata.user_id === 'string' ? { user: metadata.user_id } : {}
}

/** The schema that the answer must fit, in its place or in the older one. */
function readFormat({ output_config: config, output_format: older }: Fields): Fields {
  const format = (isFields(config) ? config.format : undefined) ?? older
  if (format == null) return {}
  if (!isFields(format) || format.type !== 'json_schema' || !isFields(format.schema)) {
    const field = format === older ? 'output_format' : 'output_config.format'
    throw new Error(`${field} must be { type: 'json_schema', schema }`)
  }
  const schema = { name: 'answer', schema: format.schema, strict: true }
  return { response_format: { type: 'json_schema', json_schema: schema } }
}

/** Whether the app has begun the answer: the model is to go on where it ends. */
function beginsAnswer(messages: readonly Message[]): boolean {
  const last = messages.at(-1)
  return last?.role === 'assistant' && !last.tool_calls?.length
}

/** Servers that would not go on by themselves know these two fields (vLLM, SGLang); the others pass over them. */
function readPrefill(messages: readonly Message[]): Fields {
  return beginsAnswer(messages) ? { continue_final_message: true, add_generation_prompt: false } : {}
}

const thinkingTypes = new Map<unknown, boolean>([
  ['enabled', true],
  ['adaptive', true],
  ['between_tools', true],
  ['disabled', false],
])

/** The switch in the spelling that most servers know. An answer that has begun is no longer thought about. */
function readThinking(body: Fields, hasBegun: boolean): Fields {
  const { thinking, chat_template_kwargs: own } = body
  const type = isFields(thinking) ? thinking.type : undefined
  const isOn = thinkingTypes.get(type)
  if (thinking != null && isOn === undefined) {
    throw new Error("thinking.type must be 'enabled', 'adaptive' or 'disabled'")
  }
  const on = isOn ?? (hasBegun ? false : undefined)
  if (on === undefined) return {}
  return { chat_template_kwargs: { ...(isFields(own) && own), enable_thinking: on } }
}
