import { jsonrepair } from 'jsonrepair'
import { dialectOf } from '../dialects/index.js'
import { type ErrorFields, invalidRequest } from '../error-fields.js'
import { isFields } from '../fields.js'
import { readXml } from '../grammars/nested-xml.js'
import { createParser } from '../parser.js'
import { inProtocolSpelling } from '../protocol-spelling.js'
import { randomHex } from '../random-hex.js'
import { stringify } from '../render/stringify.js'
import { asksForJson } from '../surfaces/json-answer.js'
import type { ChatBody, Surface, SurfaceRequest } from '../surfaces/surface.js'
import { withSystemRoles } from '../upstreams/request-fields.js'
import { type Answer, createAnswer } from './answer.js'
import { readClientOptions } from './client-options.js'
import { checkExchangeOptions, type ExchangeOptions } from './exchange-options.js'
import {
  createUpstreamRequests,
  type Endpoint,
  type Farewell,
  type UpstreamRequest,
} from './upstream-request.js'

/** A request of an app, as it came. */
export interface Asked extends Endpoint {
  headers: Headers
  text: string
  /** The model that the path names, for a body that names none. */
  model?: string | undefined
}

/** What becomes of a request. */
export type Prepared =
  /** It is wrong, and answered with 400. */
  | { type: 'refused'; error: ErrorFields }
  | {
      type: 'ready'
      /**
       * The body that may go by itself, where nothing in it is about tools and the upstream speaks its protocol: as it came,
       * but for the name of a role that models' templates do not know, and would leave out with all that it says.
       */
      plain: string | undefined
      /** @param onTrace told in place of the options' own. */
      start(onTrace?: ExchangeOptions['onTrace']): Exchange
    }

/** A request on its way to the model, and the answer on its way back. Nothing here sends or receives. */
export interface Exchange {
  surface: Surface
  /** Whether the app wants a stream. */
  streamed: boolean
  url: string
  headers: Headers
  body: string
  /** What is posted, with the same headers, when the app leaves before the answer is complete. */
  farewell: Farewell | undefined
  /** The upstream has answered with this status. */
  answered(status: number): void
  /** There is no answer. A failure in the middle of one is told to the answer itself. */
  failed(error: ErrorFields): void
  createAnswer(): Answer
}

/**
 * Everything of `toolFetch` but the connections.
 *
 * @throws Error when the options are wrong.
 */
export function createExchanges(options: ExchangeOptions): (asked: Asked) => Prepared {
  checkExchangeOptions(options)
  const { dialect, upstream: _, onEvent, ...given } = options
  const surfaceOptions = readClientOptions(options)
  const parserOptions = { secondOpinion: jsonrepair, readXml, ...given }
  // A wrong option shall be known when the app starts, not at its first request.
  createParser({ ...parserOptions, dialect })
  const { upstream, build } = createUpstreamRequests(options)
  // Where the server has told the reasoning apart, the text is what follows its closing mark.
  const { open = '', close = '' } = dialectOf(dialect).marks.reasoning ?? {}
  const closedReasoning = open + close

  return (asked) => {
    let body: unknown
    try {
      body = readJson(asked.text)
      const request = asked.surface.readRequest(body, asked.headers, asked.url.pathname, surfaceOptions)
      if (asked.model !== undefined)
        request.body = { ...request.body, model: request.body.model ?? asked.model }
      const rendered = build(request, asked)
      return {
        type: 'ready',
        plain: rendered.mayStay && !request.isCut ? plainText(asked, request.body) : undefined,
        start: (onTrace = options.onTrace) => start(asked, body, request, rendered, onTrace),
      }
    } catch (error) {
      if (!(error instanceof Error)) throw error
      const message = inProtocolSpelling(error.message)
      return { type: 'refused', error: invalidRequest(message, fieldIn(message, body)) }
    }
  }

  function start(
    { surface, headers: own }: Asked,
    asked: unknown,
    { body, streamed, callPrefix, createWriter }: SurfaceRequest,
    rendered: UpstreamRequest,
    onTrace: ExchangeOptions['onTrace'],
  ): Exchange {
    const { url, text, prefill } = rendered
    const head = {
      id: `chatcmpl-${randomHex()}`,
      created: Math.floor(Date.now() / 1000),
      model: typeof body.model === 'string' ? body.model : '',
    }
    const { id } = head
    onTrace?.({
      id,
      type: 'request',
      surface: surface.name,
      url: withoutSecrets(url),
      asked,
      sent: text,
      prefill,
    })
    const headers = surface.upstreamHeaders(own)
    headers.set('content-type', 'application/json')
    for (const [name, value] of Object.entries(rendered.headers)) headers.set(name, value)

    const tools = [...(body.tools ?? [])]
    const toolChoice = tools.length === 0 ? 'none' : body.tool_choice
    const createId = given.createId ?? (() => callPrefix + randomHex())
    return {
      surface,
      streamed,
      url,
      headers,
      body: text,
      farewell: rendered.farewell,
      answered: (status) => onTrace?.({ id, type: 'status', status }),
      failed: (error) => onTrace?.({ id, type: 'error', error }),
      createAnswer: () =>
        createAnswer({
          upstream,
          createWriter,
          createParser: (reasoned) =>
            createParser({
              ...parserOptions,
              createId,
              untagged: given.untagged ?? (asksForJson(body) ? 'text' : 'call'),
              dialect,
              tools,
              prefill: reasoned ? closedReasoning : prefill,
              parallelToolCalls: body.parallel_tool_calls ?? true,
              ...(toolChoice && { toolChoice }),
            }),
          createId,
          head,
          choices: typeof body.n === 'number' ? body.n : 1,
          streamed,
          oneCall: body.parallel_tool_calls === false,
          cumulative: rendered.cumulative,
          stops: rendered.stops,
          onEvent:
            onTrace || onEvent
              ? (event, about) => {
                  onTrace?.({ id, type: 'event', choice: about.choice, event })
                  onEvent?.(event, about)
                }
              : undefined,
          onPart:
            onTrace &&
            (({ index, text, reasoning, finish }) =>
              onTrace({ id, type: 'written', choice: index, text, reasoning, finish })),
          onError: onTrace && ((error) => onTrace({ id, type: 'error', error })),
        }),
    }
  }
}

/** An address may have a password or a key in it. */
function withoutSecrets(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

/** Another protocol's body, read as one of Chat Completions, is not what was sent. */
function plainText({ surface, text }: Asked, body: ChatBody): string {
  const messages = withSystemRoles(body.messages)
  if (messages === body.messages || surface.name !== 'chat-completions') return text
  return stringify({ ...body, messages }) ?? text
}

/** The field that an error's first word names: one that the request has, or one that is missing (`messages: give …`). */
function fieldIn(message: string, body: unknown): string | null {
  const [, path, root, colon] = /^(([A-Za-z_]\w*)[\w.[\]]*)(:?)/.exec(message) ?? []
  if (path === undefined || root === undefined) return null
  return colon === ':' || (isFields(body) && root in body) ? path : null
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`The body is not JSON: ${error instanceof Error ? error.message : error}`)
  }
}
