import { isFields } from '../../fields.js'
import type { UpstreamMessage } from '../../render/messages.js'
import type { FilePart, OtherPart, PlainMessage, ProviderOptions, TextPart } from './prompt.js'
import type { TurnSource } from './read-prompt.js'

/**
 * Turns rendered messages into a prompt of the SDK: parts that are not text are the app's own again, and messages and
 * parts have the provider options that they had.
 *
 * @param asText for a model that takes the prompt as text: the SDK writes it down itself, and knows neither results nor
 * a second system message there.
 */
export function writePrompt<File extends FilePart, Other extends OtherPart>(
  rendered: readonly UpstreamMessage[],
  turns: readonly TurnSource<File, Other>[],
  asText: boolean,
): PlainMessage<File, Other>[] {
  // The renderer gives one message for each turn, and before them what it adds for the tools.
  const added = rendered.length - turns.length
  const written = rendered.flatMap((message, index) => writeMessage(message, turns[index - added], asText))
  return asText ? joinSystem(written) : written
}

function writeMessage<File extends FilePart, Other extends OtherPart>(
  message: UpstreamMessage,
  turn: TurnSource<File, Other> | undefined,
  asText: boolean,
): PlainMessage<File, Other>[] {
  const options = turn?.providerOptions && { providerOptions: turn.providerOptions }
  switch (turn?.role) {
    case undefined:
    case 'system':
      return [{ role: 'system', content: String(message.content), ...options }]
    case 'user':
      return [{ role: 'user', content: writeParts(message.content, turn.parts), ...options }]
    case 'assistant': {
      const reasoning = message.role === 'assistant' ? message.reasoning_content : undefined
      const text = writeParts(message.content, turn.parts)
      const content = reasoning ? [reasoningPart(reasoning, turn.reasoning), ...text] : text
      return [{ role: 'assistant', content: [...content, ...turn.beside], ...options }]
    }
    case 'tool':
      return writeResults(message, turn, asText)
  }
}

function reasoningPart(text: string, providerOptions: ProviderOptions | undefined) {
  return { type: 'reasoning' as const, text, ...(providerOptions && { providerOptions }) }
}

/** Results in the role that the dialect has for them, as far as the SDK has it too. */
function writeResults<File extends FilePart, Other extends OtherPart>(
  { role, content }: UpstreamMessage,
  { results, parts, providerOptions }: Extract<TurnSource<File, Other>, { role: 'tool' }>,
  asText: boolean,
): PlainMessage<File, Other>[] {
  const [{ toolCallId, toolName }] = results
  const own = results.findLast((result) => result.providerOptions !== undefined)?.providerOptions
  const options = providerOptions && { providerOptions }
  const written = writeParts(content, parts)
  if (role === 'tool' && !asText) {
    const texts: string[] = []
    const files: File[] = []
    for (const part of written) {
      if (part.type === 'text') texts.push(part.text)
      else files.push(part)
    }
    const output = { type: 'text' as const, value: texts.join('') }
    const result = { type: 'tool-result' as const, toolCallId, toolName, output }
    const message = {
      role: 'tool' as const,
      content: [{ ...result, ...(own && { providerOptions: own }) }],
      ...options,
    }
    // A tool message carries only text on the way to most servers.
    return files.length > 0 ? [message, { role: 'user', content: files }] : [message]
  }
  const named = role === 'observation' ? withRole(own, role) : own
  const shared = named && { providerOptions: named }
  return [
    {
      role: 'user',
      content: written.map((part) => (part.type === 'text' ? { ...part, ...shared } : part)),
      ...(role === 'observation' ? { providerOptions: withRole(providerOptions, role) } : options),
    },
  ]
}

/**
 * The SDK has no such role. Its OpenAI-compatible providers take fields of the message from here, of the part where
 * it is the only one; any other provider sends a user's message.
 */
function withRole(options: ProviderOptions | undefined, role: string): ProviderOptions {
  return { ...options, openaiCompatible: { ...options?.openaiCompatible, role } }
}

/** Text, or parts of which those that are not text are the app's own. */
function writeParts<Part extends OtherPart>(
  content: unknown,
  parts: readonly (TextPart | Part)[],
): (TextPart | Part)[] {
  if (!Array.isArray(content))
    return [ownText(String(content ?? ''), parts.length === 1 ? parts[0] : undefined)]
  return content.filter(isFields).flatMap((part) => {
    const own = typeof part.of === 'number' ? parts[part.of] : undefined
    if (typeof part.text === 'string') return [ownText(part.text, own)]
    return own ? [own] : []
  })
}

function ownText(text: string, own: TextPart | OtherPart | undefined): TextPart {
  return own?.type === 'text' ? { ...own, text } : { type: 'text', text }
}

function joinSystem<File extends FilePart, Other extends OtherPart>(
  messages: PlainMessage<File, Other>[],
): PlainMessage<File, Other>[] {
  const texts: string[] = []
  for (const message of messages) {
    if (message.role !== 'system') break
    texts.push(message.content)
  }
  if (texts.length < 2) return messages
  return [{ role: 'system', content: texts.join('\n\n') }, ...messages.slice(texts.length)]
}
