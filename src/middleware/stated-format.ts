import stateAnswer from '../../templates/json-answer.hbs'
import type { Dialect } from '../dialects/dialect.js'
import { type Fields, isFields } from '../fields.js'
import { writeJson } from '../render/json.js'
import { neutralise } from '../render/neutralise.js'
import type { RenderOptions } from '../render/prepare.js'
import { asksForJson } from '../surfaces/json-answer.js'

/** The renderer's own, as far as they hold here. */
interface FormatOptions {
  neutralise?: RenderOptions['neutralise'] | undefined
  onWarning?: RenderOptions['onWarning'] | undefined
}

/**
 * A server that enforces a format lets the model write nothing else, calls included. Where the model may call a tool, the
 * format of its answer is said before the tools, by the dialect that this gives, and is not to be sent. `undefined` for any
 * other request.
 *
 * @example
 * stateFormat({ tools, response_format: { type: 'json_object' } }, dialect, {})?.template({ tools: [] })
 * // 'When you answer without calling a function, write one JSON value …\n\n# Tools …'
 */
export function stateFormat(
  request: Fields,
  dialect: Dialect,
  { neutralise: isNeutral = true, onWarning }: FormatOptions,
): Dialect | undefined {
  const { tools, tool_choice: choice, response_format: format } = request
  const mayCall = Array.isArray(tools) && tools.length > 0 && choice !== 'none'
  if (!mayCall || !asksForJson(request)) return undefined
  const words = stateAnswer(readFormat(format))
  const said = isNeutral ? neutralise(words, dialect.controlTokens) : words
  onWarning?.({
    field: 'response_format',
    message: 'the format is stated in the prompt and not enforced, since the model may also call tools',
  })
  return { ...dialect, template: (view) => `${said}\n\n${dialect.template(view)}` }
}

/** `{ type: 'json_schema', json_schema: { schema, description } }`, or `schema` beside the type as some servers have it. */
function readFormat(format: unknown): { description: string; schema: string } {
  const { json_schema: named, schema: beside }: Fields = isFields(format) ? format : {}
  const { schema = beside, description }: Fields = isFields(named) ? named : {}
  return {
    description: typeof description === 'string' ? description : '',
    schema: isFields(schema) ? writeJson(schema) : '',
  }
}
