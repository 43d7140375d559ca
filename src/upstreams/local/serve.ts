import { type Fields, isFields } from '../../fields.js'
import type { Fetch } from '../../middleware/fetch.js'
import { errorFieldsOf, LocalRequestError } from './local-error.js'
import { untilAborted } from './turns.js'

export type { Fetch }

/**
 * What answers one path of the protocol in this process, each request in its turn. Both forms stop generating when the
 * signal is aborted.
 */
export interface LocalRoute {
  /** The frames of a streamed answer. They are asked for as they are read. */
  stream(body: Fields, signal: AbortSignal): AsyncGenerator<Fields, void, void>
  whole(body: Fields, signal: AbortSignal): Promise<Fields>
}

/** The paths that a runtime answers, by their ends. */
export type LocalRoutes = Partial<Record<'/completions' | '/chat/completions', LocalRoute>>

/**
 * A `fetch` that answers the protocol in this process. It behaves as a server does: status and error bodies, frames of
 * server-sent events, an error frame in mid-answer.
 */
export function createLocalFetch(routes: LocalRoutes): Fetch {
  return async (input, init) => {
    const request = input instanceof Request ? input : undefined
    const method = init?.method ?? request?.method ?? 'GET'
    const url = new URL(request?.url ?? String(input), globalThis.location?.href)
    const route = routeOf(routes, method, url)
    if (route === undefined) return notFound(routes, method, url)

    // Stops the generation: when the app aborts, and when nobody wants the rest.
    const stopper = new AbortController()
    const { signal } = stopper
    const appSignal = init?.signal ?? request?.signal
    const abort = () => stopper.abort(appSignal?.reason)
    if (appSignal?.aborted) abort()
    appSignal?.addEventListener('abort', abort, { once: true })
    // A signal may outlive thousands of requests.
    const close = () => appSignal?.removeEventListener('abort', abort)
    try {
      const body = readBody(await new Response(init?.body ?? request?.clone().body).text())
      if (body.stream === true) return await respondWithStream(route.stream(body, signal), stopper, close)
      const answer = json(await untilAborted(route.whole(body, signal), signal), 200)
      close()
      return answer
    } catch (error) {
      close()
      if (appSignal?.aborted) throw appSignal.reason
      return json({ error: errorFieldsOf(error) }, error instanceof LocalRequestError ? 400 : 500)
    }
  }
}

function routeOf(routes: LocalRoutes, method: string, { pathname }: URL): LocalRoute | undefined {
  if (method.toUpperCase() !== 'POST') return undefined
  const path = pathname.replace(/\/$/, '')
  return path.endsWith('/chat/completions')
    ? routes['/chat/completions']
    : path.endsWith('/completions')
      ? routes['/completions']
      : undefined
}

/**
 * Answers when the first frame is there, so that what fails before it has a status of its own. Each frame is asked for
 * when it is read.
 */
async function respondWithStream(
  frames: AsyncGenerator<Fields, void, void>,
  stopper: AbortController,
  close: () => void,
): Promise<Response> {
  const { signal } = stopper
  const encoder = new TextEncoder()
  const encode = (data: string) => encoder.encode(`data: ${data}\n\n`)
  // It may fail in stopping, when nobody is there to be told.
  const leave = () => void frames.return().catch(() => undefined)

  let first: IteratorResult<Fields, void> | undefined
  try {
    first = await untilAborted(frames.next(), signal)
  } catch (error) {
    stopper.abort(error)
    leave()
    throw error
  }

  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const stop = () => {
          close()
          controller.error(signal.reason)
          leave()
        }
        signal.addEventListener('abort', stop, { once: true })
      },
      async pull(controller) {
        try {
          const { value, done } = first ?? (await frames.next())
          first = undefined
          if (signal.aborted) return
          controller.enqueue(encode(done ? '[DONE]' : JSON.stringify(value)))
          if (!done) return
        } catch (error) {
          if (signal.aborted) return
          controller.enqueue(encode(JSON.stringify({ error: errorFieldsOf(error) })))
        }
        controller.close()
        close()
      },
      cancel: (reason) => stopper.abort(reason),
    },
    { highWaterMark: 0 },
  )
  return new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } })
}

function readBody(text: string): Fields {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    body = undefined
  }
  if (!isFields(body)) throw new LocalRequestError('the body must be a JSON object')
  return body
}

function notFound(routes: LocalRoutes, method: string, { pathname }: URL): Response {
  const paths = Object.keys(routes).map((path) => `POST …${path}`)
  const message = `${method} ${pathname}: this runtime answers ${paths.join(' and ')}`
  return json({ error: { message, type: 'invalid_request_error', param: null, code: null } }, 404)
}

function json(body: object, status: number): Response {
  // The same request would fail in the same way: clients are told not to send it again.
  const headers = status === 200 ? undefined : { 'x-should-retry': 'false' }
  return Response.json(body, { status, ...(headers && { headers }) })
}
