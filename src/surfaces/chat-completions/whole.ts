import type { Fields } from '../../fields.js'
import { type ChoiceCollector, type CollectedChoice, createChoiceCollector } from '../collected-choice.js'
import type { ChunkOptions } from './chunks.js'
import type {
  ChatCompletion,
  CompletionChoice,
  CompletionHead,
  CompletionMessage,
  CompletionToolCall,
  CompletionWriter,
  ReasoningField,
} from './protocol.js'

/**
 * Collects a reply into one `chat.completion`. A call that was cut short is left out and its finish reason is
 * `length`.
 *
 * @example
 * const completion = createChatCompletion({ id: 'chatcmpl-1', created: 1766000000, model: 'qwen3-8b' })
 * completion.push([...parser.push(text), ...parser.end()])
 * completion.end() // { object: 'chat.completion', choices: [{ index: 0, message: { … }, … }], … }
 */
export function createChatCompletion(
  head: CompletionHead,
  { reasoningField = 'reasoning_content' }: Pick<ChunkOptions, 'reasoningField'> = {},
): CompletionWriter & { end(): ChatCompletion } {
  const choices = new Map<number, ChoiceCollector>()
  let ownFields: Fields = {}

  return {
    push(events, index = 0, untouched = {}) {
      const choice = choices.get(index) ?? createChoiceCollector()
      choices.set(index, choice)
      choice.push(events, untouched)
      ownFields = { ...ownFields, ...untouched.completion }
      return []
    },

    fields(fields) {
      ownFields = { ...ownFields, ...fields }
      return []
    },

    end() {
      return {
        ...ownFields,
        ...head,
        object: 'chat.completion',
        choices: [...choices]
          .map(([index, choice]) => completionChoice(index, choice.collected(), reasoningField))
          .sort((a, b) => a.index - b.index),
      }
    },
  }
}

function completionChoice(
  index: number,
  choice: CollectedChoice,
  reasoningField: ReasoningField,
): CompletionChoice {
  const { text, reasoning, calls, finish, choiceFields, messageFields } = choice
  const toolCalls = calls
    .filter((call) => call.complete)
    .map(({ id, name, custom, text }): CompletionToolCall => {
      if (custom) return { id, type: 'custom', custom: { name, input: text } }
      return { id, type: 'function', function: { name, arguments: text } }
    })
  const message: CompletionMessage = {
    refusal: null,
    ...messageFields,
    role: 'assistant',
    content: text || null,
    ...(reasoning !== '' && { [reasoningField]: reasoning }),
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
  }
  return { logprobs: null, ...choiceFields, index, message, finish_reason: finish }
}
