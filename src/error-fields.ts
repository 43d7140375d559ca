/**
 * What went wrong, in the words of Chat Completions (`error` in a body or a frame); each surface writes it in its own.
 *
 * @example { message: 'tools must be an array', type: 'invalid_request_error', param: 'tools', code: null }
 */
export interface ErrorFields {
  message: string
  type: string
  param: unknown
  code: unknown
  [field: string]: unknown
}

/** An app's request that is wrong: the surface answers it with 400. */
export function invalidRequest(message: string, param: string | null): ErrorFields {
  return { message, type: 'invalid_request_error', param, code: null }
}
