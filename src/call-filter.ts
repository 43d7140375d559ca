import type { HeldCall } from './block/held-calls.js'
import type { ChangeKind, ParserEvent } from './events.js'

/** Which complete calls an app does not want. */
export interface CallFilter {
  /** Whether calls wait for their end, since only then the app knows whether it wants them. */
  readonly holdsCalls: boolean
  /** Whether a call that lacks a required parameter is text. */
  readonly refusesLacking: boolean
  /** Why a complete call is left out, if it is. */
  unwanted(call: HeldCall): ChangeKind | undefined
}

const wantsAll: CallFilter = { holdsCalls: false, refusesLacking: false, unwanted: () => undefined }

export function callFilter({
  repeats = 'call',
  missingRequired = 'call',
}: {
  repeats?: 'call' | 'drop' | undefined
  missingRequired?: 'call' | 'text' | 'drop' | undefined
}): CallFilter {
  if (repeats === 'call' && missingRequired === 'call') return wantsAll
  const given = new Set<string>()

  function unwanted({ events, isLacking }: HeldCall): ChangeKind | undefined {
    if (missingRequired === 'drop' && isLacking) return 'missing-required'
    if (repeats === 'call') return undefined
    const call = textOf(events)
    if (given.has(call)) return 'repeated-call'
    given.add(call)
    return undefined
  }

  return { holdsCalls: true, refusesLacking: missingRequired === 'text', unwanted }
}

/** What makes two calls the same: the name and the arguments. */
function textOf(events: readonly ParserEvent[]): string {
  let text = ''
  for (const event of events) {
    if (event.type === 'tool-call-start') text += `${event.name}\n`
    else if (event.type === 'tool-call-arguments') text += event.text
  }
  return text
}
