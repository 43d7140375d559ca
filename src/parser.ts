import type { Call } from './align/call.js'
import { indexTools } from './align/tools.js'
import { createChange } from './change-log.js'
import type { Dialect } from './dialects/dialect.js'
import { dialectOf } from './dialects/index.js'
import type { Change, FinishReason, ParserEvent, ReasoningEvent, TextEvent, Violation } from './events.js'
import { isHighSurrogate, special } from './json/characters.js'
import { neutralise } from './render/neutralise.js'
import { createReply, type Limits } from './reply.js'
import type { Tool, ToolChoice } from './request.js'
import type { Tag } from './scan/tags.js'
import { readToolChoice, readTools } from './tools.js'

/** How a reply is read. Everything has a default. */
export interface ParserOptions {
  /** The model family, by name or as an object of `defineDialect`. Default: `qwen3`. */
  dialect?: string | Dialect | undefined
  /**
   * The tools of the request. Left out, every name is taken as it is; an empty list reads no calls, like
   * `toolChoice: 'none'`.
   */
  tools?: readonly Tool[] | null | undefined
  toolChoice?: ToolChoice | null | undefined
  /** `false`: the reply ends after the first call, and what comes after is reported. Default `true`. */
  parallelToolCalls?: boolean | null | undefined
  /** What the prompt already put into the model's turn, as `renderPrompt` returns it. */
  prefill?: string | undefined
  /** What becomes of a call to a tool that is not declared. Default `call`: passed on with a violation. */
  unknownTool?: 'call' | 'text' | 'drop' | undefined
  limits?: Partial<Limits> | undefined
  /** Makes the ids of calls. Default: `call_` and 24 random characters. */
  createId?: (() => string) | undefined
}

export interface Parser {
  /**
   * Takes the next piece of the reply, of any length, and returns what is known by now. Never throws: a model that
   * writes badly is an event.
   */
  push(chunk: string): ParserEvent[]
  /** The reply is over. `reason` is the upstream's finish reason, `stop` when it gave none. */
  end(reason?: string | null): ParserEvent[]
}

/** What a whole reply comes to. */
export interface ParseResult {
  content: string
  reasoning: string
  /** Chat Completions tool calls, with what was changed in each and what does not fit its schema. */
  toolCalls: ParsedToolCall[]
  /** Calls that the model began and did not finish. */
  incomplete: IncompleteCall[]
  finishReason: FinishReason
  /** All changes of the reply, those inside calls too. */
  changes: Change[]
}

export type ParsedToolCall = { id: string; changes: Change[]; violations: Violation[] } & (
  | { type: 'function'; function: { name: string; arguments: string } }
  | { type: 'custom'; custom: { name: string; input: string } }
)

export interface IncompleteCall {
  id: string
  name: string | null
  /** Everything the model wrote of it, as far as it was not changed. */
  text: string
}

/** Small enough to be read within a millisecond. */
const maxGathered = 64 * 1024

export const defaultLimits: Limits = {
  depth: 512,
  call: 16 * 1024 * 1024,
  calls: 128,
  held: 64 * 1024,
}

/**
 * Reads a model's reply as it comes.
 *
 * @example
 * const parser = createParser({ dialect: 'qwen3', tools })
 * for await (const chunk of reply) for (const event of parser.push(chunk)) handle(event)
 * for (const event of parser.end('stop')) handle(event)
 *
 * @throws Error when the dialect is unknown, an option has a value it does not take, or the tool choice names a tool
 * that is not in `tools`.
 */
export function createParser(options: ParserOptions = {}): Parser {
  const dialect = dialectOf(options.dialect)
  const undeclared = options.tools === undefined || options.tools === null
  const tools = readTools(options.tools)
  const choice = readToolChoice(options.toolChoice, tools)
  const allowed = choice.name === undefined ? choice.allowed : new Set([choice.name])
  checkUnknownTool(options.unknownTool)

  let events: ParserEvent[] = []
  let length = 0
  /** The first half of a surrogate pair, so that no event ends in half a character. */
  let half = ''
  /** The call whose string is being read with nothing held: plain characters are its next delta as they are. */
  let inString: Call | undefined
  let index = -1
  let room = 0
  let skipped = 0
  /** Plain characters of arguments that wait for the call's name: gathered, and read in one go. */
  let gathered = ''

  const reply = createReply({
    tools: indexTools(undeclared ? undefined : tools),
    tags: tagsOf(dialect),
    limits: { ...defaultLimits, ...options.limits },
    readCalls: choice.mode !== 'none' && (undeclared || tools.length > 0),
    parallel: options.parallelToolCalls !== false,
    unknownTool: options.unknownTool ?? 'call',
    isAllowed: (name) => allowed === undefined || allowed.has(name),
    emit,
    createId: options.createId ?? randomId,
  })

  if (options.prefill) {
    reply.silent = true
    reply.push(options.prefill, -options.prefill.length)
    reply.silent = false
  }

  function emit(event: ParserEvent) {
    const last = events[events.length - 1]
    if (isText(event) && last !== undefined && isText(last) && last.type === event.type) {
      events[events.length - 1] = { type: last.type, text: last.text + event.text }
      return
    }
    events.push(event)
  }

  function push(chunk: string): ParserEvent[] {
    if (inString === undefined) {
      const text = half === '' ? reply.passText(chunk) : undefined
      if (text === undefined) return read(chunk)
      length += chunk.length
      return text === '' ? [] : [{ type: 'text', text }]
    }
    if (chunk.length > room || !isPlain(chunk)) return read(chunk)
    room -= chunk.length
    if (index >= 0) {
      skipped += chunk.length
      return [{ type: 'tool-call-arguments', index, text: chunk }]
    }
    gathered += chunk
    return gathered.length < maxGathered ? [] : read('')
  }

  /** The long way, for everything that is not plain. */
  function read(chunk: string): ParserEvent[] {
    if (skipped > 0) {
      reply.skip(skipped)
      length += skipped
      skipped = 0
    }
    let text = half + gathered + chunk
    half = ''
    gathered = ''
    const last = text.length - 1
    if (isHighSurrogate(text.charCodeAt(last))) {
      half = text.charAt(last)
      text = text.slice(0, last)
    }
    reply.push(text, length)
    length += text.length
    inString = half === '' ? reply.inString() : undefined
    index = inString?.index ?? -1
    room = reply.room()
    return take()
  }

  function take(): ParserEvent[] {
    const taken = events
    events = []
    return taken
  }

  function end(reason?: string | null): ParserEvent[] {
    const before = read('')
    if (half !== '') reply.push(half, length++)
    half = ''
    const given = reason ?? 'stop'
    reply.end(given)
    if (choice.mode === 'required' && reply.calls + reply.incomplete === 0) {
      emit({ type: 'notice', change: createChange('choice-not-met', length) })
    }
    emit({ type: 'finish', reason: finishReason(given), calls: reply.calls })
    return [...before, ...take()]
  }

  function finishReason(given: string): FinishReason {
    if (given !== 'stop' && given !== 'tool_calls') return given
    if (reply.incomplete > 0) return 'length'
    return reply.calls > 0 ? 'tool_calls' : 'stop'
  }

  return { push, end }
}

