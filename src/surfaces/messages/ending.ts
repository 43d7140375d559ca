import type { FinishEvent } from '../../events.js'
import { type Fields, isFields } from '../../fields.js'
import { numberOf } from '../../upstreams/read-fields.js'
import type { DeltaUsage, Message, MessageDelta, MessageEnd, MessageHead, Usage } from './protocol.js'

/** How the answer ended. */
export function endingOf(finish: FinishEvent | undefined, { stopSequence }: MessageEnd): MessageDelta {
  const reason = stopReasonOf(finish, stopSequence)
  return {
    stop_reason: reason,
    stop_sequence: reason === 'stop_sequence' ? (stopSequence ?? null) : null,
    stop_details: null,
    container: null,
  }
}

function stopReasonOf(finish: FinishEvent | undefined, stopSequence: string | undefined): string {
  const { reason, calls } = finish ?? { reason: 'stop', calls: 0 }
  switch (reason) {
    case 'stop':
      return stopSequence === undefined ? 'end_turn' : 'stop_sequence'
    case 'tool_calls':
      // Agent loops that are promised a call and find none have no way on.
      return calls > 0 ? 'tool_use' : 'end_turn'
    case 'length':
      return 'max_tokens'
    case 'content_filter':
      return 'refusal'
    default:
      return reason
  }
}

/** A message of which nothing has been said. */
export function emptyMessage({ id, model, usage }: MessageHead): Message {
  return {
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage: usageOf(usage),
  }
}

/** Token counts in the protocol's spelling; both counts are required there, and 0 where the upstream gives none. */
export function usageOf(usage: unknown): Usage {
  return {
    ...deltaUsageOf(usage),
    cache_creation: null,
    inference_geo: null,
    service_tier: null,
    speed: null,
  }
}

/** The same for the end of a stream. */
export function deltaUsageOf(given: unknown): DeltaUsage {
  const usage: Fields = isFields(given) ? given : {}
  const cached = detailOf(usage.prompt_tokens_details, 'cached_tokens')
  const thinking = detailOf(usage.completion_tokens_details, 'reasoning_tokens')
  return {
    // OpenAI counts the cached ones among them.
    input_tokens: Math.max(0, (numberOf(usage.prompt_tokens) ?? 0) - (cached ?? 0)),
    output_tokens: numberOf(usage.completion_tokens) ?? 0,
    cache_creation_input_tokens: null,
    cache_read_input_tokens: cached ?? null,
    output_tokens_details: thinking === undefined ? null : { thinking_tokens: thinking },
    server_tool_use: null,
  }
}

function detailOf(details: unknown, name: string): number | undefined {
  return isFields(details) ? numberOf(details[name]) : undefined
}
