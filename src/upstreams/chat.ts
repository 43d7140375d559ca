import { type Fields, isFields, without } from '../fields.js'
import { readCallParts } from './call-parts.js'
import { contentOf, finishOf, numberOf, othersIn, readOpenAiFrame, textOf } from './read-fields.js'
import { joinStops, toolFields, withSystemRoles } from './request-fields.js'
import type { ChoicePart, MessagesUpstream } from './upstream.js'

const choiceFields = new Set(['index', 'delta', 'message', 'finish_reason'])
// Servers name the reasoning that they have split off differently; some send it under two names at once.
const deltaFields = new Set(['role', 'content', 'tool_calls', 'reasoning_content', 'reasoning', 'thinking'])

/** `POST /v1/chat/completions`, without tools: OpenAI's chat protocol, spoken by nearly every server. */
export const chat: MessagesUpstream = {
  takes: 'messages',
  manyChoices: true,
  maxStops: 4,
  surface: 'chat-completions',
  path: (base) => `${base}/chat/completions`,

  buildRequest(body, { messages, stop }) {
    const stops = joinStops(body.stop, stop, chat.maxStops)
    const written = withSystemRoles(messages)
    return { ...without(body, toolFields), messages: written, ...(stops.length > 0 && { stop: stops }) }
  },

  read: (frame) => readOpenAiFrame(frame, readChoice),
}

function readChoice(choice: Fields): ChoicePart {
  const message = isFields(choice.message) ? choice.message : undefined
  const delta = message ?? (isFields(choice.delta) ? choice.delta : {})
  return {
    index: numberOf(choice.index) ?? 0,
    reasoning: textOf(delta.reasoning_content) ?? textOf(delta.reasoning) ?? textOf(delta.thinking),
    text: contentOf(delta.content),
    calls: readCallParts(delta.tool_calls, message !== undefined),
    // A whole message is finished, whether the server says why or not.
    finish: finishOf(choice.finish_reason) ?? (message && 'stop'),
    untouched: { choice: othersIn(choice, choiceFields), delta: othersIn(delta, deltaFields) },
  }
}
