import { type Fields, isFields, without } from '../../fields.js'
import type { Message } from '../../request.js'
import type { ChatBody } from '../surface.js'

/** What says how to answer, and nothing to the model. */
const answerFields = new Set(['result_format', 'incremental_output', 'stream'])

/**
 * Reads the body of a request as one of Chat Completions: `input.messages` become `messages`, each of the `parameters` a
 * field beside them. A prompt is a user's message, the older `history` the turns before it.
 *
 * @throws Error whose first word is the field that is wrong.
 * @example
 * readDashScopeRequest({ model: 'm', input: { prompt: 'Hi' }, parameters: { max_tokens: 5 } })
 * // { model: 'm', messages: [{ role: 'user', content: 'Hi' }], max_tokens: 5 }
 */
export function readDashScopeRequest(body: unknown): ChatBody {
  if (!isFields(body) || !isFields(body.input)) {
    throw new Error('input: give a JSON body with input, as in { model, input: { messages }, parameters }')
  }
  const parameters = body.parameters ?? {}
  if (!isFields(parameters)) throw new Error('parameters must be an object')
  const { tools, n } = parameters
  if (tools != null && !Array.isArray(tools)) throw new Error('parameters.tools must be an array')
  if (n != null && !(typeof n === 'number' && Number.isInteger(n) && n >= 1)) {
    throw new Error('parameters.n: give how many choices you want, a whole number from 1')
  }
  return {
    ...without(parameters, answerFields),
    ...(body.model !== undefined && { model: body.model }),
    messages: readMessages(body.input),
  }
}

function readMessages({ messages, prompt, history }: Fields): Message[] {
  if (Array.isArray(messages)) return messages.map(readMessage)
  if (messages != null) throw new Error('input.messages must be an array')
  if (typeof prompt !== 'string') throw new Error('input.messages: give messages, or a prompt')
  const turns = Array.isArray(history) ? history.filter(isFields) : []
  return [
    ...turns.flatMap(({ user, bot }): Message[] => [
      { role: 'user', content: textOf(user) },
      { role: 'assistant', content: textOf(bot) },
    ]),
    { role: 'user', content: prompt },
  ]
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

const roles = ['system', 'user', 'assistant', 'tool'] as const

function readMessage(message: unknown, place: number): Message {
  const field = `input.messages[${place}]`
  if (!isFields(message)) throw new Error(`${field} must be an object with a role`)
  const role = roles.find((known) => known === message.role)
  if (role === undefined) throw new Error(`${field}.role must be one of ${roles.join(', ')}`)
  const { content } = message
  // Its other fields are Chat Completions' own: calls, their ids, names.
  return { ...message, role, content: Array.isArray(content) ? content.map(readPart) : textOf(content) }
}

/** A part names what it is by its one field. */
function readPart(part: unknown): Fields & { type: string } {
  if (!isFields(part)) return { type: 'unknown' }
  const { text, image, audio, video, ...rest } = part
  if (typeof text === 'string') return { ...rest, type: 'text', text }
  if (typeof image === 'string') return { ...rest, type: 'image_url', image_url: { url: image } }
  if (typeof audio === 'string') return { ...rest, type: 'input_audio', input_audio: readAudio(audio) }
  if (typeof video === 'string') return { ...rest, type: 'video_url', video_url: { url: video } }
  // Frames of a film are a list, and no other protocol has them.
  return { type: 'unknown', ...part }
}

/** Chat Completions wants a sound's bytes and its format. */
function readAudio(url: string): Fields {
  const [, format, data] = /^data:audio\/([^;,]+);base64,(.*)$/s.exec(url) ?? []
  return data === undefined ? { data: url } : { data, format }
}
