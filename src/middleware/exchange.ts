import { jsonrepair } from 'jsonrepair'
import { dialectOf } from '../dialects/index.js'
import { type ErrorFields, invalidRequest } from '../error-fields.js'
import { type Fields, isFields, layOver } from '../fields.js'
import { readXml } from '../grammars/nested-xml.js'
import { createParser } from '../parser.js'
import { inProtocolSpelling } from '../protocol-spelling.js'
import { randomHex } from '../random-hex.js'
import { renderMessages } from '../render/messages.js'
import { renderPrompt } from '../render/prompt.js'
import { stringify } from '../render/stringify.js'
import { readReasoning } from '../request.js'
import type { ChatBody, Surface, SurfaceRequest } from '../surfaces/surface.js'
import { findUpstream, type UpstreamKind } from '../upstreams/index.js'
import { withSystemRoles } from '../upstreams/request-fields.js'
import type { Upstream } from '../upstreams/upstream.js'
import { type Answer, createAnswer } from './answer.js'
import { mentionsTools } from './app-request.js'
import { readClientOptions } from './client-options.js'
import { checkExchangeOptions, type ExchangeOptions } from './exchange-options.js'

/** A request of an app, as it came. */
export interface Asked {
  surface: Surface
  /** What stands before the protocol's path. */
  base: string
  url: URL
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

/** What tells a server that its client has left, where it does not see that by itself. */
export interface Farewell {
  url: string
  body: string
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
  const { dialect, upstream: named = 'chat', onEvent, ...given } = options
  const surfaceOptions = readClientOptions(options)
  const parserOptions = { secondOpinion: jsonrepair, readXml, ...given }
  // A wrong option shall be known when the app starts, not at its first request.
  createParser({ ...parserOptions, dialect })
  const upstreamOptions = typeof named === 'string' ? { kind: named } : named
  const upstream = findUpstream(upstreamOptions.kind)
  const ownUrl = upstreamOptions.url === undefined ? undefined : readUrl(upstreamOptions.url)
  // What the options say of the endpoint holds for every request, with tools or without.
  const { stream, extraBody } = upstreamOptions
  const isPlainServer = ownUrl === undefined && stream === undefined && extraBody === undefined
  // Where the server has told the reasoning apart, the text is what follows its closing mark.
  const { marks, controlTokens } = dialectOf(dialect)
  const { open = '', close = '' } = marks.reasoning ?? {}
  const closedReasoning = open + close
  const ownMarks = [marks.call?.open, marks.call?.close, open, close, controlTokens.start].filter(isText)

  return (asked) => {
    let body: unknown
    try {
      body = readJson(asked.text)
      const request = asked.surface.readRequest(body, asked.headers, asked.url.pathname, surfaceOptions)
      if (asked.model !== undefined)
        request.body = { ...request.body, model: request.body.model ?? asked.model }
      const rendered = render(request, asked)
      const isPlain = isPlainServer && upstream.surface === asked.surface.name && !mentionsTools(request.body)
      return {
        type: 'ready',
        plain: isPlain && !request.isCut ? plainText(asked, request.body) : undefined,
        start: (onTrace = options.onTrace) => start(asked, body, request, rendered, onTrace),
      }
    } catch (error) {
      if (!(error instanceof Error)) throw error
      const message = inProtocolSpelling(error.message)
      return { type: 'refused', error: invalidRequest(message, fieldIn(message, body)) }
    }
  }

