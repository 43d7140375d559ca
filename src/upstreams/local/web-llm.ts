import { type Fields, isFields, without } from '../../fields.js'
import { readReasoning } from '../../request.js'
import { textOf } from '../read-fields.js'
import { answerSchema, joinStops, maxTokens } from '../request-fields.js'
import { createStopStrings, type StopStrings } from '../stop-strings.js'
import { checkLoaded } from './check-loaded.js'
import { LocalRequestError } from './local-error.js'
import { createLocalFetch, type Fetch, type LocalRoute } from './serve.js'
import { createTurns, type Turns } from './turns.js'

/**
 * What is used of a WebLLM engine, in this thread or in a worker.
 *
 * @example const engine = await CreateMLCEngine('Qwen3-8B-q4f16_1-MLC')
 */
export interface WebLlmEngine {
  chat: { completions: WebLlmCompletions }
  completions: WebLlmCompletions
  interruptGenerate(): unknown
}

interface WebLlmCompletions {
  /** Gives an answer, or with `stream` its chunks. */
  create(request: object): Promise<object>
}

/**
 * A `fetch` that answers `POST …/v1/chat/completions`, and `…/v1/completions`, with a WebLLM engine. The engine applies the
 * model's template; with the upstream `completion` the prompt is toolshim's own.
 *
 * Chunks are made as they are read. A request waits while another is answered; aborting one stops its generation after the
 * token that is being made.
 *
 * @throws Error when it is no engine.
 * @example
 * const engine = await CreateMLCEngine('Qwen3-8B-q4f16_1-MLC')
 * new OpenAI({ baseURL: 'http://local/v1', apiKey: '-', fetch: toolFetch({ dialect: 'qwen3', fetch: webLlmFetch(engine) }) })
 */
export function webLlmFetch(engine: WebLlmEngine): Fetch {
  const used = ['chat', 'completions', 'interruptGenerate']
  checkLoaded('engine', engine, used, 'what CreateMLCEngine or CreateWebWorkerMLCEngine gives')
  // The engine has turns too, but interrupts whichever request is running.
  const turns = createTurns()
  const { chat, completions } = engine
  return createLocalFetch({
    '/chat/completions': createRoute(engine, turns, (body) => chat.completions.create(chatRequest(body))),
    '/completions': createRoute(engine, turns, (body) => completions.create(textRequest(body))),
  })
}

function createRoute(
  engine: WebLlmEngine,
  turns: Turns,
  create: (body: Fields) => Promise<object>,
): LocalRoute {
  const interrupt = () => engine.interruptGenerate()

  return {
    async *stream(body, signal) {
      const endTurn = await turns.take(signal)
      signal.addEventListener('abort', interrupt, { once: true })
      try {
        signal.throwIfAborted()
        // The engine's own streams give the beginning of a stop string away before they know it.
        const scan = createStopStrings(joinStops(body.stop, [], Number.POSITIVE_INFINITY))
        const chunks = await create(without(body, stopField))
        if (!isAsyncIterable(chunks)) throw new Error('The engine gave no stream where one was asked for.')
        for await (const chunk of chunks) {
          const wasFound = scan.found
          yield cutAtStop(inProtocol(chunk), scan)
          if (scan.found && !wasFound) interrupt()
        }
      } catch (error) {
        throw requestErrorIn(error)
      } finally {
        signal.removeEventListener('abort', interrupt)
        endTurn()
      }
    },

    async whole(body, signal) {
      const endTurn = await turns.take(signal)
      signal.addEventListener('abort', interrupt, { once: true })
      try {
        signal.throwIfAborted()
        return inProtocol(await create(body))
      } catch (error) {
        throw requestErrorIn(error)
      } finally {
        signal.removeEventListener('abort', interrupt)
        endTurn()
      }
    },
  }
}

function isAsyncIterable(value: object): value is AsyncIterable<object> {
  return Symbol.asyncIterator in value
}

