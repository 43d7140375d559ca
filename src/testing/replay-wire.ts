import type { ServerResponse } from 'node:http'
import type { ReplayRequest } from './replay.js'
import type { ReplayStep } from './replay-answer.js'
import type { ReplayProtocol } from './replay-protocols.js'
import type { ReplayFault } from './replay-reply.js'

/** How an answer reaches the client: with the faults that a test asks for. */
export interface ReplayWire {
  /** An answer in one piece, or an error. */
  sendWhole(status: number, type: string, text: string): Promise<void>
  /** A stream, with so many milliseconds before each token. */
  sendSteps(protocol: ReplayProtocol, steps: readonly ReplayStep[], delay: number): Promise<void>
}

const cutOnPurpose = new WeakSet<ServerResponse>()

/** Whether it was the server that ended the connection. */
export function wasCut(response: ServerResponse): boolean {
  return cutOnPurpose.has(response)
}

export function createReplayWire(
  fault: ReplayFault,
  request: ReplayRequest,
  response: ServerResponse,
): ReplayWire {
  function writeHead(status: number, headers: Record<string, string | number>) {
    response.writeHead(status, { ...headers, 'x-request-id': 'replay-request', ...fault.headers })
    response.flushHeaders()
  }

  /** Writes when the client has room for it. */
  async function write(text: string): Promise<void> {
    const bytes = Buffer.from(text)
    // In the middle of the first character of several bytes.
    const at = fault.splitCharacters ? bytes.findIndex((byte) => byte >= 0x80) + 1 : 0
    for (const piece of at > 0 ? [bytes.subarray(0, at), bytes.subarray(at)] : [bytes]) {
      if (response.destroyed) return
      request.written += piece.length
      const hasRoom = response.write(piece)
      if (!hasRoom) await Promise.race([drained(response), request.closed])
      // Long enough for the two halves to be two packets.
      if (at > 0) await wait(2)
    }
  }

  /** Destroys the connection, after what was written has left. */
  async function cut(): Promise<void> {
    cutOnPurpose.add(response)
    await wait(10)
    response.destroy()
  }

  async function sendWhole(status: number, type: string, text: string): Promise<void> {
    writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) })
    if (fault.cutAfter !== undefined) {
      await write(text.slice(0, text.length / 2))
      return cut()
    }
    await write(text)
    response.end()
  }

  async function sendSteps(
    protocol: ReplayProtocol,
    steps: readonly ReplayStep[],
    delay: number,
  ): Promise<void> {
    const isLines = protocol.lines === 'ndjson'
    const eol = fault.crlf ? '\r\n' : '\n'
    const prefix = isLines ? '' : fault.noSpace || protocol.noSpace ? 'data:' : 'data: '
    const end = isLines ? eol : eol + eol
    const comment = isLines ? eol : `: ping${eol}${eol}`

    writeHead(200, { 'content-type': isLines ? 'application/x-ndjson' : 'text/event-stream' })
    const pace = createPace(delay)
    for (const [at, step] of steps.entries()) {
      if (response.destroyed) return
      if (step.type === 'cut') return cut()
      if (step.type === 'hang') return request.closed
      if (delay > 0 && step.type === 'frame' && step.isToken) await pace()
      const data = step.type === 'frame' ? JSON.stringify(step.frame) : step.line
      const isLast = at === steps.length - 1 && fault.noLastLineEnd
      const head = protocol.head?.(at, step.type === 'frame' && step.isError === true) ?? []
      const lines = [...head, `${prefix}${data}`].join(eol)
      await write(`${fault.comments ? comment : ''}${lines}${isLast ? '' : end}`)
    }
    response.end()
  }

  return { sendWhole, sendSteps }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => response.once('drain', () => resolve()))
}

/**
 * Waits for the next token's turn, by the clock: streams that each waited after what they had written would fall behind it,
 * and into step with each other.
 */
function createPace(delay: number): () => Promise<void> {
  let due = performance.now()
  return () => {
    const now = performance.now()
    // A stream that was held up goes on at its pace; it does not catch up.
    due = Math.max(due, now - delay) + delay
    return wait(due - now)
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
