import type { ErrorFields } from '../error-fields.js'
import { type Fields, isFields } from '../fields.js'
import { createFrameReader } from './frames.js'

/** The upstream failed, or sent what cannot be read. `fields` is for the app's client. */
export class UpstreamError extends Error {
  readonly fields: ErrorFields

  readonly #status: number | undefined

  /** @param options `status`: the HTTP status that came with it, where one did. */
  constructor(
    fields: ErrorFields,
    { status, ...options }: ErrorOptions & { status?: number | undefined } = {},
  ) {
    super(fields.message, options)
    this.name = 'UpstreamError'
    this.fields = fields
    this.#status = status
  }

  /** The HTTP status that says the same: the upstream's own where its error names one, else 502. */
  get status(): number {
    if (this.#status !== undefined) return this.#status
    const { code } = this.fields
    return typeof code === 'number' && Number.isInteger(code) && code >= 400 && code <= 599 ? code : 502
  }
}

/** Nothing came for as long as `timeout` allows. Clients know it by `TimeoutError` and by its words. */
export class UpstreamTimeout extends UpstreamError {
  constructor(milliseconds: number) {
    const message = `The upstream timed out: it sent nothing for ${milliseconds} ms.`
    super({ message, type: 'timeout_error', param: null, code: 'upstream_timeout' })
    this.name = 'TimeoutError'
  }

  override get status(): number {
    return 504
  }
}

/** Nobody answers where the upstream should be. */
export class UpstreamUnreachable extends UpstreamError {
  constructor(place: string, cause: unknown) {
    const message = `The upstream at ${place} cannot be reached: ${reasonOf(cause)}`
    super({ message, type: 'connection_error', param: null, code: 'upstream_unreachable' }, { cause })
  }
}

/** The upstream is elsewhere: following it there would show its key to whom it is not for, and ask it twice each time. */
export class UpstreamMoved extends UpstreamError {
  constructor(status: number, place: string | undefined) {
    const where = place !== undefined && URL.canParse(place) ? new URL(place).origin : 'another address'
    const message = `The upstream answered ${status}: it is at ${where}, give that as the upstream.`
    super({ message, type: 'upstream_error', param: null, code: 'upstream_moved' })
  }
}

/** The connection was cut in the middle of an answer. */
export class UpstreamConnectionCut extends UpstreamError {
  constructor(cause: unknown) {
    const message = `The connection to the upstream was cut in the middle of its answer: ${reasonOf(cause)}`
    super({ message, type: 'connection_error', param: null, code: 'upstream_connection_cut' }, { cause })
  }
}

export function unreadableAnswer(what: string, text: string): UpstreamError {
  const message = `The upstream ${what}: ${JSON.stringify(startOf(text))}`
  return new UpstreamError({ message, type: 'invalid_response_error', param: null, code: 'upstream_invalid' })
}

export function emptyAnswer(): UpstreamError {
  const message = 'The upstream’s answer was empty: nothing that the model wrote is in it.'
  return new UpstreamError({ message, type: 'invalid_response_error', param: null, code: 'upstream_empty' })
}

export function unfinishedAnswer(): UpstreamError {
  const message = 'The upstream ended its answer without a finish reason: it may be cut off.'
  return new UpstreamError({
    message,
    type: 'invalid_response_error',
    param: null,
    code: 'upstream_unfinished',
  })
}

/**
 * The error in a frame or body, in any of the shapes that servers use: `{ error: { message } }`, `{ error:
 * "words" }` (Ollama), with an `error_type` (TGI), `{ object: "error", message }` (vLLM), an SSE event named `error`, and
 * where there is no answer beside them `{ detail }` (FastAPI; KoboldCpp has `{ msg, type }` in it), `{ code, message }`
 * (DashScope), `{ error_code, error_msg }` and `{ errors: [{ message }] }`; `undefined` when there is none.
 */
export function errorIn(body: Fields, event?: string): ErrorFields | undefined {
  const { error } = body
  if (isFields(error) && Object.keys(error).length > 0) return errorFields(error)
  // Servers that always write the field leave it empty in a good frame.
  if (error && !isFields(error)) return errorFields({ message: error, type: body.error_type })
  if (body.object === 'error' || event === 'error') return errorFields(body)
  return answerNames.some((name) => body[name] != null) ? undefined : bareErrorIn(body)
}

/** What an upstream's answer is in: a frame with one of them is no error for its other fields. */
const answerNames = [
  'choices',
  'content',
  'response',
  'usage',
  'output',
  'results',
  'token',
  'generated_text',
]

/** An error whose fields stand by themselves. A message alone is none: servers report their progress with it. */
function bareErrorIn(body: Fields): ErrorFields | undefined {
  if (Array.isArray(body.errors) && body.errors.length > 0) {
    const [error]: unknown[] = body.errors
    return errorFields(isFields(error) ? error : { message: error })
  }
  if (body.detail) return errorInDetail(body)
  const code = body.code ?? body.error_code
  const message = body.message ?? body.error_msg ?? body.msg
  const isError = body.type === 'error' || (code && code !== 200)
  return isError && message ? errorFields({ ...body, code, message }) : undefined
}

/** Words, or an object with them, or a list of such objects when a request is wrong in several ways. */
function errorInDetail(body: Fields): ErrorFields {
  const details: unknown[] = Array.isArray(body.detail) ? body.detail : [body.detail]
  const [first] = details
  const words = details.map((detail) => (isFields(detail) ? detail.msg : undefined))
  if (!isFields(first) || words.some((word) => typeof word !== 'string')) {
    return errorFields({ ...body, message: body.detail })
  }
  return errorFields({ ...body, type: first.type, message: words.join('; ') })
}

/**
 * The error in the body of an HTTP error: JSON in any of the shapes above (FastAPI's servers put it in `detail`), the words
 * of a server, the page of a proxy, or nothing.
 */
export function errorInBody(text: string, status: number, statusText: string): ErrorFields {
  const body = parseBody(text)
  if (isFields(body)) {
    return errorIn(body) ?? errorFields({ ...body, message: body.message ?? body.detail ?? body })
  }
  if (body !== undefined) return errorFields({ message: body })
  const words = startOf(text.trim())
  if (words !== '' && !words.startsWith('<')) return errorFields({ message: words })
  const answered = `The upstream answered ${[status, statusText].join(' ').trim()}`
  return errorFields({ message: words === '' ? `${answered}.` : `${answered} with a page: ${words}` })
}

/** JSON, or the JSON of an event: a server that was asked for a stream may write its error as one. */
function parseBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const reader = createFrameReader()
    const frames = [...reader.push(new TextEncoder().encode(text)), ...reader.end()]
    const found = frames.find((frame) => frame.type === 'json')
    return found?.value
  }
}

function startOf(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

function errorFields(error: Fields): ErrorFields {
  const { message } = error
  return {
    ...error,
    message: typeof message === 'string' ? message : JSON.stringify(message ?? error),
    type: typeof error.type === 'string' ? error.type : 'upstream_error',
    param: error.param ?? null,
    code: error.code ?? null,
  }
}

/** What a network error says: `fetch` and addresses that were tried in turn have the telling part inside. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  const cause = error.cause instanceof Error ? ` (${reasonOf(error.cause)})` : ''
  return `${error.message}${cause}`
}
