import { type Fields, isFields } from '../../fields.js'
import { RealtimeEventError } from './event-error.js'
import type { AssistantContent, RealtimeItem, UserContent } from './server-events.js'

/**
 * Names what a client has not named.
 *
 * @example (prefix) => `${prefix}_${crypto.randomUUID()}`
 */
export type CreateRealtimeId = (prefix: 'event' | 'item' | 'resp' | 'call' | 'conv') => string

/**
 * Reads an item that a client gives, with an id.
 *
 * @param field where it stands in the event: `item`, or `response.input[0]`.
 * @throws RealtimeEventError naming the field that is wrong, or that is not supported.
 */
export function readItem(item: unknown, field: string, createId: CreateRealtimeId): RealtimeItem {
  if (!isFields(item)) throw new RealtimeEventError(field, 'must be an object with a type')
  const head = {
    id: nameOf(item.id) ?? createId('item'),
    object: 'realtime.item' as const,
    status: item.status === 'incomplete' ? ('incomplete' as const) : ('completed' as const),
  }
  const { type } = item
  switch (type) {
    case 'message':
      return readMessage(item, head, field)
    case 'function_call': {
      const name = nameOf(item.name)
      if (name === undefined)
        throw new RealtimeEventError(`${field}.name`, 'must be a string that is not empty')
      const call_id = nameOf(item.call_id) ?? createId('call')
      return { ...head, type, call_id, name, arguments: readText(item.arguments ?? '', `${field}.arguments`) }
    }
    case 'function_call_output': {
      const call_id = readText(item.call_id, `${field}.call_id`)
      return { ...head, type, call_id, output: readText(item.output, `${field}.output`) }
    }
    default:
      throw new RealtimeEventError(
        `${field}.type`,
        `must be 'message', 'function_call' or 'function_call_output', not ${JSON.stringify(type)}`,
      )
  }
}

function readMessage(
  { role, content }: Fields,
  head: Pick<RealtimeItem, 'id' | 'object' | 'status'>,
  field: string,
): RealtimeItem {
  if (!Array.isArray(content)) throw new RealtimeEventError(`${field}.content`, 'must be an array of parts')
  const parts = content.map((part: unknown, place): [Fields, string] => {
    const where = `${field}.content[${place}]`
    if (!isFields(part)) throw new RealtimeEventError(where, 'must be an object with a type')
    return [part, where]
  })
  const message = { ...head, type: 'message' as const }
  switch (role) {
    case 'system':
      return { ...message, role, content: parts.map(([part, where]) => readTextPart(part, where)) }
    case 'user':
      return { ...message, role, content: parts.map(([part, where]) => readUserPart(part, where)) }
    case 'assistant':
      return { ...message, role, content: parts.map(([part, where]) => readAssistantPart(part, where)) }
    default:
      throw new RealtimeEventError(`${field}.role`, "must be 'system', 'user' or 'assistant'")
  }
}

function readTextPart(part: Fields, field: string): { type: 'input_text'; text: string } {
  return { type: 'input_text', text: readText(part.text, `${field}.text`) }
}

function readUserPart(part: Fields, field: string): UserContent {
  switch (part.type) {
    case 'input_audio': {
      const { transcript } = part
      if (typeof transcript === 'string') return { type: part.type, transcript }
      throw new RealtimeEventError(`${field}.transcript`, 'is missing: audio is not listened to here')
    }
    case 'input_image': {
      const { detail } = part
      const image = { type: part.type, image_url: readText(part.image_url, `${field}.image_url`) }
      return detail === 'auto' || detail === 'low' || detail === 'high' ? { ...image, detail } : image
    }
    default:
      return readTextPart(part, field)
  }
}

function readAssistantPart(part: Fields, field: string): AssistantContent {
  const { text, transcript } = part
  if (typeof text !== 'string' && typeof transcript === 'string') return { type: 'output_audio', transcript }
  return { type: 'output_text', text: readText(text, `${field}.text`) }
}

function readText(value: unknown, field: string): string {
  if (typeof value === 'string') return value
  throw new RealtimeEventError(field, 'must be a string')
}

function nameOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
