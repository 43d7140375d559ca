import { type Fields, isFields, without } from '../fields.js'
import { readReasoning } from '../request.js'
import { readCallParts } from './call-parts.js'
import { ollamaFields, readOllama } from './ollama-fields.js'
import { contentOf, textOf } from './read-fields.js'
import { mediaOf, serverRoot, systemRole } from './request-fields.js'
import type { MessagesUpstream } from './upstream.js'

const messageFields = new Set(['role', 'content', 'reasoning_content'])
const replyFields = new Set(['role', 'content', 'thinking', 'tool_calls'])

/**
 * Ollama's `POST /api/chat`, without tools: a model whose template has none is not refused then. Its answer is lines of
 * JSON. The context is small by default, as with `ollama`.
 */
export const ollamaChat: MessagesUpstream = {
  takes: 'messages',
  manyChoices: false,
  maxStops: Number.POSITIVE_INFINITY,
  path: (base) => `${serverRoot(base)}/api/chat`,

  buildRequest(body, { messages, stop }) {
    const think = body.think ?? readReasoning(body)
    return {
      ...ollamaFields(body, stop),
      messages: messages.map((message) => toMessage({ ...message })),
      ...(think !== undefined && { think }),
    }
  },

  read(frame, isWhole) {
    const { finish, ...about } = readOllama(frame, isWhole)
    const message = isFields(frame.message) ? frame.message : {}
    return {
      ...about,
      choices: [
        {
          index: 0,
          reasoning: textOf(message.thinking),
          text: contentOf(message.content),
          // A frame of a stream has whole calls too, and none of them has a number.
          calls: readCallParts(message.tool_calls, isWhole),
          finish,
          untouched: { delta: without(message, replyFields) },
        },
      ],
    }
  },
}

/** Text is one string there, reasoning has another name, and images stand beside the text without their types. */
function toMessage(message: Fields): Fields {
  const { role, content, reasoning_content: thinking } = message
  const images = (Array.isArray(content) ? content : []).flatMap((part: unknown) => {
    const media = mediaOf(part)
    return media?.kind === 'image' ? [toBase64(media.url)] : []
  })
  return {
    ...without(message, messageFields),
    role: systemRole(role),
    content: contentOf(content) ?? '',
    ...(textOf(thinking) && { thinking }),
    ...(images.length > 0 && { images }),
  }
}

function toBase64(url: string): string {
  const data = /^data:[^,]*;base64,(.*)$/s.exec(url)?.[1]
  if (data !== undefined) return data
  throw new Error(
    `messages: Ollama fetches no images, give them as base64 ("data:image/png;base64,…") instead of "${url.slice(0, 80)}"`,
  )
}
