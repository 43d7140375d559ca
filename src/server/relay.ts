import { request as askHttp, Agent as HttpAgent, type IncomingMessage, type ServerResponse } from 'node:http'
import { request as askHttps, Agent as HttpsAgent } from 'node:https'
import { pipeline, type Readable, type Transform } from 'node:stream'
import { createBrotliDecompress, createUnzip } from 'node:zlib'
import type { Answer } from '../middleware/answer.js'
import type { Exchange } from '../middleware/exchange.js'
import {
  type AnswerFrame,
  bodyOf,
  createReading,
  type ReadingState,
  writeFrame,
} from '../middleware/reading.js'
import {
  errorInBody,
  UpstreamConnectionCut,
  UpstreamError,
  UpstreamMoved,
  UpstreamTimeout,
  UpstreamUnreachable,
} from '../upstreams/upstream-error.js'
import { clientHeaders } from './client-headers.js'
import { createPieceWriter } from './piece-writer.js'

// Every stream has a connection of its own; those that have ended are used again.
const httpAgent = new HttpAgent({ keepAlive: true })
const httpsAgent = new HttpsAgent({ keepAlive: true })

/** Characters of an HTTP error's body that are read. */
const longestError = 1024 * 1024

/** How long the end of a complete answer may take before its connection is given up. */
const drainTimeout = 1000

/**
 * Sends a request to the model's server and writes its answer to the client, without `fetch` and web streams in between: for
 * each token these cost more than reading it does. A client that reads slowly slows the server down, one that leaves ends its
 * work.
 *
 * @param timeout milliseconds that the server may be silent.
 * @throws UpstreamError when nothing of an answer has been written yet.
 */
export async function relay(exchange: Exchange, client: ServerResponse, timeout: number): Promise<void> {
  let upstream: IncomingMessage | undefined
  client.once('close', () => {
    if (!upstream?.complete) sayFarewell(exchange)
  })
  client.on('timeout', (socket) => {
    // Only while it is the client that is waited for: how long the model may be silent is not the connection's to say.
    if (client.writableLength > 0) socket.destroy()
  })
  upstream = await send(exchange, client, timeout)
  const status = upstream.statusCode ?? 502
  exchange.answered(status)
  if (status >= 300 && status <= 399) {
    upstream.destroy()
    throw new UpstreamMoved(status, upstream.headers.location)
  }
  const content = unpacked(upstream)
  if (status < 200 || status > 299) {
    const error = errorInBody(await readError(content), status, upstream.statusMessage ?? '')
    exchange.failed(error)
    writeWhole(client, upstream, status, exchange.surface.errorBody(error, status))
    return
  }
  const answer = exchange.createAnswer()
  if (exchange.streamed) return relayStream(upstream, content, answer, client)
  writeWhole(client, upstream, 200, await readWhole(content, answer))
}

/** Tells a server that its client has left, where it has to be told. Nobody waits for it. */
function sayFarewell({ farewell, headers }: Exchange): void {
  if (!farewell) return
  fetch(farewell.url, { method: 'POST', headers, body: farewell.body }).catch(() => undefined)
}

/** Resolves with the head of the answer. */
function send(
  exchange: Exchange,
  client: ServerResponse,
  timeout: number,
  isSecondTry = false,
): Promise<IncomingMessage> {
  const { url, headers, body } = exchange
  const target = new URL(url)
  const [ask, agent] = target.protocol === 'https:' ? [askHttps, httpsAgent] : [askHttp, httpAgent]
  return new Promise((resolve, reject) => {
    let response: IncomingMessage | undefined
    const request = ask(target, {
      method: 'POST',
      headers: Object.fromEntries(headers),
      // The other connections that were kept may have been closed with that of the first try.
      agent: isSecondTry ? false : agent,
      timeout,
    })
    const leave = () => (response ?? request).destroy()
    client.once('close', leave)
    request.on('response', (head) => {
      response = head
      response.once('close', () => client.off('close', leave))
      resolve(head)
    })
    const onSilence = () => {
      // While the client does not read, nothing is read here, and what the server says is not heard.
      if (client.writableNeedDrain) request.socket?.setTimeout(timeout)
      else (response ?? request).destroy(new UpstreamTimeout(timeout))
    }
    // The request's own event comes only once.
    request.on('socket', (socket) => {
      socket.on('timeout', onSilence)
      request.once('close', () => socket.off('timeout', onSilence))
    })
    request.on('error', (error) => {
      client.off('close', leave)
      // The server had closed a kept connection before it saw this request.
      const wasClosed =
        request.reusedSocket && 'code' in error && /^(ECONNRESET|EPIPE)$/.test(String(error.code))
      if (wasClosed && !isSecondTry && !client.destroyed) resolve(send(exchange, client, timeout, true))
      else reject(error instanceof UpstreamError ? error : new UpstreamUnreachable(target.host, error))
    })
    request.end(body)
  })
}

