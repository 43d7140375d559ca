import type { FinishReason, ParserEvent, ToolCallStartEvent } from '../../events.js'
import { type Fields, isFields, saysSomething } from '../../fields.js'
import { type CallDelivery, createNumberedHold, type HeldEvent, type WholeCall } from '../call-hold.js'
import type {
  ChatCompletionChunk,
  ChunkChoice,
  ChunkDelta,
  CompletionEnd,
  CompletionHead,
  CompletionWriter,
  ReasoningField,
} from './protocol.js'

/**
 * How chunks are written.
 *
 * @example { calls: 'whole' }
 */
export interface ChunkOptions {
  /**
   * `whole` gives each call in one delta, when it is complete, and nothing of one that was cut short: for clients that
   * complete broken JSON by themselves. `streamed` is the default.
   */
  calls?: CallDelivery | undefined
  /** The field that has the reasoning. */
  reasoningField?: ReasoningField | undefined
}

/** A choice whose role has been told. */
interface BegunChoice {
  /** What holds its calls to their end. */
  hold: ReturnType<typeof createNumberedHold> | undefined
  /** Its calls of custom tools, which few have: argument events do not say whether they are of one, the start does. */
  customCalls: Set<number> | undefined
}

/**
 * Writes a reply as `chat.completion.chunk` objects. One call entry a chunk; `id`, `type` and the name only
 * in the first chunk of a call, with `arguments: ""`; `role` in the first delta of each choice;
 * reasoning always on its own. Give `end` the token counts only for an app that asked for them
 * (`stream_options.include_usage`).
 *
 * @example
 * const parser = createParser({ dialect: 'qwen3', tools })
 * const chunks = createChatCompletionChunks({ id: 'chatcmpl-1', created: 1766000000, model: 'qwen3-8b' })
 * for (const text of reply) send(chunks.push(parser.push(text)))
 * send([...chunks.push(parser.end()), ...chunks.end({ usage })])
 */
export function createChatCompletionChunks(
  head: CompletionHead,
  { calls = 'streamed', reasoningField = 'reasoning_content' }: ChunkOptions = {},
): CompletionWriter & { end(last?: CompletionEnd): ChatCompletionChunk[] } {
  const begun = new Map<number, BegunChoice>()

  function chunk(choices: ChunkChoice[], untouched: Fields | undefined): ChatCompletionChunk {
    if (untouched) return { ...untouched, ...head, object: 'chat.completion.chunk', choices }
    // Field by field, since there is one for each token: see `readOpenAiFrame`.
    const { id, created, model } = head
    return { id, created, model, object: 'chat.completion.chunk', choices }
  }

  function deltaOf(event: ParserEvent | HeldEvent, choice: BegunChoice): ChunkDelta | undefined {
    switch (event.type) {
      case 'text':
        return event.text ? { content: event.text } : undefined
      case 'reasoning':
        return event.text ? { [reasoningField]: event.text } : undefined
      case 'tool-call-start':
        if (event.custom) {
          choice.customCalls ??= new Set()
          choice.customCalls.add(event.index)
        }
        return callDelta(event, '')
      case 'call':
        return callDelta(event, event.text)
      case 'tool-call-arguments': {
        const { index, text } = event
        if (choice.customCalls?.has(index)) return { tool_calls: [{ index, custom: { input: text } }] }
        return { tool_calls: [{ index, function: { arguments: text } }] }
      }
      case 'finish':
        return {}
      case 'tool-call-end':
        return undefined // The next index or the finish ends a call here.
      case 'tool-call-incomplete':
        return undefined // What was sent stays; the finish reason says that it is not all.
      case 'notice':
        return undefined // The protocol has no place for it; `onEvent` has.
    }
  }

  return {
    push(events, choice = 0, untouched = {}) {
      const choices: ChunkChoice[] = []
      const add = (delta: ChunkDelta, finish_reason: FinishReason | null = null) =>
        choices.push({ index: choice, delta, finish_reason })

      let state = begun.get(choice)
      if (state === undefined) {
        state = { hold: calls === 'whole' ? createNumberedHold() : undefined, customCalls: undefined }
        begun.set(choice, state)
        // Without `content`: a reply that is only calls then ends with `content: null`, as the whole form
        // does.
        add({ role: 'assistant' })
      }
      for (const event of state.hold ? events.flatMap(state.hold) : events) {
        const delta = deltaOf(event, state)
        if (delta) add(delta, event.type === 'finish' ? event.reason : null)
      }
      if (saysSomething(untouched.delta) || saysSomething(untouched.choice)) {
        const first = choices[0]
        if (first)
          choices[0] = { ...untouched.choice, ...first, delta: { ...untouched.delta, ...first.delta } }
        else
          choices.push({
            ...untouched.choice,
            index: choice,
            delta: { ...untouched.delta },
            finish_reason: null,
          })
      }
      return choices.map((one) => chunk([one], untouched.completion))
    },

    fields: (fields) => [chunk([], fields)],
    end: (last = {}) => (isFields(last.usage) ? [chunk([], last)] : []),
  }
}

function callDelta({ index, id, name, custom }: ToolCallStartEvent | WholeCall, text: string): ChunkDelta {
  if (custom) return { tool_calls: [{ index, id, type: 'custom', custom: { name, input: text } }] }
  return { tool_calls: [{ index, id, type: 'function', function: { name, arguments: text } }] }
}
