import { type Fields, isFields, without } from '../fields.js'
import { readReasoning } from '../request.js'
import { readCallParts } from './call-parts.js'
import { contentOf, finishOf, numberOf, textOf, usageOf } from './read-fields.js'
import { joinStops, maxTokens, mediaOf, systemRole, toolFields } from './request-fields.js'
import type { ChoicePart, MessagesUpstream } from './upstream.js'

/** The OpenAI protocol's fields that are none of the model's parameters there, or have another form. */
const otherFields = new Set([
  ...toolFields,
  'model',
  'messages',
  'stream',
  'stream_options',
  'max_completion_tokens',
  'stop',
  'user',
  'store',
  'metadata',
  'think',
  'thinking',
  'reasoning',
  'reasoning_effort',
  'chat_template_kwargs',
  'extra_body',
  'parameters',
  'continue_final_message',
  'add_generation_prompt',
])
const frameFields = new Set(['output', 'usage', 'request_id', 'code', 'message', 'status_code'])
const outputFields = new Set(['choices', 'text', 'finish_reason'])
const choiceFields = new Set(['index', 'message', 'finish_reason'])
const messageFields = new Set(['role', 'content', 'reasoning_content', 'tool_calls'])

/**
 * DashScope's own protocol: `POST /api/v1/services/aigc/text-generation/generation`, or `multimodal-generation` where a
 * message has an image, a sound or a film. It streams when a header says so, and then repeats everything in each event
 * unless it is asked for what is new (`incremental_output`).
 */
export const dashscope: MessagesUpstream = {
  takes: 'messages',
  manyChoices: true,
  maxStops: Number.POSITIVE_INFINITY,
  surface: 'dashscope',

  path(base, _, request) {
    const task = hasMedia(messagesIn(request)) ? 'multimodal-generation' : 'text-generation'
    return `${root(base)}/api/v1/services/aigc/${task}/generation`
  },

  headers: (streamed): Record<string, string> => (streamed ? { 'x-dashscope-sse': 'enable' } : {}),

  buildRequest(body, { messages, stop }) {
    const last = messages.length - 1
    const written = messages.map((message, at) => ({
      ...message,
      // Its own word for a message that is to be gone on with.
      ...(at === last && body.continue_final_message === true && { partial: true }),
    }))
    const stops = joinStops(body.stop, stop, dashscope.maxStops)
    const most = maxTokens(body)
    const thinking = body.enable_thinking ?? readReasoning(body)
    return {
      model: body.model,
      input: { messages: hasMedia(written) ? written.map(inParts) : written.map(asText) },
      parameters: {
        ...(isFields(body.parameters) && body.parameters),
        ...without(body, otherFields),
        result_format: 'message',
        ...(body.stream === true && { incremental_output: true }),
        ...(most !== undefined && { max_tokens: most }),
        ...(thinking !== undefined && { enable_thinking: thinking }),
        ...(stops.length > 0 && { stop: stops }),
      },
    }
  },

  cumulative: ({ parameters }) => !isFields(parameters) || parameters.incremental_output !== true,

  read(frame, isWhole) {
    const output = isFields(frame.output) ? frame.output : {}
    const choices = Array.isArray(output.choices) ? output.choices.filter(isFields) : []
    // The older form of an answer has no choices.
    const isText = choices.length === 0 && ('text' in output || 'finish_reason' in output)
    return {
      id: textOf(frame.request_id),
      choices: isText
        ? [{ index: 0, text: textOf(output.text), finish: finishIn(output, isWhole) }]
        : choices.map((choice, place) => readChoice(choice, place, isWhole)),
      usage: readUsage(frame.usage),
      untouched: { ...without(frame, frameFields), ...without(output, outputFields) },
    }
  },
}

/** Before `/v1`, and before the path of DashScope's own OpenAI protocol. */
function root(base: string): string {
  return base.replace(/(?:\/compatible-mode|\/api)?\/v1$/, '')
}

function messagesIn({ input }: Fields): Fields[] {
  return isFields(input) && Array.isArray(input.messages) ? input.messages.filter(isFields) : []
}

/** Whether a message has a part that is no text, in either protocol's spelling. */
function hasMedia(messages: readonly Fields[]): boolean {
  return messages.some(({ content }) => Array.isArray(content) && content.some(isMedia))
}

function isMedia(part: unknown): boolean {
  return (
    mediaOf(part) !== undefined ||
    (isFields(part) && ['image', 'audio', 'video'].some((kind) => kind in part))
  )
}

function asText(message: Fields): Fields {
  return { ...message, role: systemRole(message.role), content: contentOf(message.content) ?? '' }
}

/** Every message in parts, which name what they are by their one field. */
function inParts(message: Fields): Fields {
  const { content } = message
  const parts: unknown[] = Array.isArray(content) ? content : [{ text: contentOf(content) ?? '' }]
  return { ...message, role: systemRole(message.role), content: parts.map(toPart) }
}

function toPart(part: unknown): unknown {
  const media = mediaOf(part)
  if (media) return Object.fromEntries([[media.kind, media.url]])
  return isFields(part) && typeof part.text === 'string' ? { text: part.text } : part
}

function readChoice(choice: Fields, place: number, isWhole: boolean): ChoicePart {
  const message = isFields(choice.message) ? choice.message : {}
  return {
    index: numberOf(choice.index) ?? place,
    reasoning: textOf(message.reasoning_content),
    text: contentOf(message.content),
    calls: readCallParts(message.tool_calls, isWhole),
    finish: finishIn(choice, isWhole),
    untouched: { choice: without(choice, choiceFields), delta: without(message, messageFields) },
  }
}

function finishIn({ finish_reason: reason }: Fields, isWhole: boolean): string | undefined {
  return finishOf(reason) ?? (isWhole ? 'stop' : undefined)
}

function readUsage(usage: unknown): Fields | undefined {
  if (!isFields(usage)) return undefined
  const counts = usageOf(usage.input_tokens, usage.output_tokens)
  if (!counts) return undefined
  const { prompt_tokens_details: prompt, output_tokens_details: output } = usage
  return {
    ...counts,
    ...(isFields(prompt) && { prompt_tokens_details: prompt }),
    ...(isFields(output) && { completion_tokens_details: output }),
  }
}
