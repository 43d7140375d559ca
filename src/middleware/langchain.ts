import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager'
import type {
  BaseLanguageModelInput,
  StructuredOutputMethodOptions,
} from '@langchain/core/language_models/base'
import {
  BaseChatModel,
  type BaseChatModelParams,
  type BindToolsInput,
  type LangSmithParams,
} from '@langchain/core/language_models/chat_models'
import type { ChatModelStreamEvent } from '@langchain/core/language_models/event'
import type { ModelProfile } from '@langchain/core/language_models/profile'
import { assembleStructuredOutputPipeline } from '@langchain/core/language_models/structured_output'
import { type AIMessageChunk, BaseMessage, type MessageContent } from '@langchain/core/messages'
import { ChatGenerationChunk, type ChatResult, type LLMResult } from '@langchain/core/outputs'
import type { Runnable, RunnableConfig } from '@langchain/core/runnables'
import type { SerializableSchema } from '@langchain/core/utils/standard_schema'
import type { ZodV3Like, ZodV4Like } from '@langchain/core/utils/types'
import { jsonrepair } from 'jsonrepair'
import { dialectOf } from '../dialects/index.js'
import { type Fields, isFields } from '../fields.js'
import { readXml } from '../grammars/nested-xml.js'
import { checkNames } from '../option-names.js'
import { createParser } from '../parser.js'
import { checkRenderOptions } from '../render/check-options.js'
import {
  ask,
  askForStream,
  type InnerModel,
  isChatModel,
  languageModelIn,
  readPart,
  streamOf,
} from './langchain/inner-model.js'
import { innerOptions } from './langchain/inner-options.js'
import type { ToolshimMetadata, ViolatingToolCall } from './langchain/message-pieces.js'
import { createChunkWriter, passChunk } from './langchain/messages.js'
import { runConfig, type ToolChatCallOptions, type ToolChatOptions } from './langchain/options.js'
import { type Report, readStream, readWhole } from './langchain/read-answer.js'
import { createStreamEventWriter } from './langchain/stream-events.js'
import { createStructuredParser, structuredTool } from './langchain/structured-output.js'
import { declareTools, readChoice } from './langchain/tools.js'
import { createTurn } from './langchain/turn.js'

export { toolshimOf } from './langchain/messages.js'
export type { InnerModel, ToolChatCallOptions, ToolChatOptions, ToolshimMetadata, ViolatingToolCall }

/**
 * What a `ToolChatModel` is made with: LangChain's own fields of a chat model beside toolshim's.
 *
 * @example { model: inner, dialect: 'qwen3', cache: true, callbacks: [tracer] }
 */
export type ToolChatModelFields = BaseChatModelParams & ToolChatOptions

/**
 * A chat model of LangChain that gives tool calling to one without it: tools go to the inner model as text, and the text
 * that comes back arrives as `tool_calls`, streamed or whole. Without tools, and with none in the history, a chat model's
 * answer is passed on as it is.
 *
 * A call that was cut short is in `invalid_tool_calls` and never in `tool_calls`, reasoning in
 * `additional_kwargs.reasoning_content`, and what LangChain has no field for in `response_metadata.toolshim`
 * (`toolshimOf` reads it). The inner model's errors arrive as they are.
 *
 * @throws Error when the options are wrong: no model, an unknown dialect, an option with a value it does not take.
 * @example
 * const model = new ToolChatModel({ model: new ChatOpenAI({ … }), dialect: 'qwen3' })
 * const agent = createAgent({ model, tools: [getWeather] })
 * @example
 * const answer = await model.bindTools([getWeather]).invoke('What is the weather in Paris?')
 * answer.tool_calls // [{ type: 'tool_call', id: 'call_…', name: 'get_weather', args: { city: 'Paris' } }]
 */
export class ToolChatModel extends BaseChatModel<ToolChatCallOptions> {
  /** The model that only writes text. */
  readonly inner: InnerModel
  /** The id of the dialect that is spoken with it. */
  readonly dialect: string
  private readonly settings: ToolChatOptions

  constructor(fields: ToolChatModelFields) {
    if (!isFields(fields)) throw new Error("options: give an object, as in { model, dialect: 'qwen3' }")
    super(fields)
    languageModelIn(fields.model)
    this.settings = { secondOpinion: jsonrepair, readXml, ...fields }
    // A wrong option shall be known when the app starts, not at its first request.
    checkRenderOptions(fields)
    checkNames(fields, ['model', 'reasoning', 'onEvent'])
    createParser(this.settings)
    this.inner = fields.model
    this.dialect = dialectOf(fields.dialect).id
  }

