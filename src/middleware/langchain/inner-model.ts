import { BaseCallbackHandler } from '@langchain/core/callbacks/base'
import { CallbackManager } from '@langchain/core/callbacks/manager'
import type { LanguageModelLike } from '@langchain/core/language_models/base'
import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import type { BaseLLM } from '@langchain/core/language_models/llms'
import { BaseMessage } from '@langchain/core/messages'
import type { Generation, LLMResult } from '@langchain/core/outputs'
import type { RunnableConfig } from '@langchain/core/runnables'
import { type Fields, isFields } from '../../fields.js'
import { type InnerPart, readFinish, readInnerMessage, readInnerText } from './inner-message.js'

/**
 * A chat model, an LLM, or one of them with something around it: `withConfig`, `withRetry`, `withFallbacks`.
 *
 * @example new ChatOpenAI({ model: 'qwen3-8b', configuration: { baseURL } }).withRetry()
 */
export type InnerModel = LanguageModelLike

/** What one call of the inner model is given beside its input. */
export type InnerOptions = Fields & Pick<RunnableConfig, 'callbacks' | 'tags' | 'metadata' | 'signal'>

export type InnerInput = { takes: 'messages'; messages: BaseMessage[] } | { takes: 'prompt'; prompt: string }

/** One generation of an answer, and what is noted beside it. */
export interface InnerGeneration {
  answer: BaseMessage | string
  info: Fields
}

export interface InnerAnswer {
  generations: InnerGeneration[]
  output: LLMResult['llmOutput']
}

/**
 * The chat model or LLM itself, without what is around it.
 *
 * @throws Error when there is none in it.
 */
export function languageModelIn(model: unknown): BaseChatModel | BaseLLM {
  const found = layersOf(model).find((layer) => isChatModel(layer) || isLLM(layer))
  if (found) return found
  throw new Error(
    'model: give a chat model or an LLM of LangChain, or one with withConfig, withRetry or withFallbacks',
  )
}

/** Stop strings that the model was made with, or that are bound to it: those of a call replace them. */
export function stopsIn(model: unknown): unknown {
  // `config` is that of a binding, `defaultOptions` what ChatOpenAI has instead of one.
  const stops = layersOf(model).flatMap(({ config, defaultOptions, stop, stopSequences }) => {
    const bound = [config, defaultOptions].map((options) => (isFields(options) ? options.stop : undefined))
    return [...bound, stop, stopSequences]
  })
  return stops.find(Array.isArray) ?? []
}

/** A model and what is around it, from the outside. */
function layersOf(model: unknown): Fields[] {
  const layers: Fields[] = []
  for (let inside = model; isFields(inside); inside = inside.bound ?? inside.runnable) layers.push(inside)
  return layers
}

// Told apart by what they say of themselves: an app may have more than one copy of @langchain/core.
export function isChatModel(model: unknown): model is BaseChatModel {
  return modelType(model) === 'base_chat_model'
}

function isLLM(model: unknown): model is BaseLLM {
  return modelType(model) === 'base_llm'
}

function modelType(model: unknown): unknown {
  return isFields(model) && typeof model._modelType === 'function' ? model._modelType() : undefined
}

/** Asks for a whole answer: of as many generations as the model gives, where it is no more than a model. */
export async function ask(model: InnerModel, input: InnerInput, options: InnerOptions): Promise<InnerAnswer> {
  if (input.takes === 'messages' && isChatModel(model) && !choosesLater(model)) {
    const { generations, llmOutput } = await model.generate([input.messages], options)
    return { generations: (generations[0] ?? []).map(readGeneration), output: llmOutput }
  }
  if (input.takes === 'prompt' && isLLM(model)) {
    const { generations, llmOutput } = await model.generate([input.prompt], options)
    return { generations: (generations[0] ?? []).map(readGeneration), output: llmOutput }
  }
  return askOnce(model, input, options)
}

/** What stands around a model gives one answer: what the model itself has said is heard from its run. */
async function askOnce(model: InnerModel, input: InnerInput, options: InnerOptions): Promise<InnerAnswer> {
  const listener = new RunListener()
  const answer = await model.invoke(inputOf(input), heardBy(listener, options))
  const generations = listener.result?.generations[0]?.map(readGeneration) ?? [{ answer, info: {} }]
  return { generations, output: listener.result?.llmOutput }
}

function readGeneration(generation: Generation): InnerGeneration {
  const { text, generationInfo: info = {} } = generation
  const message = 'message' in generation ? generation.message : undefined
  return { answer: BaseMessage.isInstance(message) ? message : text, info }
}

/** Takes a generation apart. */
export function readPart({ answer, info }: InnerGeneration, output: InnerAnswer['output']): InnerPart {
  if (typeof answer === 'string') return readInnerText(answer, info, output)
  const { part, rest } = readInnerMessage(answer)
  return { part: { ...part, finish: part.finish ?? readFinish(info) }, rest }
}

/** Asks for an answer as it comes; a model that cannot stream gives it in one piece. */
export async function* askForStream(
  model: InnerModel,
  input: InnerInput,
  options: InnerOptions,
): AsyncGenerator<InnerPart> {
  if (input.takes === 'messages') {
    for await (const piece of streamOf(model, input, options)) {
      // Of several generations in one stream, a message can be made of the first.
      if (BaseMessage.isInstance(piece) && Number(piece.response_metadata.completion ?? 0) > 0) continue
      yield readAnswer(piece)
    }
    return
  }
  const listener = new RunListener()
  for await (const piece of streamOf(model, input, heardBy(listener, options))) yield readAnswer(piece)
  // The stream of an LLM is nothing but its text.
  const { generations, llmOutput } = listener.result ?? { generations: [] }
  yield readInnerText('', generations[0]?.[0]?.generationInfo, llmOutput)
}

/**
 * The inner model's stream as it comes. Left early, the model is told to stop, and nobody waits for it: LangChain's own
 * streams end only with their next piece.
 */
export async function* streamOf(
  model: InnerModel,
  input: InnerInput,
  options: InnerOptions,
): AsyncGenerator<BaseMessage | string> {
  const { signal } = options
  const controller = new AbortController()
  const abort = () => controller.abort(signal?.reason)
  if (signal?.aborted) abort()
  else signal?.addEventListener('abort', abort, { once: true })
  try {
    const stream = await model.stream(inputOf(input), { ...options, signal: controller.signal })
    const pieces = stream[Symbol.asyncIterator]()
    try {
      for (let next = await pieces.next(); !next.done; next = await pieces.next()) yield next.value
    } finally {
      controller.abort()
      pieces.return?.().catch(() => undefined)
    }
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

/** Hears how the run of a model ended, below whatever is around it; what is inside of it ends earlier. */
class RunListener extends BaseCallbackHandler {
  name = 'toolshim'
  override awaitHandlers = true
  result: LLMResult | undefined

  override handleLLMEnd(result: LLMResult): void {
    this.result = result
  }
}

function heardBy(listener: RunListener, options: InnerOptions): InnerOptions {
  const callbacks = CallbackManager.configure(options.callbacks, []) ?? new CallbackManager()
  callbacks.addHandler(listener)
  return { ...options, callbacks }
}

function inputOf(input: InnerInput): BaseMessage[] | string {
  return input.takes === 'messages' ? input.messages : input.prompt
}

function readAnswer(answer: BaseMessage | string): InnerPart {
  return typeof answer === 'string' ? readInnerText(answer) : readInnerMessage(answer)
}

/** Whether it is known only with the configuration of a call which model this is (`initChatModel`). */
function choosesLater(model: object): boolean {
  return '_getModelInstance' in model
}
