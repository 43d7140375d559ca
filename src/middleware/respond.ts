import type { ErrorFields } from '../error-fields.js'
import type { Surface } from '../surfaces/surface.js'
import {
  errorInBody,
  UpstreamConnectionCut,
  UpstreamError,
  UpstreamTimeout,
} from '../upstreams/upstream-error.js'
import type { Answer } from './answer.js'
import type { Connection } from './connection.js'
import type { Exchange } from './exchange.js'
import { type AnswerFrame, bodyOf, createReading, type ReadingState, writeFrame } from './reading.js'

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
  const reading = createReading(answer)
  const encoder = new TextEncoder()

  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        let sent = ''
        const send = (frame: AnswerFrame) => {
          sent += writeFrame(frame)
        }
        try {
          let state: ReadingState = 'open'
          while (state === 'open' && sent === '') state = reading.push(await connection.read(), send)
          controller.enqueue(encoder.encode(sent))
          if (state === 'open') return
          letGo(connection, state)
          controller.close()
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
    headers: answerHeaders(upstream.headers, 'text/event-stream; charset=utf-8'),
  })
}

/** Answers with one JSON body. Throws where the connection failed, as `fetch` does, and the abort reason. */
export async function respondWithWhole(
  upstream: Response,
  connection: Connection,
  answer: Answer,
  { surface, failed }: Exchange,
): Promise<Response> {
  const reading = createReading(answer)
  let body: object | string = {}
  try {
    let state: ReadingState = 'open'
    while (state === 'open') {
      state = reading.push(await connection.read(), (frame) => {
        if ('data' in frame) body = frame.data
      })
    }
    letGo(connection, state)
    return json(body, 200, answerHeaders(upstream.headers, 'application/json'))
  } catch (error) {
    connection.cancel(error)
    if (!(error instanceof UpstreamError)) throw error
    failed(error.fields)
    if (error instanceof UpstreamTimeout || error instanceof UpstreamConnectionCut) throw error
    return respondWithFailure(surface, error.fields, error.status, upstream)
  }
}

function letGo(connection: Connection, state: 'done' | 'cut'): void {
  if (state === 'cut') connection.cancel()
  else connection.release()
}

/**
 * Passes an HTTP error on: status and headers (`retry-after`, ...) as they are, the body in the surface's shape, so that
 * the client's error has the upstream's message. Of a body that is cut, what came: the status is the answer. Throws the
 * abort reason.
 */
export async function respondWithError(
  upstream: Response,
  connection: Connection,
  { surface, failed }: Exchange,
): Promise<Response> {
  const error = errorInBody(await readErrorBody(connection), upstream.status, upstream.statusText)
  failed(error)
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
  return json(surface.errorBody(error, status), status, answerHeaders(upstream?.headers, 'application/json'))
}

function json(body: object | string, status: number, headers: Headers): Response {
  return new Response(bodyOf(body), { status, headers })
}

/** The upstream's headers without those of its connection and its own bytes. */
export function answerHeaders(upstream: Headers | undefined, type: string): Headers {
  const headers = new Headers(upstream)
  for (const name of bodyHeaders) headers.delete(name)
  headers.set('content-type', type)
  if (type.startsWith('text/event-stream')) {
    // Proxies may neither keep a stream nor wait for more of it.
    headers.set('cache-control', 'no-cache')
    headers.set('x-accel-buffering', 'no')
  }
  return headers
}