  static override lc_name(): string {
    return 'ToolChatModel'
  }

  // Asked for before the fields of this class are set.
  override _llmType(): string {
    return 'toolshim'
  }

  override get callKeys(): string[] {
    return [...super.callKeys, 'tools', 'tool_choice', 'parallel_tool_calls', 'strict']
  }

  /** A structured answer is a call here, and not a format that the inner model keeps to. */
  override get profile(): ModelProfile {
    return {
      ...languageModelIn(this.inner).profile,
      toolCalling: true,
      toolChoice: true,
      structuredOutput: false,
    }
  }

  /**
   * The model with tools: LangChain's own, whatever has a name and a schema, definitions of OpenAI's and other protocols.
   *
   * @throws Error naming the tool that is none, or the choice of one that is not there.
   * @example model.bindTools([getWeather], { tool_choice: 'any', parallel_tool_calls: false })
   */
  override bindTools(
    tools: BindToolsInput[],
    kwargs: Partial<ToolChatCallOptions> = {},
  ): Runnable<BaseLanguageModelInput, AIMessageChunk, ToolChatCallOptions> {
    const declared = declareTools(tools, kwargs.strict)
    readChoice(kwargs.tool_choice, declared)
    return this.withConfig({ ...kwargs, tools: declared })
  }

  /**
   * A model that answers with an object: the arguments of a call that it has to make, checked where the schema can check
   * them.
   *
   * @throws Error when another method than a tool call is asked for.
   * @example await model.withStructuredOutput(z.object({ city: z.string() })).invoke('I live in Paris.') // { city: 'Paris' }
   */
  override withStructuredOutput<RunOutput extends object>(
    schema: SerializableSchema<RunOutput>,
    config?: StructuredOutputMethodOptions<false>,
  ): Runnable<BaseLanguageModelInput, RunOutput>
  override withStructuredOutput<RunOutput extends object>(
    schema: SerializableSchema<RunOutput>,
    config?: StructuredOutputMethodOptions<true>,
  ): Runnable<BaseLanguageModelInput, { raw: BaseMessage; parsed: RunOutput }>
  override withStructuredOutput<RunOutput extends object>(
    schema: ZodV4Like<RunOutput> | ZodV3Like<RunOutput> | object,
    config?: StructuredOutputMethodOptions<false>,
  ): Runnable<BaseLanguageModelInput, RunOutput>
  override withStructuredOutput<RunOutput extends object>(
    schema: ZodV4Like<RunOutput> | ZodV3Like<RunOutput> | object,
    config?: StructuredOutputMethodOptions<true>,
  ): Runnable<BaseLanguageModelInput, { raw: BaseMessage; parsed: RunOutput }>
  override withStructuredOutput(
    schema: object,
    config: StructuredOutputMethodOptions<boolean> = {},
  ): Runnable<BaseLanguageModelInput, object> {
    const { name, method, strict, includeRaw = false } = config
    if (method === 'jsonMode') {
      throw new Error("method: structured output is a tool call here, 'functionCalling' is all that there is")
    }
    const tool = structuredTool(schema, name)
    const { function: definition } = tool
    const model = this.bindTools([tool], {
      ...(strict !== undefined && { strict }),
      tool_choice: { type: 'function', function: { name: definition.name } },
      ls_structured_output_format: {
        kwargs: { method: 'function_calling' },
        schema: { ...(isFields(definition.parameters) && definition.parameters) },
      },
    })
    return assembleStructuredOutputPipeline(
      model,
      createStructuredParser(schema, definition.name),
      includeRaw,
      includeRaw ? 'StructuredOutputRunnable' : 'StructuredOutput',
    )
  }

  /** @internal */
  override async _generate(
    messages: BaseMessage[],
    options: this['ParsedCallOptions'],
    runManager?: CallbackManagerForLLMRun,
  ): Promise<ChatResult> {
    const turn = createTurn(this.settings, messages, options)
    const { generations, output } = await ask(this.inner, turn.input, innerOptions(turn, options, runManager))
    return {
      generations: generations.map((generation, choice) => {
        const { answer, info } = generation
        if (turn.untouched && BaseMessage.isInstance(answer)) {
          return { text: answer.text, message: answer, generationInfo: info }
        }
        const message = readWhole(turn, readPart(generation, output), this.report(runManager, choice))
        const { finish_reason } = message.response_metadata
        return { text: message.text, message, generationInfo: { ...info, finish_reason } }
      }),
      ...(output !== undefined && { llmOutput: output }),
    }
  }

