import { type Fields, isFields } from '../fields.js'
import type { ReplayHead, ReplayProtocol, ReplayToken } from './replay-protocols.js'

/** DashScope's own routes: a header asks for a stream, and each event repeats everything unless told not to. */
export const dashscope: ReplayProtocol = {
  lines: 'sse',
  head: (at, isError) => [
    `id:${at + 1}`,
    `event:${isError ? 'error' : 'result'}`,
    `:HTTP_STATUS/${isError ? 500 : 200}`,
  ],
  noSpace: true,
  done: false,
  asksForStream: ({ headers }) => headers['x-dashscope-sse'] === 'enable',
  choices: (body) => parametersOf(body).n,
  stops: (body) => parametersOf(body).stop,
  cumulative: (body) => parametersOf(body).incremental_output !== true,
  opening: () => undefined,
  token: (head, said) => frame(head, [choice(said, 'null')]),
  finish: (head, index, reason, said) =>
    frame(head, [choice({ ...(head.cumulative && said), choice: index }, reason)]),
  usage: () => undefined,
  whole: (head, texts, reason, _, reply) =>
    frame(
      head,
      texts.map((text, index) => choice({ choice: index, text, reasoning: reply.reasoning }, reason)),
    ),
}

function parametersOf({ parameters }: Fields): Fields {
  return isFields(parameters) ? parameters : {}
}

function choice({ choice, text = '', reasoning }: ReplayToken, reason: string | null): Fields {
  const message = {
    role: 'assistant',
    content: text,
    ...(reasoning !== undefined && { reasoning_content: reasoning }),
  }
  return { index: choice, finish_reason: reason, message }
}

function frame(head: ReplayHead, choices: Fields[]): Fields {
  const usage = {
    input_tokens: head.promptTokens,
    output_tokens: head.tokens,
    total_tokens: head.promptTokens + head.tokens,
  }
  // Its model is not in its answers.
  return { output: { choices }, usage, request_id: head.id }
}
