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
 */
export function createConnection(
  fetch: Fetch,
  signal: AbortSignal | null | undefined,
  timeout?: number,
): Connection {
  const controller = new AbortController()
  const abort = () => controller.abort(signal?.reason)
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  let late: UpstreamTimeout | undefined
  let onLate: ((error: UpstreamTimeout) => void) | undefined
  // One timer for all reads: when it fires it looks how long the present one has waited. A timer for each would cost more
  // than reading a token does.
  let timer: ReturnType<typeof setTimeout> | undefined
  let waitingSince: number | undefined

  if (signal?.aborted) abort()
  else signal?.addEventListener('abort', abort, { once: true })

  function close(): void {
    // A signal may outlive thousands of requests.
    signal?.removeEventListener('abort', abort)
    clearTimeout(timer)
    timer = undefined
  }

  function cancel(reason?: unknown): void {
    close()
    controller.abort(reason)
    // A `fetch` that does not know signals still hears of it here.
    reader?.cancel(reason).catch(() => undefined)
  }

  function startWaiting(): void {
    if (timeout === undefined || timeout > longestTimer) return
    waitingSince = performance.now()
    timer ??= setTimeout(checkWaiting, timeout, timeout)
  }

  function checkWaiting(allowed: number): void {
    timer = undefined
    if (waitingSince === undefined) return
    const left = waitingSince + allowed - performance.now()
    // Timers may fire a moment early.
    if (left > 1) {
      timer = setTimeout(checkWaiting, left, allowed)
      return
    }
    late = new UpstreamTimeout(allowed)
    cancel(late)
    onLate?.(late)
  }

  function stopWaiting(): void {
    waitingSince = undefined
  }

  return {
    async open(url, init) {
      startWaiting()
      // A `fetch` that does not know signals would be waited for without end.
      const isLate = new Promise<never>((_, reject) => {
        onLate = reject
      })
      try {
        const response = await Promise.race([fetch(url, { ...init, signal: controller.signal }), isLate])
        reader = response.body?.getReader()
        return response
      } catch (error) {
        close()
        throw late ?? error
      } finally {
        onLate = undefined
        stopWaiting()
      }
    },

    async read() {
      if (!reader) return undefined
      startWaiting()
      try {
        const { value, done } = await reader.read()
        if (late) throw late
        if (done) close()
        return done ? undefined : value
      } catch (error) {
        close()
        if (signal?.aborted) throw signal.reason
        throw late ?? new UpstreamConnectionCut(error)
      } finally {
        stopWaiting()
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
