/**
 * The short way through running text or a string of a call: most of what streams is plain text in the middle of one, and
 * passes as it came. Whoever reads the text gives it where nothing is held.
 */
export interface PlainText {
  /**
   * How much of a chunk needs nothing, and then counts as read: all of it, or all but its end where that waits for what
   * follows (white space, half of an escape or of a surrogate pair, a bracket). 0: it has to be read the long way.
   *
   * @param at where in the reply the chunk begins
   */
  pass(chunk: string, at: number): number
  /** What has just passed as it is told, where escapes make that another text: `\\"` for a quote in single ones. */
  readonly told: string | undefined
}
