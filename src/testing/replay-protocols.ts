import type { Fields } from '../fields.js'
import type { ReplayReply } from './replay-reply.js'

/** What the frames of one answer have in common. */
export interface ReplayHead {
  id: string
  created: number
  model: string
  /** How often a token of text or reasoning came, for the token counts. */
  tokens: number
  promptTokens: number
}

/** A token of one choice. */
export interface ReplayToken {
  choice: number
  text?: string
  reasoning?: string
}

/** How one completion protocol spells its frames. */
export interface ReplayProtocol {
  lines: 'sse' | 'ndjson'
  /** Whether the stream ends with `[DONE]`. */
  done: boolean
  /** Whether the route streams when the request does not say. */
  streams: boolean
  stops(body: Fields): unknown
  opening(head: ReplayHead, choice: number): Fields | undefined
  token(head: ReplayHead, token: ReplayToken, reply: ReplayReply): Fields
  finish(head: ReplayHead, choice: number, reason: string): Fields
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
  streams: false,
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

const llamaCpp: ReplayProtocol = {
  lines: 'sse',
  done: false,
  streams: false,
  stops: (body) => body.stop,
  opening: () => undefined,
  token: (_, { text }) => ({ index: 0, content: text ?? '', tokens: [], stop: false, id_slot: 0 }),
  finish: (head, _, reason) => llamaCppLast(head, '', reason),
  usage: () => undefined,
  whole: (head, [text = ''], reason) => llamaCppLast(head, text, reason ?? 'stop'),
}

function llamaCppLast(head: ReplayHead, content: string, reason: string): Fields {
  return {
    index: 0,
    content,
    stop: true,
    stop_type: reason === 'length' ? 'limit' : 'eos',
    stopping_word: '',
    model: head.model,
    tokens_predicted: head.tokens,
    tokens_evaluated: head.promptTokens,
    prompt: '',
    generation_settings: {},
    timings: { predicted_n: head.tokens },
  }
}

const ollama: ReplayProtocol = {
  lines: 'ndjson',
  done: false,
  streams: true,
  stops: (body) => Object(body.options).stop,
  opening: () => undefined,
  token: (head, { text, reasoning }) => ({
    model: head.model,
    created_at: new Date(head.created * 1000).toISOString(),
    response: text ?? '',
    ...(reasoning !== undefined && { thinking: reasoning }),
    done: false,
  }),
  finish: (head, _, reason) => ollamaLast(head, '', reason),
  usage: () => undefined,
  whole: (head, [text = ''], reason) => ollamaLast(head, text, reason ?? 'stop'),
}

function ollamaLast(head: ReplayHead, response: string, reason: string): Fields {
  return {
    model: head.model,
    created_at: new Date(head.created * 1000).toISOString(),
    response,
    done: true,
    done_reason: reason,
    prompt_eval_count: head.promptTokens,
    eval_count: head.tokens,
  }
}

/** The protocols by the path of their route. */
export const replayProtocols: ReadonlyMap<string, ReplayProtocol> = new Map([
  ['/v1/chat/completions', chat],
  ['/v1/completions', completion],
  ['/completion', llamaCpp],
  ['/api/generate', ollama],
])
