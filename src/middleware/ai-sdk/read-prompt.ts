import type { AssistantMessage, Message } from '../../request.js'
import { inCallOrder } from '../call-order.js'
import { writeValue } from './json.js'
import type {
  FilePart,
  OtherPart,
  PromptMessage,
  ProviderOptions,
  ReadFile,
  ReasoningPart,
  ResultPart,
  TextPart,
  ToolCallPart,
} from './prompt.js'
import { readResult } from './read-result.js'

/** A prompt in the shapes of Chat Completions, and where each of its turns comes from. */
export interface ReadPrompt<File extends FilePart, Other extends OtherPart> {
  messages: Message[]
  /** For each of `messages`, the place in the SDK's prompt. */
  places: number[]
  /** One for each turn that the renderer gives: consecutive results are one, unless they stand apart. */
  turns: TurnSource<File, Other>[]
}

/** What a turn was in the SDK's prompt. `part.of` in what is rendered leads into `parts`. */
export type TurnSource<File extends FilePart, Other extends OtherPart> = (
  | { role: 'system' }
  | { role: 'user'; parts: (TextPart | File)[] }
  /** `beside`: parts of a message with calls that the renderer has no place for. */
  | {
      role: 'assistant'
      parts: (TextPart | Other)[]
      beside: Other[]
      reasoning: ProviderOptions | undefined
    }
  | { role: 'tool'; parts: (TextPart | File)[]; results: [ResultPart, ...ResultPart[]] }
) & { providerOptions: ProviderOptions | undefined }

/** A part as the renderer sees it. `file` says that it carries something, which is not looked at. */
export interface PartLink {
  type: string
  text?: string
  file?: true
  of: number
}

/**
 * Brings the SDK's prompt into the shapes that the renderer takes. Parts that are not text go through it as links.
 *
 * @param apart whether the dialect has each result in a turn of its own.
 */
export function readPrompt<File extends FilePart, Other extends OtherPart>(
  prompt: readonly PromptMessage<File, Other>[],
  readFile: ReadFile<File>,
  apart: boolean,
): ReadPrompt<File, Other> {
  const read: ReadPrompt<File, Other> = { messages: [], places: [], turns: [] }
  /** The ids of the last calls. */
  let calls: string[] = []

  function add(place: number, message: Message, turn?: TurnSource<File, Other>): void {
    read.messages.push(message)
    read.places.push(place)
    if (turn) read.turns.push(turn)
  }

  function addResult(place: number, result: ResultPart, providerOptions: ProviderOptions | undefined): void {
    const before = read.turns.at(-1)
    const merged = !apart && before?.role === 'tool' ? before : undefined
    const parts = merged?.parts ?? []
    const content = readResult(result.output, readFile, (part) => link(parts, part))
    const message: Message = { role: 'tool', tool_call_id: result.toolCallId, name: result.toolName, content }
    if (merged) {
      merged.results.push(result)
      merged.providerOptions = providerOptions ?? merged.providerOptions
      add(place, message)
    } else {
      add(place, message, { role: 'tool', parts, results: [result], providerOptions })
    }
  }

  function addAssistant(place: number, parts: AssistantParts<Other>, options: ProviderOptions | undefined) {
    const { content, turn } = readAssistant(parts, options)
    const ids = parts.flatMap((part) => (part.type === 'tool-call' ? part.toolCallId : []))
    if (ids.length > 0) calls = ids
    add(place, content, turn)
  }

  prompt.forEach((message, place) => {
    const { providerOptions } = message
    switch (message.role) {
      case 'system':
        add(place, { role: 'system', content: message.content }, { role: 'system', providerOptions })
        return
      case 'user': {
        const parts: (TextPart | File)[] = []
        const content = readParts(message.content, parts)
        add(place, { role: 'user', content }, { role: 'user', parts, providerOptions })
        return
      }
      case 'assistant': {
        // A result that the provider had at once stands in the middle of the message.
        let parts: AssistantParts<Other> = []
        for (const part of message.content) {
          if (part.type !== 'tool-result') {
            parts.push(part)
            continue
          }
          if (parts.length > 0) addAssistant(place, parts, providerOptions)
          parts = []
          addResult(place, part, undefined)
        }
        if (parts.length > 0 || message.content.length === 0) addAssistant(place, parts, providerOptions)
        return
      }
      case 'tool': {
        // What the user approved is for a provider that runs tools by itself.
        const results = message.content.filter((part) => part.type === 'tool-result')
        for (const part of inCallOrder(results, ({ toolCallId }) => toolCallId, calls)) {
          addResult(place, part, providerOptions)
        }
      }
    }
  })
  return read
}

type AssistantParts<Other extends OtherPart> = (TextPart | ReasoningPart | ToolCallPart | Other)[]

function readAssistant<Other extends OtherPart>(
  given: AssistantParts<Other>,
  providerOptions: ProviderOptions | undefined,
): { content: AssistantMessage; turn: Extract<TurnSource<never, Other>, { role: 'assistant' }> } {
  const shown: (TextPart | Other)[] = []
  const calls: NonNullable<AssistantMessage['tool_calls']>[number][] = []
  let reasoning = ''
  let reasoningOptions: ProviderOptions | undefined
  for (const part of given) {
    switch (part.type) {
      case 'reasoning':
        reasoning += part.text
        reasoningOptions ??= part.providerOptions
        break
      case 'tool-call': {
        const { toolCallId: id, toolName: name, input } = part
        calls.push({
          id,
          type: 'function',
          function: { name, arguments: typeof input === 'string' ? input : writeValue(input) },
        })
        break
      }
      default:
        shown.push(part)
    }
  }
  const beside: Other[] = []
  const texts: TextPart[] = []
  for (const part of shown) {
    if (part.type === 'text') texts.push(part)
    else beside.push(part)
  }
  const parts: (TextPart | Other)[] = []
  const content = readParts(calls.length > 0 ? texts : shown, parts)
  return {
    content: {
      role: 'assistant',
      content,
      ...(reasoning !== '' && { reasoning_content: reasoning }),
      ...(calls.length > 0 && { tool_calls: calls }),
    },
    turn: {
      role: 'assistant',
      parts,
      beside: calls.length > 0 ? beside : [],
      reasoning: reasoningOptions,
      providerOptions,
    },
  }
}

/** Text where all of it is one, as the SDK's own providers send it: some templates print nothing for a list. */
function readParts<Part extends OtherPart>(
  given: readonly (TextPart | Part)[],
  parts: (TextPart | Part)[],
): string | PartLink[] {
  const texts: TextPart[] = []
  for (const part of given) if (part.type === 'text') texts.push(part)
  const plain = texts.length === 1 || texts.every((part) => part.providerOptions === undefined)
  if (texts.length < given.length || !plain) return given.map((part) => link(parts, part))
  parts.push(...texts)
  return texts.map((part) => part.text).join('')
}

function link<Part extends OtherPart>(parts: (TextPart | Part)[], part: TextPart | Part): PartLink {
  const of = parts.push(part) - 1
  return part.type === 'text' ? { type: 'text', text: part.text, of } : { type: 'file', file: true, of }
}