const unpackings: ReadonlyMap<string, () => Transform> = new Map([
  ['gzip', createUnzip],
  ['x-gzip', createUnzip],
  ['deflate', createUnzip],
  ['br', createBrotliDecompress],
])

/** What a server sends, which may be packed although it was asked for what is not. */
function unpacked(upstream: IncomingMessage): Readable {
  const create = unpackings.get(upstream.headers['content-encoding']?.trim().toLowerCase() ?? '')
  // What fails in either is told to who reads; ending one ends both.
  return create ? pipeline(upstream, create(), () => undefined) : upstream
}

/** Of a body that is cut, what came: the status is the answer. */
async function readError(upstream: Readable): Promise<string> {
  let text = ''
  try {
    for await (const piece of upstream.setEncoding('utf8')) {
      text += piece
      if (text.length > longestError) break
    }
  } catch {}
  return text
}

function writeWhole(
  client: ServerResponse,
  upstream: IncomingMessage,
  status: number,
  body: object | string,
): void {
  const text = bodyOf(body)
  client.writeHead(status, headFor(upstream, 'application/json'))
  client.end(text)
}

async function readWhole(upstream: Readable, answer: Answer): Promise<object | string> {
  let body: object | string = {}
  await readAnswer(upstream, answer, (frame) => {
    if ('data' in frame) body = frame.data
  })
  return body
}

async function relayStream(
  upstream: IncomingMessage,
  content: Readable,
  answer: Answer,
  client: ServerResponse,
): Promise<void> {
  client.writeHead(200, headFor(upstream, 'text/event-stream; charset=utf-8'))
  client.flushHeaders()
  const pieces = createPieceWriter(client, content)
  const send = (frame: AnswerFrame) => pieces.write(writeFrame(frame))
  try {
    await readAnswer(content, answer, send)
  } catch (error) {
    if (client.destroyed) return
    if (!(error instanceof UpstreamError)) throw error
    // What came before was said; the last frames say that it is not all.
    answer.fail(error.fields).forEach(send)
  }
  pieces.end()
}

/**
 * Reads an answer as it comes, to where nothing more is wanted of it.
 *
 * @param send is given each frame; what was given before an error has been said.
 * @throws UpstreamError
 */
function readAnswer(upstream: Readable, answer: Answer, send: (frame: AnswerFrame) => void): Promise<void> {
  const reading = createReading(answer)
  let isOver = false
  return new Promise((resolve, reject) => {
    function read(bytes: Uint8Array | undefined): void {
      if (isOver) return
      try {
        const state = reading.push(bytes, send)
        if (state === 'open') return
        isOver = true
        letGo(upstream, state)
        resolve()
      } catch (error) {
        stop(error)
      }
    }

    function stop(error: unknown): void {
      if (isOver) return
      isOver = true
      upstream.destroy()
      reject(error)
    }

    upstream.on('data', read)
    upstream.on('end', () => read(undefined))
    upstream.on('error', (error) =>
      stop(error instanceof UpstreamError ? error : new UpstreamConnectionCut(error)),
    )
    upstream.on('close', () => {
      if (!isOver) stop(new UpstreamConnectionCut('it was closed'))
    })
  })
}

/** The answer is complete: the last bytes may arrive, so that the connection can be used again. */
function letGo(upstream: Readable, state: Exclude<ReadingState, 'open'>): void {
  if (state === 'cut') {
    upstream.destroy()
    return
  }
  const timer = setTimeout(() => upstream.destroy(), drainTimeout)
  upstream.once('close', () => clearTimeout(timer))
  upstream.resume()
}

/** The upstream's headers, without those that are this endpoint's own to say. */
function headFor({ headers }: IncomingMessage, type: string): Record<string, string> {
  const all = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string') all.set(name, value)
  }
  return Object.fromEntries(clientHeaders(all, type))
}
