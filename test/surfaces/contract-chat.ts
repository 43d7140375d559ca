import OpenAI from 'openai'
import type {
  ChatCompletion,
  ChatCompletionMessageParam,
  ChatCompletionToolChoiceOption,
} from 'openai/resources'
import type { Conversation, Heard, SurfaceContract, Turn } from './contract.js'

export const chatCompletionsContract: SurfaceContract = {
  name: 'Chat Completions',
  can: { oneCall: true, choose: true, textAfterCalls: true, failInStream: true, streamCalls: true },

  connect(url, fetch) {
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'key', maxRetries: 0, fetch })
    return {
      async ask(conversation, { streamed, signal }) {
        const body = {
          model: 'm',
          messages: conversation.turns.flatMap(messagesOf),
          tools: conversation.tools.map(({ name, description, schema }) => ({
            type: 'function' as const,
            function: { name, description, parameters: schema },
          })),
          ...(conversation.choice && { tool_choice: choiceOf(conversation.choice) }),
          ...(conversation.parallel !== undefined && { parallel_tool_calls: conversation.parallel }),
        }
        if (!streamed) return hear(await client.chat.completions.create(body, { signal }))
        const stream = client.chat.completions.stream(body, { signal })
        // The client knows no reasoning: of its pieces it keeps the last.
        const reasoning: string[] = []
        stream.on('chunk', ({ choices: [choice] }) => reasoning.push(reasoningIn(choice?.delta) ?? ''))
        return { ...hear(await stream.finalChatCompletion()), reasoning: reasoning.join('') || undefined }
      },
    }
  },
}

function messagesOf(turn: Turn): ChatCompletionMessageParam[] {
  switch (turn.type) {
    case 'system':
    case 'user':
      return [{ role: turn.type, content: turn.text }]
    case 'calls':
      return [
        {
          role: 'assistant',
          content: turn.text ?? null,
          tool_calls: turn.calls.map(({ id, name, input }) => ({
            id,
            type: 'function',
            function: { name, arguments: JSON.stringify(input) },
          })),
        },
      ]
    case 'results':
      return turn.results.map(({ id, output }) => ({ role: 'tool', tool_call_id: id, content: output }))
  }
}

function choiceOf(choice: NonNullable<Conversation['choice']>): ChatCompletionToolChoiceOption {
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.tool } }
}

function hear({ choices }: ChatCompletion): Heard {
  const [choice] = choices
  if (!choice) throw new Error('no choice')
  const { message } = choice
  const told = (message.tool_calls ?? []).flatMap((call) => (call.type === 'function' ? call : []))
  // A call that has not ended: the stream keeps what was said of it, and the finish reason says `length`.
  const whole = told.filter((call) => isJson(call.function.arguments))
  return {
    text: message.content ?? '',
    reasoning: reasoningIn(message),
    calls: whole.map(({ id, function: { name, arguments: text } }) => ({
      id,
      name,
      input: JSON.parse(text),
    })),
    halves: told.length - whole.length,
    finish: finishes.get(choice.finish_reason) ?? 'other',
  }
}

function reasoningIn(message: object = {}): string | undefined {
  return 'reasoning_content' in message ? String(message.reasoning_content) : undefined
}

const finishes = new Map<string, Heard['finish']>([
  ['stop', 'stop'],
  ['tool_calls', 'calls'],
  ['length', 'length'],
])

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
