import type { Call } from './align/call.js'
import { indexTools } from './align/tools.js'
import { callFilter } from './call-filter.js'
import { createChange } from './change-log.js'
import { collect, type ParseResult } from './collect.js'
import { chatmlMarks } from './dialects/chatml-marks.js'
import type { SpokenDialect } from './dialects/dialect.js'
import type { FinishReason, ParserEvent } from './events.js'
import type { GrammarContext } from './grammars/call-grammar.js'
import type { Neighbours } from './grammars/neighbours.js'
import { isHarmless, isHighSurrogate } from './json/characters.js'
import { defaultLimits, type Limits } from './limits.js'
import { neutralToken } from './render/neutralise.js'
import { createReply } from './reply.js'
import type { Tool, ToolChoice } from './request.js'
import type { Tag } from './scan/tags.js'
import { readToolChoice, readTools } from './tools.js'

export { collect, type IncompleteCall, type ParsedToolCall, type ParseResult } from './collect.js'
export type { SpokenDialect } from './dialects/dialect.js'
export type * from './events.js'
export { type Neighbours, neighbours } from './grammars/neighbours.js'
export { defaultLimits, type Limits } from './limits.js'

/** How a reply is read. Everything has a default. */
export interface ParserOptions {
  /** What the parser has to know of the model family. Default: the marks of ChatML models with Hermes' calls. */
  dialect?: SpokenDialect | undefined
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
  /**
   * Arguments are made to fit the tool's schema where that loses nothing: `"5"` becomes 5 where a number is asked for.
   * `false`: they stay as the model wrote them. What does not fit is listed either way. Default `true`.
   */
  align?: boolean | undefined
  /** `drop`: a call with the name and arguments of an earlier one is left out. Default `call`. */
  repeats?: 'call' | 'drop' | undefined
  /** What becomes of a call that lacks a required parameter. Default `call`: passed on with the violation. */
  missingRequired?: 'call' | 'text' | 'drop' | undefined
  /**
   * `text`: a reply that is a call to a declared tool but for its marks is text all the same, since the request asked
   * for JSON; a dialect that has no marks keeps its calls. Default `call`.
   */
  untagged?: 'call' | 'text' | undefined
  limits?: Partial<Limits> | undefined
  /**
   * Repairs a marked block as a whole that was not recognised as a call: give jsonrepair's `jsonrepair` here. It gets at
   * most `limits.held` characters, of which nothing has been given. Its word counts only if it is JSON that names a
   * declared tool; it may throw. Default: no second opinion.
   */
  secondOpinion?: ((text: string) => string) | undefined
  /**
   * The grammars that are read where no JSON object stands: give `neighbours` here, or the one that the dialect has as
   * its own. `toolshim` reads all of them; this entry leaves them to whoever needs every kilobyte. Default: none.
   */
  grammars?: Partial<Neighbours> | undefined
  /**
   * Reads a value that is written as nested XML, for a property that is declared an object or array: give `readXml` of
   * `toolshim/xml` here. Default: such a value is a string.
   */
  readXml?: GrammarContext['readXml']
  /** Makes the ids of calls. Default: `call_` and 24 random characters. */
  createId?: (() => string) | undefined
}

/** Reads one reply, piece by piece. Both functions return the events that are known by then. */
export interface Parser {
  /**
   * Takes the next piece of the reply, of any length, and returns what is known by now. Never throws: a model that
   * writes badly is an event.
   */
  push(chunk: string): ParserEvent[]
  /** The reply is over. `reason` is the upstream's finish reason, `stop` when it gave none. */
  end(reason?: string | null): ParserEvent[]
}

/** Small enough to be read within a millisecond. */
const maxGathered = 64 * 1024

/**
 * Reads a model's reply as it comes.
 *
 * @example
 * const parser = createParser({ tools })
 * for await (const chunk of reply) for (const event of parser.push(chunk)) handle(event)
 * for (const event of parser.end('stop')) handle(event)
 *
 * @throws Error when an option has a value it does not take, or the tool choice names a tool
 * that is not in `tools`.
 */
