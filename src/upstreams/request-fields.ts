import { type Fields, isFields, without } from '../fields.js'

/**
 * Fields about tools. They are in the prompt now; a server that saw them too would show them to the model
 * twice.
 */
export const toolFields = new Set([
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'functions',
  'function_call',
])

/**
 * Fields that only a chat endpoint knows. Strict completion servers answer 400 to a field they do not know.
 */
const chatFields = new Set([
  ...toolFields,
  'messages',
  'stop',
  'max_tokens',
  'max_completion_tokens',
  'logprobs',
  'top_logprobs',
  'enable_thinking',
  'think',
  'thinking',
  'thinking_budget',
  'chat_template_kwargs',
  'continue_final_message',
  'add_generation_prompt',
  'extra_body',
  'reasoning',
  'include_reasoning',
  'reasoning_split',
  'reasoning_effort',
  'verbosity',
  'modalities',
  'audio',
  'prediction',
  'store',
  'metadata',
  'service_tier',
  'web_search_options',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'safety_identifier',
  'moderation',
])

/**
 * The app's request without what only a chat endpoint knows: sampling and the server's own fields are left.
 */
export function completionFields(body: Fields): Fields {
  return without(body, chatFields)
}

/** How many tokens the app asks for at most, under the new name or the old one. */
export function maxTokens(body: Fields): number | undefined {
  const most = body.max_completion_tokens ?? body.max_tokens
  return typeof most === 'number' ? most : undefined
}

/**
 * The JSON schema that the answer must fit: `{}` for any object, `undefined` for free text. A server that
 * enforces it lets the model write nothing else, calls in marks included; that is for the app to weigh.
 */
export function answerSchema(body: Fields): unknown {
  const format = body.response_format
  if (!isFields(format)) return undefined
  if (format.type === 'json_object') return {}
  if (format.type !== 'json_schema' || !isFields(format.json_schema)) return undefined
  return format.json_schema.schema ?? {}
}

/**
 * The app's stop strings and then the dialect's, as many as the protocol takes; the app's own are all kept.
 */
export function joinStops(own: unknown, dialect: readonly string[], most: number): string[] {
  const kept = (Array.isArray(own) ? own : [own]).filter((stop) => typeof stop === 'string' && stop !== '')
  const added = dialect.filter((stop) => !kept.includes(stop))
  return [...kept, ...added.slice(0, Math.max(0, most - kept.length))]
}

/** Where a server's own routes begin: before the `/v1` of OpenAI's. */
export function serverRoot(base: string): string {
  return base.replace(/\/v1$/, '')
}