  function render(
    { body, streamed: asksForStream }: SurfaceRequest,
    { surface, url, base }: Asked,
  ): Rendered {
    refuseManyChoices(body, upstream, upstreamOptions.kind)
    refuseChoiceWithoutTools(body)
    // Some templates print nothing for text that is given as parts; an app that sends parts wants it shown.
    const renderOptions = { joinText: true, ...options }
    const isStreamed = stream ?? asksForStream
    const streamed: Fields = { ...body, stream: isStreamed }
    // Token counts of a stream come only when asked for; a whole answer always has them.
    if (!isStreamed) delete streamed.stream_options
    else if (!asksForStream) streamed.stream_options = { include_usage: true }

    let fields: Fields
    let prefill: string
    if (upstream.takes === 'messages') {
      const messages = mentionsTools(body)
        ? renderMessages(body, renderOptions)
        : { messages: body.messages, stop: [] }
      fields = upstream.buildRequest(streamed, messages)
      // The server's own template opens the turn; in some families it opens the reasoning with it, and white space behind
      // its closing mark belongs to that. An answer that goes on has its turn already.
      prefill = goesOn(body) ? '' : dialectOf(dialect).opening(readReasoning(body), false)
    } else {
      // The servers that take prompts write the begin token by themselves.
      const continueFinalMessage = body.continue_final_message === true
      const prompt = renderPrompt(body, { ...renderOptions, bos: false, continueFinalMessage })
      fields = upstream.buildRequest(streamed, { ...prompt, marks: ownMarks })
      prefill = prompt.prefill
    }

    const sent = layOver(fields, extraBody ?? {})
    const target = new URL(ownUrl ?? withoutQuery(url, surface.ownQuery))
    if (!ownUrl) target.pathname = upstream.path(base, isStreamed, sent)
    return {
      url: target.href,
      text: stringify(sent) ?? '',
      prefill,
      headers: upstream.headers?.(isStreamed) ?? {},
      cumulative: upstream.cumulative?.(sent),
      stops: upstream.keptStops?.(sent) ?? [],
      farewell: upstream.farewell && farewellAt(target, upstream.farewell(target.pathname, sent)),
    }
  }

  function start(
    { surface, headers: own }: Asked,
    asked: unknown,
    { body, streamed, callPrefix, createWriter }: SurfaceRequest,
    rendered: Rendered,
    onTrace: ExchangeOptions['onTrace'],
  ): Exchange {
    const { url, text, prefill } = rendered
    const head = {
      id: `chatcmpl-${randomHex()}`,
      created: Math.floor(Date.now() / 1000),
      model: String(body.model ?? ''),
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

/** A request as it goes upstream, and what has to be known to read its answer. */
interface Rendered {
  url: string
  text: string
  headers: Record<string, string>
  /** What the prompt already says of the reply. */
  prefill: string
  /** Whether each frame is to repeat all before it; `undefined` where none ever does. */
  cumulative: boolean | undefined
  /** Strings that end the text and are left in it. */
  stops: readonly string[]
  farewell: Farewell | undefined
}

/** Whether the app has begun the answer: llama.cpp and Ollama go on with a last message of the assistant's unasked. */
function goesOn({ messages, continue_final_message: asked }: ChatBody): boolean {
  const last: unknown = messages.at(-1)
  if (typeof asked === 'boolean' || !isFields(last)) return asked === true
  return last.role === 'assistant' && !(Array.isArray(last.tool_calls) && last.tool_calls.length > 0)
}

function farewellAt(target: URL, { path, body }: { path: string; body: Fields }): Farewell {
  const url = new URL(target)
  url.pathname = path
  return { url: url.href, body: JSON.stringify(body) }
}

function isText(text: string | undefined): text is string {
  return text !== undefined && text !== ''
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

function withoutQuery(url: URL, names: readonly string[] = []): URL {
  const target = new URL(url)
  for (const name of names) target.searchParams.delete(name)
  return target
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

/** A call that is asked for and cannot come. */
function refuseChoiceWithoutTools({ tools, tool_choice: choice }: ChatBody): void {
  if ((tools && tools.length > 0) || choice == null || choice === 'auto' || choice === 'none') return
  throw new Error('tool_choice is only allowed when tools are specified: give tools, or leave it out')
}

/** Another protocol's body, read as one of Chat Completions, is not what was sent. */
function plainText({ surface, text }: Asked, body: ChatBody): string {
  const messages = withSystemRoles(body.messages)
  if (messages === body.messages || surface.name !== 'chat-completions') return text
  return stringify({ ...body, messages }) ?? text
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
