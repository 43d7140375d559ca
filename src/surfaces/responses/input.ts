import { type Fields, isFields } from '../../fields.js'
import type { Message } from '../../request.js'
import type { HostedToolOptions } from '../hosted-tools.js'
import { readContent, readOutput } from './content.js'
import { shownName } from './declared-tools.js'
import { createHistory, type History } from './history.js'
import type { ResolvedInput } from './references.js'
import { unsealReasoning } from './sealed-reasoning.js'

/**
 * The messages of Chat Completions that instructions and items come to. The items of one assistant turn (reasoning,
 * text, calls) are one message.
 *
 * @throws Error naming the field: an item that only OpenAI's tools write.
 * @example
 * const call = { type: 'function_call', call_id: 'call_1', name: 'add', arguments: '{}' }
 * readInput({ before: [], items: [call] }, null)
 * // [{ role: 'assistant', content: null, tool_calls: [{ id: 'call_1', type: 'function', function: { … } }] }]
 */
export function readInput(
  { before, items }: ResolvedInput,
  instructions: unknown,
  hosted: HostedToolOptions = {},
): Message[] {
  if (instructions != null && typeof instructions !== 'string') {
    throw new Error('instructions must be a string')
  }
  const history = createHistory()
  if (instructions) history.message({ role: 'system', content: instructions })
  for (const item of before) readItem(item, 'previous_response_id', history, hosted)
  for (const [index, item] of items.entries()) readItem(item, `input[${index}]`, history, hosted)
  return history.end()
}

function readItem(item: unknown, field: string, history: History, hosted: HostedToolOptions): void {
  if (!isFields(item)) throw new Error(`${field} must be an object: a message or another item`)
  const { type = 'message' } = item
  switch (type) {
    case 'message':
      readMessage(item, field, history)
      return
    case 'reasoning':
      history.think(reasoningIn(item))
      return
    case 'function_call': {
      const { arguments: args } = item
      history.call({
        ...callId(item),
        type: 'function',
        function: { name: nameIn(item, field), arguments: args },
      })
      return
    }
    case 'custom_tool_call': {
      const input = typeof item.input === 'string' ? item.input : ''
      history.call({ ...callId(item), type: 'custom', custom: { name: nameIn(item, field), input } })
      return
    }
    case 'function_call_output':
    case 'custom_tool_call_output': {
      const { id } = callId(item)
      const content = readOutput(item.output, `${field}.output`)
      history.message({ role: 'tool', ...(id !== undefined && { tool_call_id: id }), content })
      return
    }
    case 'additional_tools':
      return // They are read with the request's own.
    default:
      if (hosted.hostedTools === 'drop') {
        const message = `an item of type ${JSON.stringify(type)} cannot be shown to the model, it is left out`
        hosted.onWarning?.({ field, message })
        return
      }
      throw new Error(
        `${field}.type: ${JSON.stringify(type)} cannot be shown to the model; messages, reasoning, and the calls ` +
          'and outputs of function and custom tools can',
      )
  }
}

function readMessage(item: Fields, field: string, history: History): void {
  const { role } = item
  const content = readContent(item.content, `${field}.content`)
  switch (role) {
    case 'assistant':
      history.say(content)
      return
    case 'user':
      history.message({ role, content })
      return
    case 'system':
    case 'developer':
      // Models' templates know no developer.
      history.message({ role: 'system', content })
      return
    default:
      throw new Error(`${field}.role must be 'user', 'assistant', 'system' or 'developer'`)
  }
}

/** What the model thought, or else the summary of it, or what the app was given to send back. */
function reasoningIn({ content, summary, encrypted_content: sealed }: Fields): string {
  return textsIn(content) || textsIn(summary) || unsealReasoning(sealed)
}

function textsIn(parts: unknown): string {
  if (!Array.isArray(parts)) return ''
  return parts
    .flatMap((part: unknown) => (isFields(part) && typeof part.text === 'string' ? part.text : []))
    .join('\n\n')
}

function callId({ call_id: id }: Fields): { id?: string } {
  return typeof id === 'string' ? { id } : {}
}

function nameIn({ name, namespace }: Fields, field: string): string {
  if (typeof name === 'string' && name !== '') return shownName({ name, namespace })
  throw new Error(`${field}.name: give the name of the tool that was called`)
}
