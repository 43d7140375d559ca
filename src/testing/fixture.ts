import { isFields } from '../fields.js'
import type { ParserOptions } from '../parser.js'

/**
 * A golden reply: what a model wrote and the events it must give.
 *
 * @example { title: 'Name first', about: 'What models write most of the time.', options: {}, reply, events }
 */
export interface Fixture {
  title: string
  /** What it shows and why, in a sentence or two. */
  about: string
  /** The options of the page, `{}` when it has none. */
  options: FixtureOptions
  /** What the model wrote, to the character. */
  reply: string
  /** The log, as `formatEvents` writes it. */
  events: string
}

/**
 * What `createParser` takes, as far as a page can say it, and the upstream's finish reason.
 *
 * @example { tools, finishReason: 'length' }
 */
export interface FixtureOptions extends Omit<ParserOptions, 'createId' | 'secondOpinion' | 'readXml'> {
  finishReason?: string
}

/**
 * Reads a page of golden files: a title, a sentence or two, then the sections `Options` (may be left out), `Reply` and
 * `Events`, each with one fenced block.
 *
 *     # Name first
 *
 *     What models write most of the time.
 *
 *     ## Options
 *
 *     ```json
 *     { "finishReason": "length" }
 *     ```
 *
 *     ## Reply
 *
 *     ```text
 *     <tool_call>
 *     {"name": "get_weather", "arguments": {"city": "Paris"}}
 *     </tool_call>
 *     ```
 *
 *     ## Events
 *
 *     ```text
 *     tool-call-start 0 call_0 get_weather
 *     tool-call-arguments 0 {"city": "Paris"}
 *     tool-call-end 0
 *     finish tool_calls 1
 *     ```
 *
 * A block is all that stands between the lines of its fence, without the last line break; the fence is longer than any
 * run of backticks inside. A reply that a page cannot show (carriage returns, spaces at the end of a line, half a
 * surrogate pair) is a JSON string in a `json` block.
 *
 * @throws Error naming the section and what is wrong with it.
 * @example
 * const { options, reply, events } = readFixture(await readFile('fixtures/qwen3/replies/name-first.md', 'utf8'))
 * for (const chunks of everySplit(reply)) {
 *   const parser = createParser({ tools, ...options })
 *   const log = formatEvents([...chunks.flatMap(parser.push), ...parser.end(options.finishReason)])
 *   expect(log).toBe(events)
 * }
 */
export function readFixture(page: string): Fixture {
  const { head, blocks } = readBlocks(page.split(/\r?\n/))
  const [first = '', ...about] = head
  if (!first.startsWith('# ')) throw new Error("the page must begin with a title: '# Name first'")
  if (about.join('').trim() === '') throw new Error('the page must say below its title what it shows')
  return {
    title: first.slice(2).trim(),
    about: about.join('\n').trim(),
    options: readOptions(blocks.get('Options')),
    reply: readReply(blocks.get('Reply')),
    events: readEvents(blocks.get('Events')),
  }
}

interface Block {
  language: string
  text: string
}

const sections = ['Options', 'Reply', 'Events']

/** The lines before the first section, and each section's block. */
function readBlocks(lines: string[]): { head: string[]; blocks: Map<string, Block> } {
  const start = lines.findIndex((line) => line.startsWith('## '))
  const head = start === -1 ? lines : lines.slice(0, start)
  const blocks = new Map<string, Block>()
  for (let at = head.length; at < lines.length; ) {
    const name = lines[at]?.slice('## '.length) ?? ''
    if (!sections.includes(name))
      throw new Error(`${JSON.stringify(name)} is no section: there are ${sections.join(', ')}`)
    if (blocks.has(name)) throw new Error(`${JSON.stringify(name)} is there twice`)
    at = afterBlank(lines, at + 1)
    const [, fence, language = ''] = /^(`{3,})(\w*)$/.exec(lines[at] ?? '') ?? []
    if (fence === undefined) throw new Error(`${name} must be a fenced block`)
    const end = lines.indexOf(fence, at + 1)
    if (end === -1) throw new Error(`${name} has a block that is not closed with ${fence}`)
    blocks.set(name, { language, text: lines.slice(at + 1, end).join('\n') })
    at = afterBlank(lines, end + 1)
    if (at < lines.length && !lines[at]?.startsWith('## '))
      throw new Error(`${name} must be one block, no more`)
  }
  return { head, blocks }
}

function afterBlank(lines: string[], from: number): number {
  const at = lines.findIndex((line, index) => index >= from && line !== '')
  return at === -1 ? lines.length : at
}

function readOptions(block: Block | undefined): FixtureOptions {
  if (block === undefined) return {}
  const options = readJson('Options', block.text)
  if (!isOptions(options)) throw new Error('Options must be a JSON object')
  return options
}

/** What a page may set; the type makes it complete. The values are checked by the parser. */
const optionNames: Record<keyof FixtureOptions, true> = {
  dialect: true,
  tools: true,
  toolChoice: true,
  tool_choice: true,
  parallelToolCalls: true,
  parallel_tool_calls: true,
  prefill: true,
  unknownTool: true,
  align: true,
  repeats: true,
  missingRequired: true,
  untagged: true,
  limits: true,
  finishReason: true,
}

function isOptions(value: unknown): value is FixtureOptions {
  if (!isFields(value)) return false
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(optionNames, name))
  if (unknown === undefined) return true
  throw new Error(`Options has ${unknown}, but there are only ${Object.keys(optionNames).join(', ')}`)
}

function readReply(block: Block | undefined): string {
  if (block === undefined) throw new Error('Reply is missing')
  if (block.language !== 'json') return block.text
  const reply = readJson('Reply', block.text)
  if (typeof reply !== 'string') throw new Error('Reply in a json block must be a JSON string')
  return reply
}

function readEvents(block: Block | undefined): string {
  if (block === undefined) throw new Error('Events is missing')
  return block.text
}

function readJson(section: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`${section} is not valid JSON: ${error instanceof Error ? error.message : error}`)
  }
}
