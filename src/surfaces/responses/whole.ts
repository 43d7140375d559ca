import type { ParserEvent } from '../../events.js'
import type { CompletionHead } from '../chat-completions/protocol.js'
import { outputFormOf, responseOf } from './describe.js'
import type { ResponseEventOptions } from './events.js'
import { createOutput } from './output.js'
import type { Response } from './protocol.js'

/**
 * Collects a reply into one response, the same that the last event of `createResponseEvents` has.
 *
 * @param request the app's own request, for what a response repeats of it.
 * @example
 * const response = createResponse({ id: 'resp_1', created: 1766000000, model: 'qwen3-8b' }, request)
 * response.push([...parser.push(text), ...parser.end()])
 * response.end() // { object: 'response', status: 'completed', output: [{ type: 'message', … }], … }
 */
export function createResponse(
  head: CompletionHead,
  request: object = {},
  { store }: Pick<ResponseEventOptions, 'store'> = {},
): {
  push(events: readonly ParserEvent[]): void
  /** @param usage token counts as Chat Completions spells them, where they are known. */
  end(usage?: object): Response
} {
  const describe = responseOf(head, request, store)
  const output = createOutput(outputFormOf(request))
  return {
    push(events) {
      output.push(events)
    },
    end(usage) {
      output.end()
      return describe({ ...output.outcome(), output: output.items() }, usage)
    },
  }
}
