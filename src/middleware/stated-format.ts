import stateAnswer from '../../templates/json-answer.hbs'
import type { Dialect } from '../dialects/dialect.js'
import { type Fields, isFields, without } from '../fields.js'
import { writeJson } from '../render/json.js'
import { neutralise } from '../render/neutralise.js'
import type { RenderOptions } from '../render/prepare.js'
import type { ChatBody } from '../surfaces/surface.js'

const formatField: ReadonlySet<string> = new Set(['response_format'])

/** Whether the answer itself is to be JSON, so that an object without marks is the answer. */
export function asksForJson({ response_format: format }: Fields): boolean {
  return isFields(format) && (format.type === 'json_object' || format.type === 'json_schema')
}

/**
 * A server that enforces a format lets the model write nothing else, calls included. Where the model may call a tool, the
 * format of its answer is said in the prompt instead, behind the tools, and is not sent. Any other request stays as it is.
 *
 * @example
 * stateFormat({ messages, tools, response_format: { type: 'json_object' } }, dialect, {})
 * // { body: { messages, tools }, dialect: { …, template } }
 */
export function stateFormat(
  body: ChatBody,
  dialect: Dialect,
  { neutralise: isNeutral = true, onWarning }: Pick<RenderOptions, 'neutralise' | 'onWarning'>,
): { body: ChatBody; dialect: Dialect } {
  const { messages, tools, tool_choice: choice, response_format: format } = body
  const mayCall = tools != null && tools.length > 0 && choice !== 'none'
  if (!mayCall || !asksForJson(body)) return { body, dialect }
  const words = stateAnswer(readFormat(format))
  const said = isNeutral ? neutralise(words, dialect.controlTokens) : words
  onWarning?.({
    field: 'response_format',
    message: 'the format is stated in the prompt and not enforced, since the model may also call tools',
  })
  return {
    body: { ...without(body, formatField), messages },
    dialect: { ...dialect, template: (view) => `${dialect.template(view)}\n\n${said}` },
  }
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