/**
 * Reads a whole reply: the events of `createParser`, put together.
 *
 * @example
 * parse('<tool_call>\n{"name": "add", "arguments": {"a": 1}}\n</tool_call>', { tools }).toolCalls[0].function.arguments
 * // '{"a": 1}'
 * @throws Error as `createParser` does; never for what the model wrote.
 */
export function parse(
  text: string,
  options: ParserOptions & { finishReason?: string | null | undefined } = {},
): ParseResult {
  const parser = createParser(options)
  return collect([...parser.push(text), ...parser.end(options.finishReason)])
}

/**
 * Puts events together to what they come to.
 *
 * @example collect([...parser.push(reply), ...parser.end()]).content
 */
export function collect(events: Iterable<ParserEvent>): ParseResult {
  const content: string[] = []
  const reasoning: string[] = []
  const started = new Map<number, { id: string; name: string; custom: boolean; pieces: string[] }>()
  const toolCalls: ParsedToolCall[] = []
  const incomplete: IncompleteCall[] = []
  const changes: Change[] = []
  let finishReason: FinishReason = 'stop'
  for (const event of events) {
    switch (event.type) {
      case 'text':
        content.push(event.text)
        break
      case 'reasoning':
        reasoning.push(event.text)
        break
      case 'tool-call-start':
        started.set(event.index, {
          id: event.id,
          name: event.name,
          custom: event.custom === true,
          pieces: [],
        })
        break
      case 'tool-call-arguments':
        started.get(event.index)?.pieces.push(event.text)
        break
      case 'tool-call-end': {
        const call = started.get(event.index)
        changes.push(...event.changes)
        if (call === undefined) break
        const text = call.pieces.join('')
        const common = { id: call.id, changes: event.changes, violations: event.violations }
        toolCalls.push(
          call.custom
            ? { ...common, type: 'custom', custom: { name: call.name, input: text } }
            : { ...common, type: 'function', function: { name: call.name, arguments: text } },
        )
        break
      }
      case 'tool-call-incomplete': {
        const given = started.get(event.index)?.pieces.join('') ?? ''
        changes.push(...event.changes)
        incomplete.push({ id: event.id, name: event.name, text: given + event.text })
        break
      }
      case 'notice':
        changes.push(event.change)
        break
      case 'finish':
        finishReason = event.reason
    }
  }
  return {
    content: content.join(''),
    reasoning: reasoning.join(''),
    toolCalls,
    incomplete,
    finishReason,
    changes,
  }
}

function tagsOf({ marks, controlTokens }: Dialect): Tag[] {
  const tags: Tag[] = [
    [marks.call.open, 'open'],
    [marks.call.close, 'close'],
  ]
  if (marks.reasoning !== undefined) {
    tags.push([marks.reasoning.open, 'think-open'], [marks.reasoning.close, 'think-close'])
  }
  const ends = [controlTokens.end, ...controlTokens.others]
  tags.push([controlTokens.start, 'turn-start'])
  for (const token of ends) tags.push([token, 'turn-end'])
  for (const token of [controlTokens.start, ...ends]) tags.push([neutralise(token, controlTokens), 'neutral'])
  return tags
}

function isText(event: ParserEvent): event is TextEvent | ReasoningEvent {
  return event.type === 'text' || event.type === 'reasoning'
}

/** Whether every character may stand in a JSON string as it is, and the last one is whole. */
function isPlain(chunk: string): boolean {
  const end = chunk.length
  for (let i = 0; i < end; i++) if (special[chunk.charCodeAt(i)] === 1) return false
  return end > 0 && !isHighSurrogate(chunk.charCodeAt(end - 1))
}

function checkUnknownTool(value: ParserOptions['unknownTool']) {
  if (value === undefined || value === 'call' || value === 'text' || value === 'drop') return
  throw new Error(`unknownTool must be 'call', 'text' or 'drop', not ${JSON.stringify(value)}`)
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

function randomId(): string {
  let id = 'call_'
  for (let i = 0; i < 24; i++) id += alphabet.charAt(Math.floor(Math.random() * alphabet.length))
  return id
}
