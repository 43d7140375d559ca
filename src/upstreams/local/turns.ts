/** Lets one in at a time, in the order in which they came. */
export interface Turns {
  /**
   * Waits for its turn. What it gives ends the turn.
   *
   * @throws the signal's reason when it is aborted first; its place is then free at once.
   */
  take(signal: AbortSignal): Promise<() => void>
}

/**
 * A runtime generates one text at a time in a context, and an abort stops whatever is being generated: without turns it
 * would be another request's.
 */
export function createTurns(): Turns {
  let last: Promise<void> = Promise.resolve()

  return {
    async take(signal) {
      const before = last
      let end = () => {}
      const turn = new Promise<void>((resolve) => {
        end = resolve
      })
      last = before.then(() => turn)
      try {
        await untilAborted(before, signal)
      } catch (error) {
        end()
        throw error
      }
      return end
    },
  }
}

/** The work's result, or the signal's reason as soon as it is aborted. The work itself is not stopped by it. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    // A signal may outlive thousands of requests.
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
