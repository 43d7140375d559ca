import { jsonrepair } from 'jsonrepair'
import { dialectOf } from '../dialects/index.js'
import { invalidRequest } from '../error-fields.js'
import type { ParserEvent } from '../events.js'
import { type Fields, isFields, layOver } from '../fields.js'
import { readXml } from '../grammars/nested-xml.js'
import { createParser, type ParserOptions } from '../parser.js'
import { inProtocolSpelling } from '../protocol-spelling.js'
import { randomHex } from '../random-hex.js'
import { renderMessages } from '../render/messages.js'
import type { RenderOptions } from '../render/prepare.js'
import { renderPrompt } from '../render/prompt.js'
import { stringify } from '../render/stringify.js'
import { readReasoning } from '../request.js'
import type { ChatBody, Surface, SurfaceRequest } from '../surfaces/surface.js'
import { findUpstream, type UpstreamKind } from '../upstreams/index.js'
import type { Upstream } from '../upstreams/upstream.js'
import { createAnswer } from './answer.js'
import { type AppRequest, mentionsTools, readAppRequest, surfaceOf } from './app-request.js'
import { createConnection } from './connection.js'
import { respondWithError, respondWithFailure, respondWithStream, respondWithWhole } from './respond.js'
import type { TraceEntry } from './trace.js'

export type { TraceEntry, UpstreamKind }

/** The part of the standard `fetch` that clients call. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** Where the model is and how it is spoken to. */
export interface UpstreamOptions {
  kind: UpstreamKind
  /** The endpoint's whole address; left out, it is the app's own with the path that the kind has. */
  url?: string | URL
  /**
   * Set for an upstream that can only stream, or only not; left out, it is asked for what the app asks for.
   */
  stream?: boolean
  /**
   * Fields laid over every request, for what only this server knows. They have the last word: objects are merged,
   * anything else is replaced, and `undefined` leaves a field out.
   */
  extraBody?: Fields
}

/**
 * Options of `toolFetch`; the renderer's own (`history`, `onWarning`, …) and the parser's (`unknownTool`, `repeats`,
 * `createId`, …) are given here as well. The parser's `secondOpinion` is jsonrepair unless another one is given, and
 * `readXml` the one of `toolshim/xml`.
 */
export interface ToolFetchOptions
  extends Omit<RenderOptions, 'dialect' | 'bos'>,
    Omit<ParserOptions, 'dialect' | 'tools' | 'toolChoice' | 'parallelToolCalls' | 'prefill'> {
  dialect: NonNullable<ParserOptions['dialect']>
  /** `chat` by default. */
  upstream?: UpstreamKind | UpstreamOptions
  /** What the requests are sent with; the platform's own by default. */
  fetch?: Fetch
  /** Milliseconds that the upstream may be silent, before the head of its answer and in the middle of it. */
  timeout?: number
  /**
   * Told every parser event as it is read, with what the protocol has no place for: what was repaired, which
   * arguments do not fit their schema, what was cut short.
   */
  onEvent?: (event: ParserEvent, about: { id: string; choice: number }) => void
  /** Told what was sent, what the model wrote and what was made of it, entry by entry. */
  onTrace?: (entry: TraceEntry) => void
}

/**
 * A `fetch` that gives tool calling to a model without it: a request with tools goes upstream as plain text, and the text
 * that comes back arrives as the calls of the protocol that the app speaks, streamed or whole. The protocol is told by the
 * path: Chat Completions (`…/chat/completions`). Every other request passes untouched, and so does a request without tools
 * to an upstream that speaks its protocol, unless `url`, `stream`, `extraBody` or `timeout` is given: those hold for it too.
 *
 * The upstream's failures arrive as the client's own errors: its HTTP errors with status, headers and
 * message; a failure in mid-stream as an error frame; a connection that fails before a whole answer as a
 * rejected promise; a wrong request as 400.
 *
 * @throws Error when the options are wrong: an unknown dialect or upstream, a time-out that is no number
 * above 0.
 * @example
 * const client = new OpenAI({ baseURL: 'http://localhost:8080/v1', fetch: toolFetch({ dialect: 'qwen3' }) })
 * @example
 * toolFetch({ dialect: 'hermes-3', upstream: 'ollama', timeout: 60_000 })
 * // vLLM
 * const upstream = { kind: 'completion', extraBody: { skip_special_tokens: false } }
 * toolFetch({ dialect: 'qwen3', upstream })
 */
