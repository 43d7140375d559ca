import { isFields } from '../fields.js'
import { spaceJson, writeJson } from './json.js'
import type { Report } from './report.js'

/**
 * The JSON text of a call's arguments in history. Nothing given is `{}`; what is no JSON object is reported and written
 * down all the same, in the way the dialect's template would.
 *
 * @example writeArguments('{"a":1.0}', 'respelled', field, report) // '{"a": 1.0}'
 */
export function writeArguments(
  args: unknown,
  strings: 'verbatim' | 'respelled',
  field: string,
  report: Report,
): string {
  if (args === null || args === undefined || (typeof args === 'string' && args.trim() === '')) {
    report.lenient(field, 'absent arguments are written as {}')
    return '{}'
  }
  if (typeof args !== 'string') {
    if (!isFields(args)) report.lenient(field, 'arguments should be a JSON object')
    return writeJson(args)
  }
  const value = parsed(args)
  if (value === null) {
    report.lenient(field, 'null arguments are written as {}')
    return '{}'
  }
  if (value === undefined)
    report.lenient(field, 'arguments are no valid JSON and are shown to the model as they are')
  else if (!isFields(value)) report.lenient(field, 'arguments should be a JSON object')
  if (strings === 'verbatim') return args
  return value === undefined ? writeJson(args) : spaceJson(args)
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
