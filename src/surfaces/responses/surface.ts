import type { Fields } from '../../fields.js'
import { randomHex } from '../../random-hex.js'
import type { CallDelivery } from '../call-hold.js'
import type { CompletionHead, Untouched } from '../chat-completions/protocol.js'
import { withOverflowCode } from '../context-overflow.js'
import { mayHaveWords, tellingWordsApart } from '../json-answer.js'
import { createPulse } from '../pulse.js'
import type { Surface, SurfaceFrame, SurfaceOptions, SurfaceRequest, SurfaceWriter } from '../surface.js'
import { createResponseEvents } from './events.js'
import type { Response, ResponseEvent } from './protocol.js'
import { resolveInput } from './references.js'
import { readBody, readResolved } from './request.js'
import { createResponse } from './whole.js'

const path = /\/responses\/?$/

/** `POST …/responses`. What else there is below that path is of servers that keep responses, and passes untouched. */
export const responses: Surface = {
  name: 'responses',
  base: (whole) => (path.test(whole) ? whole.replace(path, '') : undefined),
  readRequest,
  upstreamHeaders: (headers) => headers,
  errorBody: (error) => ({ error: withOverflowCode(error) }),
}

function readRequest(
  body: unknown,
  _headers: Headers,
  _path: string,
  { calls = 'streamed', memory, ...hosted }: SurfaceOptions,
): SurfaceRequest {
  const asked = readBody(body)
  const input = resolveInput(asked, memory)
  const streamed = asked.stream === true
  const previous = typeof asked.previous_response_id === 'string' ? asked.previous_response_id : undefined
  // Earlier requests may have added tools.
  const whole = { ...asked, input: [...input.before, ...input.items] }
  const keep: Keep | undefined =
    memory && asked.store !== false
      ? ({ id, output }) => memory.keep(id, { previous, input: input.items, output })
      : undefined
  const chat = readResolved(asked, input, hosted)
  return {
    body: chat,
    streamed,
    callPrefix: 'call_',
    createWriter(head) {
      // Whoever knows the id can go on with the response, so that nobody may guess it from the upstream's own.
      const named = { ...head, id: `resp_${randomHex()}` }
      const writer = streamed ? writeStream(named, whole, calls, keep) : writeWhole(named, whole, keep)
      return mayHaveWords(chat) ? tellingWordsApart(writer) : writer
    },
  }
}

/** Takes a response that later requests may refer to. */
type Keep = (response: Response) => void

function writeStream(
  head: CompletionHead,
  asked: Fields,
  calls: CallDelivery,
  keep: Keep | undefined,
): SurfaceWriter {
  const writer = createResponseEvents(head, asked, { calls, store: keep !== undefined })
  const pulse = createPulse()
  return {
    push(events, choice, untouched) {
      if (choice !== 0) return []
      const given = writer.push([...events, ...refusalIn(untouched)])
      const isSilent = pulse(given.length > 0) && calls === 'whole'
      return (isSilent ? writer.pulse() : given).map(frame)
    },
    fields: () => [],
    end({ usage }) {
      const last = writer.end({ usage })
      for (const event of last)
        if ('response' in event && event.response.status !== 'in_progress') keep?.(event.response)
      return last.map(frame)
    },
    fail: (error) => writer.fail(withOverflowCode(error)).map(frame),
  }
}

function frame(event: ResponseEvent): SurfaceFrame {
  return { event: event.type, data: event }
}

function writeWhole(head: CompletionHead, asked: Fields, keep: Keep | undefined): SurfaceWriter {
  const response = createResponse(head, asked, { store: keep !== undefined })
  return {
    push(events, choice, untouched) {
      if (choice === 0) response.push([...events, ...refusalIn(untouched)])
      return []
    },
    fields: () => [],
    end({ usage }) {
      const answer = response.end({ usage })
      keep?.(answer)
      return [{ data: answer }]
    },
    fail: (error) => [{ data: { error } }],
  }
}

/** The words of a server that keeps a refusal apart from the text. */
function refusalIn({ delta }: Untouched): { type: 'text'; text: string }[] {
  const refusal = delta?.refusal
  return typeof refusal === 'string' ? [{ type: 'text', text: refusal }] : []
}
