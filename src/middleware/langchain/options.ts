import type { BaseChatModelCallOptions, BindToolsInput } from '@langchain/core/language_models/chat_models'
import type { RunnableConfig } from '@langchain/core/runnables'
import type { ParserEvent } from '../../events.js'
import type { ParserOptions, RequestOption } from '../../parser.js'
import type { PromptOptions } from '../../render/prompt.js'
import type { ToolRequest } from '../../request.js'
import type { InnerModel } from './inner-model.js'

/**
 * What the model is made of and how it is spoken to; the renderer's own options (`history`, `onWarning`, …) and the
 * parser's (`unknownTool`, `repeats`, `createId`, …) stand beside it. The parser's `secondOpinion` is jsonrepair unless
 * another one is given, and `readXml` the one of `toolshim/xml`.
 *
 * @example { model: new Ollama({ model: 'qwen3' }), dialect: 'qwen3', unknownTool: 'drop' }
 */
export interface ToolChatOptions
  extends Omit<PromptOptions, 'dialect' | 'addGenerationPrompt'>,
    Omit<ParserOptions, 'dialect' | RequestOption> {
  /**
   * The model that only writes text: a chat model, which is given messages, or an LLM, which is given the prompt. Either
   * may have `withConfig`, `withRetry` or `withFallbacks` around it.
   */
  model: InnerModel
  /** The model family, by name (`qwen3`, …) or as an object of `defineDialect`. */
  dialect: NonNullable<ParserOptions['dialect']>
  /** `true` begins the prompt of an LLM with the begin token, which most servers add by themselves. Default `false`. */
  bos?: boolean
  /**
   * Whether the model thinks before it answers, in any of the spellings of a request. A call's own options are read for
   * it as well. Default: the dialect's own.
   */
  reasoning?: ToolRequest['reasoning']
  /** Told every parser event as it is read; `choice` is the place of the generation. */
  onEvent?: (event: ParserEvent, about: { runId: string | undefined; choice: number }) => void
}

/** Where a call's configuration is kept for the inner model: no key that a trace or a cache would show. */
export const runConfig: unique symbol = Symbol('toolshim.runConfig')

/**
 * What one call can be told, or what is bound to the model with `withConfig`.
 *
 * @example model.invoke(messages, { tools: [getWeather], tool_choice: 'get_weather', parallel_tool_calls: false })
 */
export interface ToolChatCallOptions extends BaseChatModelCallOptions {
  /** As `bindTools` takes them. */
  tools?: BindToolsInput[]
  /** `false`: the reply ends after the first call. */
  parallel_tool_calls?: boolean
  /** No property passes that the tools do not declare. */
  strict?: boolean
  /** @internal */
  [runConfig]?: RunnableConfig
}