export function toolFetch(options: ToolFetchOptions): Fetch {
  if (!isFields(options))
    throw new Error("options: give an object with a dialect, as in { dialect: 'qwen3' }")
  const { dialect, upstream: named = 'chat', fetch: ownFetch, timeout, onEvent, onTrace, ...given } = options
  const parserOptions = { secondOpinion: jsonrepair, readXml, ...given }
  const upstreamOptions = typeof named === 'string' ? { kind: named } : named
  const upstream = findUpstream(upstreamOptions.kind)
  if (timeout !== undefined && !(timeout > 0)) {
    throw new Error('timeout: give milliseconds above 0, or leave it out to wait without end')
  }
  const ownUrl = upstreamOptions.url === undefined ? undefined : readUrl(upstreamOptions.url)
  // What the options say of the endpoint holds for every request, with tools or without.
  const passesUntouched =
    ownUrl === undefined &&
    upstreamOptions.stream === undefined &&
    upstreamOptions.extraBody === undefined &&
    timeout === undefined
  // Where the server has told the reasoning apart, the text is what follows its closing mark.
  const { open = '', close = '' } = dialectOf(dialect).marks.reasoning ?? {}
  const closedReasoning = open + close
  // A wrong option shall be known when the app starts, not at its first request.
  createParser({ ...parserOptions, dialect })

  return async (input, init) => {
    // Read at each call: apps replace the platform's `fetch` after they have made their clients.
    const send: Fetch = ownFetch ?? globalThis.fetch
    const found = surfaceOf(input, init)
    if (!found) return send(input, init)

    const { surface, base } = found
    const request = await readAppRequest(input, init)
    let body: unknown
    let asked: SurfaceRequest
    let rendered: Rendered
    try {
      body = readJson(request.text)
      asked = surface.readRequest(body, request.headers)
      if (passesUntouched && upstream.surface === surface.name && !mentionsTools(asked.body)) {
        return send(input, request.init)
      }
      rendered = render(asked, request.url, base)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      const message = inProtocolSpelling(error.message)
      return respondWithFailure(surface, invalidRequest(message, fieldIn(message, body)), 400)
    }
    return answer(send, surface, request, asked, rendered)
  }

  function render(asked: SurfaceRequest, appUrl: URL, base: string): Rendered {
    const { body } = asked
    refuseManyChoices(body, upstream, upstreamOptions.kind)
    // Some templates print nothing for text that is given as parts; an app that sends parts wants it shown.
    const renderOptions = { joinText: true, ...options }
    const isStreamed = upstreamOptions.stream ?? asked.streamed
    const streamed: Fields = { ...body, stream: isStreamed }
    // Token counts of a stream come only when asked for; a whole answer always has them.
    if (!isStreamed) delete streamed.stream_options
    else if (!asked.streamed) streamed.stream_options = { include_usage: true }

    let fields: Fields
    let prefill: string
    if (upstream.takes === 'messages') {
      const messages = mentionsTools(body)
        ? renderMessages(body, renderOptions)
        : { messages: body.messages, stop: [] }
      fields = upstream.buildRequest(streamed, messages)
      // The server's own template opens the turn; in some families it opens the reasoning with it.
      prefill = dialectOf(dialect).opening(readReasoning(body), false)
    } else {
      // The servers that take prompts write the begin token by themselves.
      const prompt = renderPrompt(body, { ...renderOptions, bos: false })
      fields = upstream.buildRequest(streamed, prompt)
      prefill = prompt.prefill
    }

    const sent = layOver(fields, upstreamOptions.extraBody ?? {})
    const target = new URL(ownUrl ?? appUrl)
    if (!ownUrl) target.pathname = upstream.path(base, isStreamed)
    return {
      url: target.href,
      text: stringify(sent) ?? '',
      prefill,
      headers: upstream.headers?.(isStreamed) ?? {},
      cumulative: upstream.cumulative?.(sent) ?? false,
    }
  }

  async function answer(
    send: Fetch,
    surface: Surface,
    request: AppRequest,
    asked: SurfaceRequest,
    rendered: Rendered,
  ): Promise<Response> {
    const { signal, settings } = request
    const { body } = asked
    const head = {
      id: `chatcmpl-${randomHex()}`,
      created: Math.floor(Date.now() / 1000),
      model: String(body.model ?? ''),
    }
    onTrace?.({
      id: head.id,
      type: 'request',
      surface: surface.name,
      url: withoutSecrets(rendered.url),
      asked: readJson(request.text),
      sent: rendered.text,
      prefill: rendered.prefill,
    })
    const headers = surface.upstreamHeaders(request.headers)
    headers.set('content-type', 'application/json')
    for (const [name, value] of Object.entries(rendered.headers)) headers.set(name, value)
    const connection = createConnection(send, signal, timeout)
    const upstreamResponse = await connection.open(rendered.url, {
      ...settings,
      method: 'POST',
      headers,
      body: rendered.text,
    })
    onTrace?.({ id: head.id, type: 'status', status: upstreamResponse.status })
    if (!upstreamResponse.ok) return respondWithError(upstreamResponse, connection, surface)

    const tools = [...(body.tools ?? [])]
    const toolChoice = tools.length === 0 ? 'none' : body.tool_choice
    const reply = createAnswer({
      upstream,
      createWriter: asked.createWriter,
      createParser: (reasoned) =>
        createParser({
          ...parserOptions,
          untagged: given.untagged ?? (asksForJson(body) ? 'text' : 'call'),
          dialect,
          tools,
          prefill: reasoned ? closedReasoning : rendered.prefill,
          parallelToolCalls: body.parallel_tool_calls ?? true,
          ...(toolChoice && { toolChoice }),
        }),
      createId: given.createId ?? (() => asked.callPrefix + randomHex()),
      head,
      choices: typeof body.n === 'number' ? body.n : 1,
      oneCall: body.parallel_tool_calls === false,
      cumulative: rendered.cumulative,
      onEvent: (event, about) => {
        onTrace?.({ id: head.id, type: 'event', choice: about.choice, event })
        onEvent?.(event, about)
      },
      onPart:
        onTrace &&
        (({ index, text, reasoning, finish }) => {
          const written = {
            ...(text && { text }),
            ...(reasoning && { reasoning }),
            ...(finish && { finish }),
          }
          onTrace({ id: head.id, type: 'written', choice: index, ...written })
        }),
      onError: onTrace && ((error) => onTrace({ id: head.id, type: 'error', error })),
    })
    if (asked.streamed) return respondWithStream(upstreamResponse, connection, reply)
    return respondWithWhole(upstreamResponse, connection, reply, surface)
  }
}

/** A request as it goes upstream, and what has to be known to read its answer. */
interface Rendered {
  url: string
  text: string
  headers: Record<string, string>
  /** What the prompt already says of the reply. */
  prefill: string
  /** Whether each frame repeats all before it. */
  cumulative: boolean
}

function readUrl(url: string | URL): URL {
  try {
    return new URL(url, globalThis.location?.href)
  } catch {
    throw new Error(
      `upstream.url: give the endpoint's whole address, as in "http://localhost:8080/v1/completions"; "${url}" is none`,
    )
  }
}

/** An address may have a password or a key in it. */
function withoutSecrets(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

/** What this upstream cannot do at all is said at once, and not left out in silence. */
function refuseManyChoices({ n }: ChatBody, upstream: Upstream, kind: UpstreamKind): void {
  if (typeof n !== 'number' || n <= 1 || upstream.manyChoices) return
  throw new Error(`n: the ${kind} upstream gives one choice per request, send ${n} requests instead`)
}

/** Whether the answer itself is to be JSON, so that an object without marks is the answer. */
function asksForJson({ response_format: format }: Fields): boolean {
  return isFields(format) && (format.type === 'json_object' || format.type === 'json_schema')
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
