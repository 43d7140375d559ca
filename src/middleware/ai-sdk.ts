import type {
  LanguageModelV4CustomPart,
  LanguageModelV4FilePart,
  LanguageModelV4Middleware,
  LanguageModelV4ReasoningFilePart,
} from '@ai-sdk/provider'
import { createMiddleware } from './ai-sdk/middleware.js'
import type { ToolMiddlewareOptions } from './ai-sdk/options.js'
import type { ResultItem } from './ai-sdk/prompt.js'

export type { ReplyAbout, ToolMiddlewareOptions } from './ai-sdk/options.js'

/**
 * A middleware for Vercel's AI SDK 7 that gives tool calling to a model without it: `generateText`, `streamText` and
 * agents take tools as with any other model. The tools, calls and results of a request go to the model as text, and the
 * text that comes back arrives as text, reasoning and tool calls, streamed or whole. A request in which nothing is about
 * tools passes untouched.
 *
 * @throws Error when an option is wrong; a call rejects with an `Error` that names the field when its tool choice is of
 * no declared tool or, with `history: 'strict'`, its prompt is not as the protocol has it. Never for what the model
 * wrote.
 * @example
 * const model = wrapLanguageModel({
 *   model: provider.chatModel('qwen3-8b'),
 *   middleware: toolMiddleware({ dialect: 'qwen3' }),
 * })
 * const { text } = await generateText({ model, tools, stopWhen: isStepCount(5), prompt: 'What is the weather in Paris?' })
 */
export function toolMiddleware(options: ToolMiddlewareOptions): LanguageModelV4Middleware {
  const middleware = createMiddleware<
    LanguageModelV4FilePart,
    LanguageModelV4FilePart | LanguageModelV4CustomPart | LanguageModelV4ReasoningFilePart
  >(options, readFile)

  return {
    specificationVersion: 'v4',

    async transformParams({ params, model }) {
      const call = middleware.render(params, model)
      if (!call) return params
      const { tools: _, toolChoice: __, responseFormat, ...rest } = params
      return { ...rest, ...call.params, ...(responseFormat && !call.formatStated && { responseFormat }) }
    },

    async wrapGenerate({ doGenerate, params, model }) {
      const context = middleware.contextOf(params)
      const result = await doGenerate()
      if (!context) return result
      const read = middleware.readWhole(result, context, model)
      return { ...result, ...read, warnings: [...result.warnings, ...context.warnings] }
    },

    async wrapStream({ doStream, params, model }) {
      const context = middleware.contextOf(params)
      const result = await doStream()
      if (!context) return result
      return { ...result, stream: middleware.readStream(result.stream, context, model) }
    },
  }
}

/** A file is the same in a result and in a user's message. */
function readFile(item: ResultItem): LanguageModelV4FilePart | undefined {
  return item.type === 'file' ? item : undefined
}
