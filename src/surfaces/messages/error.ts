import type { ErrorFields } from '../../error-fields.js'

/** An error as the protocol has it, in a body and in the event `error` of a stream. */
export interface MessageError {
  type: 'error'
  error: { type: string; message: string }
  request_id: null
}

const byStatus = new Map([
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
/** The protocol's own words: an upstream that uses one knows best. */
const known = new Set([...byStatus.values(), 'invalid_request_error', 'api_error'])

/**
 * An upstream's failure in the protocol's shape and words.
 *
 * @param status the HTTP status; in mid-stream it is the error's own `code`, where that is one.
 * @example messageError({ message: 'slow down', type: 'upstream_error', param: null, code: null }, 429)
 * // { type: 'error', error: { type: 'rate_limit_error', message: 'slow down' }, request_id: null }
 */
export function messageError(error: ErrorFields, status: unknown): MessageError {
  const type = known.has(error.type) ? error.type : typeOf(status)
  return { type: 'error', error: { type, message: error.message }, request_id: null }
}

function typeOf(status: unknown): string {
  if (typeof status !== 'number') return 'api_error'
  const isClients = status >= 400 && status < 500
  return byStatus.get(status) ?? (isClients ? 'invalid_request_error' : 'api_error')
}
