import type { Fields } from '../fields.js'
import type { Untouched } from '../surfaces/chat-completions/protocol.js'
import type { SurfaceName } from '../surfaces/surface.js'
import type { CallPart } from './call-parts.js'

/**
 * One kind of endpoint: how its request is spelled and how its frames read. Everything between (connections,
 * frames, errors, time-outs) is the same for all of them.
 */
export type Upstream = MessagesUpstream | PromptUpstream

/** An endpoint that takes messages and applies the model's template by itself. */
export interface MessagesUpstream extends UpstreamTraits {
  takes: 'messages'
  buildRequest(body: Fields, rendered: { messages: readonly object[]; stop: readonly string[] }): Fields
}

/** An endpoint that takes the prompt as one string. */
export interface PromptUpstream extends UpstreamTraits {
  takes: 'prompt'
  /** `marks`: what the model writes calls, reasoning and turns with, which some servers leave out where it is a token. */
  buildRequest(
    body: Fields,
    rendered: { prompt: string; stop: readonly string[]; marks: readonly string[] },
  ): Fields
}

interface UpstreamTraits {
  /** Whether one request can give several choices (`n`). */
  manyChoices: boolean
  /** How many stop strings the protocol takes. */
  maxStops: number
  /** The protocol that the endpoint speaks to apps, where it is one: a request without tools passes untouched then. */
  surface?: SurfaceName
  /**
   * The endpoint's path.
   *
   * @param base what stands before the app's own path, up to `/v1`.
   * @param streamed whether it is asked to stream.
   * @param request the request as it is sent: some have a route of their own.
   */
  path(base: string, streamed: boolean, request: Fields): string
  /** Headers that the endpoint wants beside the app's own. */
  headers?(streamed: boolean): Record<string, string>
  /** Whether the endpoint, asked so, repeats in each frame all that it has said so far. */
  cumulative?(request: Fields): boolean
  /** The stop strings of a request that the endpoint leaves in its text, where it does. */
  keptStops?(request: Fields): readonly string[]
  /**
   * What ends a generation whose client has left, where an endpoint does not see that by itself.
   *
   * @param path the path that the request was sent to.
   */
  farewell?(path: string, request: Fields): { path: string; body: Fields }
  /** @param isWhole whether the frame is a whole body, which is finished even if it does not say why. */
  read(frame: Fields, isWhole: boolean): ReplyFrame
}

/** What one frame of an upstream's answer says. A whole answer is one frame. */
export interface ReplyFrame {
  id?: string | undefined
  created?: number | undefined
  model?: string | undefined
  choices: ChoicePart[]
  usage?: Fields | undefined
  /** Fields of the frame that toolshim does not know. */
  untouched?: Fields | undefined
}

export interface ChoicePart {
  index: number
  /** Reasoning that the server has told apart from the text by itself. */
  reasoning?: string | undefined
  text?: string | undefined
  /** Calls that the server has parsed by itself. */
  calls?: CallPart[] | undefined
  finish?: string | undefined
  /**
   * Set where the server's frames have no place for a finish reason: an answer of nothing else is over when the stream is, and
   * whether the model had finished nobody knows.
   */
  silent?: true
  /** Parts beside the text that toolshim does not know, of the choice and of its delta or message. */
  untouched?: Pick<Untouched, 'choice' | 'delta'> | undefined
}
