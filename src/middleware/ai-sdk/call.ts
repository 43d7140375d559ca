import type {
  LanguageModelV3CallOptions,
  LanguageModelV4CallOptions,
  SharedV3Warning,
} from '@ai-sdk/provider'
import { dialectOf } from '../../dialects/index.js'
import { type Fields, isFields } from '../../fields.js'
import { renderMessages } from '../../render/messages.js'
import type { RenderWarning } from '../../render/report.js'
import { readReasoning, type Tool, type ToolChoice } from '../../request.js'
import { defaultMaxTokens, joinStops } from '../../upstreams/request-fields.js'
import { stateFormat } from '../stated-format.js'
import type { ToolMiddlewareOptions } from './options.js'
import type { FilePart, OtherPart, PlainMessage, PromptMessage, ReadFile } from './prompt.js'
import { readPrompt } from './read-prompt.js'
import { writePrompt } from './write-prompt.js'

/** What reading the reply to a call takes. */
export interface CallContext {
  tools: Tool[]
  toolChoice: ToolChoice
  parallelToolCalls: boolean
  /** What the server's template has put into the model's turn. */
  prefill: string
  /** Whether the answer itself is JSON. */
  json: boolean
  warnings: Warning[]
}

/** A warning that every specification has. */
export type Warning = Extract<SharedV3Warning, { type: 'unsupported' | 'compatibility' }>

/** A call of the SDK as the model is to see it. */
export interface PlainCall<File extends FilePart, Other extends OtherPart> {
  /** The parameters that are others now. */
  params: {
    prompt: PlainMessage<File, Other>[]
    stopSequences: string[]
    maxOutputTokens?: number
  }
  /** Whether the format of the answer is stated in the prompt, and must not be enforced. */
  formatStated: boolean
  context: CallContext
}

/** What is read of a call's parameters. */
export type CallParams<File extends FilePart, Other extends OtherPart> = Pick<
  LanguageModelV3CallOptions | LanguageModelV4CallOptions,
  'tools' | 'toolChoice' | 'stopSequences' | 'maxOutputTokens' | 'responseFormat' | 'providerOptions'
> &
  Pick<LanguageModelV4CallOptions, 'reasoning'> & { prompt: PromptMessage<File, Other>[] }

type JsonFormat = Extract<LanguageModelV4CallOptions['responseFormat'], { type: 'json' }>

/** As many as most servers take. */
const maxStops = 4

/**
 * Renders a call for a model that knows no tools; `undefined` when nothing in it is about tools.
 *
 * @throws Error naming the field when the tools or their choice are wrong or, if `history` is `"strict"`, the prompt is.
 */
export function renderCall<File extends FilePart, Other extends OtherPart>(
  params: CallParams<File, Other>,
  model: { provider: string },
  readFile: ReadFile<File>,
  options: ToolMiddlewareOptions,
): PlainCall<File, Other> | undefined {
  if (!mentionsTools(params)) return undefined
  const own = dialectOf(options.dialect)
  // So the SDK's providers name models that take a prompt, into which the SDK writes all messages as text.
  const asText = model.provider.endsWith('.completion')
  const { tools, warnings } = readTools(params.tools)
  const toolChoice = readChoice(params.toolChoice, tools)
  const parallelToolCalls = readParallel(params, options)
  const reasoning = readSwitch(params)

  const format = params.responseFormat?.type === 'json' ? params.responseFormat : undefined
  const request = { tools, tool_choice: toolChoice, response_format: format && asSent(format) }
  // The SDK has warnings of its own, below.
  const stating = stateFormat(request, own, { neutralise: options.neutralise })
  const dialect = stating ?? own
  const { messages, places, turns } = readPrompt(params.prompt, readFile, dialect.results.apart === true)
  if (stating) {
    warnings.push({
      type: 'compatibility',
      feature: 'responseFormat',
      details: 'The format is stated in the prompt and not enforced, since the model may also call tools.',
    })
  }

  const inPrompt = (text: string) =>
    text.replace(/^messages\[(\d+)\]/, (_, index) => `prompt[${places[Number(index)] ?? 0}]`)
  const { onWarning } = options
  let rendered: ReturnType<typeof renderMessages>
  try {
    rendered = renderMessages(
      { messages, tools, toolChoice, parallelToolCalls, reasoning },
      {
        ...options,
        dialect,
        ...(onWarning && {
          onWarning: ({ field, message }: RenderWarning) => onWarning({ field: inPrompt(field), message }),
        }),
      },
    )
  } catch (error) {
    throw error instanceof Error ? new Error(inPrompt(error.message), { cause: error }) : error
  }
  return {
    params: {
      prompt: writePrompt(rendered.messages, turns, asText),
      // The SDK adds one of its own to a prompt that is text.
      stopSequences: joinStops(params.stopSequences, rendered.stop, asText ? maxStops - 1 : maxStops),
      ...(asText && { maxOutputTokens: params.maxOutputTokens ?? defaultMaxTokens }),
    },
    formatStated: stating !== undefined,
    context: {
      tools,
      toolChoice,
      parallelToolCalls,
      // The server's own template opens the turn; in some families it opens the reasoning with it.
      prefill: asText ? '' : dialect.opening(reasoning, false),
      json: format !== undefined,
      warnings,
    },
  }
}

