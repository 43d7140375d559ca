import { UpstreamConnectionCut, UpstreamTimeout } from '../upstreams/upstream-error.js'
import type { Fetch } from './fetch.js'

/** A request to the upstream: opened once, read as it comes, and let go of in one of two ways. */
export interface Connection {
  /** Sends the request and waits for the head of the answer. */
  open(url: string, init: RequestInit): Promise<Response>
  /**
   * The next bytes, or `undefined` at the end. Throws `UpstreamTimeout`, an `UpstreamError` or the caller's
   * abort reason.
   */
  read(): Promise<Uint8Array | undefined>
  /** Ends the request at once, wherever it is; the upstream sees its client leave. */
  cancel(reason?: unknown): void
  /** The answer is complete: lets the last bytes arrive, so that the connection can be used again. */
  release(): void
}

/** The longest that a timer can wait, some 24 days; asked for longer, it fires at once. */
const longestTimer = 2 ** 31 - 1

/** How long the end of a complete answer may take before its connection is given up. */
const releaseTimeout = 1000

/**
 * @param signal the caller's own: aborting it aborts the request, whether anybody is reading or not.
 * @param timeout milliseconds without a byte, from the request to the head and from each read to its bytes.
 * @param onLeave told when the request is ended before its answer is.
 */
export function createConnection(
  fetch: Fetch,
  signal: AbortSignal | null | undefined,
  timeout?: number,
  onLeave?: () => void,
): Connection {
  const controller = new AbortController()
  const abort = () => leave(signal?.reason)
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  // From the request to the end of its answer.
  let answering = false

  if (signal?.aborted) abort()
  else signal?.addEventListener('abort', abort, { once: true })

  function close(): void {
    // A signal may outlive thousands of requests.
    signal?.removeEventListener('abort', abort)
    answering = false
  }

  function leave(reason: unknown): void {
    if (answering) onLeave?.()
    answering = false
    controller.abort(reason)
  }

  function cancel(reason?: unknown): void {
    leave(reason)
    close()
    // A `fetch` that does not know signals still hears of it here.
    reader?.cancel(reason).catch(() => undefined)
  }

  async function inTime<T>(work: Promise<T>): Promise<T> {
    if (timeout === undefined || timeout > longestTimer) return work
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new UpstreamTimeout(timeout)), timeout)
    })
    try {
      return await Promise.race([work, late])
    } catch (error) {
      if (error instanceof UpstreamTimeout) cancel(error)
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    async open(url, init) {
      answering = true
      try {
        const response = await inTime(fetch(url, { ...init, signal: controller.signal }))
        reader = response.body?.getReader()
        return response
      } catch (error) {
        close()
        throw error
      }
    },

    async read() {
      if (!reader) return undefined
      try {
        const { value, done } = await inTime(reader.read())
        if (done) close()
        return done ? undefined : value
      } catch (error) {
        close()
        if (signal?.aborted) throw signal.reason
        throw error instanceof UpstreamTimeout ? error : new UpstreamConnectionCut(error)
      }
    },

    cancel,

    release() {
      close()
      const timer = setTimeout(() => cancel(), releaseTimeout)
      const drain = async () => {
        while (reader && !(await reader.read()).done);
      }
      drain()
        .catch(() => undefined)
        .finally(() => clearTimeout(timer))
    },
  }
}
