import Anthropic from '@anthropic-ai/sdk'
import type { MessageParam, ToolChoice } from '@anthropic-ai/sdk/resources/messages'
import type { Conversation, Heard, SurfaceContract, Turn } from './contract.js'

export const messagesContract: SurfaceContract = {
  name: 'Messages',
  can: { oneCall: true, choose: true, textAfterCalls: true, failInStream: true, streamCalls: false },

  connect(url, fetch) {
    const client = new Anthropic({ baseURL: url, apiKey: 'key', maxRetries: 0, fetch })
    return {
      async ask(conversation, { streamed, signal }) {
        const system = conversation.turns.flatMap((turn) => (turn.type === 'system' ? [turn.text] : []))
        const choice = choiceOf(conversation)
        const body = {
          model: 'm',
          max_tokens: 1000,
          system: system.join('\n'),
          messages: conversation.turns.flatMap(messagesOf),
          tools: conversation.tools.map(({ name, description, schema }) => ({
            name,
            description,
            input_schema: schema,
          })),
          ...(choice && { tool_choice: choice }),
        }
        if (!streamed) return hear(await client.messages.create(body, { signal }))
        return hear(await client.messages.stream(body, { signal }).finalMessage())
      },
    }
  },
}

function messagesOf(turn: Turn): MessageParam[] {
  switch (turn.type) {
    case 'system':
      return []
    case 'user':
      return [{ role: 'user', content: turn.text }]
    case 'calls': {
      const text = turn.text === undefined ? [] : [{ type: 'text' as const, text: turn.text }]
      const calls = turn.calls.map(({ id, name, input }) => ({ type: 'tool_use' as const, id, name, input }))
      return [{ role: 'assistant', content: [...text, ...calls] }]
    }
    case 'results': {
      const content = turn.results.map(({ id, output }) => ({
        type: 'tool_result' as const,
        tool_use_id: id,
        content: output,
      }))
      return [{ role: 'user', content }]
    }
  }
}

function choiceOf({ choice, parallel }: Conversation): ToolChoice | undefined {
  const oneCall = parallel === false && { disable_parallel_tool_use: true }
  if (choice === 'none') return { type: 'none' }
  if (choice === 'required') return { type: 'any', ...oneCall }
  if (choice !== undefined) return { type: 'tool', name: choice.tool, ...oneCall }
  return oneCall ? { type: 'auto', ...oneCall } : undefined
}

function hear({ content, stop_reason }: Anthropic.Message): Heard {
  const thoughts = content.flatMap((block) => (block.type === 'thinking' ? [block.thinking] : []))
  return {
    text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    reasoning: thoughts.length > 0 ? thoughts.join('') : undefined,
    calls: content.flatMap((block) =>
      block.type === 'tool_use' ? [{ id: block.id, name: block.name, input: block.input }] : [],
    ),
    // Anthropic's client makes a call of a half one too, so that it would be among the calls.
    halves: 0,
    finish: finishes.get(stop_reason) ?? 'other',
  }
}

const finishes = new Map<string | null, Heard['finish']>([
  ['end_turn', 'stop'],
  ['tool_use', 'calls'],
  ['max_tokens', 'length'],
])
