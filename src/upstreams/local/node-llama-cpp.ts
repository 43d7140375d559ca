import type { Fields } from '../../fields.js'
import { numberOf } from '../read-fields.js'
import { checkLoaded } from './check-loaded.js'
import { contextExceeded } from './local-error.js'
import { createLocalFetch, type Fetch } from './serve.js'
import { createTextRoute, type TextRequest } from './text-route.js'

/**
 * What is used of a `LlamaContextSequence`. `Token` is the package's own.
 *
 * @example const contextSequence = context.getSequence()
 */
export interface LlamaSequence<Token> {
  readonly contextSize: number
  readonly model: {
    tokenize(text: string, specialTokens: boolean, options: 'trimLeadingSpace'): Token[]
    detokenize(tokens: readonly Token[], specialTokens: boolean, lastTokens: readonly Token[]): string
  }
}

/**
 * What is used of a `LlamaCompletion`.
 *
 * @example const completion = new LlamaCompletion({ contextSequence })
 */
export interface LlamaTextCompletion<Token> {
  generateCompletionWithMeta(
    input: Token[],
    options: LlamaGenerationOptions<Token>,
  ): Promise<{ metadata: { stopReason: string } }>
}

/**
 * What a generation is given.
 *
 * @example { disableContextShift: true, maxTokens: 2048, temperature: 0.6, onToken, signal, … }
 */
export interface LlamaGenerationOptions<Token> extends LlamaSettings {
  disableContextShift: boolean
  contextShiftSize: number
  onToken: (tokens: Token[]) => void
  signal: AbortSignal
  stopOnAbortSignal: true
}

/**
 * Options of the package that a request has fields for.
 *
 * @example { temperature: 0.6, topP: 0.95, maxTokens: 2048 }
 */
export interface LlamaSettings {
  maxTokens?: number
  temperature?: number
  topP?: number
  topK?: number
  minP?: number
  seed?: number
  repeatPenalty?: false | { penalty?: number; frequencyPenalty?: number; presencePenalty?: number }
}

/**
 * What node-llama-cpp has loaded.
 *
 * @example { completion: new LlamaCompletion({ contextSequence }), contextSequence, defaults: { temperature: 0.6 } }
 */
export interface NodeLlamaCppOptions<Token> {
  completion: LlamaTextCompletion<Token>
  /** The sequence that the completion was made with. */
  contextSequence: LlamaSequence<Token>
  /** Options of `generateCompletion` that hold where a request says nothing. */
  defaults?: LlamaSettings & { readonly [option: string]: unknown }
}

/** How many tokens are looked at to join a piece to what stands before it. */
const lastTokens = 8

/**
 * A `fetch` that answers `POST …/v1/completions` with a model in this process that node-llama-cpp has loaded. Give it to
 * `toolFetch` with the upstream `completion`; other requests get 404.
 *
 * A request waits while another is answered. Aborting one stops its generation after the token that is being made.
 *
 * @throws Error naming the option that is not what the package has loaded.
 * @example
 * const contextSequence = context.getSequence()
 * const completion = new LlamaCompletion({ contextSequence })
 * const fetch = nodeLlamaCppFetch({ completion, contextSequence })
 * new OpenAI({ baseURL: 'http://local/v1', apiKey: '-', fetch: toolFetch({ dialect: 'qwen3', upstream: 'completion', fetch }) })
 */
export function nodeLlamaCppFetch<Token>(options: NodeLlamaCppOptions<Token>): Fetch {
  checkLoaded('options', options, [], 'an object, as in { completion, contextSequence }')
  const { completion, contextSequence, defaults } = options
  checkLoaded('completion', completion, ['generateCompletionWithMeta'], 'a LlamaCompletion')
  checkLoaded('contextSequence', contextSequence, ['model', 'contextSize'], "the completion's sequence")
  const { model } = contextSequence

  async function generate(request: TextRequest, write: (text: string) => void) {
    const tokens = model.tokenize(request.prompt, true, 'trimLeadingSpace')
    // Beside the prompt there must be room for the begin token and one of the answer.
    if (tokens.length + 2 > contextSequence.contextSize) {
      throw contextExceeded(tokens.length, contextSequence.contextSize)
    }
    let before = tokens.slice(-lastTokens)
    let generated = 0
    const { metadata } = await completion.generateCompletionWithMeta(tokens, {
      ...serverDefaults,
      ...defaults,
      ...settingsOf(request),
      signal: request.signal,
      stopOnAbortSignal: true,
      // The package's own text leaves special tokens out, and <tool_call> is one in some models.
      onToken(piece) {
        generated += piece.length
        write(model.detokenize(piece, true, before))
        before = [...before, ...piece].slice(-lastTokens)
      },
    })
    return {
      finish: metadata.stopReason === 'maxTokens' ? ('length' as const) : ('stop' as const),
      promptTokens: tokens.length,
      completionTokens: generated,
    }
  }

  return createLocalFetch({ '/completions': createTextRoute(generate) })
}

/**
 * What servers do, and not the package: an answer ends where the context does, instead of going on without the beginning
 * of the prompt, where the tools are; a call may be as the one before it.
 */
const serverDefaults = { disableContextShift: true, contextShiftSize: 1, repeatPenalty: false } as const

function settingsOf({ body, maxTokens }: TextRequest): LlamaSettings {
  const temperature = numberOf(body.temperature)
  const topP = numberOf(body.top_p)
  const topK = numberOf(body.top_k)
  const minP = numberOf(body.min_p)
  const seed = numberOf(body.seed)
  const repeatPenalty = penaltyOf(body)
  return {
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(minP !== undefined && { minP }),
    ...(seed !== undefined && { seed }),
    ...(repeatPenalty && { repeatPenalty }),
  }
}

function penaltyOf(body: Fields): LlamaSettings['repeatPenalty'] | undefined {
  const penalty = numberOf(body.repeat_penalty ?? body.repetition_penalty)
  const frequencyPenalty = numberOf(body.frequency_penalty)
  const presencePenalty = numberOf(body.presence_penalty)
  if (penalty === undefined && frequencyPenalty === undefined && presencePenalty === undefined)
    return undefined
  return {
    // Left out, the package's own would be added to what was asked for.
    penalty: penalty ?? 1,
    ...(frequencyPenalty !== undefined && { frequencyPenalty }),
    ...(presencePenalty !== undefined && { presencePenalty }),
  }
}
