import type { Fields } from '../fields.js'
import { dashscope } from './replay-dashscope.js'
import { koboldcpp, llamaCpp, ollama, ollamaChat, tgi } from './replay-native.js'
import type { ReplayReply } from './replay-reply.js'

/** What the frames of one answer have in common. */
export interface ReplayHead {
  id: string
  created: number
  model: string
  /** How often a token of text or reasoning came, for the token counts. */
  tokens: number
  promptTokens: number
  /** Whether each frame repeats what came before. */
  cumulative: boolean
}

/** What was asked, as far as it says how to answer. */
export interface ReplayQuestion {
  path: string
  headers: { [name: string]: string | string[] | undefined }
  body: Fields
}

/** A token of one choice. */
export interface ReplayToken {
  choice: number
  text?: string | undefined
  reasoning?: string | undefined
}

/** How one completion protocol spells its frames. */
export interface ReplayProtocol {
  lines: 'sse' | 'ndjson'
  /** Lines before an event's data, with their line ends left out. */
  head?(at: number, isError: boolean): string[]
  /** Writes `data:{…}`. */
  noSpace?: true
  /** Whether the stream ends with `[DONE]`. */
  done: boolean
  asksForStream(request: ReplayQuestion): boolean
  /** How many choices are asked for, where there may be several. */
  choices?(body: Fields): unknown
  stops(body: Fields): unknown
  /** Whether its stop strings stay in the text unless the reply says otherwise. */
  keepsStops?: true
  /** Whether each frame repeats what came before. */
  cumulative?(body: Fields): boolean
  opening(head: ReplayHead, choice: number): Fields | undefined
  token(head: ReplayHead, token: ReplayToken, reply: ReplayReply): Fields
  /** @param said all that the choice has said. */
  finish(head: ReplayHead, choice: number, reason: string, said: ReplayToken): Fields
  /** The frame of token counts, where it is one of its own. */
  usage(head: ReplayHead, usage: Fields): Fields | undefined
  whole(
    head: ReplayHead,
    texts: string[],
    reason: string | null,
    usage: Fields | undefined,
    reply: ReplayReply,
  ): Fields
}

function openAiFrame(head: ReplayHead, object: string, choices: Fields[], rest: Fields = {}): Fields {
  return { id: head.id, object, created: head.created, model: head.model, choices, ...rest }
}

function reasoningOf(reply: ReplayReply, text: string | undefined): Fields {
  return text === undefined ? {} : Object.fromEntries([[reply.reasoningField ?? 'reasoning_content', text]])
}

const chat: ReplayProtocol = {
  lines: 'sse',
  done: true,
  asksForStream: ({ body }) => body.stream === true,
  choices: (body) => body.n,
  stops: (body) => body.stop,
  opening: (head, index) =>
    openAiFrame(head, 'chat.completion.chunk', [
      { index, delta: { role: 'assistant', content: '' }, finish_reason: null },
    ]),
  token(head, { choice, text, reasoning }, reply) {
    const delta = { ...(text !== undefined && { content: text }), ...reasoningOf(reply, reasoning) }
    return openAiFrame(head, 'chat.completion.chunk', [{ index: choice, delta, finish_reason: null }])
  },
  finish: (head, index, reason) =>
    openAiFrame(head, 'chat.completion.chunk', [{ index, delta: {}, finish_reason: reason }]),
  usage: (head, usage) => openAiFrame(head, 'chat.completion.chunk', [], { usage }),
  whole: (head, texts, reason, usage, reply) =>
    openAiFrame(
      head,
      'chat.completion',
      texts.map((content, index) => ({
        index,
        message: { role: 'assistant', content, ...reasoningOf(reply, reply.reasoning) },
        logprobs: null,
        finish_reason: reason,
      })),
      usage && { usage },
    ),
}

const completion: ReplayProtocol = {
  ...chat,
  opening: () => undefined,
  token: (head, { choice, text }) =>
    openAiFrame(head, 'text_completion', [{ index: choice, text: text ?? '', finish_reason: null }]),
  finish: (head, index, reason) =>
    openAiFrame(head, 'text_completion', [{ index, text: '', finish_reason: reason }]),
  usage: (head, usage) => openAiFrame(head, 'text_completion', [], { usage }),
  whole: (head, texts, reason, usage) =>
    openAiFrame(
      head,
      'text_completion',
      texts.map((text, index) => ({ index, text, logprobs: null, finish_reason: reason })),
      usage && { usage },
    ),
}

/** The protocols by the path of their route. */
export const replayProtocols: ReadonlyMap<string, ReplayProtocol> = new Map([
  ['/v1/chat/completions', chat],
  ['/v1/completions', completion],
  ['/completion', llamaCpp],
  ['/api/generate', ollama],
  ['/api/chat', ollamaChat],
  ['/api/v1/generate', koboldcpp],
  ['/api/extra/generate/stream', koboldcpp],
  ['/generate', tgi],
  ['/generate_stream', tgi],
  ['/api/v1/services/aigc/text-generation/generation', dashscope],
  ['/api/v1/services/aigc/multimodal-generation/generation', dashscope],
])
