import { jsonrepair } from 'jsonrepair'
import { collect, type ParseResult } from '../collect.js'
import type { ParserEvent } from '../events.js'
import { createParser } from '../parser.js'
import { splitTokens } from '../testing/split-tokens.js'
import type { EvalEntry } from './entry.js'
import type { EvalOptions } from './evaluate.js'
import { dialectOfEntry } from './formats.js'
import type { ReadCall } from './score.js'
import { parseValue } from './values.js'

/** A reply as the parser read it, whole and in pieces. */
export interface ReadReply {
  whole: ParseResult
  /** The parts of the result that came out otherwise in pieces: none, unless the parser is at fault. */
  streamedOtherwise: string[]
}

/** How many characters a piece of the streamed reply has: about a token's size, so that marks and names are cut too. */
const pieceSize = 4

/** Reads a reply whole, and again in pieces of four characters. */
export function readReply(entry: EvalEntry, options: EvalOptions): ReadReply {
  const whole = readPieces([entry.raw], entry, options)
  const streamed = readPieces(splitTokens(entry.raw, pieceSize), entry, options)
  return { whole, streamedOtherwise: partsThatDiffer(whole, streamed) }
}

/** The names of the parts in which two results differ: text, reasoning, calls with ids, arguments and changes, ... */
export function partsThatDiffer(one: ParseResult, other: ParseResult): string[] {
  const parts = new Map(Object.entries(other))
  return Object.entries(one)
    .filter(([name, part]) => JSON.stringify(part) !== JSON.stringify(parts.get(name)))
    .map(([name]) => name)
}

function readPieces(pieces: readonly string[], entry: EvalEntry, options: EvalOptions): ParseResult {
  const { dialect, unknownTool, repeats, missingRequired, align } = options
  let calls = 0
  const parserOptions = {
    dialect: dialectOfEntry(entry, dialect),
    tools: entry.tools,
    unknownTool,
    repeats,
    missingRequired,
    align,
    secondOpinion: jsonrepair,
    // The same in both readings.
    createId: () => `call_${calls++}`,
  }
  const parser = createParser(parserOptions)
  const events: ParserEvent[] = []
  for (const piece of pieces) for (const event of parser.push(piece)) events.push(event)
  for (const event of parser.end(entry.finish_reason)) events.push(event)
  return collect(events)
}

/** The calls of a result, as they are scored. A custom tool's text counts as its one parameter, `input`. */
export function callsOf({ toolCalls }: ParseResult): ReadCall[] {
  return toolCalls.map((call) =>
    call.type === 'custom'
      ? { name: call.custom.name, arguments: { input: call.custom.input } }
      : { name: call.function.name, arguments: parseValue(call.function.arguments) },
  )
}
