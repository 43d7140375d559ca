import { indexTools } from './align/tools.js'
import type { Block } from './block/block.js'
import { callFilter } from './call-filter.js'
import { createChange } from './change-log.js'
import { checkDialect, checkOptions } from './check-options.js'
import type { Parser, ParserOptions, ParserParts } from './dialect-parser.js'
import type { SpokenDialect } from './dialects/dialect.js'
import type { FinishReason, ParserEvent } from './events.js'
import { isHighSurrogate } from './json/characters.js'
import { defaultLimits } from './limits.js'
import type { PlainText } from './plain-text.js'
import { randomId } from './random-id.js'
import { createReply } from './reply.js'
import { tagsOf } from './scan/dialect-tags.js'
import { flat } from './text-buffer.js'
import { readToolChoice, readTools } from './tools.js'

/** Small enough to be read within a millisecond, and while it is still at hand: 64 KB take a fifth longer each. */
const maxGathered = 16 * 1024

/** `createParser` of `dialect-parser.ts`, once the dialect and the parts that not every parser has are settled. */
export function createReplyParser(
  dialect: SpokenDialect,
  parts: ParserParts,
  options: Omit<ParserOptions, 'dialect' | keyof ParserParts>,
): Parser {
  const undeclared = options.tools === undefined || options.tools === null
  const tools = readTools(options.tools)
  const choice = readToolChoice(options.toolChoice ?? options.tool_choice, tools)
  const allowed = choice.name === undefined ? choice.allowed : new Set([choice.name])
  checkDialect(dialect)
  checkOptions(options, parts)

  /** Those of this push. */
  let events: ParserEvent[] | undefined
  let length = 0
  /**
   * What waits for the next chunk: the first half of a surrogate pair, so that no event ends in half a character, or what
   * the short way cannot tell yet.
   */
  let left = ''
  /** The short way through what is being read; in a block it is a string of that call. */
  let plain: PlainText | undefined
  let block: Block | undefined
  /** What it is outside of blocks. */
  let running: 'text' | 'reasoning' = 'text'
  /** Of the call: its place among the calls, how many more units it may have, and how many were given without it. */
  let index = -1
  let room = 0
  let skipped = 0
  /** Plain characters of arguments that wait for the call's name: gathered, and read in one go. */
  let gathered = ''
  let ended = false

  const readCalls = choice.mode !== 'none' && (undeclared || tools.length > 0)
  // What is none of the dialect's own is a call only if it names a tool that is known.
  const readDrift = readCalls && tools.length > 0
  // A dialect without marks writes its own calls in what would be an answer elsewhere.
  const bareCalls = dialect.marks.call === undefined

  const reply = createReply({
    tools: indexTools(undeclared ? undefined : tools),
    tags: tagsOf(dialect, readDrift),
    close: dialect.marks.call?.close ?? '',
    limits: options.limits === undefined ? defaultLimits : { ...defaultLimits, ...options.limits },
    readCalls,
    readDrift,
    readUntagged: readDrift && (bareCalls || (options.untagged ?? 'call') === 'call'),
    bareCalls,
    filter: callFilter(options),
    parallel: (options.parallelToolCalls ?? options.parallel_tool_calls) !== false,
    align: options.align ?? true,
    unknownTool: options.unknownTool ?? 'call',
    isAllowed: (name) => allowed === undefined || allowed.has(name),
    emit,
    secondOpinion: options.secondOpinion,
    grammars: parts.grammars ?? {},
    alignment: parts.alignment,
    ownForm: dialect.grammar,
    noCall: dialect.noCall,
    readXml: options.readXml,
    createId: options.createId ?? randomId,
  })

  if (options.prefill) reply.begin(options.prefill)

  /** Adjacent deltas of one kind are one event. */
  function emit(event: ParserEvent) {
    const last = events?.at(-1)
    if ((event.type === 'text' || event.type === 'reasoning') && last?.type === event.type) {
      last.text += event.text
    } else if (events === undefined) {
      events = [event]
    } else {
      events.push(event)
    }
  }

  function push(piece: string): ParserEvent[] {
    if (typeof piece !== 'string') {
      throw new Error(
        `the model's text must be a string, not ${piece && typeof piece}: leave out chunks that have none`,
      )
    }
    const chunk = left === '' ? piece : left + piece
    left = ''
    const used = plain === undefined || chunk.length > room ? 0 : plain.pass(chunk, length)
    if (plain === undefined || used === 0) return read(chunk)
    const text = used === chunk.length ? chunk : chunk.slice(0, used)
    if (used < chunk.length) left = chunk.slice(used)
    length += used
    if (block === undefined) return [{ type: running, text }]
    room -= used
    if (index >= 0) {
      skipped += used
      return [{ type: 'tool-call-arguments', index, text: plain.told ?? text }]
    }
    if (plain.told !== undefined) {
      giveGathered(text, plain.told)
      return []
    }
    gathered += text
    return gathered.length < maxGathered ? [] : read('')
  }

  /** And what passed behind it, and what that is told as. */
  function giveGathered(text = '', told = text) {
    const before = flat(gathered)
    gathered = ''
    if (before !== '' || text !== '') block?.reader.take(before + text, before + told)
  }

  /** The long way, for everything that is not plain. */
  function read(input: string): ParserEvent[] {
    if (ended) {
      if (input === '') return []
      throw new Error('the reply has ended: make a parser for each reply')
    }
    if (skipped > 0) {
      block?.reader.skip(skipped)
      skipped = 0
    }
    giveGathered()
    reply.progress.at = length
    const last = input.length - 1
    const text = isHighSurrogate(input.charCodeAt(last)) ? input.slice(0, last) : input
    if (text !== input) left = input.charAt(last)
    reply.push(text, length)
    length += text.length
    block = reply.block()
    plain = reply.plain()
    if (block === undefined) {
      running = reply.inReasoning() ? 'reasoning' : 'text'
      room = Number.POSITIVE_INFINITY
    } else {
      index = block.reader.call.index
      room = block.reader.room()
    }
    return take()
  }

  function take(): ParserEvent[] {
    const taken = events ?? []
    events = undefined
    return taken
  }

  function end(reason?: string | null): ParserEvent[] {
    if (ended) return []
    const rest = left
    left = ''
    const before = read(rest)
    if (left !== '') reply.push(left, length++)
    const given = reason || 'stop'
    reply.end(given)
    if (choice.mode === 'required' && reply.progress.calls + reply.progress.incomplete === 0) {
      emit({ type: 'notice', change: createChange('choice-not-met', length) })
    }
    emit({ type: 'finish', reason: finishReason(given), calls: reply.progress.calls })
    const last = take()
    ended = true
    // The short way asks for nothing.
    plain = undefined
    return before.length === 0 ? last : [...before, ...last]
  }

  function finishReason(given: string): FinishReason {
    if (given !== 'stop' && given !== 'tool_calls') return given
    if (reply.progress.incomplete > 0) return 'length'
    return reply.progress.calls > 0 ? 'tool_calls' : 'stop'
  }

  return { push, end }
}
