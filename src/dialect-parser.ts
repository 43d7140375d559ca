import type { CreateAlignment } from './align/alignment.js'
import { checkIsOptions } from './check-options.js'
import { collect, type ParseResult } from './collect.js'
import { chatmlMarks } from './dialects/chatml-marks.js'
import type { SpokenDialect } from './dialects/dialect.js'
import type { ParserEvent } from './events.js'
import type { GrammarContext } from './grammars/call-grammar.js'
import type { Neighbours } from './grammars/neighbours.js'
import type { Limits } from './limits.js'
import { createReplyParser } from './reply-parser.js'
import type { Tool, ToolChoice } from './request.js'

export { type CreateAlignment, createAlignment as alignment } from './align/alignment.js'
export { collect, type IncompleteCall, type ParsedToolCall, type ParseResult } from './collect.js'
export type { CallMarks, ControlTokens, Marks, SpokenDialect } from './dialects/dialect.js'
export type * from './events.js'
export { type Neighbours, neighbours } from './grammars/neighbours.js'
export { defaultLimits, type Limits } from './limits.js'
export type { CustomTool, FunctionTool, Tool, ToolChoice } from './request.js'

/**
 * What `toolshim` always has, and this entry leaves to whoever needs every kilobyte.
 *
 * @example import { alignment, neighbours } from 'toolshim/parser' // { alignment, grammars: neighbours }
 */
export interface ParserParts {
  /**
   * The grammars that are read where no JSON object stands: give `neighbours` here, or the one that the dialect has as
   * its own. Default: none.
   */
  grammars?: Partial<Neighbours> | undefined
  /**
   * Follows arguments through their tool's schema: give `alignment` here. Without it they stay as the model wrote them,
   * none are left out for a strict tool, and what does not fit is not listed.
   */
  alignment?: CreateAlignment | undefined
}

/**
 * How a reply is read. Everything has a default.
 *
 * @example { dialect: { grammar: 'json', marks: { call: { open: '<call>' } }, controlTokens }, tools, repeats: 'drop' }
 */
export interface ParserOptions extends ParserParts {
  /** What the parser has to know of the model family. Default: the marks of ChatML models with Hermes' calls. */
  dialect?: SpokenDialect | undefined
  /**
   * The tools of the request. Left out, every name is taken as it is; an empty list reads no calls, like
   * `toolChoice: 'none'`.
   */
  tools?: readonly Tool[] | null | undefined
  /** The request's, so that only calls are read which it allows; wins over `tool_choice`. Default: `auto`. */
  toolChoice?: ToolChoice | null | undefined
  /** `toolChoice` in the protocol's spelling. */
  tool_choice?: ToolChoice | null | undefined
  /**
   * `false`: the reply ends after the first call, and what comes after is reported; wins over `parallel_tool_calls`. Default
   * `true`.
   */
  parallelToolCalls?: boolean | null | undefined
  /** `parallelToolCalls` in the protocol's spelling. */
  parallel_tool_calls?: boolean | null | undefined
  /** What the prompt already put into the model's turn, as `renderPrompt` returns it. */
  prefill?: string | undefined
  /** What becomes of a call to a tool that is not declared. Default `call`: passed on with a violation. */
  unknownTool?: 'call' | 'text' | 'drop' | undefined
  /**
   * Arguments are made to fit the tool's schema where that loses nothing: `"5"` becomes 5 where a number is asked for.
   * `false`: they stay as the model wrote them. What does not fit is listed either way. Default `true`.
   */
  align?: boolean | undefined
  /** `drop`: a call with the name and arguments of an earlier one is left out. Default `call`. */
  repeats?: 'call' | 'drop' | undefined
  /** What becomes of a call that lacks a required parameter. Default `call`: passed on with the violation. */
  missingRequired?: 'call' | 'text' | 'drop' | undefined
  /**
   * `text`: a reply that is a call to a declared tool but for its marks is text all the same, since the request asked
   * for JSON; a dialect that has no marks keeps its calls. Default `call`.
   */
  untagged?: 'call' | 'text' | undefined
  /** Some or all of them; the others are `defaultLimits`. */
  limits?: Partial<Limits> | undefined
  /**
   * Repairs a marked block as a whole that was not recognised as a call: give jsonrepair's `jsonrepair` here. It gets at
   * most `limits.held` characters, of which nothing has been given. Its word counts only if it is JSON that names a
   * declared tool; it may throw. Default: no second opinion.
   */
  secondOpinion?: ((text: string) => string) | undefined
  /**
   * Reads a value that is written as nested XML, for a property that is declared an object or array: give `readXml` of
   * `toolshim/xml` here. Default: such a value is a string.
   */
  readXml?: GrammarContext['readXml']
  /** Makes the ids of calls. Default: `call_` and 24 random characters. */
  createId?: (() => string) | undefined
}

/**
 * Reads one reply, piece by piece. Both functions return the events that are known by then.
 *
 * @example
 * const parser = createParser({ dialect: 'qwen3', tools })
 * for await (const text of reply) for (const event of parser.push(text)) handle(event)
 * for (const event of parser.end()) handle(event)
 */
export interface Parser {
  /**
   * Takes the next piece of the reply, of any length, and returns what is known by now. No text makes it throw: a model
   * that writes badly is an event.
   *
   * @throws Error when the piece is no string (leave out a stream's chunks that have no text), or the reply has ended: each
   * has a parser of its own.
   */
  push(chunk: string): ParserEvent[]
  /** The reply is over. `reason` is the upstream's finish reason, `stop` when it gave none or `""`. */
  end(reason?: string | null): ParserEvent[]
}

/**
 * Reads a model's reply as it comes.
 *
 * @example
 * const parser = createParser({ tools })
 * for await (const chunk of reply) for (const event of parser.push(chunk)) handle(event)
 * for (const event of parser.end('stop')) handle(event)
 *
 * @throws Error when an option has a value it does not take, the dialect is a name, or the tool choice names a tool that is
 * not in `tools`.
 */
export function createParser(options: ParserOptions = {}): Parser {
  checkIsOptions(options)
  return createReplyParser(options.dialect ?? chatmlMarks, options, options)
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
