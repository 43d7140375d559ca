import type { Conversation, Heard, SurfaceContract, Turn } from './contract.js'
import { askDashScope, joinAnswers } from './dashscope-client.js'

/** @param incremental whether each event gives what is new, or everything so far. */
export function dashscopeContract(incremental: boolean): SurfaceContract {
  return {
    name: incremental ? 'DashScope' : 'DashScope with events that repeat everything',
    can: {
      oneCall: true,
      choose: true,
      textAfterCalls: true,
      failInStream: true,
      // What was said is said again to the end, without what has not ended.
      streamCalls: incremental,
    },

    connect: (url, fetch) => ({
      async ask(conversation, { streamed, signal }) {
        const answers = await askDashScope(fetch, url, bodyOf(conversation, incremental), {
          streamed,
          signal,
        })
        const { content, reasoning, calls, finish } = joinAnswers(answers, incremental)
        // Of a call that has not ended what was said stays; the finish reason is `length`.
        const whole = calls.flatMap(({ id, name, arguments: text }) => {
          const input = parse(text)
          return input === undefined ? [] : [{ id, name, input }]
        })
        return {
          text: content,
          reasoning: reasoning || undefined,
          calls: whole,
          halves: calls.length - whole.length,
          finish: finishes.get(finish) ?? 'other',
        }
      },
    }),
  }
}

function bodyOf({ turns, tools, choice, parallel }: Conversation, incremental: boolean): object {
  return {
    model: 'm',
    input: { messages: turns.flatMap(messagesOf) },
    parameters: {
      result_format: 'message',
      incremental_output: incremental,
      tools: tools.map(({ name, description, schema }) => ({
        type: 'function',
        function: { name, description, parameters: schema },
      })),
      ...(choice && {
        tool_choice:
          typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.tool } },
      }),
      ...(parallel !== undefined && { parallel_tool_calls: parallel }),
    },
  }
}

function messagesOf(turn: Turn): object[] {
  switch (turn.type) {
    case 'system':
    case 'user':
      return [{ role: turn.type, content: turn.text }]
    case 'calls':
      return [
        {
          role: 'assistant',
          content: turn.text ?? '',
          tool_calls: turn.calls.map(({ id, name, input }, index) => ({
            index,
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

const finishes = new Map<string, Heard['finish']>([
  ['stop', 'stop'],
  ['tool_calls', 'calls'],
  ['length', 'length'],
])

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