export function createParser(options: ParserOptions = {}): Parser {
  const undeclared = options.tools === undefined || options.tools === null
  const tools = readTools(options.tools)
  const choice = readToolChoice(options.toolChoice, tools)
  const allowed = choice.name === undefined ? choice.allowed : new Set([choice.name])
  checkOptions(options)
  const dialect: SpokenDialect = options.dialect ?? chatmlMarks

  /** The first event of this push, and all of them once there are two: an array that grows costs more than the rest. */
  let first: ParserEvent | undefined
  let events: ParserEvent[] | undefined
  let length = 0
  /** The first half of a surrogate pair, so that no event ends in half a character. */
  let half = ''
  /** The call whose string is being read with nothing held: plain characters are its next delta as they are. */
  let inString: Call | undefined
  let index = -1
  let room = 0
  let quote = 0
  let skipped = 0
  /** Plain characters of arguments that wait for the call's name: gathered, and read in one go. */
  let gathered = ''

  const readCalls = choice.mode !== 'none' && (undeclared || tools.length > 0)
  // What is none of the dialect's own is a call only if it names a tool that is known.
  const readDrift = readCalls && tools.length > 0
  // A dialect without marks writes its own calls in what would be an answer elsewhere.
  const bareCalls = dialect.marks.call === undefined

  const reply = createReply({
    tools: indexTools(undeclared ? undefined : tools),
    tags: tagsOf(dialect),
    close: dialect.marks.call?.close ?? '',
    limits: { ...defaultLimits, ...options.limits },
    readCalls,
    readDrift,
    readUntagged: readDrift && (bareCalls || (options.untagged ?? 'call') === 'call'),
    bareCalls,
    ...callFilter(options),
    parallel: options.parallelToolCalls !== false,
    align: options.align ?? true,
    unknownTool: options.unknownTool ?? 'call',
    isAllowed: (name) => allowed === undefined || allowed.has(name),
    emit,
    secondOpinion: options.secondOpinion,
    grammars: options.grammars ?? {},
    ownForm: dialect.grammar,
    noCall: dialect.noCall,
    readXml: options.readXml,
    createId: options.createId ?? randomId,
  })

  if (options.prefill) {
    reply.progress.silent = true
    reply.push(options.prefill, -options.prefill.length)
    reply.progress.silent = false
  }

  function emit(event: ParserEvent) {
    if (first === undefined) {
      first = event
      return
    }
    const last = events === undefined ? first : events.pop()
    events ??= []
    if (last !== undefined) addJoined(events, last, event)
  }

  function push(chunk: string): ParserEvent[] {
    if (inString === undefined) {
      const text = half === '' ? reply.passText(chunk) : undefined
      if (text === undefined) return read(chunk)
      length += chunk.length
      return text === '' ? [] : [{ type: 'text', text }]
    }
    if (chunk.length > room || !isHarmless(chunk, quote)) return read(chunk)
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
      reply.block.skip(skipped)
      length += skipped
      skipped = 0
    }
    if (gathered !== '') {
      reply.block.take(gathered)
      length += gathered.length
      gathered = ''
    }
    let text = half + chunk
    half = ''
    const last = text.length - 1
    if (isHighSurrogate(text.charCodeAt(last))) {
      half = text.charAt(last)
      text = text.slice(0, last)
    }
    reply.push(text, length)
    length += text.length
    inString = half === '' ? reply.inString() : undefined
    index = inString?.index ?? -1
    room = reply.block.room()
    quote = reply.block.quote()
    return take()
  }

  function take(): ParserEvent[] {
    const taken = events ?? (first === undefined ? [] : [first])
    first = undefined
    events = undefined
    return taken
  }

  function end(reason?: string | null): ParserEvent[] {
    const before = read('')
    if (half !== '') reply.push(half, length++)
    half = ''
    const given = reason ?? 'stop'
    reply.end(given)
    if (choice.mode === 'required' && reply.progress.calls + reply.progress.incomplete === 0) {
      emit({ type: 'notice', change: createChange('choice-not-met', length) })
    }
    emit({ type: 'finish', reason: finishReason(given), calls: reply.progress.calls })
    return [...before, ...take()]
  }

  function finishReason(given: string): FinishReason {
    if (given !== 'stop' && given !== 'tool_calls') return given
    if (reply.progress.incomplete > 0) return 'length'
    return reply.progress.calls > 0 ? 'tool_calls' : 'stop'
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

/** A dialect is the same for all replies, and how its tokens are neutralised takes longer to find than a short reply. */
const knownTags = new WeakMap<SpokenDialect, readonly Tag[]>()

function tagsOf(dialect: SpokenDialect): readonly Tag[] {
  const known = knownTags.get(dialect)
  if (known !== undefined) return known
  const { marks, controlTokens } = dialect
  const tags: Tag[] = []
  if (marks.call !== undefined) tags.push([marks.call.open, 'open'])
  if (marks.call?.close !== undefined) tags.push([marks.call.close, 'close'])
  if (marks.reasoning !== undefined) {
    tags.push([marks.reasoning.open, 'think-open'], [marks.reasoning.close, 'think-close'])
  }
  const ends = [controlTokens.end, ...controlTokens.others]
  tags.push([controlTokens.start, 'turn-start'])
  for (const token of ends) tags.push([token, 'turn-end'])
  for (const token of [controlTokens.start, ...ends]) tags.push([neutralToken(token), 'neutral'])
  knownTags.set(dialect, tags)
  return tags
}

/** Adjacent deltas of one kind are one event. */
function addJoined(events: ParserEvent[], last: ParserEvent, next: ParserEvent) {
  if (next.type === 'text' && last.type === 'text') events.push({ type: 'text', text: last.text + next.text })
  else if (next.type === 'reasoning' && last.type === 'reasoning')
    events.push({ type: 'reasoning', text: last.text + next.text })
  else events.push(last, next)
}

/** What a wrong value would otherwise only show in the middle of a reply. */
function checkOptions(options: ParserOptions) {
  const { align, prefill, createId, limits, unknownTool, repeats, missingRequired, untagged } = options
  if (unknownTool !== undefined) checkWord('unknownTool', unknownTool, ['call', 'text', 'drop'])
  if (repeats !== undefined) checkWord('repeats', repeats, ['call', 'drop'])
  if (missingRequired !== undefined) checkWord('missingRequired', missingRequired, ['call', 'text', 'drop'])
  if (untagged !== undefined) checkWord('untagged', untagged, ['call', 'text'])
  if (align !== undefined && typeof align !== 'boolean') throw new Error('align must be true or false')
  if (prefill !== undefined && typeof prefill !== 'string') throw new Error('prefill must be a string')
  if (createId !== undefined && typeof createId !== 'function') throw new Error('createId must be a function')
  for (const [name, value] of limits === undefined ? [] : Object.entries<unknown>(limits)) {
    if (!Object.hasOwn(defaultLimits, name)) throw new Error(`limits.${name} is no limit`)
    if (value !== undefined && !(typeof value === 'number' && Number.isInteger(value) && value > 0)) {
      throw new Error(`limits.${name} must be a whole number above 0`)
    }
  }
}

function checkWord(option: string, value: string, words: readonly string[]) {
  if (words.includes(value)) return
  const quoted = words.map((word) => `'${word}'`)
  const known = `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`
  throw new Error(`${option} must be ${known}, not ${JSON.stringify(value)}`)
}

const idCharacters = '0123456789abcdefghijklmnopqrstuvwxyz'

/** Character by character: `toString(36)` of a fraction costs as much as reading a short call. */
function randomId(): string {
  let id = 'call_'
  for (let i = 0; i < 24; i++) id += idCharacters.charAt(Math.random() * idCharacters.length)
  return id
}