  /** @internal */
  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this['ParsedCallOptions'],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    for await (const message of this.streamMessages(messages, options, runManager)) {
      const chunk = new ChatGenerationChunk({ text: message.text, message })
      yield chunk
      await runManager?.handleLLMNewToken(chunk.text, undefined, undefined, undefined, undefined, { chunk })
    }
  }

  private async *streamMessages(
    messages: BaseMessage[],
    options: this['ParsedCallOptions'],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<AIMessageChunk> {
    const turn = createTurn(this.settings, messages, options)
    const forInner = innerOptions(turn, options, runManager)
    if (turn.untouched) {
      for await (const piece of streamOf(this.inner, turn.input, forInner)) yield passChunk(piece)
      return
    }
    const writer = createChunkWriter()
    const parts = askForStream(this.inner, turn.input, forInner)
    for await (const piece of readStream(turn, parts, this.report(runManager))) {
      if (piece.type === 'rest') yield* writer.rest(piece.rest)
      else yield writer.piece(piece)
    }
  }

  /** @internal */
  override async *_streamChatModelEvents(
    messages: BaseMessage[],
    options: this['ParsedCallOptions'],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatModelStreamEvent> {
    const turn = createTurn(this.settings, messages, options)
    if (turn.untouched) {
      yield* super._streamChatModelEvents(messages, options, runManager)
      return
    }
    const writer = createStreamEventWriter()
    const parts = askForStream(this.inner, turn.input, innerOptions(turn, options, runManager))
    for await (const piece of readStream(turn, parts, this.report(runManager))) {
      yield* piece.type === 'rest' ? writer.rest(piece.rest) : writer.piece(piece)
    }
  }

  private report(runManager: CallbackManagerForLLMRun | undefined, choice = 0): Report {
    const about = { runId: runManager?.runId, choice }
    return (event) => this.settings.onEvent?.(event, about)
  }

  /** LangChain keeps the configuration from the model itself; the inner one is to have it as well. */
  protected override _separateRunnableConfigFromCallOptionsCompat(
    options?: Partial<ToolChatCallOptions>,
  ): [RunnableConfig, this['ParsedCallOptions']] {
    const [config, callOptions] = super._separateRunnableConfigFromCallOptionsCompat(options)
    callOptions[runConfig] = config
    return [config, callOptions]
  }

  override getLsParams(options: this['ParsedCallOptions']): LangSmithParams {
    const inner = languageModelIn(this.inner)
    return { ...super.getLsParams(options), ...(isChatModel(inner) && inner.getLsParams(options)) }
  }

  /** For traces: what is asked of this model, and not how it is put to the inner one. */
  override invocationParams(options?: this['ParsedCallOptions']): Fields {
    const { tools, tool_choice, parallel_tool_calls, strict, stop } = options ?? {}
    const asked = { dialect: this.dialect, tools, tool_choice, parallel_tool_calls, strict, stop }
    return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined))
  }

  override _identifyingParams(): Fields {
    const inner = languageModelIn(this.inner)
    return { dialect: this.dialect, inner: { ...inner._identifyingParams(), _type: inner._llmType() } }
  }

  override _combineLLMOutput(...outputs: LLMResult['llmOutput'][]): LLMResult['llmOutput'] {
    return combineUsage(outputs)
  }

  /** Counted by the inner model, which may know its own tokens. */
  override getNumTokens(content: MessageContent): Promise<number> {
    return languageModelIn(this.inner).getNumTokens(content)
  }
}

/** Token counts of several answers, added up. */
function combineUsage(outputs: LLMResult['llmOutput'][]): LLMResult['llmOutput'] {
  const counts = new Map<string, number>()
  for (const output of outputs) {
    const usage: unknown = output?.tokenUsage
    for (const [name, count] of isFields(usage) ? Object.entries(usage) : []) {
      if (typeof count === 'number') counts.set(name, (counts.get(name) ?? 0) + count)
    }
  }
  return counts.size > 0 ? { tokenUsage: Object.fromEntries(counts) } : {}
}
