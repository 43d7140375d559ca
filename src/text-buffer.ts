import type { Writable } from './writable.js'

/**
 * Text that grows by small pieces. Appending to one long string builds a rope that is slow to read and falls to a
 * quarter of this speed at 4 MB; here a rope is made flat whenever it has 4 KB.
 */
export interface TextBuffer {
  append(text: string): void
  readonly length: number
  toString(): string
}

const flatAt = 4096

export function createTextBuffer(): TextBuffer {
  const pieces: string[] = []
  let tail = ''
  const buffer: Writable<TextBuffer> = {
    length: 0,
    append(text) {
      buffer.length += text.length
      tail += text
      if (tail.length < flatAt) return
      pieces.push(flat(tail))
      tail = ''
    },
    toString: () => pieces.join('') + tail,
  }
  return buffer
}

/** The same text as one string in memory: reading a character makes V8 flatten a rope, once for all who read it. */
export function flat(text: string): string {
  text.charCodeAt(0)
  return text
}
