import { type Fields, isFields } from '../../fields.js'
import type { CallDelivery } from '../call-hold.js'
import type { CompletionHead, Untouched } from '../chat-completions/protocol.js'
import { createPulse } from '../pulse.js'
import type { Surface, SurfaceFrame, SurfaceOptions, SurfaceRequest, SurfaceWriter } from '../surface.js'
import { createResponseEvents } from './events.js'
import type { ResponseEvent } from './protocol.js'
import { readResponsesRequest } from './request.js'
import { createResponse } from './whole.js'

const path = /\/responses\/?$/

/** `POST …/responses`. What else there is below that path is of servers that keep responses, and passes untouched. */
export const responses: Surface = {
  name: 'responses',
  base: (whole) => (path.test(whole) ? whole.replace(path, '') : undefined),
  readRequest,
  upstreamHeaders: (headers) => headers,
  errorBody: (error) => ({ error }),
}

function readRequest(
  body: unknown,
  _headers: Headers,
  _path: string,
  { calls = 'streamed' }: SurfaceOptions,
): SurfaceRequest {
  const read = readResponsesRequest(body)
  const asked = isFields(body) ? body : {}
  const streamed = asked.stream === true
  return {
    body: read,
    streamed,
    callPrefix: 'call_',
    createWriter(head) {
      const named = responseHead(head)
      return streamed ? writeStream(named, asked, calls) : writeWhole(named, asked)
    },
  }
}

/** A completion's id is not a response's: clients tell what an id is of by its beginning. */
function responseHead(head: CompletionHead): CompletionHead {
  return { ...head, id: `resp_${head.id.replace(/^(chatcmpl|cmpl)-/, '')}` }
}

function writeStream(head: CompletionHead, asked: Fields, calls: CallDelivery): SurfaceWriter {
  const writer = createResponseEvents(head, asked, { calls })
  const pulse = createPulse()
  return {
    push(events, choice, untouched) {
      if (choice !== 0) return []
      const given = writer.push([...events, ...refusalIn(untouched)])
      const isSilent = pulse(given.length > 0) && calls === 'whole'
      return (isSilent ? writer.pulse() : given).map(frame)
    },
    fields: () => [],
    end: ({ usage }) => writer.end(countsIn(usage)).map(frame),
    fail: (error) => writer.fail(error).map(frame),
  }
}

function frame(event: ResponseEvent): SurfaceFrame {
  return { event: event.type, data: event }
}

function writeWhole(head: CompletionHead, asked: Fields): SurfaceWriter {
  const response = createResponse(head, asked)
  return {
    push(events, choice, untouched) {
      if (choice === 0) response.push([...events, ...refusalIn(untouched)])
      return []
    },
    fields: () => [],
    end: ({ usage }) => [{ data: response.end(countsIn(usage)) }],
    fail: (error) => [{ data: { error } }],
  }
}

function countsIn(usage: unknown): Fields | undefined {
  return isFields(usage) ? usage : undefined
}

/** The words of a server that keeps a refusal apart from the text. */
function refusalIn({ delta }: Untouched): { type: 'text'; text: string }[] {
  const refusal = delta?.refusal
  return typeof refusal === 'string' ? [{ type: 'text', text: refusal }] : []
}
