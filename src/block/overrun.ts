import type { Writable } from '../writable.js'

/**
 * What comes after a call has passed a limit. The call is read on to its end, since what a string in it shows is still no
 * call; what comes is counted and its beginning quoted, or it is text if nothing had shown that there was a call.
 */
export interface Overrun {
  /** What comes is counted; `text` has come already. */
  count(text: string): void
  /** What comes is text, as `text` is, which has come already. */
  spill(text: string): void
  add(piece: string): void
  /** It is over, and `length` units at its end were not its own. */
  end(length: number): void
  readonly isText: boolean
  /** The beginning of what came, `length` units at most. */
  quote(length: number): string
}

const maxQuoted = 1024
/** More than a reader holds while it does not know whether it is its own. */
const maxRest = 2048

export function createOverrun(restore: (text: string) => void): Overrun {
  let text = ''
  const overrun: Writable<Overrun> = {
    isText: false,
    count(piece) {
      overrun.isText = false
      text = piece
    },
    spill(piece) {
      overrun.isText = true
      text = piece
    },
    add(piece) {
      if (overrun.isText || text.length < maxQuoted) text += piece
      if (overrun.isText && text.length > 2 * maxRest) give(text.length - maxRest)
    },
    end(length) {
      if (overrun.isText) give(text.length - length)
    },
    quote: (length) => text.slice(0, Math.min(maxQuoted, length)),
  }

  function give(length: number) {
    restore(text.slice(0, length))
    text = text.slice(length)
  }

  return overrun
}
