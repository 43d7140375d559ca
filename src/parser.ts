import { createAlignment } from './align/alignment.js'
import { checkIsOptions } from './check-options.js'
import { collect, type ParseResult } from './collect.js'
import type { ParserOptions as DialectParserOptions, Parser, ParserParts } from './dialect-parser.js'
import { type AnyDialect, dialectOf } from './dialects/index.js'
import { neighbours } from './grammars/neighbours.js'
import { createReplyParser } from './reply-parser.js'

export { collect, type IncompleteCall, type ParsedToolCall, type ParseResult } from './collect.js'
export type { Parser } from './dialect-parser.js'
export { defaultLimits, type Limits } from './limits.js'

/**
 * How a reply is read. Everything has a default.
 *
 * @example { dialect: 'qwen3', tools, repeats: 'drop' }
 */
export interface ParserOptions extends Omit<DialectParserOptions, 'dialect' | keyof ParserParts> {
  /** The model family, by name or as an object of `defineDialect`. Default: `qwen3`. */
  dialect?: AnyDialect | undefined
}

/** The options that come from each request, where something else reads requests. */
export type RequestOption =
  | 'tools'
  | 'toolChoice'
  | 'tool_choice'
  | 'parallelToolCalls'
  | 'parallel_tool_calls'
  | 'prefill'

const parts: ParserParts = { grammars: neighbours, alignment: createAlignment }

/**
 * Reads a model's reply as it comes.
 *
 * @example
 * const parser = createParser({ dialect: 'qwen3', tools })
 * for await (const chunk of reply) for (const event of parser.push(chunk)) handle(event)
 * for (const event of parser.end('stop')) handle(event)
 *
 * @throws Error when the dialect is unknown, an option has a value it does not take, or the tool choice names a tool
 * that is not in `tools`.
 */
export function createParser(options: ParserOptions = {}): Parser {
  checkIsOptions(options)
  return createReplyParser(dialectOf(options.dialect), parts, options)
}

/**
 * Reads a whole reply: the events of `createParser`, put together.
 *
 * @example
 * parse('<tool_call>\n{"name": "add", "arguments": {"a": 1}}\n</tool_call>', { tools }).toolCalls[0].function.arguments
 * // '{"a": 1}'
 * @throws Error as `createParser` does; never for what the model wrote.
 */
export function parse(
  text: string,
  options: ParserOptions & { finishReason?: string | null | undefined } = {},
): ParseResult {
  const parser = createParser(options)
  return collect([...parser.push(text), ...parser.end(options.finishReason)])
}