/** The format as the protocol has it. */
function asSent({ schema, description }: JsonFormat): Fields {
  return { type: 'json_schema', json_schema: { schema, description } }
}

function mentionsTools<File extends FilePart, Other extends OtherPart>({
  tools,
  prompt,
}: CallParams<File, Other>): boolean {
  if (tools && tools.length > 0) return true
  return prompt.some(({ role, content }) => {
    if (role === 'tool') return true
    return role === 'assistant' && content.some(({ type }) => type === 'tool-call' || type === 'tool-result')
  })
}

/** The functions; a tool that a provider runs itself cannot be had of a model that only writes text. */
function readTools(given: CallParams<FilePart, OtherPart>['tools']): { tools: Tool[]; warnings: Warning[] } {
  const tools: Tool[] = []
  const warnings: Warning[] = []
  for (const tool of given ?? []) {
    if (tool.type === 'provider') {
      // In the words of the SDK's own providers.
      warnings.push({ type: 'unsupported', feature: `provider-defined tool ${tool.id}` })
      continue
    }
    const { name, description, inputSchema: parameters, strict } = tool
    tools.push({
      type: 'function',
      function: {
        name,
        ...(description !== undefined && { description }),
        parameters,
        ...(strict !== undefined && { strict }),
      },
    })
  }
  return { tools, warnings }
}

function readChoice(choice: CallParams<FilePart, OtherPart>['toolChoice'], tools: Tool[]): ToolChoice {
  // Nothing is left to choose from.
  if (tools.length === 0) return 'none'
  switch (choice?.type) {
    case undefined:
      return 'auto'
    case 'auto':
    case 'none':
    case 'required':
      return choice.type
    case 'tool':
      return { type: 'function', function: { name: choice.toolName } }
  }
}

/** The call's own word, in `providerOptions.toolshim`, before the option of the middleware. */
function readParallel(
  { providerOptions }: CallParams<FilePart, OtherPart>,
  options: ToolMiddlewareOptions,
): boolean {
  const own = providerOptions?.toolshim?.parallelToolCalls
  if (own !== undefined && typeof own !== 'boolean') {
    throw new Error('providerOptions.toolshim.parallelToolCalls must be true or false')
  }
  return own ?? options.parallelToolCalls ?? true
}

/** Whether the model thinks: the SDK's own option, or what a provider's options say in the spelling of its server. */
function readSwitch({ reasoning, providerOptions }: CallParams<FilePart, OtherPart>): boolean | undefined {
  if (reasoning !== undefined && reasoning !== 'provider-default') return readReasoning({ reasoning })
  for (const fields of Object.values(providerOptions ?? {}).filter(isFields)) {
    const { reasoningEffort: effort, ...others } = fields
    const read = readReasoning(effort === undefined ? others : { ...others, reasoning_effort: effort })
    if (read !== undefined) return read
  }
  return undefined
}
