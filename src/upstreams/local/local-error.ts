import type { ErrorFields } from '../../error-fields.js'

/** The request cannot be answered as it is; the client makes a `BadRequestError` of it. */
export class LocalRequestError extends Error {
  readonly param: string | null
  readonly code: string | null

  constructor(message: string, param: string | null = null, code: string | null = null) {
    super(message)
    this.name = 'LocalRequestError'
    this.param = param
    this.code = code
  }
}

/** The prompt leaves no room for an answer. A runtime would cut its beginning off, and the tools with it. */
export function contextExceeded(prompt: number, context: number): LocalRequestError {
  const message = `messages: the prompt has ${prompt} tokens, and the context has room for ${context} with the answer; give the runtime a larger context or send less`
  return new LocalRequestError(message, 'messages', 'context_length_exceeded')
}

/** An error of the runtime, or of the request, as the protocol has it. */
export function errorFieldsOf(error: unknown): ErrorFields {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof LocalRequestError) {
    return { message, type: 'invalid_request_error', param: error.param, code: error.code }
  }
  return { message, type: 'server_error', param: null, code: null }
}
