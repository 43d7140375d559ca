import type { ErrorFields } from '../error-fields.js'
import type { ParserEvent } from '../events.js'
import type { Fields } from '../fields.js'
import type { ToolChoice, ToolRequest } from '../request.js'
import type { CallDelivery } from './call-hold.js'
import type { CompletionHead, ReasoningField, Untouched } from './chat-completions/protocol.js'
import type { HostedToolOptions } from './hosted-tools.js'
import type { ResponseMemory } from './responses/memory.js'

/**
 * One protocol that apps speak over HTTP: which requests are its own, how they read as the one request that is rendered,
 * and how an answer's events are written. What lies between is the same for all of them.
 */
export interface Surface {
  name: SurfaceName
  /**
   * What stands before the protocol's own path, up to `/v1`: an upstream's endpoint is found beside it. `undefined` when
   * the path is none of this protocol.
   *
   * @example base('/proxy/v1/chat/completions') // '/proxy/v1'
   */
  base(path: string): string | undefined
  /** Query parameters that only the protocol's own servers know; any other goes upstream. */
  ownQuery?: readonly string[]
  /**
   * Reads the body of a request.
   *
   * @param path the whole path that it was sent to.
   * @throws Error whose first word is the field that is wrong.
   */
  readRequest(body: unknown, headers: Headers, path: string, options: SurfaceOptions): SurfaceRequest
  /** The headers that an upstream understands, of those that the app sent: its key is `authorization: Bearer …` there. */
  upstreamHeaders(headers: Headers): Headers
  /** The body of an HTTP error. A failure in mid-stream is the writer's to say. */
  errorBody(error: ErrorFields, status: number): object
}

/**
 * The protocol that the app speaks, as a trace and the log of `toolshim serve` name it.
 *
 * @example toolFetch({ dialect, onTrace: (entry) => entry.type === 'request' && count(entry.surface) })
 */
export type SurfaceName = 'chat-completions' | 'responses' | 'messages' | 'dashscope'

/** What holds for every request of one app. */
export interface SurfaceOptions extends HostedToolOptions {
  /** How a stream gives its calls; `streamed` by default. */
  calls?: CallDelivery | undefined
  /** The field of Chat Completions that has the reasoning; `reasoning_content` by default. */
  reasoningField?: ReasoningField | undefined
  /** Where responses are kept for the requests that refer to them. */
  memory?: ResponseMemory | undefined
}

/** A request as every surface gives it. */
export interface SurfaceRequest {
  /** The same request in Chat Completions shapes: what is rendered, and the fields that go upstream. */
  body: ChatBody
  /** Whether the app wants the answer as a stream. */
  streamed: boolean
  /** Set where it may not go upstream as it came: something that the app asked for was left out of it. */
  isCut?: boolean
  /** What a call's id begins with. */
  callPrefix: string
  /**
   * Writes the answer, as a stream or whole, as the app asked for it.
   *
   * @param usage token counts in OpenAI's spelling, where the upstream's first frame has them.
   */
  createWriter(head: CompletionHead, usage?: Fields): SurfaceWriter
}

/**
 * A body in the spellings of Chat Completions.
 *
 * @example
 * { model: 'qwen3-8b', messages: [{ role: 'user', content: 'Add 1 and 2.' }], tools: [], tool_choice: 'auto',
 *   temperature: 0.5 }
 */
export type ChatBody = Fields &
  ToolRequest & {
    tool_choice?: ToolChoice | null
    parallel_tool_calls?: boolean | null
  }

/** One server-sent event; an object is written as JSON. Of a whole answer, `data` is the body. */
export interface SurfaceFrame {
  event?: string
  id?: string
  /** Set in DashScope's spelling: an HTTP status in a comment, and no space behind a colon. */
  status?: number
  data: object | string
}

/** Takes an answer's events, choice by choice, and gives the protocol's frames. */
export interface SurfaceWriter {
  /** @param untouched parts of the upstream's frame that toolshim does not know, for protocols that have the same. */
  push(events: readonly ParserEvent[], choice: number, untouched: Untouched): SurfaceFrame[]
  /** What says that the stream goes on, where the protocol has its own way and it can be said by now; else it is a comment. */
  alive?(): SurfaceFrame[] | undefined
  /** Fields of the upstream's own that came without a choice. */
  fields(fields: Fields): SurfaceFrame[]
  /**
   * The answer is complete. A whole answer is the one frame that this gives.
   *
   * @param last `usage` in OpenAI's spelling, where the upstream counts tokens, and what it sent beside it.
   */
  end(last: Fields): SurfaceFrame[]
  /** The upstream failed in the middle of a stream: the frames that say so. */
  fail(error: ErrorFields): SurfaceFrame[]
}
