import type { Fields } from '../../fields.js'
import { numberOf } from '../read-fields.js'
import { defaultMaxTokens } from '../request-fields.js'
import { checkLoaded } from './check-loaded.js'
import { contextExceeded } from './local-error.js'
import { createLocalFetch, type Fetch } from './serve.js'
import { createTextRoute, type TextEnd, type TextRequest } from './text-route.js'
import { createTokenDecoder } from './token-decoder.js'

/**
 * What is used of a pipeline for text generation; `{ model, tokenizer }` will do.
 *
 * @example const generator = await pipeline('text-generation', 'onnx-community/Qwen3-0.6B-ONNX', { dtype: 'q4f16' })
 */
export interface TransformersGenerator {
  tokenizer: {
    (text: string, options: { add_special_tokens: boolean }): { input_ids: { dims: readonly number[] } }
    decode(
      ids: bigint[],
      options: { skip_special_tokens: boolean; clean_up_tokenization_spaces: boolean },
    ): string
  }
  model: {
    /** Is given `TransformersGeneration` and what the tokenizer gave. */
    generate(options: object): Promise<unknown>
    readonly generation_config?: { eos_token_id?: EosTokens } | null
    readonly config: { eos_token_id?: EosTokens; max_position_embeddings?: number }
  }
}
type EosTokens = number | number[] | null

/**
 * Options of the package that a request has fields for.
 *
 * @example { do_sample: true, temperature: 0.6, top_p: 0.95, max_new_tokens: 2048 }
 */
export interface TransformersSettings {
  max_new_tokens?: number
  do_sample?: boolean
  temperature?: number
  top_p?: number
  top_k?: number
  repetition_penalty?: number
}

/**
 * What a generation is given, beside what the tokenizer gave.
 *
 * @example { max_new_tokens: 2048, do_sample: true, temperature: 0.6, streamer, stopping_criteria: stopping }
 */
export interface TransformersGeneration extends TransformersSettings {
  max_new_tokens: number
  streamer: TokenStreamer
  stopping_criteria: Interruptable
}

/**
 * A streamer of the package: it is given tokens as they come, those of the prompt first.
 *
 * @example { put: (tokens) => read(tokens), end: () => {} }
 */
export interface TokenStreamer {
  put(tokens: bigint[][]): void
  end(): void
}

/**
 * What is used of an `InterruptableStoppingCriteria`.
 *
 * @example const stopping = new InterruptableStoppingCriteria()
 */
export interface Interruptable {
  interrupt(): void
  reset(): void
}

/**
 * What transformers.js has loaded.
 *
 * @example { generator: await pipeline('text-generation', name), stopping: new InterruptableStoppingCriteria() }
 */
export interface TransformersOptions {
  generator: TransformersGenerator
  /** `new InterruptableStoppingCriteria()` of the package, for this alone: it ends a generation that is no longer wanted. */
  stopping: Interruptable
  /** The package's `random`, for requests with a `seed`; without it a seed is ignored. */
  random?: { seed(seed: number): void }
  /** Options of `generate` that hold where a request says nothing. */
  defaults?: TransformersSettings & { readonly [option: string]: unknown }
}

/**
 * A `fetch` that answers `POST …/v1/completions` with a model in this process, or this page, that transformers.js has
 * loaded. Give it to `toolFetch` with the upstream `completion`; other requests get 404.
 *
 * A request waits while another is answered. Aborting one stops its generation after the token that is being made.
 *
 * @throws Error naming the option that is not what the package has loaded.
 * @example
 * const generator = await pipeline('text-generation', 'onnx-community/Qwen3-0.6B-ONNX')
 * const fetch = transformersFetch({ generator, stopping: new InterruptableStoppingCriteria() })
 * new OpenAI({ baseURL: 'http://local/v1', apiKey: '-', fetch: toolFetch({ dialect: 'qwen3', upstream: 'completion', fetch }) })
 */
