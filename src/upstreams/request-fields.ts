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

/**
 * What is sent where the app names no limit and the protocol's own default is too few tokens for a call (16 in OpenAI's
 * completions): in a chat "no limit" means up to the end of the context.
 */
export const defaultMaxTokens = 2048

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

/** The protocol's newer name for a system message is known to few servers besides OpenAI's. */
export function systemRole(role: unknown): unknown {
  return role === 'developer' ? 'system' : role
}

/** Messages whose roles every template knows; those that are given, where they are. */
export function withSystemRoles<Message extends object>(messages: readonly Message[]): readonly Message[] {
  const isDeveloper = (message: unknown) => isFields(message) && message.role === 'developer'
  if (!messages.some(isDeveloper)) return messages
  return messages.map((message) => (isDeveloper(message) ? { ...message, role: 'system' } : message))
}

/** The picture, sound or film in a content part, as a URL; sound given as bare base64 becomes a data URL. */
export function mediaOf(part: unknown): { kind: 'image' | 'audio' | 'video'; url: string } | undefined {
  if (!isFields(part)) return undefined
  const { image_url: image, input_audio: audio, video_url: video } = part
  if (isFields(audio) && typeof audio.data === 'string') {
    const isUrl = /^(data|https?):/.test(audio.data)
    return { kind: 'audio', url: isUrl ? audio.data : `data:audio/${audio.format};base64,${audio.data}` }
  }
  const url = isFields(image) ? image.url : image
  if (typeof url === 'string') return { kind: 'image', url }
  const film = isFields(video) ? video.url : video
  return typeof film === 'string' ? { kind: 'video', url: film } : undefined
}
