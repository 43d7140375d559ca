import { Char } from './characters.js'
import { hasKey } from './keys.js'

/** One open bracket: which, and for an object the keys it has had. */
export interface Frame {
  object: boolean
  /** The unit that closes it. */
  closer: number
  /** Whether its members are a Python call's arguments: `key=value`, or a value alone. */
  call: boolean
  /** Whether a key of it came without quotes, as the names of arguments do. */
  bare: boolean
  /** As they are written; of many only the declared ones. Asked only where a string's quotes are broken. */
  keys: string[] | undefined
  /** The place of its bracket among the tokens that are held, while it is not known what the bracket means. */
  undecided: number | undefined
  /** It is none of JSON's brackets. */
  silent: boolean
}

/**
 * Which of the first `depth` brackets a closer closes, counted from the outermost; -1: none. `]` and `)` close each
 * other's brackets when they have none of their own, and those of a call.
 */
export function closedBy(frames: readonly Frame[], depth: number, unit: number): number {
  const at = innermost(frames, depth, (frame) => frame.closer === unit)
  if (at >= 0 || unit === Char.closeBrace) return at
  return innermost(
    frames,
    depth,
    (frame) => (!frame.object || frame.call) && frame.closer !== Char.closeBrace,
  )
}

/**
 * The object whose neighbour begins with this key: an open one that began with it too, and behind which another may stand,
 * in a list or as the next call; -1: none. Items of a list are alike, as calls are, and no object has a key twice:
 * `[{"old": "a", {"old": "b"}]`.
 */
export function neighbourOf(frames: readonly Frame[], depth: number, name: string): number {
  return innermost(
    frames,
    depth,
    (frame, at) =>
      frame.object && frames[at - 1]?.object !== true && hasKey(frame.keys?.slice(0, 1) ?? [], name),
  )
}

function innermost(
  frames: readonly Frame[],
  depth: number,
  accept: (frame: Frame, at: number) => boolean,
): number {
  for (let at = depth - 1; at >= 0; at--) {
    const frame = frames[at]
    if (frame !== undefined && accept(frame, at)) return at
  }
  return -1
}

/** Whether an object, which is all that is open, ends in what a call is called. `isCall`: it is a call, and no arguments. */
export function endsInName(frames: readonly Frame[], isCall: boolean): boolean {
  return isCall && frames.length === 1 && frames[0]?.keys?.at(-1) === '"name"'
}
