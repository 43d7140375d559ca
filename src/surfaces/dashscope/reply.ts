import type { ParserEvent } from '../../events.js'
import { type Fields, isFields, saysSomething } from '../../fields.js'
import type { Untouched } from '../chat-completions/protocol.js'
import { createChoiceCollector } from '../collected-choice.js'
import type {
  DashScopeAnswer,
  DashScopeChoice,
  DashScopeHead,
  DashScopeMessage,
  DashScopeToolCall,
  DashScopeUsage,
} from './protocol.js'

/** One choice, collected. */
export interface Reply {
  push(events: readonly ParserEvent[], untouched: Untouched): void
  /** How much there is of it. */
  size(): number
  /** All of it so far. `isLast`: what has not ended by now is left out, and the finish reason is given. */
  say(isLast: boolean): Said
}

/** What is said of one choice: all of it, or what is new. */
export interface Said {
  text: string
  reasoning: string
  calls: DashScopeToolCall[]
  finish: string
  untouched: Pick<Untouched, 'choice' | 'delta'>
}

/** The finish reason of what is not finished. It is a word there. */
export const running = 'null'

export function createReply(): Reply {
  const collector = createChoiceCollector()
  let size = 0

  return {
    push(events, untouched) {
      for (const event of events) size += sizeOf(event)
      collector.push(events, untouched)
    },
    size: () => size,
    say(isLast) {
      const { text, reasoning, calls, finish, choiceFields, messageFields } = collector.collected()
      return {
        text,
        reasoning,
        calls: calls
          .filter(({ complete }) => complete || !isLast)
          .map(({ id, name, text }, index) => ({
            index,
            id,
            type: 'function',
            function: { name, arguments: text },
          })),
        finish: isLast ? finish : running,
        untouched: { choice: choiceFields, delta: messageFields },
      }
    },
  }
}

function sizeOf(event: ParserEvent): number {
  if (event.type === 'tool-call-start') return event.name.length
  return 'text' in event ? event.text.length : 0
}

/** Writes what is said of some choices in the form that the head asks for. */
export function writeAnswer(
  { requestId, format = 'message', parts = false, choices: most = 1 }: DashScopeHead,
  said: readonly (Said & { index: number })[],
  usage?: DashScopeUsage,
): DashScopeAnswer {
  const rest = { ...(usage && { usage }), request_id: requestId }
  const [first] = said
  if (format === 'text' && first) {
    const { text, reasoning, finish: finish_reason } = first
    return { output: { finish_reason, text, ...(reasoning && { reasoning_content: reasoning }) }, ...rest }
  }
  const choices = said.map((one): DashScopeChoice => {
    const { choice } = one.untouched
    return {
      ...(saysSomething(choice) && choice),
      ...(most > 1 && { index: one.index }),
      finish_reason: one.finish,
      message: writeMessage(one, parts),
    }
  })
  return { output: { choices }, ...rest }
}

function writeMessage({ text, reasoning, calls, untouched }: Said, parts: boolean): DashScopeMessage {
  return {
    ...untouched.delta,
    role: 'assistant',
    content: !parts ? text : text === '' ? [] : [{ text }],
    ...(reasoning && { reasoning_content: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls }),
  }
}

/** Token counts in this protocol's words, given in OpenAI's; `undefined` when there are none. */
export function usageOf(given: unknown): DashScopeUsage | undefined {
  const usage: Fields = isFields(given) ? given : {}
  const { prompt_tokens: input, completion_tokens: output, total_tokens: total, ...rest } = usage
  if (typeof input !== 'number' || typeof output !== 'number') return undefined
  const { completion_tokens_details: details, ...others } = rest
  return {
    ...others,
    input_tokens: input,
    output_tokens: output,
    total_tokens: typeof total === 'number' ? total : input + output,
    ...(details !== undefined && { output_tokens_details: details }),
  }
}
