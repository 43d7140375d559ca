/** One open bracket: which, and for an object the declared keys it has had. */
export interface Frame {
  object: boolean
  /** Whether a key of it came without quotes. */
  bare: boolean
  seen: Set<string> | undefined
}

/** Which of the first `depth` brackets a closer of this kind closes, counted from the outermost; -1: none. */
export function closedBy(frames: readonly Frame[], depth: number, object: boolean): number {
  let at = depth - 1
  while (at >= 0 && frames[at]?.object !== object) at--
  return at
}
