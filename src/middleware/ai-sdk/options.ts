import { jsonrepair } from 'jsonrepair'
import { dialectOf } from '../../dialects/index.js'
import type { ParserEvent } from '../../events.js'
import { isFields } from '../../fields.js'
import { readXml } from '../../grammars/nested-xml.js'
import { checkNames } from '../../option-names.js'
import { createParser, type ParserOptions, type RequestOption } from '../../parser.js'
import { checkRenderOptions } from '../../render/check-options.js'
import type { RenderOptions } from '../../render/prepare.js'
import { fail } from '../../tools.js'

/**
 * Options of `toolMiddleware`; the renderer's own (`history`, `onWarning`, …) and the parser's (`unknownTool`, `repeats`,
 * `parallelToolCalls`, …) are given here as well. The parser's `secondOpinion` is jsonrepair unless another one is
 * given, and `readXml` the one of `toolshim/xml`.
 *
 * @example { dialect: 'qwen3', onEvent: (event, { id }) => log(id, event) }
 */
export interface ToolMiddlewareOptions
  extends Omit<RenderOptions, 'dialect'>,
    Omit<ParserOptions, 'dialect' | Exclude<RequestOption, 'parallelToolCalls'>> {
  /** The model family, by name (`qwen3`, …) or as an object of `defineDialect`. */
  dialect: NonNullable<ParserOptions['dialect']>
  /**
   * Told every parser event as it is read, with what the SDK has no place for: what was repaired, which arguments do
   * not fit their schema, what was cut short. `id` is the response's own where the provider gives one.
   */
  onEvent?: (event: ParserEvent, about: ReplyAbout) => void
}

/**
 * Which reply an event is of.
 *
 * @example { id: 'chatcmpl-1', modelId: 'qwen3-8b' }
 */
export interface ReplyAbout {
  /** The response's own id, where the provider gives one. */
  id: string
  /** The model that was asked. */
  modelId: string
}

/** @throws Error when an option is wrong: that shall be known when the app starts, not at its first request. */
export function checkOptions(options: ToolMiddlewareOptions): ToolMiddlewareOptions {
  if (!isFields(options)) {
    throw new Error("options: give an object with a dialect, as in { dialect: 'qwen3' }")
  }
  if (options.dialect === undefined) {
    throw new Error("dialect: name the one of your model, as in { dialect: 'qwen3' }")
  }
  checkRenderOptions(options)
  checkNames(options, ['onEvent'])
  if (options.onEvent !== undefined && typeof options.onEvent !== 'function') {
    fail('onEvent', 'must be a function')
  }
  const checked = { secondOpinion: jsonrepair, readXml, ...options }
  createParser({ ...checked, dialect: dialectOf(options.dialect) })
  return checked
}
