import { isFields } from '../fields.js'
import { findSurface } from '../surfaces/index.js'
import type { ChatBody, Surface } from '../surfaces/surface.js'
import type { Fetch } from './fetch.js'

/** A request as an app sends it, taken apart. */
export interface AppRequest {
  url: URL
  headers: Headers
  signal: AbortSignal | null | undefined
  text: string
  /** The second argument of the call, as it was given. Its body can still be read. */
  init: RequestInit
  /** What was asked of the connection: credentials, a dispatcher, ..., in the second argument or a `Request`. */
  settings: RequestInit
}

/** The protocol that a call of `fetch` asks in, with what stands before its path; `undefined` for any other call. */
export function surfaceOf(
  input: Parameters<Fetch>[0],
  init: RequestInit | undefined,
): { surface: Surface; base: string } | undefined {
  const method = init?.method ?? (input instanceof Request ? input.method : 'GET')
  return method.toUpperCase() === 'POST' ? findSurface(urlOf(input).pathname) : undefined
}

export async function readAppRequest(
  input: Parameters<Fetch>[0],
  init: RequestInit = {},
): Promise<AppRequest> {
  const request = input instanceof Request ? input : undefined
  const headers = new Headers(init.headers ?? request?.headers)
  headers.delete('content-length')
  const { body } = init
  const text = typeof body === 'string' ? body : await new Response(body ?? request?.clone().body).text()
  return {
    url: urlOf(input),
    headers,
    signal: init.signal ?? request?.signal,
    text,
    // A stream or an iterator has been read by now, and can be read only once.
    init: body == null ? init : { ...init, body: text },
    settings: { ...(request && settingsOf(request)), ...init },
  }
}

/** What a `Request` asks of its connection, without what this platform does not have. */
function settingsOf(request: Request): RequestInit {
  const { cache, credentials, integrity, keepalive, mode, redirect, referrer, referrerPolicy } = request
  const settings = { cache, credentials, integrity, keepalive, mode, redirect, referrer, referrerPolicy }
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
}

/** Whether anything in the request is about tools, its history included. */
export function mentionsTools({ tools, messages }: ChatBody): boolean {
  if (tools && tools.length > 0) return true
  return messages.some((message: unknown) => {
    if (!isFields(message)) return false
    const { role, tool_calls: calls, function_call: olderCall } = message
    const hasCalls = (Array.isArray(calls) && calls.length > 0) || isFields(olderCall)
    return role === 'tool' || role === 'function' || hasCalls
  })
}

function urlOf(input: Parameters<Fetch>[0]): URL {
  // In a page an address may be relative to it.
  return new URL(input instanceof Request ? input.url : input, globalThis.location?.href)
}
