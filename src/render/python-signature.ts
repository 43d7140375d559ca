import type { ShownTool } from '../dialects/dialect.js'
import { isFields } from '../fields.js'
import { writeJson } from './json.js'

/** What `templates/hermes.hbs` shows of a tool. */
export interface PythonTool {
  name: string
  docstring: string
  parameters: string
}

/**
 * A tool as Hermes was shown it: a Python signature with a docstring. Nothing in it is escaped: the family's template
 * puts names and descriptions between quotes as they are, and so must we.
 *
 * @example docstring: 'add(a: int, b: int) -> int - Adds.\n\n    Args:\n        a(int): One        b(int): Other'
 */
export function pythonTool({ name, description, parameters, function: declared }: ShownTool): PythonTool {
  const properties = isFields(parameters) && isFields(parameters.properties) ? parameters.properties : {}
  const args = Object.entries(properties).map(([key, schema]) => ({ key, schema, type: pythonType(schema) }))
  const { return: returned } = declared
  let docstring = `${name}(${args.map(({ key, type }) => `${key}: ${type}`).join(', ')})`
  if (returned !== undefined) docstring += ` -> ${pythonType(returned)}`
  docstring += ` - ${description}\n\n`
  if (args.length > 0) docstring += '    Args:\n'
  // One line for all arguments: the template has no line break between them.
  for (const { key, schema, type } of args) docstring += `        ${key}(${type}): ${strip(describe(schema))}`
  if (isFields(returned) && returned.description !== undefined) {
    docstring += `\n    Returns:\n        ${describe(returned)}`
  }
  return { name, docstring, parameters: args.length === 0 ? '{}' : writeJson(parameters) }
}

/**
 * The Python type of a JSON Schema, slips of the family's template included, since the model was trained on them: an
 * array never shows its items and a schema without `type` is an empty union. Where the template never ends (a type
 * that JSON Schema or its own table does not have), the type is `None` for null and else `Any`.
 */
function pythonType(schema: unknown): string {
  // A loop, since schemas may be nested deeper than calls can be.
  let inner = schema
  let depth = 0
  while (isFields(inner) && inner.type === 'object' && inner.additionalProperties !== undefined) {
    inner = inner.additionalProperties
    depth++
  }
  return 'dict[str, '.repeat(depth) + innermostType(inner) + ']'.repeat(depth)
}

function innermostType(schema: unknown): string {
  const type = isFields(schema) ? schema.type : undefined
  if (type === undefined) return 'Union[]'
  if (Array.isArray(type)) return `Union[${type.map((one: unknown) => pythonType({ type: one })).join(',')}]`
  if (type === 'array') return 'list[Union[]]'
  return type === 'object' ? 'dict' : (basicTypes.get(type) ?? 'Any')
}

const basicTypes = new Map<unknown, string>([
  ['string', 'str'],
  ['number', 'float'],
  ['integer', 'int'],
  ['boolean', 'bool'],
  ['null', 'None'],
])

/** A schema's description as the template's engine prints it. */
function describe(schema: unknown): string {
  const { description = '' } = isFields(schema) ? schema : {}
  return description === null
    ? 'None'
    : typeof description === 'string'
      ? description
      : writeJson(description)
}

/** Python's `strip()`, which unlike `trim()` takes U+001C to U+001F and U+0085 away and leaves U+FEFF. */
export function strip(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isPythonSpace(text.charCodeAt(start))) start++
  while (end > start && isPythonSpace(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isPythonSpace(unit: number): boolean {
  if (unit === 0x85 || (unit >= 0x1c && unit <= 0x1f)) return true
  return unit !== 0xfeff && /\s/.test(String.fromCharCode(unit))
}
