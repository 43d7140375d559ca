import type { ErrorFields } from '../../error-fields.js'
import { type Fields, isFields } from '../../fields.js'
import type { CompletionHead, Untouched } from '../chat-completions/protocol.js'
import { mayHaveWords, tellingWordsApart } from '../json-answer.js'
import { createPulse } from '../pulse.js'
import type { Surface, SurfaceFrame, SurfaceOptions, SurfaceRequest, SurfaceWriter } from '../surface.js'
import { messageError } from './error.js'
import { createMessageEvents } from './events.js'
import type { MessageEnd, MessageEvent, MessageHead, MessageOptions } from './protocol.js'
import { readMessagesRequest } from './request.js'
import { createMessage } from './whole.js'

// With its version: other protocols have messages elsewhere (`/v1/threads/…/messages`).
const path = /\/v1\/messages\/?$/

/** Anthropic's `POST /v1/messages`. */
export const messages: Surface = {
  name: 'messages',
  base: (whole) => (path.test(whole) ? whole.replace(/\/messages\/?$/, '') : undefined),
  ownQuery: ['beta'],
  readRequest,
  upstreamHeaders,
  errorBody: messageError,
}

function readRequest(
  body: unknown,
  _headers: Headers,
  _path: string,
  options: SurfaceOptions,
): SurfaceRequest {
  const chat = readMessagesRequest(body, options)
  const asked: Fields = isFields(body) ? body : {}
  const streamed = asked.stream === true
  const write = streamed ? writeStream : writeWhole
  return {
    body: chat,
    streamed,
    callPrefix: 'toolu_',
    createWriter(head, usage) {
      const writer = write(headOf(head, usage), optionsOf(asked), createStopWatch(chat.stop))
      return mayHaveWords(chat) ? tellingWordsApart(writer) : writer
    },
  }
}

function headOf({ id, model }: CompletionHead, usage: Fields | undefined): MessageHead {
  return { id: id.startsWith('msg_') ? id : `msg_${id.replace(/^chatcmpl-/, '')}`, model, usage }
}

function optionsOf({ thinking }: Fields): MessageOptions {
  return { thinking: isFields(thinking) && thinking.display === 'omitted' ? 'omitted' : 'shown' }
}

/** Which of the app's own stop sequences ended the answer, where the upstream's choice says so. */
interface StopWatch {
  see(untouched: Untouched): void
  readonly stopSequence: string | undefined
}

function createStopWatch(stops: unknown): StopWatch {
  const own: unknown[] = Array.isArray(stops) ? stops : []
  let found: string | undefined
  return {
    see({ choice }) {
      const stop = choice?.stop_reason
      if (typeof stop === 'string' && own.includes(stop)) found = stop
    },
    get stopSequence() {
      return found
    },
  }
}

function writeStream(head: MessageHead, options: MessageOptions, stop: StopWatch): SurfaceWriter {
  const events = createMessageEvents(head, options)
  const pulse = createPulse()
  let started = false

  function frames(events: readonly MessageEvent[]): SurfaceFrame[] {
    const isSilent = pulse(events.length > 0)
    started ||= events.length > 0
    return isSilent ? [ping] : events.map((data) => ({ event: data.type, data }))
  }

  return {
    push(given, choice, untouched) {
      if (choice !== 0) return [] // The protocol has one answer.
      stop.see(untouched)
      return frames(events.push(given))
    },
    // Clients want `message_start` before anything else.
    alive: () => (started ? [ping] : undefined),
    fields: () => [], // The protocol has no place for them.
    end: (last) => frames(events.end(endOf(last, stop))),
    fail: (error) => [{ event: 'error', data: failure(error) }],
  }
}

const ping: SurfaceFrame = { event: 'ping', data: { type: 'ping' } }

function writeWhole(head: MessageHead, options: MessageOptions, stop: StopWatch): SurfaceWriter {
  const message = createMessage(head, options)
  return {
    push(given, choice, untouched) {
      if (choice !== 0) return [] // The protocol has one answer.
      stop.see(untouched)
      message.push(given)
      return []
    },
    fields: () => [], // The protocol has no place for them.
    end: (last) => [{ data: message.endAsJson(endOf(last, stop)) }],
    fail: (error) => [{ data: failure(error) }],
  }
}

function endOf({ usage }: Fields, { stopSequence }: StopWatch): MessageEnd {
  return { usage, stopSequence }
}

function failure(error: ErrorFields): object {
  return messageError(error, error.code)
}

/** Anthropic's key header is OpenAI's `authorization`; its versions and betas mean nothing to other servers. */
function upstreamHeaders(headers: Headers): Headers {
  const sent = new Headers(headers)
  const key = sent.get('x-api-key')
  if (key !== null && !sent.has('authorization')) sent.set('authorization', `Bearer ${key}`)
  for (const name of [...sent.keys()]) {
    if (name === 'x-api-key' || name.startsWith('anthropic-')) sent.delete(name)
  }
  return sent
}
