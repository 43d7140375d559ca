import { stringify } from './stringify.js'

/**
 * Writes a value as the models saw JSON in training: as Python's `json.dumps(value, ensure_ascii=False)` does.
 *
 * @example writeJson({ a: [1, 'é'] }) // '{"a": [1, "é"]}'
 */
export function writeJson(value: unknown): string {
  return spaceJson(stringify(value) ?? 'null')
}

/**
 * Respells valid JSON the same way without reading it into values: `", "` and `": "` between tokens, in strings only
 * the escapes that JSON needs, numbers as Python writes them. A 20-digit integer and the fraction of `1.0` survive, which
 * JavaScript's values would lose.
 *
 * @example spaceJson('{"a":1.0,\n"b":"\\u00e9\\/"}') // '{"a": 1.0, "b": "é/"}'
 */
export function spaceJson(json: string): string {
  let inString = false
  return json.replace(/\\u[dD][89abAB]..\\u....|\\u....|\\.|[",:]|\s+|-0(?![.eE])|\d[\d.eE+-]*/g, (found) => {
    if (found === '"') inString = !inString
    else if (inString) return found[0] === '\\' ? shortestEscape(found) : found
    else if (found === ',' || found === ':') return `${found} `
    // An integer, which has no sign at zero.
    else if (found === '-0') return '0'
    else return found.trim() === '' ? '' : pythonNumber(found)
    return found
  })
}

/**
 * Writes a value as `json.dumps(value, ensure_ascii=False, indent=4)` does, but on one line where it is nested too deep
 * for `JSON.stringify`.
 *
 * @example indentJson({ a: 1 }) // '{\n    "a": 1\n}'
 */
export function indentJson(value: unknown): string {
  try {
    const parts = splitStrings(JSON.stringify(value, null, 4) ?? 'null')
    return parts.map((part, i) => (i % 2 === 1 ? part : part.replace(number, pythonNumber))).join('')
  } catch (error) {
    if (error instanceof RangeError) return writeJson(value)
    throw error
  }
}

const number = /\d[\d.eE+-]*/g

/**
 * Valid JSON cut at its strings: every second part is one. (A regular expression for strings of any length runs out of
 * stack.)
 *
 * @example splitStrings('{"a": 1}') // ['{', '"a"', ': 1}']
 */
export function splitStrings(json: string): string[] {
  const parts: string[] = []
  let from = 0
  for (let open = json.indexOf('"'); open !== -1; open = json.indexOf('"', from)) {
    let close = json.indexOf('"', open + 1)
    while (isEscaped(json, close)) close = json.indexOf('"', close + 1)
    if (close === -1) break
    parts.push(json.slice(from, open), json.slice(open, close + 1))
    from = close + 1
  }
  return [...parts, json.slice(from)]
}

function isEscaped(json: string, at: number): boolean {
  let before = at - 1
  while (json[before] === '\\') before--
  return (at - before) % 2 === 0
}

function shortestEscape(spelled: string): string {
  return JSON.stringify(JSON.parse(`"${spelled}"`)).slice(1, -1)
}

/** An integer as it stands; a float, which Python never writes like an integer, with an exponent below 1e-4 and from 1e16. */
function pythonNumber(spelled: string): string {
  const value = Number(spelled)
  if (/^\d+$/.test(spelled) || value === Infinity) return spelled
  if (value >= 1e16 || (value < 1e-4 && value > 0)) return value.toExponential().replace(/-(\d)$/, '-0$1')
  return Number.isInteger(value) ? `${value}.0` : String(value)
}
