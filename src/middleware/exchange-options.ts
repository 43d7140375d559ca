import type { ParserEvent } from '../events.js'
import { type Fields, isFields } from '../fields.js'
import { checkNames } from '../option-names.js'
import type { ParserOptions, RequestOption } from '../parser.js'
import { checkRenderOptions } from '../render/check-options.js'
import type { RenderOptions } from '../render/prepare.js'
import { fail } from '../tools.js'
import type { UpstreamKind } from '../upstreams/index.js'
import type { ClientOptions } from './client-options.js'
import type { TraceEntry } from './trace.js'

/**
 * Where the model is and how it is spoken to.
 *
 * @example { kind: 'ollama', extraBody: { options: { num_ctx: 16384 } } }
 */
export interface UpstreamOptions {
  /** How the server is spoken to: `chat`, `vllm`, `ollama`, …; docs/upstreams.md has what each is sent. */
  kind: UpstreamKind
  /** The endpoint's whole address; left out, it is the app's own with the path that the kind has. */
  url?: string | URL
  /**
   * Set for an upstream that can only stream, or only not; left out, it is asked for what the app asks for.
   */
  stream?: boolean
  /**
   * Fields laid over every request, for what only this server knows. They have the last word: objects are merged,
   * anything else is replaced, and `undefined` leaves a field out.
   */
  extraBody?: Fields
}

/** How requests are rendered and replies are read, whatever sends and receives them. */
export interface ExchangeOptions
  extends Omit<RenderOptions, 'dialect'>,
    ClientOptions,
    Omit<ParserOptions, 'dialect' | RequestOption> {
  /** The model family, by name (`qwen3`, …) or as an object of `defineDialect`. */
  dialect: NonNullable<ParserOptions['dialect']>
  /** `chat` by default. */
  upstream?: UpstreamKind | UpstreamOptions
  /**
   * Told every parser event as it is read, with what the protocol has no place for: what was repaired, which
   * arguments do not fit their schema, what was cut short.
   */
  onEvent?: (event: ParserEvent, about: { id: string; choice: number }) => void
  /** Told what was sent, what the model wrote and what was made of it, entry by entry. */
  onTrace?: (entry: TraceEntry) => void
}

const upstreamNames = ['kind', 'url', 'stream', 'extraBody']
/** Beside the renderer's and the parser's, which are checked with those. */
const ownNames = [
  'upstream',
  'onEvent',
  'onTrace',
  'calls',
  'hostedTools',
  'reasoningField',
  'keepResponses',
  'fetch',
  'timeout',
]

/**
 * What is not checked where it is used, or only at the first request.
 *
 * @throws Error naming the option that is wrong.
 */
export function checkExchangeOptions(options: ExchangeOptions): void {
  if (!isFields(options)) fail('options', "must be an object with a dialect, as in { dialect: 'qwen3' }")
  checkRenderOptions(options)
  checkNames(options, ownNames)
  for (const name of ['onEvent', 'onTrace'] as const) checkType(name, options[name], 'function')
  const { upstream = 'chat' } = options
  if (typeof upstream === 'string') {
    if (URL.canParse(upstream)) fail('upstream', 'is a kind; an address goes in { kind, url }')
    return
  }
  if (!isFields(upstream)) fail('upstream', "must be a kind or an object, as in { kind: 'vllm', url }")
  for (const name of Object.keys(upstream)) {
    if (!upstreamNames.includes(name))
      fail(`upstream.${name}`, `is no field; there are ${upstreamNames.join(', ')}`)
  }
  checkType('upstream.stream', upstream.stream, 'boolean')
  if (upstream.extraBody !== undefined && !isFields(upstream.extraBody)) {
    fail('upstream.extraBody', 'must be an object of fields')
  }
}

function checkType(name: string, value: unknown, type: 'function' | 'boolean'): void {
  if (value !== undefined && typeof value !== type) fail(name, `must be a ${type}`)
}
