import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect, createServer as createTcpServer, type Socket } from 'node:net'
import { createBrotliCompress, createDeflate, createGzip } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { addressOf, chat, listen, paris, post, routes, serve } from './setup.js'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** Sends bytes as they are and gives the connection. */
async function send(url: string, text: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  closing.push(() => socket.destroy())
  await once(socket, 'connect')
  socket.write(text)
  return socket
}

async function readAll(socket: Socket): Promise<string> {
  let text = ''
  for await (const bytes of socket) text += bytes
  return text
}

function requestOf(version: string, headers: string[], body: object): string {
  const json = JSON.stringify(body)
  const head = [`POST ${chat.path} HTTP/${version}`, ...headers, `content-length: ${json.length}`]
  return `${head.join('\r\n')}\r\n\r\n${json}`
}

function streamChunk(content: string, finish: string | null = null): string {
  return `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`
}

const whole = JSON.stringify({
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
})

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

describe.each(routes)('an upstream that falls silent, asked in %s,', (_, route) => {
  it('in the middle of a whole answer is 504', async () => {
    const upstreamUrl = await listen((_, response) => response.write('{"choices": ['))
    const { url, log } = await serve([paris], { upstreamUrl, timeout: 150 })
    const response = await post(url, route, route.body())
    expect(response.status).toBe(504)
    expect(route.message(await response.json())).toContain('150 ms')
    expect(log[0]).toMatchObject({ status: 504, error: expect.stringContaining('150 ms') })
  })

  it('in the middle of an error keeps its status', async () => {
    const upstreamUrl = await listen((_, response) => response.writeHead(500).write('{"error":'))
    const { url } = await serve([paris], { upstreamUrl, timeout: 150 })
    expect((await post(url, route, route.body())).status).toBe(500)
  })

  it('after its last frame has answered', async () => {
    const upstreamUrl = await listen((_, response) =>
      response.write(`${streamChunk('Hi', 'stop')}data: [DONE]\n\n`),
    )
    const tools = { upstream: { kind: 'chat' as const, stream: true } }
    const { url } = await serve([paris], { upstreamUrl, tools })
    const asked = performance.now()
    const response = await post(url, route, route.body())
    expect(await response.text()).toContain('Hi')
    expect(performance.now() - asked).toBeLessThan(1000)
  })
})

it('an upstream that falls silent while the client does not read is known when it reads again', async () => {
  const upstreamUrl = await listen((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (let piece = 0; piece < 400; piece++) response.write(streamChunk('x'.repeat(60_000)))
  })
  const { url } = await serve([paris], { upstreamUrl, timeout: 200 })
  const socket = await send(url, requestOf('1.1', ['host: localhost'], chat.body({ stream: true })))
  await wait(700)
  let end = ''
  socket.on('data', (bytes) => {
    end = (end + bytes).slice(-1000)
  })
  await expect.poll(() => end, { timeout: 4000 }).toContain('200 ms')
})

it.each([false, true])(
  'a model that is silent for longer than a connection may be is waited for (%s)',
  async (stream) => {
    const upstreamUrl = await listen(async (_, response) => {
      await wait(600)
      response.end(stream ? `${streamChunk('Hi', 'stop')}data: [DONE]\n\n` : whole)
    })
    const { url } = await serve([paris], { upstreamUrl, idleTimeout: 200 })
    expect(await (await post(url, chat, chat.body({ stream }))).text()).toContain('Hi')
  },
)

describe.each(routes)('schemas that are nested too deep for JSON.stringify, in %s,', (_, route) => {
  it.each([false, true])('are answered as any (%s)', async (stream) => {
    const { url } = await serve([paris], { timeout: 1000 })
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
    const body = JSON.stringify(route.body({ stream })).replace('"required"', `"x-deep":${deep},"required"`)
    const response = await post(url, route, body)
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('get_weather')
  })
})

it('a list of models that never comes is 504', async () => {
  const upstreamUrl = await listen(() => undefined)
  const { url } = await serve([paris], { upstreamUrl, timeout: 150 })
  expect((await fetch(`${url}/v1/models`)).status).toBe(504)
})