/** Fields that are written anew, in the engine's spelling, or that it refuses without need. */
const ownFields = new Set(['max_completion_tokens', 'stream_options', 'response_format', 'user'])

function chatRequest(body: Fields): object {
  const { messages } = body
  const format = answerFormat(body)
  const reasoning = readReasoning(body)
  return {
    ...textRequest(body),
    ...(Array.isArray(messages) && { messages: messages.map(joinText) }),
    ...(format && { response_format: format }),
    ...(reasoning !== undefined && {
      extra_body: { ...(isFields(body.extra_body) && body.extra_body), enable_thinking: reasoning },
    }),
  }
}

function textRequest(body: Fields): object {
  const most = maxTokens(body)
  return {
    ...without(body, ownFields),
    ...(most !== undefined && { max_tokens: most }),
    // Refused beside a whole answer.
    ...(body.stream === true && { stream_options: body.stream_options }),
  }
}

/** The engine takes a schema as text, under the name of another format; its own formats as they are. */
function answerFormat(body: Fields): Fields | undefined {
  const format = body.response_format
  if (!isFields(format)) return undefined
  if (format.type !== 'json_schema') return format
  return { type: 'json_object', schema: JSON.stringify(answerSchema(body)) }
}

/** A model without eyes takes text only as a string. */
function joinText(message: unknown): unknown {
  if (!isFields(message) || !Array.isArray(message.content)) return message
  const texts = message.content.map((part) =>
    isFields(part) && part.type === 'text' ? part.text : undefined,
  )
  return texts.every((text) => typeof text === 'string') ? { ...message, content: texts.join('') } : message
}

/** Interrupted by the app itself, an answer is one that was cut short. */
function inProtocol(answer: object): Fields {
  const fields: Fields = { ...answer }
  if (!Array.isArray(fields.choices)) return fields
  const choices = fields.choices.map((choice) =>
    isFields(choice) && choice.finish_reason === 'abort' ? { ...choice, finish_reason: 'length' } : choice,
  )
  return { ...fields, choices }
}

const stopField = new Set(['stop'])

/** The chunk without what stands behind a stop string. Its choice is the only one of a stream. */
function cutAtStop(chunk: Fields, scan: StopStrings): Fields {
  const [choice]: unknown[] = Array.isArray(chunk.choices) ? chunk.choices : []
  if (!isFields(choice)) return chunk
  const isLast = choice.finish_reason !== null && choice.finish_reason !== undefined
  const cut = (text: unknown) => scan.push(textOf(text) ?? '') + (isLast ? scan.end() : '')
  const written = isFields(choice.delta)
    ? { delta: { ...choice.delta, content: cut(choice.delta.content) } }
    : { text: cut(choice.text) }
  const finish = scan.found && isLast ? { finish_reason: 'stop' } : undefined
  return { ...chunk, choices: [{ ...choice, ...written, ...finish }] }
}

/** What the engine says about the request, by the names of its errors; its messages say how to go on. */
const requestErrors = new Map<string, { param: string | null; code: string | null }>([
  ['ContextWindowSizeExceededError', { param: 'messages', code: 'context_length_exceeded' }],
  ['SpecifiedModelNotFoundError', { param: 'model', code: 'model_not_found' }],
  ['UnclearModelToUseError', { param: 'model', code: null }],
  ['MessageOrderError', { param: 'messages', code: null }],
  ['SystemMessageOrderError', { param: 'messages', code: null }],
  ['UnsupportedRoleError', { param: 'messages', code: null }],
  ['UserMessageContentErrorForNonVLM', { param: 'messages', code: null }],
  ['StreamingCountError', { param: 'n', code: null }],
  ['SeedTypeError', { param: 'seed', code: null }],
  ['UnsupportedFieldsError', { param: null, code: null }],
])

function requestErrorIn(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const known = requestErrors.get(error.name)
  return known ? new LocalRequestError(error.message, known.param, known.code) : error
}
