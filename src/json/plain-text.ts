/**
 * The short way through a string: most of what streams is plain text in the middle of one, and passes as it came.
 */
export interface PlainText {
  /**
   * How much of a chunk is text of the string that needs nothing, which then counts as read: all of it, or all but its end
   * where that waits for what follows (half of an escape or of a surrogate pair, a bracket). 0: it has to be read.
   * `at`: where in the reply the chunk begins.
   */
  pass(chunk: string, at: number): number
}
