import type { FinishReason, ParserEvent } from '../../events.js'
import { type Fields, mergeFields } from '../../fields.js'
import type {
  ChatCompletion,
  CompletionChoice,
  CompletionHead,
  CompletionMessage,
  CompletionToolCall,
  CompletionWriter,
  Untouched,
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
export function createChatCompletion(head: CompletionHead): CompletionWriter & { end(): ChatCompletion } {
  const choices = new Map<number, ReturnType<typeof createChoice>>()
  let ownFields: Fields = {}

  return {
    push(events, index = 0, untouched = {}) {
      const choice = choices.get(index) ?? createChoice(index)
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
        choices: [...choices.values()].map((choice) => choice.end()).sort((a, b) => a.index - b.index),
      }
    },
  }
}

function createChoice(index: number) {
  const content: string[] = []
  const reasoning: string[] = []
  const calls = new Map<
    number,
    { id: string; name: string; custom: boolean; text: string[]; complete: boolean }
  >()
  let finish: FinishReason = 'stop'
  let choiceFields: Fields = {}
  let messageFields: Fields = {}

  function add(event: ParserEvent): void {
    switch (event.type) {
      case 'text':
        content.push(event.text)
        return
      case 'reasoning':
        reasoning.push(event.text)
        return
      case 'tool-call-start':
        calls.set(event.index, {
          id: event.id,
          name: event.name,
          custom: event.custom === true,
          text: [],
          complete: false,
        })
        return
      case 'tool-call-arguments':
        calls.get(event.index)?.text.push(event.text)
        return
      case 'tool-call-end': {
        const call = calls.get(event.index)
        if (call) call.complete = true
        return
      }
      case 'finish':
        finish = event.reason
        return
      case 'tool-call-incomplete':
        return // Never ended, so it is left out below.
      case 'notice':
        return // The protocol has no place for it; `onEvent` has.
    }
  }

  return {
    push(events: readonly ParserEvent[], untouched: Untouched): void {
      for (const event of events) add(event)
      choiceFields = mergeFields(choiceFields, untouched.choice ?? {}, false)
      messageFields = mergeFields(messageFields, untouched.delta ?? {})
    },

    end(): CompletionChoice {
      const toolCalls = [...calls.values()]
        .filter((call) => call.complete)
        .map(({ id, name, custom, text }): CompletionToolCall => {
          if (custom) return { id, type: 'custom', custom: { name, input: text.join('') } }
          return { id, type: 'function', function: { name, arguments: text.join('') } }
        })
      const message: CompletionMessage = {
        refusal: null,
        ...messageFields,
        role: 'assistant',
        content: content.join('') || null,
        ...(reasoning.length > 0 && { reasoning_content: reasoning.join('') }),
        ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
      }
      return { logprobs: null, ...choiceFields, index, message, finish_reason: finish }
    },
  }
}
