import type { ErrorFields } from '../../error-fields.js'
import { contextOverflow } from '../context-overflow.js'

/**
 * An error as the protocol has it, in a body and in the event `error` of a stream.
 *
 * @example { type: 'error', error: { type: 'rate_limit_error', message: 'Slow down.' }, request_id: null }
 */
export interface MessageError {
  type: 'error'
  error: { type: string; message: string; details?: { error_code: string } }
  request_id: null
}

const byStatus = new Map<unknown, string>([
  [401, 'authentication_error'],
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [408, 'timeout_error'],
  [409, 'conflict_error'],
  [413, 'request_too_large'],
  [429, 'rate_limit_error'],
  [503, 'overloaded_error'],
  [504, 'timeout_error'],
  [529, 'overloaded_error'],
])
/** The protocol's own words: where the status does not say it, an upstream that uses one knows best. */
const known = new Set([...byStatus.values(), 'invalid_request_error', 'api_error'])

/**
 * An upstream's failure in the protocol's shape and words.
 *
 * @param status the HTTP status; in mid-stream it is the error's own `code`, where that is one.
 * @example messageError({ message: 'slow down', type: 'upstream_error', param: null, code: null }, 429)
 * // { type: 'error', error: { type: 'rate_limit_error', message: 'slow down' }, request_id: null }
 */
export function messageError(error: ErrorFields, status: unknown): MessageError {
  const type = byStatus.get(status) ?? (known.has(error.type) ? error.type : otherType(status))
  return {
    type: 'error',
    error: { type, message: messageOf(error), ...(error.param === 'thread' && { details: threadLost }) },
    request_id: null,
  }
}

/**
 * Clients know a conversation that is too long by the words with which Anthropic says so: they make it shorter, or ask for
 * fewer tokens.
 */
function messageOf(error: ErrorFields): string {
  const overflow = contextOverflow(error)
  if (!overflow) return error.message
  const { input, output, limit } = overflow
  if (input === undefined || limit === undefined) return `prompt is too long: ${error.message}`
  if (output === undefined || input >= limit) {
    return `prompt is too long: ${input} tokens > ${limit} maximum: ${error.message}`
  }
  const sum = `${input} + ${output} > ${limit}`
  return `input length and \`max_tokens\` exceed context limit: ${sum}, decrease input length or \`max_tokens\`: ${error.message}`
}

/** Anthropic's client, told so, sends the whole conversation again. */
const threadLost = { error_code: 'thread_not_found' }

function otherType(status: unknown): string {
  const isClients = typeof status === 'number' && status >= 400 && status < 500
  return isClients ? 'invalid_request_error' : 'api_error'
}
