import type { FinishReason, ParserEvent } from '../../events.js'
import { type Fields, mergeFields, saysSomething } from '../../fields.js'

export type { Fields }

/**
 * What every chunk of one completion carries.
 *
 * @example { id: 'chatcmpl-1', created: 1766000000, model: 'qwen3-8b' }
 */
export interface CompletionHead {
  id: string
  /** Seconds since 1970. */
  created: number
  model: string
}

/** A `chat.completion.chunk`. Fields beyond the protocol are the upstream's own. */
export interface ChatCompletionChunk extends CompletionHead {
  object: 'chat.completion.chunk'
  choices: ChunkChoice[]
  usage?: Fields
  [field: string]: unknown
}

/** The part of a chunk that is of one choice. */
export interface ChunkChoice {
  index: number
  delta: ChunkDelta
  finish_reason: FinishReason | null
  [field: string]: unknown
}

/** What is new in a chunk: text, reasoning or a piece of one call, never two of them. */
export interface ChunkDelta {
  role?: 'assistant'
  content?: string
  reasoning_content?: string
  tool_calls?: [ToolCallDelta]
  [field: string]: unknown
}

/**
 * A piece of a call: its first has id, type and name, those that follow its arguments.
 *
 * @example { index: 0, function: { arguments: '{"a": ' } }
 */
export type ToolCallDelta =
  | { index: number; id: string; type: 'function'; function: { name: string; arguments: '' } }
  | { index: number; id: string; type: 'custom'; custom: { name: string; input: '' } }
  | { index: number; function: { arguments: string } }
  | { index: number; custom: { input: string } }

/** A whole `chat.completion`. */
export interface ChatCompletion extends CompletionHead {
  object: 'chat.completion'
  choices: CompletionChoice[]
  usage?: Fields
  [field: string]: unknown
}

/** One of the answers in a whole completion. */
export interface CompletionChoice {
  index: number
  message: CompletionMessage
  logprobs: unknown
  finish_reason: FinishReason
  [field: string]: unknown
}

/** What the model said. `content` is `null` where there is no text, `tool_calls` is left out where there are no calls. */
export interface CompletionMessage {
  role: 'assistant'
  content: string | null
  refusal: unknown
  reasoning_content?: string
  tool_calls?: CompletionToolCall[]
  [field: string]: unknown
}

/**
 * A call that is complete: of a function with JSON text, or of a custom tool with the text itself.
 *
 * @example { id: 'call_…', type: 'function', function: { name: 'add', arguments: '{"a": 1}' } }
 */
export type CompletionToolCall =
  | { id: string; type: 'function'; function: { name: string; arguments: string } }
  | { id: string; type: 'custom'; custom: { name: string; input: string } }

/**
 * Parts of an upstream's chunk that are not text (audio, logprobs, a provider's own fields): handed on as
 * they are.
 */
export interface Untouched {
  /** Beside `choices`. */
  completion?: Fields | undefined
  /** Beside `delta` or `message`. */
  choice?: Fields | undefined
  /** In `delta` or `message`. */
  delta?: Fields | undefined
}

/** Takes a reply's events and gives the protocol's chunks; the writer of a whole completion gives none. */
export interface CompletionWriter {
  push(events: readonly ParserEvent[], choice?: number, untouched?: Untouched): ChatCompletionChunk[]
  /** Fields beside `choices` that come without a choice: `usage`, and the upstream's own. */
  fields(fields: Fields): ChatCompletionChunk[]
}

/**
 * Writes a reply as `chat.completion.chunk` objects. One call entry a chunk; `id`, `type` and the name only
 * in the first chunk of a call, with `arguments: ""`; `role` in the first delta of each choice;
 * `reasoning_content` always on its own. Give `fields({ usage })` last, and only to an app that asked for it
 * (`stream_options.include_usage`).
 *
 * @example
 * const parser = createParser({ dialect: 'qwen3', tools })
 * const chunks = createChatCompletionChunks({ id: 'chatcmpl-1', created: 1766000000, model: 'qwen3-8b' })
 * for (const text of reply) send(chunks.push(parser.push(text)))
 * send(chunks.push(parser.end()))
 */
export function createChatCompletionChunks(head: CompletionHead): CompletionWriter {
  const begun = new Set<number>()
  // Argument events do not say whether their tool is a custom one; its start does.
  const customCalls = new Set<string>()

  function chunk(choices: ChunkChoice[], untouched: Fields | undefined): ChatCompletionChunk {
    return { ...untouched, ...head, object: 'chat.completion.chunk', choices }
  }

  function deltaOf(event: ParserEvent, choice: number): ChunkDelta | undefined {
    switch (event.type) {
      case 'text':
        return event.text ? { content: event.text } : undefined
      case 'reasoning':
        return event.text ? { reasoning_content: event.text } : undefined
      case 'tool-call-start': {
        const { index, id, name } = event
        if (!event.custom)
          return { tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }
        customCalls.add(`${choice}/${index}`)
        return { tool_calls: [{ index, id, type: 'custom', custom: { name, input: '' } }] }
      }
      case 'tool-call-arguments': {
        const { index, text } = event
        if (customCalls.has(`${choice}/${index}`)) return { tool_calls: [{ index, custom: { input: text } }] }
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

      if (!begun.has(choice)) {
        begun.add(choice)
        // Without `content`: a reply that is only calls then ends with `content: null`, as the whole form
        // does.
        add({ role: 'assistant' })
      }
      for (const event of events) {
        const delta = deltaOf(event, choice)
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

    fields(fields) {
      return [chunk([], fields)]
    },
  }
}

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
