import type { LanguageModelV3StreamPart, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { ParserEvent } from '../../events.js'
import type { Warning } from './call.js'
import { createOpenCalls, type ProviderMetadata } from './open-calls.js'
import type { Reply } from './reply.js'

type StreamPart = LanguageModelV3StreamPart | LanguageModelV4StreamPart

/** Parts that every specification has. */
type OwnPart = Extract<
  LanguageModelV3StreamPart,
  { type: `text-${string}` | `reasoning-${string}` | `tool-input-${string}` | 'tool-call' | 'stream-start' }
>

/** A block of text that the provider has begun: its first part until that is given, and its last when it has come. */
interface TextSource {
  id: string
  start?: object | undefined
  end?: object
}

/**
 * Reads a streamed reply: the text in its parts becomes text, reasoning and calls; everything else passes in its place.
 * A block of text begins with its first text and ends before a call, so that the SDK sees what a provider with tools of
 * its own would give.
 */
export function createReplyStream<Part extends StreamPart>(
  reply: Reply,
  warnings: readonly Warning[],
): TransformStream<Part, Part | OwnPart> {
  const calls = createOpenCalls()
  const ids = new Set<string>()
  let source: TextSource | undefined
  /** Our own block that is open. */
  let open: { type: 'text' | 'reasoning'; id: string } | undefined
  let hasBegun = false
  let hasFinished = false
  let out: (Part | OwnPart)[] = []

  /** The provider's own name for the first block, and one that no block has had for those that follow. */
  function newId(name: string): string {
    let id = name
    for (let number = 1; ids.has(id); number++) id = `${name}-${number}`
    ids.add(id)
    return id
  }

  function close(): void {
    if (open?.type === 'text') out.push({ ...source?.end, type: 'text-end', id: open.id })
    if (open?.type === 'reasoning') out.push({ type: 'reasoning-end', id: open.id })
    open = undefined
  }

  function blockOf(type: 'text' | 'reasoning'): string {
    if (open?.type === type) return open.id
    close()
    const name = source?.id ?? 'text'
    if (type === 'reasoning') {
      open = { type, id: newId(`${name}-reasoning`) }
      out.push({ type: 'reasoning-start', id: open.id })
    } else {
      open = { type, id: newId(name) }
      out.push({ ...source?.start, type: 'text-start', id: open.id })
      if (source) source.start = undefined
    }
    return open.id
  }

  /** @param metadata what the provider says of the text that the events are read from. */
  function write(events: ParserEvent[], metadata?: ProviderMetadata): void {
    for (const event of events) {
      switch (event.type) {
        case 'text':
          out.push({
            type: 'text-delta',
            id: blockOf('text'),
            delta: event.text,
            ...(metadata && { providerMetadata: metadata }),
          })
          break
        case 'reasoning':
          out.push({ type: 'reasoning-delta', id: blockOf('reasoning'), delta: event.text })
          break
        case 'tool-call-start':
          close()
          out.push({ type: 'tool-input-start', id: event.id, toolName: event.name })
          break
        case 'tool-call-arguments': {
          const id = calls.idOf(event.index)
          if (id !== undefined) out.push({ type: 'tool-input-delta', id, delta: event.text })
          break
        }
        case 'tool-call-end':
        case 'tool-call-incomplete': {
          // Of one that was cut short the SDK sees that no more comes, and never a call.
          const id = calls.idOf(event.index)
          if (id !== undefined) out.push({ type: 'tool-input-end', id })
          break
        }
        case 'notice':
        case 'finish':
          break
      }
      const call = calls.push(event)
      if (call) out.push(call)
    }
  }

  function read(part: Part): void {
    switch (part.type) {
      case 'stream-start':
        out.push(warnings.length > 0 ? { ...part, warnings: [...part.warnings, ...warnings] } : part)
        return
      case 'text-start':
        if (open?.type === 'text') close()
        source = { id: part.id, start: part }
        return
      case 'text-delta':
        if (source?.id !== part.id) {
          if (open?.type === 'text') close()
          source = { id: part.id }
        }
        write(reply.text(part.delta), part.providerMetadata)
        return
      case 'text-end':
        // What is held of the text is settled by why the model stopped, which comes later.
        if (source?.id === part.id) source.end = part
        return
      case 'finish': {
        hasFinished = true
        const { events, finish } = reply.end(part.finishReason)
        write(events)
        close()
        out.push({ ...part, finishReason: finish })
        return
      }
      case 'reasoning-start':
        reply.hasReasoning('')
        closeEnded()
        break
      case 'reasoning-delta':
        reply.hasReasoning(part.delta)
        break
      case 'tool-input-start':
      case 'tool-call':
        if (part.type === 'tool-call') reply.hasCall()
        closeEnded()
        break
      case 'response-metadata':
        reply.hasId(part.id)
        break
    }
    out.push(part)
  }

  /** Before a block of the provider's own, its text has ended where it said so. */
  function closeEnded(): void {
    if (open?.type === 'reasoning' || source?.end) close()
  }

  function give(controller: TransformStreamDefaultController<Part | OwnPart>): void {
    for (const part of out) controller.enqueue(part)
    out = []
  }

  return new TransformStream({
    transform(part, controller) {
      if (!hasBegun && part.type !== 'stream-start' && warnings.length > 0) {
        out.push({ type: 'stream-start', warnings: [...warnings] })
      }
      hasBegun = true
      read(part)
      give(controller)
    },
    flush(controller) {
      if (hasFinished) return
      write(reply.end(undefined).events)
      close()
      give(controller)
    },
  })
}
