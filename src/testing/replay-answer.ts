import { type Fields, isFields, mergeFields } from '../fields.js'
import type { Untouched } from '../surfaces/chat-completions/protocol.js'
import type { ReplayHead, ReplayProtocol, ReplayQuestion, ReplayToken } from './replay-protocols.js'
import type { ReplayReply } from './replay-reply.js'
import { splitTokens } from './split-tokens.js'

/** An answer as it will be sent. */
export type ReplayAnswer = { form: 'whole'; body: Fields } | { form: 'stream'; steps: ReplayStep[] }

export type ReplayStep =
  | { type: 'frame'; frame: Fields; isToken: boolean; isError?: true }
  | { type: 'line'; line: string }
  | { type: 'cut' }
  | { type: 'hang' }

/** Spells a scripted reply in a protocol, with the faults that it asks for. */
export function buildAnswer(
  protocol: ReplayProtocol,
  question: ReplayQuestion,
  reply: ReplayReply,
  about: Pick<ReplayHead, 'id' | 'model'>,
  split: (text: string) => string[] = splitTokens,
): ReplayAnswer {
  const { fault = {} } = reply
  const { body: request } = question
  const handling = fault.stop ?? (protocol.keepsStops && 'included')
  const texts = textsOf(protocol.choices?.(request), reply).map((text) =>
    atStop(text, stopsOf(protocol, request), handling),
  )
  const tokens = tokensOf(texts, reply.reasoning, split)
  const head: ReplayHead = {
    ...about,
    created: 1_766_000_000,
    tokens: tokens.length,
    cumulative: protocol.cumulative?.(request) === true,
    promptTokens: Math.ceil(
      JSON.stringify(request.prompt ?? request.messages ?? request.inputs ?? request.input ?? '').length / 4,
    ),
  }
  const streams = fault.form ? fault.form === 'stream' : protocol.asksForStream(question)

  if (!streams) {
    const reason = fault.noFinish ? null : (reply.finish ?? 'stop')
    const body = protocol.whole(head, texts, reason, usageOf(head, reply), reply)
    return { form: 'whole', body: withUntouched(body, reply.untouched?.[0]) }
  }

  const steps: ReplayStep[] = []
  texts.forEach((_, choice) => {
    const opening = protocol.opening(head, choice)
    if (opening) steps.push({ type: 'frame', frame: opening, isToken: false })
  })
  const said = new Map<number, ReplayToken>()
  tokens.forEach((token, at) => {
    const all = joinTokens(said.get(token.choice), token)
    said.set(token.choice, all)
    const given = head.cumulative ? all : token
    const frame = withUntouched(protocol.token(head, given, reply), reply.untouched?.[at])
    steps.push({ type: 'frame', frame, isToken: true })
  })
  if (!fault.noFinish) {
    texts.forEach((_, choice) => {
      const all = said.get(choice) ?? { choice }
      const frame = protocol.finish(head, choice, reply.finish ?? 'stop', all)
      steps.push({ type: 'frame', frame, isToken: false })
    })
  }
  const usage = wantsUsage(request) ? usageOf(head, reply) : undefined
  const usageFrame = usage && protocol.usage(head, usage)
  if (usageFrame) steps.push({ type: 'frame', frame: usageFrame, isToken: false })
  if (protocol.done && !fault.noDone) steps.push({ type: 'line', line: '[DONE]' })
  return { form: 'stream', steps: withFault(steps, reply) }
}

/** Ends the steps where a fault strikes. */
function withFault(steps: ReplayStep[], { fault = {} }: ReplayReply): ReplayStep[] {
  const at = (tokens: number): number => {
    let seen = 0
    const place = steps.findIndex((step) => step.type === 'frame' && step.isToken && seen++ === tokens)
    return place === -1 ? steps.length : place
  }
  const { error, cutAfter, hang, invalidAfter } = fault
  if (error)
    return [
      ...steps.slice(0, at(error.after)),
      { type: 'frame', frame: error.frame, isToken: false, isError: true },
    ]
  if (cutAfter !== undefined) return [...steps.slice(0, at(cutAfter)), { type: 'cut' }]
  if (typeof hang === 'number') return [...steps.slice(0, at(hang)), { type: 'hang' }]
  if (invalidAfter === undefined) return steps
  const place = at(invalidAfter)
  return [...steps.slice(0, place), { type: 'line', line: '{"broken": ' }, ...steps.slice(place)]
}

function textsOf(asked: unknown, reply: ReplayReply): string[] {
  const count = typeof asked === 'number' ? asked : 1
  return Array.from({ length: count }, (_, choice) => reply.choices?.[choice] ?? reply.text ?? '')
}

/**
 * All tokens in the order in which they are sent: choices take turns, as they do in a server that batches.
 */
function tokensOf(
  texts: string[],
  reasoning: string | undefined,
  split: (text: string) => string[],
): ReplayToken[] {
  const byChoice = texts.map((text, choice) => [
    ...split(reasoning ?? '').map((piece): ReplayToken => ({ choice, reasoning: piece })),
    ...split(text).map((piece): ReplayToken => ({ choice, text: piece })),
  ])
  const longest = Math.max(...byChoice.map((tokens) => tokens.length))
  return Array.from({ length: longest }, (_, at) => byChoice.flatMap((tokens) => tokens[at] ?? [])).flat()
}

function joinTokens(before: ReplayToken | undefined, { choice, text, reasoning }: ReplayToken): ReplayToken {
  return {
    choice,
    text: (before?.text ?? '') + (text ?? ''),
    ...((before?.reasoning ?? reasoning) !== undefined && {
      reasoning: (before?.reasoning ?? '') + (reasoning ?? ''),
    }),
  }
}

function stopsOf(protocol: ReplayProtocol, request: Fields): string[] {
  const stops = protocol.stops(request)
  return (Array.isArray(stops) ? stops : [stops]).filter((stop) => typeof stop === 'string' && stop !== '')
}

function atStop(text: string, stops: string[], handling: 'included' | 'ignored' | undefined): string {
  if (handling === 'ignored') return text
  const found = stops
    .map((stop) => ({ at: text.indexOf(stop), stop }))
    .filter(({ at }) => at !== -1)
    .sort((a, b) => a.at - b.at)[0]
  if (!found) return text
  return text.slice(0, handling === 'included' ? found.at + found.stop.length : found.at)
}

function wantsUsage(request: Fields): boolean {
  return isFields(request.stream_options) && request.stream_options.include_usage === true
}

function usageOf(head: ReplayHead, reply: ReplayReply): Fields | undefined {
  if (reply.usage === false) return undefined
  return (
    reply.usage ?? {
      prompt_tokens: head.promptTokens,
      completion_tokens: head.tokens,
      total_tokens: head.promptTokens + head.tokens,
    }
  )
}

function withUntouched(frame: Fields, untouched: Untouched | undefined): Fields {
  if (untouched === undefined) return frame
  const { completion = {}, choice = {}, delta = {} } = untouched
  const choices = Array.isArray(frame.choices) ? frame.choices.filter(isFields) : []
  const [first, ...rest] = choices
  if (!first) return { ...frame, ...completion }
  const inner = 'message' in first ? 'message' : 'delta'
  const withDelta = mergeFields(first, { ...choice, ...Object.fromEntries([[inner, delta]]) })
  return { ...frame, ...completion, choices: [withDelta, ...rest] }
}
