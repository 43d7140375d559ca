/**
 * What one reply may ask of the parser. Passing a limit is an event.
 *
 * @example createParser({ limits: { depth: 64 } })
 */
export interface Limits {
  /** How deep arguments may nest. */
  depth: number
  /** How many units one call may have. */
  call: number
  /** How many calls a reply may have. */
  calls: number
  /** How many units are held while they may be text or a call. */
  held: number
}

/**
 * The limits that hold where none is given.
 *
 * @example createParser({ limits: { ...defaultLimits, calls: 8 } })
 */
export const defaultLimits: Limits = {
  depth: 512,
  call: 16 * 1024 * 1024,
  calls: 128,
  held: 64 * 1024,
}
