import type { Fields } from '../fields.js'
import type { ReplayHead, ReplayProtocol } from './replay-protocols.js'

export const llamaCpp: ReplayProtocol = {
  lines: 'sse',
  done: false,
  asksForStream: ({ body }) => body.stream === true,
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

export const ollama: ReplayProtocol = {
  lines: 'ndjson',
  done: false,
  asksForStream: ({ body }) => body.stream !== false,
  stops: (body) => Object(body.options).stop,
  opening: () => undefined,
  token: (head, { text, reasoning }) => ({
    ...ollamaHead(head),
    response: text ?? '',
    ...(reasoning !== undefined && { thinking: reasoning }),
    done: false,
  }),
  finish: (head, _, reason) => ollamaLast(head, '', reason),
  usage: () => undefined,
  whole: (head, [text = ''], reason, _, { reasoning }) => ({
    ...ollamaLast(head, text, reason ?? 'stop'),
    ...(reasoning !== undefined && { thinking: reasoning }),
  }),
}

function ollamaHead(head: ReplayHead): Fields {
  return { model: head.model, created_at: new Date(head.created * 1000).toISOString() }
}

function ollamaLast(head: ReplayHead, response: string, reason: string): Fields {
  return { ...ollamaHead(head), response, ...ollamaEnd(head, reason) }
}

function ollamaEnd(head: ReplayHead, reason: string): Fields {
  return { done: true, done_reason: reason, prompt_eval_count: head.promptTokens, eval_count: head.tokens }
}

export const ollamaChat: ReplayProtocol = {
  ...ollama,
  token: (head, { text, reasoning }) => ({
    ...ollamaHead(head),
    message: ollamaMessage(text, reasoning),
    done: false,
  }),
  finish: (head, _, reason) => ({
    ...ollamaHead(head),
    message: ollamaMessage(),
    ...ollamaEnd(head, reason),
  }),
  whole: (head, [text], reason, _, reply) => ({
    ...ollamaHead(head),
    message: ollamaMessage(text, reply.reasoning),
    ...ollamaEnd(head, reason ?? 'stop'),
  }),
}

function ollamaMessage(content = '', thinking?: string): Fields {
  return { role: 'assistant', content, ...(thinking !== undefined && { thinking }) }
}

/** Streams by its path, each event with a name. */
export const koboldcpp: ReplayProtocol = {
  lines: 'sse',
  head: () => ['event: message'],
  done: false,
  asksForStream: ({ path }) => path.endsWith('/stream'),
  stops: (body) => body.stop_sequence,
  opening: () => undefined,
  token: (_, { text }) => ({ token: text ?? '', finish_reason: null }),
  finish: (_head, _choice, reason) => ({ token: '', finish_reason: reason }),
  usage: () => undefined,
  whole: (head, [text = ''], reason) => ({
    results: [
      {
        tool_calls: [],
        text,
        finish_reason: reason,
        prompt_tokens: head.promptTokens,
        completion_tokens: head.tokens,
      },
    ],
  }),
}

/** Streams by its path. The last frame has the token that ended the answer, and the whole text without it. */
export const tgi: ReplayProtocol = {
  lines: 'sse',
  noSpace: true,
  done: false,
  asksForStream: ({ path }) => path.endsWith('_stream'),
  stops: (body) => Object(body.parameters).stop,
  keepsStops: true,
  opening: () => undefined,
  token: (_, { text }) => ({ index: 1, token: tgiToken(text ?? ''), generated_text: null, details: null }),
  finish: (head, _, reason, { text = '' }) => ({
    index: head.tokens,
    token: reason === 'stop' ? tgiToken('<|endoftext|>', true) : tgiToken(''),
    generated_text: text,
    details: { ...tgiDetails(head, reason), input_length: head.promptTokens },
  }),
  usage: () => undefined,
  whole: (head, [text = ''], reason) => ({
    generated_text: text,
    details: {
      ...tgiDetails(head, reason ?? 'stop'),
      prefill: [],
      tokens: [tgiToken(text), ...(reason === 'stop' ? [tgiToken('<|endoftext|>', true)] : [])],
    },
  }),
}

function tgiToken(text: string, special = false): Fields {
  return { id: 1, text, logprob: -0.1, special }
}

function tgiDetails(head: ReplayHead, reason: string): Fields {
  return {
    finish_reason: reason === 'stop' ? 'eos_token' : reason,
    generated_tokens: head.tokens,
    seed: null,
  }
}
