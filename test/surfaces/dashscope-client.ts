import { createParser } from 'eventsource-parser'
import type { Fetch } from '../../src/middleware/fetch.js'
import type {
  DashScopeAnswer,
  DashScopeChoice,
  DashScopeToolCall,
} from '../../src/surfaces/dashscope/index.js'

export const generation = '/api/v1/services/aigc/text-generation/generation'

/** What a server's error says: no client of this protocol is among our packages, so that this one stands for it. */
export class DashScopeError extends Error {
  constructor(
    readonly status: number,
    { code, message }: { code?: string; message?: string },
  ) {
    super(`${code}: ${message}`)
  }
}

interface Ask {
  streamed: boolean
  signal?: AbortSignal | undefined
  path?: string
  headers?: Record<string, string>
}

/** Sends a request as the protocol's pages say it is sent, and gives the answer, or the data of each event. */
export async function askDashScope(
  fetch: Fetch,
  url: string,
  body: object,
  { streamed, signal, path = generation, headers }: Ask,
): Promise<DashScopeAnswer[]> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: {
      authorization: 'Bearer key',
      'content-type': 'application/json',
      ...(streamed && { 'x-dashscope-sse': 'enable' }),
      ...headers,
    },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  })
  if (!response.ok) throw new DashScopeError(response.status, await response.json())
  if (!streamed) return [await response.json()]

  const answers: DashScopeAnswer[] = []
  let status = 200
  let failed: DashScopeError | undefined
  const parser = createParser({
    onComment(comment) {
      status = Number(/^HTTP_STATUS\/(\d+)$/.exec(comment)?.[1] ?? status)
    },
    onEvent({ event, data }) {
      if (event === 'error') failed = new DashScopeError(status, JSON.parse(data))
      else answers.push(JSON.parse(data))
    },
  })
  const decoder = new TextDecoder()
  for await (const bytes of response.body ?? []) parser.feed(decoder.decode(bytes, { stream: true }))
  if (failed) throw failed
  return answers
}

/** One choice as an app joins it: of pieces, or of the last event that repeats everything. */
export interface Joined {
  content: string
  reasoning: string
  calls: { id: string; name: string; arguments: string }[]
  finish: string
}

export function joinAnswers(answers: readonly DashScopeAnswer[], isIncremental: boolean, index = 0): Joined {
  const joined: Joined = { content: '', reasoning: '', calls: [], finish: 'null' }
  for (const choice of answers.flatMap((answer) => choiceIn(answer, index) ?? [])) {
    const { message, finish_reason } = choice
    joined.finish = finish_reason
    if (!isIncremental) Object.assign(joined, { content: '', reasoning: '', calls: [] })
    const { content } = message
    joined.content += typeof content === 'string' ? content : content.map(({ text }) => text).join('')
    joined.reasoning += message.reasoning_content ?? ''
    for (const call of message.tool_calls ?? []) addCall(joined.calls, call)
  }
  return joined
}

function choiceIn({ output }: DashScopeAnswer, index: number): DashScopeChoice | undefined {
  return 'choices' in output
    ? output.choices.find((choice, place) => (choice.index ?? place) === index)
    : undefined
}

/** Pieces are told apart by their number alone, as the protocol's own client does it. */
function addCall(
  calls: Joined['calls'],
  { index, id, function: { name, arguments: text } }: DashScopeToolCall,
) {
  const call = calls[index] ?? { id: '', name: '', arguments: '' }
  calls[index] = call
  call.id = id || call.id
  call.name += name ?? ''
  call.arguments += text
}
