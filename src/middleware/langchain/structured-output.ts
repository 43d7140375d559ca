import { createFunctionCallingParser } from '@langchain/core/language_models/structured_output'
import { OutputParserException } from '@langchain/core/output_parsers'
import { JsonOutputKeyToolsParser } from '@langchain/core/output_parsers/openai_tools'
import type { ChatGeneration } from '@langchain/core/outputs'
import { toJsonSchema } from '@langchain/core/utils/json_schema'
import { isSerializableSchema } from '@langchain/core/utils/standard_schema'
import { isInteropZodSchema } from '@langchain/core/utils/types'
import { type Fields, isFields } from '../../fields.js'
import type { FunctionTool } from '../../request.js'

/**
 * What the answer is to be, as a tool: a schema, which may say its name in its title, or the definition of a function.
 *
 * @param name of a schema that has none; `extract` when it is left out.
 */
export function structuredTool(schema: object, name = 'extract'): FunctionTool {
  const isClass = isInteropZodSchema(schema) || isSerializableSchema(schema)
  const fields: Fields = { ...toJsonSchema(schema) }
  const { name: ownName, title, description, parameters } = fields
  const about = typeof description === 'string' && { description }
  if (!isClass && typeof ownName === 'string' && isFields(parameters)) {
    return { type: 'function', function: { name: ownName, ...about, parameters: toJsonSchema(parameters) } }
  }
  const titled = !isClass && typeof title === 'string' ? title : name
  return { type: 'function', function: { name: titled, ...about, parameters: fields } }
}

/** Reads the arguments of the call, checked where the schema can check them. */
export function createStructuredParser(schema: object, name: string) {
  return createFunctionCallingParser(schema, name, StructuredCallParser)
}

/** LangChain's own gives `undefined` where there is no call. */
class StructuredCallParser extends JsonOutputKeyToolsParser {
  static override lc_name(): string {
    return 'StructuredCallParser'
  }

  override async parseResult(generations: ChatGeneration[]) {
    const result = await super.parseResult(generations)
    if (result !== undefined) return result
    const message = generations[0]?.message
    const reason = message?.response_metadata.finish_reason
    throw new OutputParserException(
      `The model made no complete call of ${this.keyName}; it ended with "${reason}".`,
      message?.text,
    )
  }
}
