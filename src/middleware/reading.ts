import { stringify } from '../render/stringify.js'
import type { SurfaceFrame } from '../surfaces/surface.js'
import { createFrameReader } from '../upstreams/frames.js'
import type { Answer } from './answer.js'

/**
 * Whether more is wanted of the upstream: it is `done`, or `cut` while it may still be generating. The answer to the app is
 * complete in both.
 */
export type ReadingState = 'open' | 'done' | 'cut'

/** What is written to the app: an event, or what only says that the answer goes on. */
export type AnswerFrame = SurfaceFrame | { comment: string }

/** Characters of an upstream's comment that are passed on. */
const longestComment = 200

/** Reads an upstream's bytes into frames for the app. */
export interface Reading {
  /**
   * @param bytes the next ones, `undefined` when there are no more.
   * @param send is given each frame; what was given before an error was thrown has been said.
   * @throws UpstreamError when the bytes are no answer, or end before it is complete.
   */
  push(bytes: Uint8Array | undefined, send: (frame: AnswerFrame) => void): ReadingState
}

export function createReading(answer: Answer): Reading {
  // Passed on, since whatever waits for an answer gives it up in a long silence; of several in one piece the last is enough.
  let comment: string | undefined
  const frames = createFrameReader((text) => {
    comment = text.slice(0, longestComment)
  })
  return {
    push(bytes, send) {
      comment = undefined
      for (const frame of bytes ? frames.push(bytes) : frames.end()) {
        answer.push(frame).forEach(send)
        const state = answer.state()
        if (state === 'open') continue
        answer.end().forEach(send)
        return state
      }
      if (comment !== undefined) answer.alive(comment).forEach(send)
      if (bytes) return 'open'
      answer.end().forEach(send)
      return 'done'
    },
  }
}

/** A server-sent event. JSON has no line breaks of its own, so that its data is always one line. */
export function writeFrame(frame: AnswerFrame): string {
  if ('comment' in frame) return `: ${frame.comment}\n\n`
  const { event, id, status } = frame
  const data = bodyOf(frame.data)
  if (event === undefined && id === undefined && status === undefined) return `data: ${data}\n\n`
  const space = status === undefined ? ' ' : ''
  const head = `${id === undefined ? '' : `id:${space}${id}\n`}${event === undefined ? '' : `event:${space}${event}\n`}`
  const comment = status === undefined ? '' : `:HTTP_STATUS/${status}\n`
  return `${head}${comment}data:${space}${data}\n\n`
}

/** A whole answer's body; one that is text has been written as JSON by its surface. */
export function bodyOf(data: object | string): string {
  // A response repeats the app's tools, however deep their schemas are.
  return typeof data === 'string' ? data : (stringify(data) ?? '')
}
