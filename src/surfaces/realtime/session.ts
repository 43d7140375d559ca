import { type Fields, isFields, layOver, without } from '../../fields.js'
import { inProtocolSpelling } from '../../protocol-spelling.js'
import { normaliseRequest, type Tool, type ToolChoice } from '../../request.js'
import { RealtimeEventError } from './event-error.js'
import type { RealtimeSession } from './server-events.js'

/** A session of which nothing has been asked. */
export const emptySession: RealtimeSession = { type: 'realtime', output_modalities: ['text'] }

/** The settings that are given take the place of those before; parts of `audio` are laid over. */
export function readSession(given: unknown, before: RealtimeSession): RealtimeSession {
  if (!isFields(given)) throw new RealtimeEventError('session', 'must be an object')
  if (given.type !== undefined && given.type !== 'realtime') {
    throw new RealtimeEventError('session.type', "must be 'realtime': nothing is transcribed here")
  }
  const audio =
    isFields(given.audio) && isFields(before.audio) ? layOver(before.audio, given.audio) : given.audio
  const session: RealtimeSession = {
    ...before,
    ...without(given, new Set(['type', 'instructions', 'max_output_tokens'])),
    ...(audio !== undefined && { audio }),
    ...readSettings(given, 'session'),
    type: 'realtime',
  }
  checkTools(session, 'session')
  return session
}

/** The settings that session and response have in common and that are read here. */
export function readSettings(
  given: Fields,
  field: string,
): Pick<RealtimeSession, 'instructions' | 'max_output_tokens'> {
  const { instructions, max_output_tokens: most } = given
  if (instructions !== undefined && typeof instructions !== 'string') {
    throw new RealtimeEventError(`${field}.instructions`, 'must be a string')
  }
  if (most !== undefined && most !== 'inf' && typeof most !== 'number') {
    throw new RealtimeEventError(`${field}.max_output_tokens`, "must be a number or 'inf'")
  }
  return {
    ...(instructions !== undefined && { instructions }),
    ...(most !== undefined && { max_output_tokens: most }),
  }
}

/** The tools and the choice as a chat completion has them, checked. */
export function checkTools(
  settings: Fields,
  field: string,
): { tools: Tool[]; toolChoice: ToolChoice | undefined } {
  const { tools: given = [], tool_choice: choice } = settings
  if (!Array.isArray(given)) throw new RealtimeEventError(`${field}.tools`, 'must be an array')
  const tools = given.map((tool: unknown, place) => readTool(tool, `${field}.tools[${place}]`))
  const toolChoice = readChoice(choice, `${field}.tool_choice`)
  try {
    normaliseRequest({ messages: [], tools, ...(toolChoice !== undefined && { toolChoice }) })
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const [param = 'tools', ...words] = inProtocolSpelling(error.message).split(' ')
    throw new RealtimeEventError(`${field}.${param.replace('.function', '')}`, words.join(' '))
  }
  return { tools, toolChoice }
}

function readTool(tool: unknown, field: string): Tool {
  if (!isFields(tool)) throw new RealtimeEventError(field, 'must be an object with a name')
  const { type = 'function', name, description, parameters } = tool
  if (type !== 'function') {
    throw new RealtimeEventError(`${field}.type`, `must be 'function', not ${JSON.stringify(type)}`)
  }
  if (typeof name !== 'string') throw new RealtimeEventError(`${field}.name`, 'must be a string')
  return {
    type,
    function: {
      name,
      ...(typeof description === 'string' && { description }),
      ...(parameters !== undefined && { parameters }),
    },
  }
}

function readChoice(choice: unknown, field: string): ToolChoice | undefined {
  if (choice === undefined || choice === null) return undefined
  if (choice === 'auto' || choice === 'none' || choice === 'required') return choice
  if (isFields(choice) && choice.type === 'function' && typeof choice.name === 'string') {
    return { type: 'function', name: choice.name }
  }
  throw new RealtimeEventError(field, "must be 'auto', 'none', 'required' or { type: 'function', name }")
}
