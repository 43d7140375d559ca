import OpenAI from 'openai'
import type {
  Response,
  ResponseCreateParamsNonStreaming,
  ResponseInputItem,
} from 'openai/resources/responses/responses'
import type { Conversation, Heard, SurfaceContract, Turn } from './contract.js'

export const responsesContract: SurfaceContract = {
  name: 'Responses',
  can: { oneCall: true, choose: true, textAfterCalls: true, failInStream: true, streamCalls: true },

  connect(url, fetch) {
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'key', maxRetries: 0, fetch })
    return {
      async ask(conversation, { streamed, signal }) {
        const body = bodyOf(conversation)
        if (!streamed) return { ...hear(await client.responses.create(body, { signal })), halves: 0 }
        const stream = client.responses.stream(body, { signal })
        const open = new Set<number>()
        stream.on('event', (event) => {
          if (event.type === 'response.output_item.added' && event.item.type === 'function_call') {
            open.add(event.output_index)
          }
          if (event.type === 'response.output_item.done') open.delete(event.output_index)
        })
        return { ...hear(await stream.finalResponse()), halves: open.size }
      },
    }
  },
}

function bodyOf({
  turns,
  tools,
  choice,
  parallel,
}: Conversation): Omit<ResponseCreateParamsNonStreaming, 'stream'> {
  return {
    model: 'm',
    input: turns.flatMap(itemsOf),
    tools: tools.map(({ name, description, schema }) => ({
      type: 'function',
      name,
      description,
      parameters: schema,
      strict: false,
    })),
    ...(choice && {
      tool_choice: typeof choice === 'string' ? choice : { type: 'function', name: choice.tool },
    }),
    ...(parallel !== undefined && { parallel_tool_calls: parallel }),
  }
}

function itemsOf(turn: Turn): ResponseInputItem[] {
  switch (turn.type) {
    case 'system':
    case 'user':
      return [{ role: turn.type, content: turn.text }]
    case 'calls':
      return [
        ...(turn.text === undefined ? [] : [{ role: 'assistant' as const, content: turn.text }]),
        ...turn.calls.map(({ id, name, input }) => ({
          type: 'function_call' as const,
          call_id: id,
          name,
          arguments: JSON.stringify(input),
        })),
      ]
    case 'results':
      return turn.results.map(({ id, output }) => ({ type: 'function_call_output', call_id: id, output }))
  }
}

function hear({
  output,
  output_text: text,
  status,
  incomplete_details: details,
}: Response): Omit<Heard, 'halves'> {
  const reasoning = output.flatMap((item) => (item.type === 'reasoning' ? (item.content ?? []) : []))
  const calls = output.flatMap((item) => (item.type === 'function_call' ? item : []))
  return {
    text,
    reasoning: reasoning.map((part) => part.text).join('') || undefined,
    calls: calls.map(({ call_id: id, name, arguments: args }) => ({ id, name, input: JSON.parse(args) })),
    finish: finishOf(status, details?.reason, calls.length > 0),
  }
}

function finishOf(status: string | undefined, reason: string | undefined, called: boolean): Heard['finish'] {
  if (status === 'completed') return called ? 'calls' : 'stop'
  return reason === 'max_output_tokens' ? 'length' : 'other'
}
