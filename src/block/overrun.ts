import { maxQuoted } from '../change-log.js'

/**
 * What comes after a call has passed a limit. The call is read on to its end, since what a string in it shows is still no
 * call; what comes is counted and its beginning quoted, or it is text if nothing had shown that there was a call.
 */
export interface Overrun {
  add(piece: string): void
  /** It is over, and `length` units at its end were not its own. */
  end(length: number): void
  readonly isText: boolean
  /** The beginning of what came, `length` units at most. */
  quote(length: number): string
}

/** More than a reader holds while it does not know whether it is its own. */
const maxRest = 2048

/** `text`: what has come already. `restore`: gives text; left out, what comes is counted. */
export function createOverrun(text: string, restore?: (text: string) => void): Overrun {
  let left = text

  function give(length: number) {
    restore?.(left.slice(0, length))
    left = left.slice(length)
  }

  return {
    isText: restore !== undefined,
    add(piece) {
      if (restore !== undefined || left.length < maxQuoted) left += piece
      if (restore !== undefined && left.length > 2 * maxRest) give(left.length - maxRest)
    },
    end(length) {
      if (restore !== undefined) give(left.length - length)
    },
    quote: (length) => left.slice(0, Math.min(maxQuoted, length)),
  }
}
