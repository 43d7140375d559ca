import type { LanguageModelV3ToolCall, SharedV3ProviderMetadata } from '@ai-sdk/provider'
import type { ParserEvent } from '../../events.js'

/** A finished call in the SDK's shape. */
export type ToolCall = LanguageModelV3ToolCall
export type ProviderMetadata = SharedV3ProviderMetadata

/** The calls of one reply, put together from their events. */
export interface OpenCalls {
  /** Gives the id of the call that an event is of, as long as it has started. */
  idOf(index: number): string | undefined
  push(event: ParserEvent): ToolCall | undefined
}

export function createOpenCalls(): OpenCalls {
  const calls = new Map<number, { id: string; name: string; pieces: string[] }>()
  return {
    idOf: (index) => calls.get(index)?.id,
    push(event) {
      switch (event.type) {
        case 'tool-call-start':
          calls.set(event.index, { id: event.id, name: event.name, pieces: [] })
          return undefined
        case 'tool-call-arguments':
          calls.get(event.index)?.pieces.push(event.text)
          return undefined
        case 'tool-call-end': {
          const call = calls.get(event.index)
          if (call === undefined) return undefined
          calls.delete(event.index)
          const providerMetadata = metadataOf(event)
          return {
            type: 'tool-call',
            toolCallId: call.id,
            toolName: call.name,
            input: call.pieces.join(''),
            ...(providerMetadata && { providerMetadata }),
          }
        }
        case 'tool-call-incomplete':
          calls.delete(event.index)
          return undefined
        case 'text':
        case 'reasoning':
        case 'notice':
        case 'finish':
          return undefined
      }
    },
  }
}

/** What was changed in the call, and what does not fit its schema; nothing for a call that is as it should be. */
function metadataOf({
  changes,
  violations,
}: Extract<ParserEvent, { type: 'tool-call-end' }>): ProviderMetadata | undefined {
  if (changes.length === 0 && violations.length === 0) return undefined
  return {
    toolshim: {
      changes: changes.map((change) => ({ ...change })),
      violations: violations.map((violation) => ({ ...violation })),
    },
  }
}
