/**
 * Milliseconds without an event, while a call is held, after which the app is told that the answer goes on: what stands
 * between the two gives up a connection that is silent for long.
 */
const longest = 5_000

/**
 * Tells when a stream has been silent for long, each time that it could have said something.
 *
 * @example
 * const pulse = createPulse()
 * if (pulse(frames.length > 0)) send(ping)
 */
export function createPulse(): (said: boolean) => boolean {
  let spoke = Date.now()
  return (said) => {
    const now = Date.now()
    const isSilent = !said && now - spoke >= longest
    if (said || isSilent) spoke = now
    return isSilent
  }
}
