import { jsonrepair } from 'jsonrepair'
import type { Change, ParserEvent } from '../events.js'
import { isFields } from '../fields.js'
import { readXml } from '../grammars/nested-xml.js'
import { checkNames } from '../option-names.js'
import {
  collect,
  createParser,
  type IncompleteCall,
  type ParsedToolCall,
  type ParserOptions,
} from '../parser.js'

/** What `toolshim parse` answers for a line. */
export interface ParsedLine {
  id: unknown
  content: string
  reasoning: string
  /** Chat Completions tool calls, with what was changed in each and what does not fit its schema. */
  tool_calls: ParsedToolCall[]
  /** Calls that the model began and did not finish. */
  incomplete: IncompleteCall[]
  finish_reason: string
  /** All changes of the reply, those inside calls too. */
  changes: Change[]
  /** Every event as the parser gave it, when asked for. */
  events?: ParserEvent[]
}

export interface ParseLineOptions {
  /** The dialect of lines that name none. Default: `qwen3`. */
  dialect?: string | undefined
  events?: boolean | undefined
}

/**
 * Serves one line of `toolshim parse`: a reply as parsed JSON in, what it comes to out.
 *
 * @throws Error naming the field when the line is not valid; never for what the model wrote.
 * @example
 * parseLine({ id: 1, text: '<tool_call>\n{"name": "add", "arguments": {"a": 1}}\n</tool_call>' }).tool_calls
 * // [{ id: 'call_…', type: 'function', function: { name: 'add', arguments: '{"a": 1}' }, changes: [], violations: [] }]
 */
export function parseLine(line: unknown, options: ParseLineOptions = {}): ParsedLine {
  if (!isFields(line)) throw new Error('a line must be a JSON object')
  checkLine(line)
  const chunks = chunksOf(line)
  const parser = createParser({
    dialect: line.dialect ?? options.dialect,
    tools: line.tools,
    toolChoice: line.tool_choice,
    parallelToolCalls: line.parallel_tool_calls,
    prefill: line.prefill ?? undefined,
    unknownTool: line.unknown_tool ?? undefined,
    align: line.align ?? undefined,
    repeats: line.repeats ?? undefined,
    missingRequired: line.missing_required ?? undefined,
    secondOpinion: jsonrepair,
    readXml,
  })
  const events: ParserEvent[] = []
  for (const chunk of chunks) for (const event of parser.push(chunk)) events.push(event)
  for (const event of parser.end(line.finish_reason)) events.push(event)

  const { content, reasoning, toolCalls, incomplete, finishReason, changes } = collect(events)
  return {
    id: line.id ?? null,
    content,
    reasoning,
    tool_calls: toolCalls.map(({ changes, violations, ...call }) => ({ ...call, changes, violations })),
    incomplete,
    finish_reason: finishReason,
    changes,
    ...(options.events && { events }),
  }
}

/** `null` says as little as a field that is left out. */
interface ReplyLine {
  id?: unknown
  text?: string | null
  chunks?: string[] | null
  dialect?: string | null
  tools?: ParserOptions['tools']
  tool_choice?: ParserOptions['toolChoice']
  unknown_tool?: ParserOptions['unknownTool'] | null
  repeats?: ParserOptions['repeats'] | null
  missing_required?: ParserOptions['missingRequired'] | null
  parallel_tool_calls?: boolean | null
  align?: boolean | null
  prefill?: string | null
  finish_reason?: string | null
}

/** What a field must be instead, when it is given. The others are checked by the parser. */
const fields: [name: string, valid: (value: unknown) => boolean, problem: string][] = [
  ['text', isString, 'must be a string'],
  ['chunks', (value) => Array.isArray(value) && value.every(isString), 'must be an array of strings'],
  ['dialect', isString, 'must be a string'],
  ['parallel_tool_calls', (value) => typeof value === 'boolean', 'must be true or false'],
  ['prefill', isString, 'must be a string'],
  ['finish_reason', isString, 'must be a string'],
  ['align', (value) => typeof value === 'boolean', 'must be true or false'],
]

const names = Object.keys({
  id: true,
  text: true,
  chunks: true,
  dialect: true,
  tools: true,
  tool_choice: true,
  unknown_tool: true,
  repeats: true,
  missing_required: true,
  parallel_tool_calls: true,
  align: true,
  prefill: true,
  finish_reason: true,
} satisfies Record<keyof ReplyLine, true>)

function checkLine(line: Record<string, unknown>): asserts line is Record<string, unknown> & ReplyLine {
  checkNames(line, names, 'field')
  for (const [name, valid, problem] of fields) {
    const value = line[name]
    if (value !== undefined && value !== null && !valid(value)) throw new Error(`${name} ${problem}`)
  }
}

function chunksOf({ text, chunks }: ReplyLine): string[] {
  if (typeof text === 'string' && chunks) throw new Error('text and chunks are both given: give one of them')
  if (typeof text === 'string') return [text]
  if (chunks) return chunks
  throw new Error('text or chunks must be given')
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}
