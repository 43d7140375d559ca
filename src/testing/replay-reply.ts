import { type Fields, isFields } from '../fields.js'
import type { Untouched } from '../surfaces/chat-completions/protocol.js'
import { fail } from '../tools.js'

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

const replyFields = {
  text: true,
  choices: true,
  reasoning: true,
  reasoningField: true,
  finish: true,
  delay: true,
  usage: true,
  untouched: true,
  fault: true,
} satisfies Record<keyof ReplayReply, true>

const faultFields = {
  status: true,
  body: true,
  headers: true,
  error: true,
  cutAfter: true,
  hang: true,
  invalidAfter: true,
  splitCharacters: true,
  noFinish: true,
  noDone: true,
  form: true,
  noLastLineEnd: true,
  crlf: true,
  comments: true,
  noSpace: true,
  stop: true,
} satisfies Record<keyof ReplayFault, true>

/**
 * A reply as an object. A fault that is misspelt would be none, and the test that asks for it would prove nothing.
 *
 * @throws Error naming the field that there is not.
 */
export function readReply(reply: unknown, field: string): ReplayReply {
  if (typeof reply === 'string') return { text: reply }
  checkFields(reply, replyFields, field, "text or an object, as in { text: 'Hello.', delay: 5 }")
  const { fault = {} } = reply
  checkFields(fault, faultFields, `${field}.fault`, 'an object, as in { cutAfter: 2 }')
  return reply
}

function checkFields(value: unknown, fields: object, field: string, what: string): asserts value is Fields {
  if (!isFields(value)) fail(field, `must be ${what}`)
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(fields, name))
      fail(`${field}.${name}`, `is no field; there are ${Object.keys(fields).join(', ')}`)
  }
}
