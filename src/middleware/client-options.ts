import { checkWord } from '../check-options.js'
import type { RenderOptions } from '../render/prepare.js'
import type { CallDelivery } from '../surfaces/call-hold.js'
import type { ReasoningField } from '../surfaces/chat-completions/protocol.js'
import { createResponseMemory, defaultMemory, type ResponseMemory } from '../surfaces/responses/memory.js'
import type { SurfaceOptions } from '../surfaces/surface.js'

/**
 * What clients differ in.
 *
 * @example { calls: 'whole', hostedTools: 'drop' }
 */
export interface ClientOptions {
  /**
   * How a stream gives its calls: `streamed`, as the model writes them, by default; `whole`, each in one piece when it is
   * complete, for clients that run what they have of a call that was cut short.
   */
  calls?: CallDelivery
  /**
   * What becomes of tools that a service would run itself (`web_search`, …): `refuse` answers 400, by default; `drop` leaves
   * them and their items in the history out, and tells `onWarning`.
   */
  hostedTools?: 'refuse' | 'drop'
  /**
   * The field of Chat Completions that has the reasoning: `reasoning_content` by default, or `reasoning`, as clients of
   * OpenRouter, Groq and newer servers read it. Never both: some clients would show it twice.
   */
  reasoningField?: ReasoningField
  /**
   * How many answers of the Responses protocol are kept, in memory alone, for requests that refer to them
   * (`previous_response_id`, `item_reference`); 1000 by default, 0 for none.
   */
  keepResponses?: number
}

/**
 * The options as every surface takes them, for one app.
 *
 * @throws Error naming the option that is wrong.
 */
export function readClientOptions({
  calls,
  hostedTools,
  reasoningField,
  keepResponses,
  onWarning,
}: ClientOptions & Pick<RenderOptions, 'onWarning'>): SurfaceOptions {
  if (calls !== undefined) checkWord('calls', calls, ['streamed', 'whole'])
  if (hostedTools !== undefined) checkWord('hostedTools', hostedTools, ['refuse', 'drop'])
  if (reasoningField !== undefined) {
    checkWord('reasoningField', reasoningField, ['reasoning_content', 'reasoning'])
  }
  return { calls, hostedTools, reasoningField, onWarning, memory: openMemory(keepResponses) }
}

function openMemory(responses = defaultMemory.responses): ResponseMemory | undefined {
  if (!Number.isInteger(responses) || responses < 0) {
    throw new Error('keepResponses: give how many answers are kept, a whole number, or 0 for none')
  }
  return responses === 0 ? undefined : createResponseMemory({ ...defaultMemory, responses })
}
