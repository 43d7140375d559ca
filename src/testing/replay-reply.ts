import type { Fields } from '../fields.js'
import type { Untouched } from '../surfaces/chat-completions/protocol.js'

/**
 * What a replay upstream answers to one request. A string is its text.
 *
 * @example { text: 'Hello there', delay: 5, fault: { cutAfter: 2 } }
 */
export interface ReplayReply {
  /** What the model writes. */
  text?: string
  /** One text per choice, for requests with `n`; otherwise every choice has the same text. */
  choices?: string[]
  /** Reasoning that the server tells apart by itself, before the text. */
  reasoning?: string
  /** The field that has it on the chat route, `reasoning_content` by default. */
  reasoningField?: string
  /** `stop` by default. */
  finish?: string
  /** Milliseconds before each token. */
  delay?: number
  /** Token counts where the protocol has them; `false` leaves them out. */
  usage?: Fields | false
  /**
   * Parts that no client knows: the first entry is in the first frame of text, and so on. In a whole answer,
   * the first.
   */
  untouched?: Untouched[]
  fault?: ReplayFault
}

/**
 * How the answer goes wrong, or is merely unusual. Counts are of frames with text.
 *
 * @example { status: 503, body: { error: { message: 'Loading model' } } }
 */
export interface ReplayFault {
  /** An HTTP error instead of an answer; `body` is an object for JSON, or text (HTML). */
  status?: number
  body?: Fields | string
  headers?: Record<string, string>
  /** A frame with this error after some others, and then the end. */
  error?: { after: number; frame: Fields }
  /** The connection is destroyed after so many frames; in a whole answer or an error, in the middle of the body. */
  cutAfter?: number
  /** Nothing more comes: before the head, or after so many frames. */
  hang?: 'head' | number
  /** A line that is not JSON after so many frames. */
  invalidAfter?: number
  /** Characters of several bytes arrive in two pieces. */
  splitCharacters?: boolean
  /** No frame says why the answer ended. */
  noFinish?: boolean
  /** No `[DONE]` at the end of a stream. */
  noDone?: boolean
  /** Streams, or not, whatever was asked for. */
  form?: 'stream' | 'whole'
  /** The last frame's blank line, or line end, is missing. */
  noLastLineEnd?: boolean
  /** Lines end in `\r\n`. */
  crlf?: boolean
  /** A comment before every event. Lines of JSON have blank lines instead. */
  comments?: boolean
  /** `data:{…}` instead of `data: {…}`. */
  noSpace?: boolean
  /**
   * What happens at the request's stop strings: the text ends before them, unless it ends after them or goes
   * on.
   */
  stop?: 'included' | 'ignored'
}
