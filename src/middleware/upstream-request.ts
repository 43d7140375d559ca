import { dialectOf } from '../dialects/index.js'
import { type Fields, isFields, layOver } from '../fields.js'
import { renderMessages } from '../render/messages.js'
import { renderPrompt } from '../render/prompt.js'
import { stringify } from '../render/stringify.js'
import { readReasoning } from '../request.js'
import type { ChatBody, Surface, SurfaceRequest } from '../surfaces/surface.js'
import { findUpstream, type UpstreamKind } from '../upstreams/index.js'
import type { Upstream } from '../upstreams/upstream.js'
import { mentionsTools } from './app-request.js'
import { orderResults, type Placed } from './call-order.js'
import type { ExchangeOptions } from './exchange-options.js'
import { stateFormat } from './stated-format.js'

/** A request as it goes upstream, and what has to be known to read its answer. */
export interface UpstreamRequest {
  /** Whether the app's own request may go in its place: the upstream speaks its protocol, and nothing is about tools. */
  mayStay: boolean
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

/** What tells a server that its client has left, where it does not see that by itself. */
export interface Farewell {
  url: string
  body: string
}

/** Where the app has sent its request. */
export interface Endpoint {
  surface: Surface
  /** What stands before the protocol's path. */
  base: string
  url: URL
}

/** What apps ask, as the upstream takes it. */
export interface UpstreamRequests {
  readonly upstream: Upstream
  /** @throws Error naming what the upstream or the protocol does not have. */
  build(request: SurfaceRequest, endpoint: Endpoint): UpstreamRequest
}

/** @throws Error when an option about the upstream or the prompt is wrong. */
export function createUpstreamRequests(options: ExchangeOptions): UpstreamRequests {
  const { upstream: named = 'chat' } = options
  const upstreamOptions = typeof named === 'string' ? { kind: named } : named
  const upstream = findUpstream(upstreamOptions.kind)
  const ownUrl = upstreamOptions.url === undefined ? undefined : readUrl(upstreamOptions.url)
  const { stream, extraBody } = upstreamOptions
  // What the options say of the endpoint holds for every request, with tools or without.
  const saysNothing = ownUrl === undefined && stream === undefined && extraBody === undefined
  const ownDialect = dialectOf(options.dialect)
  const { marks, controlTokens } = ownDialect
  const { open = '', close = '' } = marks.reasoning ?? {}
  const ownMarks = [marks.call?.open, marks.call?.close, open, close, controlTokens.start].filter(isText)

  function build(
    { body: asked, streamed: asksForStream }: SurfaceRequest,
    { surface, url, base }: Endpoint,
  ): UpstreamRequest {
    refuseManyChoices(asked, upstream, upstreamOptions.kind)
    refuseChoiceWithoutTools(asked)
    const stating = stateFormat(asked, ownDialect, options)
    const ordered = orderResults(asked.messages)
    const body: ChatBody = {
      ...asked,
      messages: ordered.map(({ message }) => message),
      ...(stating && { response_format: undefined }),
    }
    const dialect = stating ?? ownDialect
    // Some templates print nothing for text that is given as parts; an app that sends parts wants it shown.
    const renderOptions = { joinText: true, ...options, dialect, ...warningsOf(options, ordered) }
    const isStreamed = stream ?? asksForStream
    const streamed: Fields = { ...body, stream: isStreamed }
    // Token counts of a stream come only when asked for; a whole answer always has them.
    if (!isStreamed) delete streamed.stream_options
    else if (!asksForStream) streamed.stream_options = { include_usage: true }

    const hasTools = mentionsTools(body)
    let fields: Fields
    let prefill: string
    if (upstream.takes === 'messages') {
      const messages = hasTools ? renderMessages(body, renderOptions) : { messages: body.messages, stop: [] }
      fields = upstream.buildRequest(streamed, messages)
      // The server's own template opens the turn; in some families it opens the reasoning with it, and white space behind
      // its closing mark belongs to that. An answer that goes on has its turn already.
      prefill = goesOn(body) ? '' : dialect.opening(readReasoning(body), false)
    } else {
      const prompt = renderPrompt(body, {
        ...renderOptions,
        // They are sent text alone: a place-holder for an image would stand for nothing.
        dialect: { ...dialect, media: () => undefined },
        // The servers that take prompts write the begin token by themselves.
        bos: false,
        continueFinalMessage: body.continue_final_message === true,
      })
      fields = upstream.buildRequest(streamed, { ...prompt, marks: ownMarks })
      prefill = prompt.prefill
    }

    const sent = layOver(fields, extraBody ?? {})
    const target = new URL(ownUrl ?? withoutQuery(url, surface.ownQuery))
    if (!ownUrl) target.pathname = upstream.path(base, isStreamed, sent)
    return {
      mayStay: saysNothing && upstream.surface === surface.name && !hasTools,
      url: target.href,
      text: stringify(sent) ?? '',
      prefill,
      headers: upstream.headers?.(isStreamed) ?? {},
      cumulative: upstream.cumulative?.(sent),
      stops: upstream.keptStops?.(sent) ?? [],
      farewell: upstream.farewell && farewellAt(target, upstream.farewell(target.pathname, sent)),
    }
  }

  return { upstream, build }
}

/** What is told of a message names it by the place that it has in the app's own list. */
function warningsOf(
  { onWarning }: ExchangeOptions,
  ordered: readonly Placed<unknown>[],
): Pick<ExchangeOptions, 'onWarning'> {
  if (!onWarning) return {}
  const inRequest = (field: string) =>
    field.replace(/^messages\[(\d+)\]/, (_, index) => `messages[${ordered[Number(index)]?.place ?? index}]`)
  return { onWarning: ({ field, message }) => onWarning({ field: inRequest(field), message }) }
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