export function transformersFetch(options: TransformersOptions): Fetch {
  checkLoaded('options', options, [], 'an object, as in { generator, stopping }')
  const { generator, stopping, random, defaults } = options
  checkLoaded('generator', generator, ['tokenizer', 'model'], "what pipeline('text-generation', …) gives")
  checkLoaded('stopping', stopping, ['interrupt', 'reset'], 'a new InterruptableStoppingCriteria()')
  const { tokenizer, model } = generator
  const ends = new Set([...idsOf(model.generation_config?.eos_token_id), ...idsOf(model.config.eos_token_id)])

  // Special tokens are shown: <tool_call> is one in some models. Spaces stay as the model wrote them.
  function decode(ids: bigint[]): string {
    return tokenizer.decode(ids, { skip_special_tokens: false, clean_up_tokenization_spaces: false })
  }

  async function generate(request: TextRequest, write: (text: string) => void): Promise<TextEnd> {
    const { body, signal } = request
    // The begin token, where the model has one: a prompt comes without it.
    const inputs = tokenizer(request.prompt, { add_special_tokens: true })
    const promptTokens = inputs.input_ids.dims.at(-1) ?? 0
    const context = model.config.max_position_embeddings ?? Number.POSITIVE_INFINITY
    if (promptTokens >= context) throw contextExceeded(promptTokens, context)
    // The package's own limit, 20 tokens, is too few for a call.
    const asked = request.maxTokens ?? defaults?.max_new_tokens ?? defaultMaxTokens

    const reader = createTokenReader(decode, ends, write)
    const seed = numberOf(body.seed)
    if (seed !== undefined) random?.seed(seed)
    stopping.reset()
    const interrupt = () => stopping.interrupt()
    if (signal.aborted) interrupt()
    signal.addEventListener('abort', interrupt, { once: true })
    const generation: TransformersGeneration = {
      ...defaults,
      ...settingsOf(body),
      max_new_tokens: Math.min(asked, context - promptTokens),
      streamer: reader.streamer,
      stopping_criteria: stopping,
    }
    try {
      await model.generate({ ...inputs, ...generation })
    } finally {
      signal.removeEventListener('abort', interrupt)
    }
    return { ...reader.end(), promptTokens }
  }

  return createLocalFetch({ '/completions': createTextRoute(generate) })
}

/** Reads the tokens of a generation. The one that ends the text is no text, and says why it ended. */
function createTokenReader(
  decode: (ids: bigint[]) => string,
  ends: ReadonlySet<number>,
  write: (text: string) => void,
) {
  let decoder: ReturnType<typeof createTokenDecoder<bigint>> | undefined
  // An ending token: text after all if another one follows.
  let held: bigint | undefined
  let completionTokens = 0

  const streamer: TokenStreamer = {
    put([tokens = []]) {
      if (decoder === undefined) {
        decoder = createTokenDecoder(decode, tokens)
        return
      }
      for (const token of tokens) {
        completionTokens++
        if (held !== undefined) write(decoder.push(held))
        held = ends.has(Number(token)) ? token : undefined
        if (held === undefined) write(decoder.push(token))
      }
    },
    end() {
      if (decoder) write(decoder.end())
    },
  }

  return {
    streamer,
    end: () => ({ finish: held === undefined ? ('length' as const) : ('stop' as const), completionTokens }),
  }
}

function idsOf(tokens: EosTokens | undefined): number[] {
  if (tokens === null || tokens === undefined) return []
  return Array.isArray(tokens) ? tokens : [tokens]
}

function settingsOf(body: Fields): TransformersSettings {
  const temperature = numberOf(body.temperature)
  const topP = numberOf(body.top_p)
  const topK = numberOf(body.top_k)
  const penalty = numberOf(body.repetition_penalty ?? body.repeat_penalty)
  return {
    // The package divides by the temperature; 0 means that the likeliest token is taken.
    ...(temperature === 0 && { do_sample: false }),
    ...(temperature !== undefined && temperature > 0 && { do_sample: true, temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(topK !== undefined && { top_k: topK }),
    ...(penalty !== undefined && { repetition_penalty: penalty }),
  }
}
