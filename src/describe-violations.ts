import type { Violation } from './events.js'

/**
 * A call, as far as its violations are told: one of `parse`, or the like.
 *
 * @example
 * // In a stream, of the event `tool-call-end` and the name of its `tool-call-start`:
 * { violations: event.violations, function: { name: 'get_weather' } }
 */
export interface ViolatingCall {
  violations: readonly Violation[]
  function?: { name: string } | undefined
  custom?: { name: string } | undefined
}

/**
 * What does not fit in a call, in words for the model that made it: send them back as the tool's result. `""` when
 * everything fits.
 *
 * @throws Error when it is given a call without a list of violations, such as one of a client.
 * @example
 * describeViolations(call)
 * // The call of get_weather was not made, because it does not fit:
 * // - at /days: expected integer, found string "soon"
 * // Call again with all of this put right.
 */
export function describeViolations(call: ViolatingCall): string {
  if (!Array.isArray(call?.violations)) {
    throw new Error(
      'call.violations must be a list: give a call of parse, or { violations } of its end event',
    )
  }
  if (call.violations.length === 0) return ''
  const name = call.function?.name ?? call.custom?.name
  const lines = call.violations.map(({ path, expected, found }) => {
    const place = path === '' ? '' : `at ${path}: `
    return `- ${place}expected ${expected}, found ${found}`
  })
  return [
    `The call${name === undefined ? '' : ` of ${name}`} was not made, because it does not fit:`,
    ...lines,
    'Call again with all of this put right.',
  ].join('\n')
}
