import type {
  LanguageModelV3Content,
  LanguageModelV3StreamPart,
  LanguageModelV4Content,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider'
import { type CallContext, type CallParams, type PlainCall, renderCall } from './call.js'
import { checkOptions, type ToolMiddlewareOptions } from './options.js'
import type { FilePart, OtherPart, ReadFile } from './prompt.js'
import { createReply, type FinishReason } from './reply.js'
import { createReplyStream } from './stream.js'
import { readContent } from './whole-reply.js'

/** What is read of a whole result. */
interface WholeResult<Content, Finish> {
  content: Content[]
  finishReason: Finish
  response?: { id?: string }
}

interface Model {
  provider: string
  modelId: string
  specificationVersion: string
}

/**
 * What the middleware of every specification does. A call's context is found again by its prompt, which is the same
 * object in a copy of the parameters, so that another middleware may change them in between.
 *
 * @throws Error when an option is wrong.
 */
export function createMiddleware<File extends FilePart, Other extends OtherPart>(
  given: ToolMiddlewareOptions,
  readFile: ReadFile<File>,
) {
  const options = checkOptions(given)
  const contexts = new WeakMap<object, CallContext>()

  return {
    /**
     * The call as the model is to see it; `undefined` when nothing in it is about tools.
     *
     * @throws Error for a model of an SDK that would not understand what comes back: it would stop at the first call.
     */
    render(params: CallParams<File, Other>, model: Model): PlainCall<File, Other> | undefined {
      const call = renderCall(params, model, readFile, options)
      if (!call) return undefined
      if (model.specificationVersion === 'v2') {
        throw new Error(
          `model: ${JSON.stringify(model.modelId)} is of specification v2, AI SDK 5's, and this middleware is for AI SDK 6 ` +
            'and 7: give its provider toolFetch as fetch instead',
        )
      }
      contexts.set(call.params.prompt, call.context)
      return call
    },

    /** `undefined` for a call that passes untouched. */
    contextOf({ prompt }: { prompt: object }): CallContext | undefined {
      return contexts.get(prompt)
    },

    readWhole<Content extends LanguageModelV3Content | LanguageModelV4Content, Finish extends FinishReason>(
      { content, finishReason, response }: WholeResult<Content, Finish>,
      context: CallContext,
      model: Model,
    ) {
      const reply = createReply(context, options, model, true)
      reply.hasId(response?.id)
      return readContent(content, finishReason, reply)
    },

    readStream<Part extends LanguageModelV3StreamPart | LanguageModelV4StreamPart>(
      stream: ReadableStream<Part>,
      context: CallContext,
      model: Model,
    ) {
      const reply = createReply(context, options, model, false)
      return stream.pipeThrough(createReplyStream<Part>(reply, context.warnings))
    },
  }
}
