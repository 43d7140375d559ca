import { type Fields, isFields } from '../../fields.js'
import type { CallDelivery } from '../call-hold.js'
import { withOverflowCode } from '../context-overflow.js'
import { chatTools, dropHostedTools } from '../hosted-tools.js'
import { mayHaveWords, tellingWordsApart } from '../json-answer.js'
import { createPulse } from '../pulse.js'
import type {
  ChatBody,
  Surface,
  SurfaceFrame,
  SurfaceOptions,
  SurfaceRequest,
  SurfaceWriter,
} from '../surface.js'
import { createChatCompletionChunks } from './chunks.js'
import {
  asksForFunctionCall,
  chunkWithFunctionCall,
  completionWithFunctionCall,
  readFunctions,
} from './functions.js'
import type { CompletionHead } from './protocol.js'
import { withReasoning } from './reasoning.js'
import { createChatCompletion } from './whole.js'

const path = /\/chat\/completions\/?$/

/** `POST …/chat/completions`. Its request is the one that every other surface's is read as. */
export const chatCompletions: Surface = {
  name: 'chat-completions',
  base: (whole) => (path.test(whole) ? whole.replace(path, '') : undefined),
  readRequest,
  upstreamHeaders: (headers) => headers,
  errorBody: (error) => ({ error: withOverflowCode(error) }),
}

function readRequest(
  given: unknown,
  _headers: Headers,
  _path: string,
  { calls = 'streamed', reasoningField, ...hosted }: SurfaceOptions,
): SurfaceRequest {
  if (!isChatBody(given)) throw new Error('messages: give a JSON body with a list of messages')
  if (given.tools != null && !Array.isArray(given.tools)) throw new Error('tools must be an array')
  const asked = withKnownChoice(given)
  const body = dropHostedTools(asked, chatTools, hosted)
  const { n } = body
  if (n != null && !(typeof n === 'number' && Number.isInteger(n) && n >= 1)) {
    throw new Error('n: give how many choices you want, a whole number from 1')
  }
  const streamed = body.stream === true
  const isOlder = asksForFunctionCall(body)
  const read = withReasoning(body)
  const chat = isOlder ? readFunctions(read) : read
  const withWords = mayHaveWords(chat)
  return {
    body: chat,
    streamed,
    isCut: body !== asked,
    callPrefix: 'call_',
    createWriter(head) {
      const writer = streamed
        ? writeStream(head, { calls, reasoningField, usage: asksForUsage(body), isOlder, withWords })
        : writeWhole(head, reasoningField, isOlder)
      return withWords ? tellingWordsApart(writer) : writer
    },
  }
}

/** Mistral's word for `required`. */
function withKnownChoice(body: ChatBody): ChatBody {
  const choice: unknown = body.tool_choice
  return choice === 'any' ? { ...body, tool_choice: 'required' } : body
}

function isChatBody(body: unknown): body is ChatBody {
  return isFields(body) && Array.isArray(body.messages)
}

function asksForUsage({ stream_options: options }: Fields): boolean {
  return isFields(options) && options.include_usage === true
}

/** How a stream is written. */
interface StreamForm extends Pick<SurfaceOptions, 'reasoningField'> {
  calls: CallDelivery
  /** Whether token counts were asked for. */
  usage: boolean
  /** Whether a call is a `function_call`. */
  isOlder: boolean
  /** Whether text is held while it may be no answer. */
  withWords: boolean
}

function writeStream(
  head: CompletionHead,
  { calls, reasoningField, usage, isOlder, withWords }: StreamForm,
): SurfaceWriter {
  const chunks = createChatCompletionChunks(head, { calls, reasoningField })
  const frame = (data: object | string): SurfaceFrame => ({ data })
  // What is streamed is never silent for long.
  const pulse = calls === 'whole' || withWords ? createPulse() : undefined
  // In a chunk that says nothing: clients look into the first choice of each.
  const nothing = (index: number) => ({
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index, delta: {}, finish_reason: null }],
  })
  return {
    push(events, choice, untouched) {
      const given = chunks.push(events, choice, untouched)
      if (pulse?.(given.length > 0)) return [frame(nothing(choice))]
      return (isOlder ? given.map(chunkWithFunctionCall) : given).map(frame)
    },
    fields: (fields) => chunks.fields(fields).map(frame),
    end: (last) => [...(usage ? chunks.end(last) : []), '[DONE]'].map(frame),
    // What came before the error was said, and clients make their own error of this frame.
    fail: (error) => [{ data: { error: withOverflowCode(error) } }],
  }
}

function writeWhole(
  head: CompletionHead,
  reasoningField: SurfaceOptions['reasoningField'],
  isOlder: boolean,
): SurfaceWriter {
  const completion = createChatCompletion(head, { reasoningField })
  return {
    push: (events, choice, untouched) => {
      completion.push(events, choice, untouched)
      return []
    },
    fields: (fields) => {
      completion.fields(fields)
      return []
    },
    end: (last) => {
      const answer = completion.end(last)
      return [{ data: isOlder ? completionWithFunctionCall(answer) : answer }]
    },
    fail: (error) => [{ data: { error } }],
  }
}
