import type { LanguageModelV3FilePart, LanguageModelV3Middleware } from '@ai-sdk/provider'
import { createMiddleware } from './ai-sdk/middleware.js'
import type { ToolMiddlewareOptions } from './ai-sdk/options.js'
import type { ResultItem } from './ai-sdk/prompt.js'

export type { ReplyAbout, ToolMiddlewareOptions } from './ai-sdk/options.js'

/**
 * The middleware of `toolshim/ai-sdk` for AI SDK 6, whose models and middleware are of the specification v3.
 *
 * @throws Error as the middleware for AI SDK 7 does.
 * @example
 * import { toolMiddleware } from 'toolshim/ai-sdk-6'
 * const model = wrapLanguageModel({
 *   model: provider.chatModel('qwen3-8b'),
 *   middleware: toolMiddleware({ dialect: 'qwen3' }),
 * })
 */
export function toolMiddleware(options: ToolMiddlewareOptions): LanguageModelV3Middleware {
  const middleware = createMiddleware<LanguageModelV3FilePart, LanguageModelV3FilePart>(options, readFile)

  return {
    specificationVersion: 'v3',

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

/** In this specification a file in a result is one of several kinds, and one in a user's message only this. */
function readFile(item: ResultItem): LanguageModelV3FilePart | undefined {
  switch (item.type) {
    case 'file-data': {
      const { data, mediaType, filename } = item
      return { type: 'file', data, mediaType, ...(filename !== undefined && { filename }) }
    }
    case 'image-data':
      return { type: 'file', data: item.data, mediaType: item.mediaType }
    case 'image-url':
      return URL.canParse(item.url)
        ? { type: 'file', data: new URL(item.url), mediaType: 'image/*' }
        : undefined
    default:
      // The kind of a file that has only its address, or a provider's name for it, is not known.
      return undefined
  }
}
