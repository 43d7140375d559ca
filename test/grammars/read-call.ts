import { expect } from 'vitest'
import { createAlignment } from '../../src/align/alignment.js'
import { type Call, createCall } from '../../src/align/call.js'
import { indexTools } from '../../src/align/tools.js'
import type { ParserEvent } from '../../src/events.js'
import type { CallGrammar, GrammarContext } from '../../src/grammars/call-grammar.js'
import { readXml } from '../../src/grammars/nested-xml.js'
import { defaultLimits } from '../../src/limits.js'
import type { Tool } from '../../src/request.js'
import { createTagSet } from '../../src/scan/tags.js'
import { everySplit } from '../../src/testing/every-split.js'
import { readTools } from '../../src/tools.js'

type CreateGrammar = (call: Call, context: GrammarContext) => CallGrammar

/** What a grammar made of a text. */
export interface ReadCall {
  outcome: string
  isCall: boolean
  name: string | undefined
  /** All argument text that was given; `undefined` when the call did not start. */
  args: string | undefined
  changes: string[]
  /** Where each of them stands, and what it quotes. */
  details: string[]
  /** What belongs to whoever reads on: what was held, and the text behind it. */
  rest: string
  tooDeep: number
}

export interface ReadOptions {
  /** What was read of the name before the grammar starts. */
  name?: string
  tools?: Tool[] | undefined
  /** How the reply ended, if it did. */
  stopped?: boolean
  maxDepth?: number
  withoutXml?: boolean
}

const tags = createTagSet([
  ['<tool_call>', 'open'],
  ['</tool_call>', 'close'],
  ['<|im_start|>', 'turn-start'],
  ['<|im_end|>', 'turn-end'],
  ['<\u2060|im_end|>', 'neutral'],
])

/** Declares a function, its parameters by their schemas. */
export function tool(name: string, properties: Record<string, unknown> = {}): Tool {
  return { type: 'function', function: { name, parameters: { type: 'object', properties } } }
}

export function readChunks(create: CreateGrammar, chunks: string[], options: ReadOptions): ReadCall {
  const events: ParserEvent[] = []
  const tools = indexTools(options.tools === undefined ? undefined : readTools(options.tools))
  const call = createCall({
    tools,
    isAllowed: () => true,
    noCall: undefined,
    passUnknown: true,
    alignment: createAlignment,
    align: false,
    limits: defaultLimits,
    emit: (event) => events.push(event),
    nextIndex: () => 0,
    createId: () => 'call_0',
  })
  call.reset(false)
  let tooDeep = 0
  const grammar = create(call, {
    tools,
    bareCalls: false,
    tags,
    maxDepth: options.maxDepth ?? 512,
    tooDeep: () => tooDeep++,
    ...(!options.withoutXml && { readXml }),
  })
  grammar.start(options.name)
  let base = 0
  let rest = ''
  for (const chunk of chunks) {
    const isOpen = grammar.reader.outcome === 'reading' && call.passes() && call.isStarted()
    const plain = isOpen ? grammar.plain() : undefined
    const passed = plain?.pass(chunk, base) ?? 0
    // The parser's short way: what passes is the next delta, in the spelling that it is told in.
    if (passed > 0) {
      const text = plain?.told ?? chunk.slice(0, passed)
      events.push({ type: 'tool-call-arguments', index: 0, text })
    }
    if (grammar.reader.outcome !== 'reading') rest += chunk
    else if (passed < chunk.length) {
      const used = grammar.push(chunk, passed, base)
      if (grammar.reader.outcome !== 'reading') rest = grammar.reader.rest + chunk.slice(used)
      else if (used !== chunk.length) throw new Error(`stopped at ${base + used} and reads on`)
    }
    call.flush()
    base += chunk.length
  }
  if (grammar.reader.outcome === 'reading') {
    grammar.end(options.stopped ?? true)
    rest = grammar.reader.rest
  }
  expect(grammar.reader.outcome).not.toBe('reading')
  const { outcome } = grammar.reader
  const isCall = grammar.isCall()
  const changes: string[] = []
  const details: string[] = []
  if (isCall && call.isStarted()) call.end()
  else if (call.isStarted()) call.cut('', base)
  let args: string | undefined
  for (const event of events) {
    if (event.type === 'tool-call-start') args = ''
    else if (event.type === 'tool-call-arguments') args += event.text
    else if ('changes' in event) {
      changes.push(...event.changes.map(({ kind, count }) => `${kind} ${count}`))
      details.push(...event.changes.map(({ kind, offset, text }) => `${kind} ${offset} ${text}`))
    }
  }
  return { outcome, isCall, name: call.name, args, changes, details, rest, tooDeep }
}

/**
 * Reads a text whole, at every split and character by character. What came of it must be the same each time, and a call's
 * arguments must be a JSON object.
 */
export function readEverySplit(create: CreateGrammar, text: string, options: ReadOptions): ReadCall {
  const whole = readChunks(create, [text], options)
  for (const chunks of everySplit(text)) {
    expect(readChunks(create, chunks, options), JSON.stringify(chunks)).toEqual(whole)
  }
  if (whole.isCall) expect(JSON.parse(whole.args ?? '')).toBeTypeOf('object')
  return whole
}
