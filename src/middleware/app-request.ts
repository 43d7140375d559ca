import { type ErrorFields, invalidRequest } from '../error-fields.js'
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
  const method = init?.method ?? (isRequest(input) ? input.method : 'GET')
  return method.toUpperCase() === 'POST' ? findSurface(urlOf(input).pathname) : undefined
}

/** A request that was read, or one whose body is packed in what cannot be unpacked here. */
export type ReadRequest =
  | ({ type: 'read' } & AppRequest)
  | { type: 'refused'; status: number; error: ErrorFields }

export async function readAppRequest(
  input: Parameters<Fetch>[0],
  init: RequestInit = {},
): Promise<ReadRequest> {
  const request = isRequest(input) ? input : undefined
  const headers = new Headers(init.headers ?? request?.headers)
  const coding = headers.get('content-encoding')?.trim().toLowerCase() ?? ''
  const isPacked = coding !== '' && coding !== 'identity'
  headers.delete('content-length')
  headers.delete('content-encoding')
  const { body } = init
  const sent =
    typeof body === 'string'
      ? body
      : await (body == null && request ? request.clone() : new Response(body)).arrayBuffer()
  const read = isPacked ? await unpack(sent, coding) : { type: 'read' as const, text: textOf(sent) }
  if (read.type === 'refused') return read
  return {
    type: 'read',
    url: urlOf(input),
    headers,
    signal: init.signal ?? request?.signal,
    text: read.text,
    // A stream or an iterator has been read by now, and can be read only once.
    init: body == null ? init : { ...init, body: isPacked ? sent : read.text },
    settings: { ...(request && settingsOf(request)), ...init },
  }
}

function textOf(sent: string | ArrayBuffer): string {
  return typeof sent === 'string' ? sent : new TextDecoder().decode(sent)
}

/** What every platform can unpack; some more only in a server. */
const formats: ReadonlyMap<string, CompressionFormat> = new Map([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
])

async function unpack(
  sent: string | ArrayBuffer,
  coding: string,
): Promise<{ type: 'read'; text: string } | Extract<ReadRequest, { type: 'refused' }>> {
  const format = formats.get(coding)
  if (!format) {
    const message = `content-encoding: ${JSON.stringify(coding)} is not read here, send gzip or deflate`
    return { type: 'refused', status: 415, error: invalidRequest(message, null) }
  }
  try {
    const unpacked = new Blob([sent]).stream().pipeThrough(new DecompressionStream(format))
    return { type: 'read', text: await new Response(unpacked).text() }
  } catch {
    const message = `The body is not ${coding}, as its content-encoding says.`
    return { type: 'refused', status: 400, error: invalidRequest(message, null) }
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
  return new URL(isRequest(input) ? input.url : input, globalThis.location?.href)
}

/** By its shape: a `fetch` from a package has a `Request` of its own. */
function isRequest(input: Parameters<Fetch>[0]): input is Request {
  return typeof input === 'object' && 'url' in input && 'method' in input
}
