import type { LanguageModelV3FinishReason, LanguageModelV4FinishReason } from '@ai-sdk/provider'
import { dialectOf } from '../../dialects/index.js'
import type { ParserEvent } from '../../events.js'
import { createParser } from '../../parser.js'
import { randomHex } from '../../random-hex.js'
import { finishOf } from '../../upstreams/read-fields.js'
import { createChoice } from '../choice.js'
import type { CallContext } from './call.js'
import type { ReplyAbout, ToolMiddlewareOptions } from './options.js'

export type FinishReason = LanguageModelV3FinishReason | LanguageModelV4FinishReason
/** One that every specification has. */
export interface OwnFinish {
  unified: 'stop' | 'length' | 'tool-calls' | 'other'
  raw: string | undefined
}

/** One reply of the model: its text in, events out. What is no text passes by, and is told of here. */
export interface Reply {
  text(text: string): ParserEvent[]
  /** The provider has told reasoning apart by itself, so the text does not begin inside it. */
  hasReasoning(text: string): void
  /** The provider has given a call of its own. */
  hasCall(): void
  /** The response has a name. */
  hasId(id: string | undefined): void
  /** No more comes; `finish` is `undefined` when the provider never said why. */
  end<Finish extends FinishReason>(
    finish: Finish | undefined,
  ): { events: ParserEvent[]; finish: Finish | OwnFinish }
}

/**
 * @param isWhole whether the reply comes in one piece, which is finished even if the server does not say why.
 */
export function createReply(
  { tools, toolChoice, parallelToolCalls, prefill, json }: CallContext,
  options: ToolMiddlewareOptions,
  model: { modelId: string },
  isWhole: boolean,
): Reply {
  const { onEvent } = options
  const { open = '', close = '' } = dialectOf(options.dialect).marks.reasoning ?? {}
  let reasoned = false
  let called = false
  let about: ReplyAbout | undefined

  const choice = createChoice({
    createParser: () =>
      createParser({
        ...options,
        untagged: options.untagged ?? (json ? 'text' : 'call'),
        tools,
        toolChoice,
        parallelToolCalls,
        // Where the provider has told the reasoning apart, the text is what follows its closing mark.
        prefill: reasoned ? open + close : prefill,
      }),
    // Calls of the provider's own are not given to it.
    createId: () => `reply_${randomHex()}`,
    oneCall: !parallelToolCalls,
  })

  function report(events: ParserEvent[]): ParserEvent[] {
    // A provider's own call is the one that was asked for.
    const told = called ? events.filter((event) => !isUnmet(event)) : events
    if (onEvent && told.length > 0) {
      about ??= { id: `reply_${randomHex()}`, modelId: model.modelId }
      for (const event of told) onEvent(event, about)
    }
    return told
  }

  return {
    text: (text) => report(choice.push({ index: 0, text })),
    hasReasoning(text) {
      reasoned = true
      // Told, and given as the provider gave it.
      if (text !== '') report([{ type: 'reasoning', text }])
    },
    hasCall() {
      called = true
    },
    hasId(id) {
      if (id) about = { id, modelId: model.modelId }
    },
    end(finish) {
      const events = report(choice.end(parserReason(finish, isWhole)))
      const last = events.at(-1)
      const reason = last?.type === 'finish' ? last.reason : undefined
      return { events, finish: finishReason(reason, finish, called) }
    },
  }
}

function isUnmet(event: ParserEvent): boolean {
  return event.type === 'notice' && event.change.kind === 'choice-not-met'
}

/** The SDK's word for why the model stopped, as Chat Completions has it. */
function parserReason(finish: FinishReason | undefined, isWhole: boolean): string {
  if (finish === undefined) return 'interrupted'
  switch (finish.unified) {
    case 'tool-calls':
      return 'tool_calls'
    case 'content-filter':
      return 'content_filter'
    case 'other':
      // Other servers' words for stop and length are not known to the SDK, which would not run a tool then.
      return finishOf(finish.raw) ?? (isWhole ? 'stop' : 'other')
    default:
      return finish.unified
  }
}

function finishReason<Finish extends FinishReason>(
  read: string | undefined,
  given: Finish | undefined,
  called: boolean,
): Finish | OwnFinish {
  const raw = given?.raw
  switch (read) {
    case 'tool_calls':
      return { unified: 'tool-calls', raw }
    case 'length':
      return { unified: 'length', raw }
    case 'stop':
      return called && given?.unified === 'tool-calls' ? given : { unified: 'stop', raw }
    default:
      return given ?? { unified: 'other', raw }
  }
}
