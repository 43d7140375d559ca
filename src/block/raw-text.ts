import type { Progress } from '../reply.js'
import { createTextBuffer, type TextBuffer } from '../text-buffer.js'
import type { Writable } from '../writable.js'

/** What the model wrote since a mark, kept while it may still be text. */
export interface RawText {
  /** What is kept from here on stands behind `mark`, which may have white space before it. */
  begin(mark: string): void
  /** Keeps a piece, which stands at `at` in the reply. Text that was given back is read twice and kept once. */
  keep(piece: string, at: number): void
  /** What has been kept, less what has been given back since. */
  read(): string
  /** The mark and what has been kept. */
  whole(): string
  /** The mark, `''` if the prompt held it. */
  readonly mark: string
  /** Whether it goes on with text that the prompt held. */
  readonly goesOn: boolean
  /** Where the mark stands, without the white space. */
  readonly markAt: number
  readonly length: number
}

export function createRawText(progress: Progress): RawText {
  let buffer: TextBuffer
  let end = 0
  const raw: Writable<RawText> = {
    mark: '',
    goesOn: false,
    markAt: 0,
    length: 0,
    begin(mark) {
      raw.mark = progress.silent ? '' : mark
      raw.markAt = progress.at - mark.trimStart().length
      raw.length = 0
      raw.goesOn = false
      buffer = createTextBuffer()
      end = progress.at
    },
    keep(piece, at) {
      progress.at = at + piece.length
      raw.goesOn ||= progress.silent && piece.trim() !== ''
      if (!progress.silent && progress.at > end) {
        buffer.append(piece.slice(Math.max(end - at, 0)))
        raw.length = buffer.length
      }
      end = Math.max(end, progress.at)
    },
    read() {
      const text = buffer.toString()
      return text.slice(0, Math.max(text.length - (end - progress.at), 0))
    },
    whole: () => (raw.mark + raw.read()).trimStart(),
  }
  return raw
}
