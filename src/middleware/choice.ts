import type { ParserEvent } from '../events.js'
import { defaultLimits } from '../limits.js'
import type { Parser } from '../parser.js'
import { createStopStrings } from '../upstreams/stop-strings.js'
import type { ChoicePart } from '../upstreams/upstream.js'
import { createCallJoin } from './join-calls.js'
import { createRepetition } from './repetition.js'
import { createServerCalls } from './server-calls.js'

export interface ChoiceOptions {
  /** `reasoned`: the server has told the reasoning apart itself, so the text does not begin inside it. */
  createParser: (reasoned: boolean) => Parser
  /** Names a call of the server's own that has no id. */
  createId: () => string
  /** Whether the reply ends with the first call. */
  oneCall: boolean
  /**
   * Whether the server was asked to repeat in each part all that came before it: what is new is read. Left out, none ever
   * does.
   */
  cumulative?: boolean | undefined
  /** Strings that end the text, where the server leaves them in. */
  stops?: readonly string[]
}

/**
 * One choice of an answer: its parts in, events out. What it knows is asked for with functions: an object that a literal
 * with getters makes is a hash table to the engine, where there is more than one.
 */
export interface Choice {
  push(part: ChoicePart): ParserEvent[]
  /** Ends its parser, with the finish reason that came in a part when none is given. */
  end(finish?: string): ParserEvent[]
  /**
   * Ends it behind the one call that is wanted. When the server has not finished, what its parser holds is the beginning of
   * something that nobody waits for, such as the call's closing mark: nothing is wrong with that.
   */
  endAfterCall(): ParserEvent[]
  /** Whether a finish reason has come. */
  isFinished(): boolean
  /** Whether there was no place for one in any of its parts, so that the end of the stream is its own. */
  isSilent(): boolean
  hasEnded(): boolean
  /** The string that ended its text, where the server had left it in. */
  stop(): string | undefined
}

/**
 * Its parser is made with the first text that is not white space, when it is known whether the server tells reasoning
 * apart: some send a line break before it. A finish reason waits for the end of the answer: some servers give one in
 * every frame, or text after it.
 */
export function createChoice(options: ChoiceOptions): Choice {
  const { createParser, createId, oneCall, cumulative, stops = [] } = options
  let parser: Parser | undefined
  let reasoned = false
  /** White space at the start: it belongs to the reasoning's marks if there is reasoning. */
  let space = ''
  const serverCalls = createServerCalls(createId)
  const join = createCallJoin(oneCall)
  let finishReason: string | undefined
  let silent = true
  /** Whether a call was cut short. */
  let isOpen = false
  let ended = false
  const repetition = cumulative === undefined ? undefined : createRepetition(cumulative)
  const newText = repetition?.createText()
  const newReasoning = repetition?.createText()
  const stopStrings = stops.length > 0 ? createStopStrings(stops) : undefined

  function readText(text: string): ParserEvent[] {
    if (parser) return parser.push(text)
    space += text
    if (text.trim() === '' && space.length <= defaultLimits.held) return []
    parser = createParser(reasoned)
    return parser.push(space)
  }

  function endText(finish: string | undefined): ParserEvent[] {
    const thought = newReasoning?.end()
    if (thought) reasoned = true
    const written = newText?.end() ?? ''
    const rest = stopStrings ? stopStrings.push(written) + stopStrings.end() : written
    const last: ParserEvent[] = [
      ...(thought ? [{ type: 'reasoning' as const, text: thought }] : []),
      ...(rest ? readText(rest) : []),
    ]
    if (parser) return [...last, ...parser.end(finish)]
    parser = createParser(reasoned)
    return [...last, ...parser.push(space), ...parser.end(finish)]
  }

  function end(finish: string | undefined): ParserEvent[] {
    ended = true
    if (finish === undefined && silent) return endUnknown()
    return join.end(endText(finish), serverCalls.end(isCut(finish)))
  }

  /** The model may have been stopped in the middle: what is open stays so, and what is complete counts. */
  function endUnknown(): ParserEvent[] {
    const events = join.end(endText('length'), serverCalls.end(true))
    const wasCut = isOpen || events.some(({ type }) => type === 'tool-call-incomplete')
    if (wasCut) return events
    return events.map((event) =>
      event.type === 'finish' ? { ...event, reason: event.calls > 0 ? 'tool_calls' : 'stop' } : event,
    )
  }

  return {
    push(part) {
      const { finish } = part
      const written = newText ? newText.push(part.text) : part.text
      const text = written && stopStrings ? stopStrings.push(written) : written
      const calls = repetition && part.calls ? repetition.calls(part.calls) : part.calls
      // The answer is behind what was thought.
      const thought = part.text && !part.reasoning ? newReasoning?.end() : undefined
      const reasoning = newReasoning ? (thought ?? newReasoning.push(part.reasoning)) : part.reasoning
      if (reasoning) reasoned = true
      const events = text ? join.text(readText(text)) : []
      if (reasoning) events.unshift({ type: 'reasoning', text: reasoning })
      if (calls) events.push(...join.server(serverCalls.push(calls)))
      finishReason = finish ?? finishReason
      if (silent) {
        silent = part.silent === true
        isOpen ||= events.some(({ type }) => type === 'tool-call-incomplete')
      }
      return events
    },
    end: (finish = finishReason) => end(finish),
    endAfterCall() {
      if (finishReason !== undefined) return end(finishReason)
      return end('stop').filter(
        (event) => event.type !== 'notice' || event.change.kind === 'after-first-call',
      )
    },
    isFinished: () => ended || finishReason !== undefined,
    isSilent: () => silent,
    hasEnded: () => ended,
    stop: () => stopStrings?.found,
  }
}

function isCut(finish: string | undefined): boolean {
  return finish !== undefined && finish !== 'stop' && finish !== 'tool_calls'
}
