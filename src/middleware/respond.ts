import type { ErrorFields } from '../error-fields.js'
import { isFields } from '../fields.js'
import type { Surface, SurfaceFrame } from '../surfaces/surface.js'
import { createFrameReader } from '../upstreams/frames.js'
import {
  errorInBody,
  errorInText,
  UpstreamConnectionCut,
  UpstreamError,
  UpstreamTimeout,
} from '../upstreams/upstream-error.js'
import type { Answer } from './answer.js'
import type { Connection } from './connection.js'

/** Headers that describe the upstream's own bytes and connection, not the answer. */
const bodyHeaders = [
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'connection',
  'keep-alive',
]

/**
 * Answers with a stream of server-sent events. It reads the upstream only when somebody reads the answer, so
 * a slow reader slows the model down and nothing piles up between them.
 */
export function respondWithStream(upstream: Response, connection: Connection, answer: Answer): Response {
  const frames = createFrameReader()
  const encoder = new TextEncoder()

  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        let sent = ''
        const send = (frame: SurfaceFrame) => {
          sent += writeFrame(frame)
        }
        try {
          let open = true
          while (open && sent === '') open = await readSome(connection, frames, answer, send)
          if (!open) answer.end().forEach(send)
          controller.enqueue(encoder.encode(sent))
          if (!open) controller.close()
        } catch (error) {
          connection.cancel(error)
          if (!(error instanceof UpstreamError)) throw error
          answer.fail(error.fields).forEach(send)
          controller.enqueue(encoder.encode(sent))
          controller.close()
        }
      },
      cancel: (reason) => connection.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  return new Response(body, {
    headers: answerHeaders(upstream, 'text/event-stream; charset=utf-8'),
  })
}

/** A server-sent event. JSON has no line breaks of its own, so that its data is always one line. */
function writeFrame({ event, id, data }: SurfaceFrame): string {
  const head = `${id === undefined ? '' : `id: ${id}\n`}${event === undefined ? '' : `event: ${event}\n`}`
  return `${head}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`
}

/** Answers with one JSON body. Throws where the connection failed, as `fetch` does, and the abort reason. */
export async function respondWithWhole(
  upstream: Response,
  connection: Connection,
  answer: Answer,
  surface: Surface,
): Promise<Response> {
  const frames = createFrameReader()
  try {
    while (await readSome(connection, frames, answer));
    const body = answer.end().at(-1)?.data ?? {}
    return json(body, 200, answerHeaders(upstream, 'application/json'))
  } catch (error) {
    connection.cancel(error)
    if (error instanceof UpstreamTimeout || error instanceof UpstreamConnectionCut) throw error
    if (!(error instanceof UpstreamError)) throw error
    return respondWithFailure(surface, error.fields, error.status, upstream)
  }
}

/** Reads the next bytes and says whether more are wanted. */
async function readSome(
  connection: Connection,
  frames: ReturnType<typeof createFrameReader>,
  answer: Answer,
  send: (frame: SurfaceFrame) => void = () => undefined,
): Promise<boolean> {
  const bytes = await connection.read()
  for (const frame of bytes ? frames.push(bytes) : frames.end()) {
    answer.push(frame).forEach(send)
    if (answer.state === 'open') continue
    if (answer.state === 'cut') connection.cancel()
    else connection.release()
    return false
  }
  return bytes !== undefined
}

/**
 * Passes an HTTP error on: status and headers (`retry-after`, ...) as they are, the body in the surface's shape, so that
 * the client's error has the upstream's message. Of a body that is cut, what came: the status is the answer. Throws the
 * abort reason.
 */
export async function respondWithError(
  upstream: Response,
  connection: Connection,
  surface: Surface,
): Promise<Response> {
  const text = await readErrorBody(connection)
  const body = parseBody(text)
  const error =
    body === undefined ? errorInText(text, upstream) : errorInBody(isFields(body) ? body : { message: body })
  return respondWithFailure(surface, error, upstream.status, upstream)
}

async function readErrorBody(connection: Connection): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  try {
    for (let bytes = await connection.read(); bytes; bytes = await connection.read()) {
      text += decoder.decode(bytes, { stream: true })
    }
  } catch (error) {
    if (!(error instanceof UpstreamTimeout || error instanceof UpstreamConnectionCut)) throw error
  }
  return text + decoder.decode()
}

/** An error in the surface's own shape, with the headers of the upstream's answer where there is one. */
export function respondWithFailure(
  surface: Surface,
  error: ErrorFields,
  status: number,
  upstream?: Response,
): Response {
  return json(surface.errorBody(error, status), status, answerHeaders(upstream, 'application/json'))
}

function json(body: object | string, status: number, headers: Headers): Response {
  return new Response(JSON.stringify(body), { status, headers })
}

/** The upstream's headers without those of its connection and its own bytes. */
export function answerHeaders(upstream: Response | undefined, type: string): Headers {
  const headers = new Headers(upstream?.headers)
  for (const name of bodyHeaders) headers.delete(name)
  headers.set('content-type', type)
  return headers
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
