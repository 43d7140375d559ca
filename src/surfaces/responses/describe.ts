import { type Fields, isFields } from '../../fields.js'
import type { CompletionHead } from '../chat-completions/protocol.js'
import { declaredTools, shownName } from './declared-tools.js'
import type { OutputForm } from './output.js'
import type { Response } from './protocol.js'
import { readUsage } from './usage.js'

/** Makes a response of what it has come to by now. */
export type DescribeResponse = (
  now: Pick<Response, 'status' | 'output'> & Partial<Pick<Response, 'error' | 'incomplete_details'>>,
  usage?: unknown,
) => Response

/** Fields that are repeated only where the app gave them. */
const optional = ['prompt_cache_key', 'safety_identifier', 'service_tier', 'user']

/**
 * What every response of one exchange says: its head and what the app asked for, with the protocol's defaults for what it
 * did not say.
 *
 * @param store whether it is kept, whatever was asked for.
 */
export function responseOf(head: CompletionHead, asked: object, store = false): DescribeResponse {
  const request = fieldsIn(asked)
  const given = (field: string, otherwise: unknown = null) => request[field] ?? otherwise
  const repeated = {
    access_programs: null,
    background: false,
    frequency_penalty: given('frequency_penalty', 0),
    instructions: given('instructions'),
    max_output_tokens: given('max_output_tokens'),
    max_tool_calls: given('max_tool_calls'),
    metadata: given('metadata', {}),
    parallel_tool_calls: request.parallel_tool_calls !== false,
    presence_penalty: given('presence_penalty', 0),
    previous_response_id: given('previous_response_id'),
    reasoning: { effort: null, summary: null, ...fieldsIn(request.reasoning) },
    store,
    temperature: given('temperature', 1),
    text: { format: { type: 'text' }, ...fieldsIn(request.text) },
    tool_choice: given('tool_choice', 'auto'),
    tools: given('tools', []),
    top_logprobs: 0,
    top_p: given('top_p', 1),
    truncation: 'disabled',
    ...Object.fromEntries(
      optional.flatMap((field) => (request[field] == null ? [] : [[field, request[field]]])),
    ),
  }
  return ({ status, output, error = null, incomplete_details = null }, usage) => {
    const counted = readUsage(usage)
    return {
      id: head.id,
      object: 'response',
      created_at: head.created,
      // Clients that check what they read want all that the protocol has.
      completed_at: status === 'completed' ? Math.max(head.created, Math.floor(Date.now() / 1000)) : null,
      status,
      error,
      incomplete_details,
      model: head.model,
      output,
      ...(counted && { usage: counted }),
      ...repeated,
    }
  }
}

/**
 * What the app asks of the output.
 *
 * @param asked its request; tools that were added earlier are in its input, too.
 */
export function outputFormOf(asked: object): OutputForm {
  const { text, reasoning, include, tools, input } = fieldsIn(asked)
  const { format } = fieldsIn(text)
  const { summary, generate_summary: older } = fieldsIn(reasoning)
  const declared = declaredTools(tools, { before: [], items: Array.isArray(input) ? input : [] })
  return {
    names: new Map(declared.flatMap(({ own }) => (own ? [[shownName(own), own]] : []))),
    // The answer itself is to be JSON.
    tellsPhase: isFields(format) && (format.type === 'json_object' || format.type === 'json_schema'),
    reasoning: {
      summary: typeof (summary ?? older) === 'string',
      encrypted: Array.isArray(include) && include.includes('reasoning.encrypted_content'),
    },
  }
}

function fieldsIn(value: unknown): Fields {
  return isFields(value) ? value : {}
}
