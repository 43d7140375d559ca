import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Fields, isFields } from '../fields.js'
import { buildAnswer } from './replay-answer.js'
import { type ReplayProtocol, replayProtocols } from './replay-protocols.js'
import { type ReplayReply, readReply } from './replay-reply.js'
import { createReplayWire, wasCut } from './replay-wire.js'

/**
 * What a replay server answers, and how.
 *
 * @example { replies: ['Hello.', { text: 'Hello again.', fault: { cutAfter: 2 } }], delay: 5 }
 */
export interface ReplayOptions {
  /**
   * What is answered: the first request gets the first reply and so on, the last one again and again; or a
   * function of the request.
   */
  replies:
    | (string | ReplayReply)[]
    | ((request: ReplayRequest) => string | ReplayReply | Promise<string | ReplayReply>)
  /** What `/v1/models` lists and answers are said to be of; `replay` by default. */
  model?: string
  /** Milliseconds before each token. */
  delay?: number
  /** How text is cut into tokens; some four characters each by default. */
  split?: (text: string) => string[]
}

/**
 * A completion request that came in, and what became of it.
 *
 * @example const prompt = upstream.requests.at(-1)?.body.prompt
 */
export interface ReplayRequest {
  path: string
  headers: IncomingHttpHeaders
  /** What was asked, read as JSON: the prompt or the messages are in it. */
  body: Fields
  /** Whether it asked for a stream, in whichever way its protocol does. */
  streamed: boolean
  /** Whether the client left before the answer was complete. */
  aborted: boolean
  /** Bytes of the answer that could be written so far: it stays behind when the client reads slowly. */
  written: number
  /** Resolved when the connection has done with this request, one way or the other. */
  closed: Promise<void>
}

/**
 * A replay server that runs.
 *
 * @example afterAll(() => upstream.close())
 */
export interface ReplayUpstream {
  /** Where it listens, without a path: `http://127.0.0.1:49152`. */
  url: string
  /** All that came in, the newest last. */
  requests: ReplayRequest[]
  /** The bodies that KoboldCpp's abort route was sent. */
  aborts: Fields[]
  /** Ends it, and every connection that is open. */
  close(): Promise<void>
}

/**
 * Starts a model server that replays recorded text: a real HTTP server on loopback that speaks
 * `/v1/chat/completions`, `/v1/completions`, llama.cpp's `/completion`, Ollama's `/api/generate` and `/api/chat`,
 * KoboldCpp's, TGI's and DashScope's own routes, streaming and whole, token by token, with the faults a test asks for.
 * It also answers `/v1/models` and `/healthz`. For Node.
 *
 * @throws Error when `replies` is neither a list nor a function, or has a field that there is not.
 * @example
 * const call = '<tool_call>\n{"name": "add", "arguments": {}}\n</tool_call>'
 * const upstream = await createReplayUpstream({ replies: [call, 'Done.'] })
 * const fetch = toolFetch({ dialect: 'qwen3' })
 * const client = new OpenAI({ baseURL: `${upstream.url}/v1`, apiKey: '-', fetch })
 * await upstream.close()
 * @example
 * await createReplayUpstream({ replies: [{ text: 'Hello there', fault: { cutAfter: 2 } }] })
 */
export async function createReplayUpstream(options: ReplayOptions): Promise<ReplayUpstream> {
  if (!Array.isArray(options?.replies) && typeof options?.replies !== 'function') {
    throw new Error("replies must be a list, as in { replies: ['Hello.'] }, or a function of the request")
  }
  const { replies } = options
  if (Array.isArray(replies)) {
    for (const [index, reply] of replies.entries()) readReply(reply, `replies[${index}]`)
  }
  const model = options.model ?? 'replay'
  const requests: ReplayRequest[] = []
  const aborts: Fields[] = []

  async function replyTo(request: ReplayRequest): Promise<ReplayReply> {
    const at = Math.min(requests.indexOf(request), Array.isArray(replies) ? replies.length - 1 : 0)
    return readReply(Array.isArray(replies) ? (replies[at] ?? '') : await replies(request), 'the reply')
  }

  async function complete(
    protocol: ReplayProtocol,
    request: ReplayRequest,
    response: ServerResponse,
  ): Promise<void> {
    const reply = await replyTo(request)
    const { fault = {} } = reply
    const wire = createReplayWire(fault, request, response)
    if (fault.status !== undefined) {
      const { status, body = '' } = fault
      return typeof body === 'string'
        ? wire.sendWhole(status, 'text/html', body)
        : wire.sendWhole(status, 'application/json', JSON.stringify(body))
    }
    if (fault.hang === 'head') return

    // An answer has an id of its own: LangGraph lets a message replace an earlier one of the same id.
    const id = `replay-${requests.indexOf(request) + 1}`
    const answer = buildAnswer(protocol, request, reply, { id, model }, options.split)
    if (answer.form === 'stream') {
      return wire.sendSteps(protocol, answer.steps, reply.delay ?? options.delay ?? 0)
    }
    return wire.sendWhole(200, 'application/json', JSON.stringify(answer.body))
  }

  const server = createServer((incoming, response) => {
    answer(incoming, response).catch((error) => {
      if (response.headersSent) {
        response.destroy(error)
        return
      }
      // A mistake in the test's own replies is to be read in its failure.
      response.writeHead(500, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: { message: String(error) } }))
    })
  })

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(incoming.url ?? '/', 'http://loopback')
    const protocol = incoming.method === 'POST' ? replayProtocols.get(pathname) : undefined
    if (protocol) {
      const { headers } = incoming
      const question = { path: pathname, headers, body: await readBody(incoming) }
      const request = record({ ...question, streamed: protocol.asksForStream(question) }, response)
      requests.push(request)
      return complete(protocol, request, response)
    }
    if (pathname === '/api/extra/abort') {
      aborts.push(await readBody(incoming))
      return sendJson(response, 200, { success: 'true', done: 'true' })
    }
    if (pathname === '/healthz') return sendJson(response, 200, { status: 'ok' })
    if (pathname === '/v1/models') {
      return sendJson(response, 200, {
        object: 'list',
        data: [{ id: model, object: 'model', created: 0, owned_by: 'replay' }],
      })
    }
    return sendJson(response, 404, { error: { message: `There is no ${incoming.method} ${pathname} here.` } })
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('The replay upstream has no port.')

  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    aborts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function record(
  question: Pick<ReplayRequest, 'path' | 'headers' | 'body' | 'streamed'>,
  response: ServerResponse,
): ReplayRequest {
  const request: ReplayRequest = {
    ...question,
    aborted: false,
    written: 0,
    closed: new Promise((resolve) => response.once('close', resolve)),
  }
  response.once('close', () => {
    request.aborted = !response.writableFinished && !wasCut(response)
  })
  return request
}

function sendJson(response: ServerResponse, status: number, body: Fields): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

async function readBody(incoming: IncomingMessage): Promise<Fields> {
  const pieces: Buffer[] = []
  for await (const piece of incoming) pieces.push(piece)
  const body: unknown = JSON.parse(Buffer.concat(pieces).toString() || '{}')
  return isFields(body) ? body : {}
}
