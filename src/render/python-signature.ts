import type { ShownTool } from '../dialects/dialect.js'
import { isRecord } from '../record.js'
import { writeJson } from './json.js'

/** What `templates/hermes.hbs` reads of a tool. */
export interface SignatureView {
  name: string
  /** `city: str, days: int` */
  signature: string
  /** The Python type returned, `""` when the declaration has none. */
  returns: string
  description: string
  args: { name: string; type: string; description: string }[]
  explainsReturn: boolean
  returnText: string
  parameters: string
}

/**
 * A tool as a Python signature with a docstring, the way Hermes was shown it. Nothing in it is escaped: the family's
 * template puts names and descriptions between quotes as they are, and so must we.
 */
export function signatureView({
  name,
  description,
  parameters,
  function: declared,
}: ShownTool): SignatureView {
  const properties = isRecord(parameters) && isRecord(parameters.properties) ? parameters.properties : {}
  const args = Object.entries(properties).map(([key, schema]) => ({
    name: key,
    type: pythonType(schema),
    description: printed(isRecord(schema) ? schema.description : undefined).trim(),
  }))
  const returned = declared.return
  const returnText = isRecord(returned) ? returned.description : undefined
  return {
    name,
    signature: args.map((arg) => `${arg.name}: ${arg.type}`).join(', '),
    returns: returned === undefined ? '' : pythonType(returned),
    description,
    args,
    explainsReturn: returnText !== undefined,
    returnText: printed(returnText),
    parameters: args.length === 0 ? '{}' : writeJson(parameters),
  }
}

/**
 * The Python type of a JSON Schema, slips of the family's template included, since the model was trained on them: an
 * array never shows its items and a schema without `type` is an empty union. Where the template never ends (a type
 * that JSON Schema or its own table does not have), the type is `None` for null and else `Any`.
 */
function pythonType(schema: unknown): string {
  const type = isRecord(schema) ? schema.type : undefined
  if (type === undefined) return 'Union[]'
  if (Array.isArray(type)) return `Union[${type.map((one: unknown) => pythonType({ type: one })).join(',')}]`
  switch (type) {
    case 'string':
      return 'str'
    case 'number':
      return 'float'
    case 'integer':
      return 'int'
    case 'boolean':
      return 'bool'
    case 'array':
      return 'list[Union[]]'
    case 'object': {
      const values = isRecord(schema) ? schema.additionalProperties : undefined
      return values === undefined ? 'dict' : `dict[str, ${pythonType(values)}]`
    }
    case 'null':
      return 'None'
    default:
      return 'Any'
  }
}

/** A value as the template's engine prints it. */
function printed(value: unknown): string {
  return value === undefined
    ? ''
    : value === null
      ? 'None'
      : typeof value === 'string'
        ? value
        : writeJson(value)
}
