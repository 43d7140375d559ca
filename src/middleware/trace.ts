import type { ErrorFields } from '../error-fields.js'
import type { ParserEvent } from '../events.js'
import type { SurfaceName } from '../surfaces/surface.js'

/**
 * One thing that happened to a request on its way to the model and back, for a log that explains an answer. Nothing of the
 * headers is in it, so no keys are; what the app and the model said is.
 *
 * @example { id: 'chatcmpl-…', type: 'written', choice: 0, text: '<tool_call>\n{"na' }
 */
export type TraceEntry = { id: string } & (
  | {
      type: 'request'
      surface: SurfaceName
      /** Where it was sent. */
      url: string
      /** The body that the app sent, read as JSON. */
      asked: unknown
      /** The body that was sent upstream: the rendered prompt or messages are in it. */
      sent: string
      /** What the prompt already says of the reply. */
      prefill: string
    }
  /** The upstream's HTTP status. */
  | { type: 'status'; status: number }
  /** What the model wrote. */
  | {
      type: 'written'
      choice: number
      text?: string | undefined
      reasoning?: string | undefined
      finish?: string | undefined
    }
  /** What was made of it. */
  | { type: 'event'; choice: number; event: ParserEvent }
  /** The exchange failed. */
  | { type: 'error'; error: ErrorFields }
)