it('connections that the upstream has all closed are not the client’s business', async () => {
  // Each connection carries one request, and is reset at the second, as one that was closed just before would be.
  const server = createTcpServer((socket) => {
    let requests = 0
    socket.on('error', () => undefined)
    socket.on('data', () => {
      if (++requests > 1) socket.resetAndDestroy()
      else
        setTimeout(
          () => socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${whole.length}\r\n\r\n${whole}`),
          50,
        )
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  closing.push(() => server.close())
  const { url } = await serve([paris], { upstreamUrl: addressOf(server.address()) })
  const ask = async () => (await post(url, chat, chat.body())).text()
  await Promise.all([ask(), ask(), ask()])
  await wait(50)
  expect((await post(url, chat, chat.body())).status).toBe(200)
})

it('an upstream that is elsewhere is said to be, and the client is not sent there', async () => {
  const upstreamUrl = await listen((_, response) =>
    response.writeHead(308, { location: 'https://example.com/v1?key=secret' }).end(),
  )
  const { url } = await serve([paris], { upstreamUrl })
  const response = await post(url, chat, chat.body(), { redirect: 'manual' })
  expect(response.status).toBe(502)
  expect(response.headers.has('location')).toBe(false)
  expect(chat.message(await response.json())).toBe(
    'The upstream answered 308: it is at https://example.com, give that as the upstream.',
  )
})

it('headers that are this endpoint’s own to say are not the upstream’s', async () => {
  const upstreamUrl = await listen((_, response) => {
    const headers = {
      'access-control-allow-origin': '*',
      'x-request-id': 'theirs',
      'set-cookie': 'a=b',
      trailer: 'x',
    }
    response.writeHead(200, { ...headers, 'x-served-by': 'gpu-1' }).end(whole)
  })
  const { url } = await serve([paris], { upstreamUrl })
  const init = { headers: { 'x-request-id': 'mine' } }
  const answers = [await post(url, chat, chat.body(), init), await fetch(`${url}/v1/models`, init)]
  for (const { headers } of answers) {
    expect(headers.get('x-request-id')).toBe('mine')
    expect(headers.get('x-served-by')).toBe('gpu-1')
    for (const name of ['access-control-allow-origin', 'set-cookie', 'trailer']) {
      expect([name, headers.has(name)]).toEqual([name, false])
    }
  }
})

it('what a client adds to the path is passed on, but for what only Anthropic or Azure knows', async () => {
  const paths: unknown[] = []
  const upstreamUrl = await listen(({ url }, response) => {
    paths.push(url)
    response.end(whole)
  })
  const { url } = await serve([paris], { upstreamUrl })
  for (const [, route] of routes) {
    await post(url, { ...route, path: `${route.path}?tenant=2&api-version=3&beta=true` }, route.body())
  }
  expect(paths).toEqual([
    '/v1/chat/completions?tenant=2&beta=true',
    '/v1/chat/completions?tenant=2&beta=true',
    '/v1/chat/completions?tenant=2',
  ])
})

it('the list of models is asked for with the key that a client shows as x-api-key', async () => {
  let headers: IncomingMessage['headers'] = {}
  const upstreamUrl = await listen((request, response) => {
    headers = request.headers
    response.end('{"data": [{"id": "some-model"}]}')
  })
  const { url } = await serve([paris], { upstreamUrl })
  await (await fetch(`${url}/v1/models`, { headers: { 'x-api-key': 'mine' } })).text()
  expect(headers).toMatchObject({ authorization: 'Bearer mine' })
  expect(headers).not.toHaveProperty('x-api-key')
})

it('an upstream is asked not to compress', async () => {
  const { url, upstream } = await serve([paris])
  await post(url, chat, chat.body(), { headers: { 'accept-encoding': 'br' } })
  expect(upstream.requests[0]?.headers['accept-encoding']).toBe('identity')
})

describe.each([
  ['gzip', createGzip],
  ['deflate', createDeflate],
  ['br', createBrotliCompress],
] as const)('an upstream that packs its answer in %s all the same', (coding, createPacking) => {
  const headers = { 'content-encoding': coding }

  it('is read in a stream as it comes, and left when the client leaves', async () => {
    const left = new Promise<void>((resolve) => {
      void listen((_, response) => {
        response.on('close', resolve)
        response.writeHead(200, headers)
        const packing = createPacking()
        packing.pipe(response)
        packing.write(streamChunk('Hi'))
        packing.flush()
      }).then(async (upstreamUrl) => {
        const { url } = await serve([paris], { upstreamUrl })
        const response = await post(url, chat, chat.body({ stream: true }))
        expect(response.headers.get('content-encoding')).toBeNull()
        let text = ''
        for await (const bytes of response.body ?? []) {
          text += new TextDecoder().decode(bytes)
          if (text.includes('Hi')) break
        }
      })
    })
    await left
  })

  it('is read when it is whole, an error, or cut', async () => {
    const bodies = [whole, JSON.stringify({ error: { message: 'too many of you' } }), whole]
    let asked = 0
    const upstreamUrl = await listen((_, response) => {
      const at = asked++
      response.writeHead(at === 1 ? 429 : 200, headers)
      const packing = createPacking()
      const pieces: Buffer[] = []
      packing.on('data', (piece) => pieces.push(piece))
      packing.on('end', () => {
        const bytes = Buffer.concat(pieces)
        response.end(at === 2 ? bytes.subarray(0, bytes.length - 20) : bytes)
      })
      packing.end(bodies[at])
    })
    const { url } = await serve([paris], { upstreamUrl })
    const ask = async () => (await post(url, chat, chat.body())).json()
    expect(await ask()).toMatchObject({ choices: [{ message: { content: 'Hi' } }] })
    expect(await ask()).toMatchObject({ error: { message: 'too many of you' } })
    expect(await ask()).toMatchObject({ error: { code: 'upstream_connection_cut' } })
    expect(asked).toBe(3)
  })
})

it('the time of an answer is whole seconds', async () => {
  const upstreamUrl = await listen((_, response) =>
    response.end(whole.replace('{', '{"created": 1766000000.75,')),
  )
  const { url } = await serve([paris], { upstreamUrl })
  expect(await (await post(url, chat, chat.body())).json()).toMatchObject({ created: 1766000000 })
})

it('a client of HTTP/1.0 that names no host is served', async () => {
  const { url } = await serve([paris])
  const answer = await readAll(await send(url, requestOf('1.0', [], chat.body({ stream: true }))))
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(answer).toContain('[DONE]')
})

it('requests behind one another are answered in order, and none goes on when the client leaves', async () => {
  const running = new Set<IncomingMessage>()
  const upstreamUrl = await listen((request, response: ServerResponse) => {
    running.add(request)
    response.on('close', () => running.delete(request))
    response.write(streamChunk('Hi'))
  })
  const { url } = await serve([paris], { upstreamUrl })
  const request = requestOf('1.1', ['host: localhost'], chat.body({ stream: true }))
  const socket = await send(url, request.repeat(3))
  await once(socket, 'data')
  await wait(100)
  expect(running.size).toBe(1)
  socket.destroy()
  await expect.poll(() => running.size).toBe(0)
})

it('each piece of a stream is a whole chunk of HTTP, whatever characters it has', async () => {
  const { url } = await serve(['Grüße, 世界 😀, und mehr.'])
  const request = requestOf('1.1', ['host: localhost', 'connection: close'], chat.body({ stream: true }))
  const bytes = Buffer.from(await readAll(await send(url, request)))
  let at = bytes.indexOf('\r\n\r\n') + 4
  let text = ''
  for (let size = -1; size !== 0; ) {
    const line = bytes.indexOf('\r\n', at)
    size = Number.parseInt(bytes.toString('latin1', at, line), 16)
    text += bytes.toString('utf8', line + 2, line + 2 + size)
    at = line + 2 + size + 2
    expect(bytes.toString('latin1', at - 2, at)).toBe('\r\n')
  }
  expect(at).toBe(bytes.length)
  const contents = [...text.matchAll(/"content":"([^"]*)"/g)].map(([, content]) => content)
  expect(contents.join('')).toBe('Grüße, 世界 😀, und mehr.')
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
})

it('two requests behind one another get both answers', async () => {
  const { url } = await serve([paris, paris])
  const first = requestOf('1.1', ['host: localhost'], chat.body())
  const last = requestOf('1.1', ['host: localhost', 'connection: close'], chat.body({ stream: true }))
  const answer = await readAll(await send(url, first + last))
  expect(answer.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
  expect(answer).toContain('[DONE]')
})

it('what went wrong is in the log and in the trace', async () => {
  const traced: object[] = []
  const { url, upstream, log } = await serve([{ fault: { status: 500, body: { error: 'out of memory' } } }], {
    trace: (entry) => traced.push(entry),
  })
  await (await post(url, chat, chat.body())).text()
  await (await post(url, chat, '{')).text()
  await upstream.close()
  await (await post(url, chat, chat.body())).text()
  await expect.poll(() => log.length).toBe(3)
  expect(log.map(({ error }) => error)).toEqual([
    'out of memory',
    expect.stringContaining('not JSON'),
    expect.stringContaining('ECONNREFUSED'),
  ])
  expect(traced).toContainEqual(
    expect.objectContaining({ type: 'error', error: expect.objectContaining({ message: 'out of memory' }) }),
  )
})

it('every page may ask where that is said', async () => {
  const { url } = await serve([paris], { corsOrigins: ['*'] })
  const response = await post(url, chat, chat.body(), { headers: { origin: 'http://app.example' } })
  expect(response.headers.get('access-control-allow-origin')).toBe('*')
})
