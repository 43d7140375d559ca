import type { ErrorFields } from '../../error-fields.js'
import { type Fields, isFields } from '../../fields.js'
import { randomHex } from '../../random-hex.js'
import { chatTools, dropHostedTools } from '../hosted-tools.js'
import { mayHaveWords, tellingWordsApart } from '../json-answer.js'
import { createPulse } from '../pulse.js'
import type { Surface, SurfaceFrame, SurfaceOptions, SurfaceRequest, SurfaceWriter } from '../surface.js'
import { createDashScopeEvents, type DashScopeEventsHead } from './events.js'
import type { DashScopeHead } from './protocol.js'
import { readDashScopeRequest } from './request.js'
import { createDashScopeResponse } from './whole.js'

const path = /\/api(\/v1)\/services\/aigc\/(?:text|(multimodal))-generation\/generation\/?$/

/** `POST …/api/v1/services/aigc/text-generation/generation`, or `multimodal-generation`: DashScope's own protocol. */
export const dashscope: Surface = {
  name: 'dashscope',
  // Whichever server is behind it: OpenAI's protocol is found at `/v1`, this one's own path is written anew.
  base: (whole) => (path.test(whole) ? whole.replace(path, '$1') : undefined),
  readRequest,
  upstreamHeaders,
  // Nobody has named the request yet; clients log the name.
  errorBody: (error, status) => writeError(error, status, randomHex()),
}

function readRequest(
  given: unknown,
  headers: Headers,
  whole: string,
  { calls, ...hosted }: SurfaceOptions,
): SurfaceRequest {
  const asked = readDashScopeRequest(given)
  const body = dropHostedTools(asked, chatTools, hosted)
  const parameters = isFields(given) && isFields(given.parameters) ? given.parameters : {}
  const streamed = asksForStream(headers)
  const parts = path.exec(whole)?.[2] !== undefined
  const n = typeof body.n === 'number' ? body.n : 1
  return {
    // Token counts belong to every answer here.
    body: streamed ? { ...body, stream_options: { include_usage: true } } : body,
    streamed,
    isCut: body !== asked,
    callPrefix: 'call_',
    createWriter({ id }) {
      const isText = !parts && n === 1 && asksForText(parameters)
      const head: DashScopeHead = { requestId: id, format: isText ? 'text' : 'message', parts, choices: n }
      const writer = streamed
        ? writeStream({ ...head, incremental: isSet(parameters.incremental_output), calls })
        : writeWhole(head)
      return mayHaveWords(body) ? tellingWordsApart(writer) : writer
    },
  }
}

function asksForStream(headers: Headers): boolean {
  const own = headers.get('x-dashscope-sse')
  if (own !== null) return own.toLowerCase() === 'enable'
  return headers.get('accept')?.includes('text/event-stream') === true
}

/** The older form is the default, but calls have no place in it: with tools the protocol wants the other one. */
function asksForText({ result_format: format, tools }: Fields): boolean {
  const hasTools = Array.isArray(tools) && tools.length > 0
  return !hasTools && (format ?? 'text') === 'text'
}

/** Whether a switch is on; some write it as a word. */
function isSet(value: unknown): boolean {
  return value === true || value === 'true'
}

/** Its own switch is none of the upstream's, and neither is what it accepts: an upstream of this protocol has its own. */
function upstreamHeaders(headers: Headers): Headers {
  const kept = new Headers(headers)
  for (const name of ['x-dashscope-sse', 'x-dashscope-async', 'accept']) kept.delete(name)
  return kept
}

function writeStream(head: DashScopeEventsHead): SurfaceWriter {
  const events = createDashScopeEvents(head)
  const pulse = createPulse()
  let count = 0
  const frame = (data: object, event = 'result', status = 200): SurfaceFrame => ({
    id: String(++count),
    event,
    status,
    data,
  })
  return {
    push(given, choice, untouched) {
      const answers = events.push(given, choice, untouched)
      const isSilent = pulse(answers.length > 0) && head.calls === 'whole'
      return (isSilent ? [events.pulse(choice)] : answers).map((data) => frame(data))
    },
    fields: () => [], // The protocol has no place for what no choice says.
    end: (last) => events.end(last).map((data) => frame(data)),
    fail(error) {
      const status = statusOf(error)
      return [frame(writeError(error, status, head.requestId), 'error', status)]
    },
  }
}

function writeWhole(head: DashScopeHead): SurfaceWriter {
  const response = createDashScopeResponse(head)
  return {
    push(events, choice, untouched) {
      response.push(events, choice, untouched)
      return []
    },
    fields: () => [], // The protocol has no place for what no choice says.
    end: (last) => [{ data: response.end(last) }],
    fail: (error) => [{ data: writeError(error, statusOf(error), head.requestId) }],
  }
}

/** The protocol's own names for what a status says. */
const codes = new Map([
  [400, 'InvalidParameter'],
  [401, 'InvalidApiKey'],
  [403, 'AccessDenied'],
  [404, 'ModelNotFound'],
  [429, 'Throttling'],
  [504, 'RequestTimeOut'],
])

function writeError(
  { message, code, request_id: id }: ErrorFields,
  status: number,
  requestId: string,
): object {
  return {
    code: typeof code === 'string' ? code : (codes.get(status) ?? 'InternalError'),
    message,
    request_id: typeof id === 'string' ? id : requestId,
  }
}

/** The status that an error in mid-stream stands for. */
function statusOf({ code }: ErrorFields): number {
  return typeof code === 'number' && code >= 400 && code <= 599 ? code : 500
}
