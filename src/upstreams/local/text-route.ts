import { type Fields, isFields } from '../../fields.js'
import { randomHex } from '../../random-hex.js'
import { usageOf } from '../read-fields.js'
import { joinStops, maxTokens } from '../request-fields.js'
import { createStopStrings } from '../stop-strings.js'
import { LocalRequestError } from './local-error.js'
import type { LocalRoute } from './serve.js'
import { createTurns, type Turns } from './turns.js'

/** What a runtime is asked to generate. */
export interface TextRequest {
  prompt: string
  maxTokens: number | undefined
  /** The whole request, for what only this runtime knows. */
  body: Fields
  /** Aborted when no more is wanted. The generation then ends soon, in whichever way. */
  signal: AbortSignal
}

/** Why a generation ended, and the tokens of it where they were counted. */
export interface TextEnd {
  finish: 'stop' | 'length'
  promptTokens?: number
  completionTokens?: number
}

/**
 * Generates text with callbacks: each piece goes to `write`, special tokens too, but for the one that ends the text. Stop
 * strings are not its business.
 */
export type GenerateText = (request: TextRequest, write: (text: string) => void) => Promise<TextEnd>

/** What a generation comes to. */
type Outcome = { end: TextEnd } | { error: unknown }

/** Answers `/completions` with a function that generates text in this process, one text at a time. */
export function createTextRoute(generate: GenerateText): LocalRoute {
  const turns = createTurns()

  return {
    async *stream(body, signal) {
      const head = createHead(body)
      const frame = (text: string, finish: TextEnd['finish'] | null) => ({
        ...head,
        choices: [{ index: 0, text, logprobs: null, finish_reason: finish }],
      })
      const pieces = generatePieces(generate, turns, body, signal)
      let next = await pieces.next()
      for (; !next.done; next = await pieces.next()) yield frame(next.value, null)
      yield frame('', next.value.finish)
      const usage = wantsUsage(body) ? countsOf(next.value) : undefined
      if (usage) yield { ...head, choices: [], usage }
    },

    async whole(body, signal) {
      const texts: string[] = []
      const pieces = generatePieces(generate, turns, body, signal)
      let next = await pieces.next()
      for (; !next.done; next = await pieces.next()) texts.push(next.value)
      const choice = { index: 0, text: texts.join(''), logprobs: null, finish_reason: next.value.finish }
      return { ...createHead(body), choices: [choice], usage: countsOf(next.value) }
    },
  }
}

/**
 * Turns callbacks into pieces that can be waited for. A runtime with callbacks does not wait for its reader: what it has
 * generated in the meantime is one piece, and its turn ends when it has ended, read or not.
 */
async function* generatePieces(
  generate: GenerateText,
  turns: Turns,
  body: Fields,
  signal: AbortSignal,
): AsyncGenerator<string, TextEnd, void> {
  const prompt = readPrompt(body)
  const endTurn = await turns.take(signal)
  const scan = createStopStrings(joinStops(body.stop, [], Number.POSITIVE_INFINITY))
  // Stops the runtime: at a stop string, and when no more is wanted.
  const stopper = new AbortController()
  const stop = () => stopper.abort(signal.reason)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })

  let waiting: string[] = []
  let outcome: Outcome | undefined
  let wake = () => {}

  function give(text: string): void {
    if (text === '') return
    waiting.push(text)
    wake()
  }

  function write(text: string): void {
    give(scan.push(text))
    if (scan.found) stopper.abort()
  }

  const request = { prompt, maxTokens: maxTokens(body), body, signal: stopper.signal }
  generate(request, write)
    .then(
      (end) => {
        outcome = { end }
      },
      (error: unknown) => {
        outcome = { error }
      },
    )
    .finally(() => {
      endTurn()
      wake()
    })
  try {
    while (outcome === undefined || waiting.length > 0) {
      if (waiting.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        continue
      }
      const piece = waiting.join('')
      waiting = []
      yield piece
    }
    const rest = scan.end()
    if (rest !== '') yield rest
    if ('end' in outcome) return scan.found ? { ...outcome.end, finish: 'stop' } : outcome.end
    // What a runtime says to being stopped is no failure.
    if (scan.found) return { finish: 'stop' }
    throw outcome.error
  } finally {
    signal.removeEventListener('abort', stop)
    stopper.abort()
  }
}

function readPrompt({ prompt, n, best_of }: Fields): string {
  for (const [name, count] of Object.entries({ n, best_of })) {
    if (typeof count !== 'number' || count === 1) continue
    throw new LocalRequestError(`${name}: a model in this process gives one choice per request`, name)
  }
  const [only, ...others]: unknown[] = Array.isArray(prompt) ? prompt : [prompt]
  if (typeof only === 'string' && others.length === 0) return only
  throw new LocalRequestError('prompt: give one text', 'prompt')
}

function createHead({ model }: Fields): Fields {
  return {
    id: `cmpl-${randomHex()}`,
    object: 'text_completion',
    created: Math.floor(Date.now() / 1000),
    model: typeof model === 'string' ? model : 'local',
  }
}

function countsOf({ promptTokens, completionTokens }: TextEnd): Fields | undefined {
  return usageOf(promptTokens, completionTokens)
}

function wantsUsage({ stream_options: options }: Fields): boolean {
  return isFields(options) && options.include_usage === true
}
