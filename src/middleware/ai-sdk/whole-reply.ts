import type {
  LanguageModelV3Content,
  LanguageModelV3Reasoning,
  LanguageModelV3Text,
  LanguageModelV4Content,
} from '@ai-sdk/provider'
import type { ParserEvent } from '../../events.js'
import { createOpenCalls, type ToolCall } from './open-calls.js'
import type { FinishReason, OwnFinish, Reply } from './reply.js'

type OwnContent = LanguageModelV3Text | LanguageModelV3Reasoning | ToolCall

/** Reads the content of a whole reply: its text becomes text, reasoning and calls; everything else stays where it is. */
export function readContent<
  Content extends LanguageModelV3Content | LanguageModelV4Content,
  Finish extends FinishReason,
>(
  given: readonly Content[],
  finishReason: Finish,
  reply: Reply,
): { content: (Content | OwnContent)[]; finishReason: Finish | OwnFinish } {
  const content: (Content | OwnContent)[] = []
  const calls = createOpenCalls()
  /** The provider's part that text is read from. Its other fields stay on the first text that comes of it. */
  let source: Content | undefined
  /** What the last part of `content` grows by. */
  let growing: { type: 'text' | 'reasoning'; pieces: string[] } | undefined

  function settle(): void {
    if (growing === undefined) return
    const text = growing.pieces.join('')
    if (growing.type === 'reasoning') content.push({ type: 'reasoning', text })
    else if (source === undefined) content.push({ type: 'text', text })
    else {
      content.push({ ...source, text })
      source = undefined
    }
    growing = undefined
  }

  function grow(type: 'text' | 'reasoning', text: string): void {
    if (growing?.type !== type) settle()
    growing ??= { type, pieces: [] }
    growing.pieces.push(text)
  }

  function write(events: ParserEvent[]): void {
    for (const event of events) {
      if (event.type === 'text' || event.type === 'reasoning') {
        grow(event.type, event.text)
        continue
      }
      if (event.type === 'tool-call-start') settle()
      const call = calls.push(event)
      if (call) content.push(call)
    }
  }

  // Some providers give it behind the text, which does not begin inside it then.
  if (given.some((part) => part.type === 'reasoning')) reply.hasReasoning('')
  for (const part of given) {
    switch (part.type) {
      case 'text':
        settle()
        source = part
        write(reply.text(part.text))
        continue
      case 'reasoning':
        reply.hasReasoning(part.text)
        break
      case 'tool-call':
        reply.hasCall()
        break
    }
    settle()
    content.push(part)
  }
  const { events, finish } = reply.end(finishReason)
  write(events)
  settle()
  return { content, finishReason: finish }
}
