import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { isFields } from '../fields.js'
import { inProtocolSpelling } from '../protocol-spelling.js'
import { stringify } from '../render/stringify.js'

/**
 * Serves JSON lines: one line out for each line in, in order, as soon as it has come. A line that cannot be served is
 * answered with `{ id, error }` and the others are served all the same; blank lines are skipped.
 *
 * @returns whether every line could be served.
 * @example
 * await serveLines(process.stdin.setEncoding('utf8'), process.stdout, parseLine)
 * // {"id":1,"text":"Hi"} → {"id":1,"content":"Hi","reasoning":"",…}
 * // {"id":2} → {"id":2,"error":"text or chunks must be given"}
 */
export async function serveLines(
  input: AsyncIterable<string>,
  output: Writable,
  serve: (line: unknown) => object,
): Promise<boolean> {
  let allServed = true
  for await (const text of splitLines(input)) {
    const { answer, served } = answerLine(text, serve)
    allServed &&= served
    // Waits for a slow reader, so that answers do not pile up here.
    if (!output.write(`${answer}\n`)) await once(output, 'drain')
  }
  return allServed
}

function answerLine(text: string, serve: (line: unknown) => object): { answer: string; served: boolean } {
  let id: unknown = null
  try {
    const line = parseJson(text)
    if (isFields(line)) id = line.id ?? null
    return { answer: toJson(serve(line)), served: true }
  } catch (error) {
    return { answer: toJson({ id, error: inProtocolSpelling(reasonOf(error)) }), served: false }
  }
}

/** Ids and parts come back as they were given, however deep they are. */
function toJson(answer: object): string {
  return stringify(answer) ?? ''
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`the line is not JSON: ${reasonOf(error)}`)
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/**
 * The lines of a text that comes in pieces, without blank ones. Not `node:readline`: it ends a line at U+2028 too, which
 * may stand in a JSON string as it is.
 */
export async function* splitLines(input: AsyncIterable<string>): AsyncGenerator<string> {
  // The unfinished line, in pieces: joined once, so that a huge line costs no more than its length.
  let pieces: string[] = []
  let first = true
  for await (const chunk of input) {
    let rest = first && chunk.startsWith('\uFEFF') ? chunk.slice(1) : chunk
    first = false
    for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n')) {
      pieces.push(rest.slice(0, end))
      const line = pieces.join('')
      pieces = []
      rest = rest.slice(end + 1)
      if (line.trim() !== '') yield line
    }
    if (rest !== '') pieces.push(rest)
  }
  const last = pieces.join('')
  if (last.trim() !== '') yield last
}
