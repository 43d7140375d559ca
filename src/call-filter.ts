import type { HeldCall } from './block/held-calls.js'
import type { ChangeKind, ParserEvent } from './events.js'
import { isFields } from './fields.js'

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
  let name = ''
  let text = ''
  let custom = false
  for (const event of events) {
    if (event.type === 'tool-call-start') {
      name = event.name
      custom = event.custom === true
    } else if (event.type === 'tool-call-arguments') text += event.text
  }
  return `${name}\n${custom ? text : sameText(text)}`
}

/** Strings, which have no numbers in them, and numbers. */
const strings = /"(?:[^"\\]+|\\.)*"|-?\d[\d.eE+-]*/g

/** What JavaScript keeps as it is; other numbers are compared as they are written. */
const kept = /^[^eE]{1,15}$/

/** The same text for all spellings of one value, however its keys are ordered. */
function sameText(json: string): string {
  const exact = json.replace(strings, (part) =>
    part.startsWith('"') || kept.test(part) ? part : `"\\u0000${part}"`,
  )
  try {
    return JSON.stringify(JSON.parse(exact), (_key, value: unknown) =>
      isFields(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value,
    )
  } catch {
    // Nested deeper than JavaScript goes, where an app allows that.
    return json
  }
}
