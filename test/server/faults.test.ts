import { createServer, request } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, it, test } from 'vitest'
import { chat, paris, post, routes, serve } from './setup.js'

describe.each(routes)('%s', (_, route) => {
  const both = [false, true].map((stream) => ({ stream }))

  it.each(both)('an upstream that refuses is 502 ($stream)', async ({ stream }) => {
    const { url, upstream } = await serve([paris])
    await upstream.close()
    const response = await post(url, route, route.body({ stream }))
    expect(response.status).toBe(502)
    expect(route.message(await response.json())).toMatch(/cannot be reached: connect ECONNREFUSED/)
  })

  it.each(both)('an upstream that hangs before its head is 504 ($stream)', async ({ stream }) => {
    const { url, upstream } = await serve([{ text: paris, fault: { hang: 'head' } }], { timeout: 150 })
    const response = await post(url, route, route.body({ stream }))
    expect(response.status).toBe(504)
    expect(route.message(await response.json())).toContain('150 ms')
    await upstream.requests[0]?.closed
  })

  it.each([
    { status: 429, headers: { 'retry-after': '7' } },
    { status: 429, headers: {} },
    { status: 500, headers: { 'retry-after': '3' } },
    { status: 500, headers: {} },
  ])('$status with $headers is passed on with its words', async ({ status, headers }) => {
    const { url } = await serve([
      { fault: { status, headers, body: { error: { message: 'too many of you' } } } },
    ])
    const response = await post(url, route, route.body({ stream: true }))
    expect(response.status).toBe(status)
    expect(response.headers.get('retry-after')).toBe(new Headers(headers).get('retry-after'))
    expect(route.message(await response.json())).toBe('too many of you')
  })

  it.each([
    [502, '<html><h1>Bad gateway</h1></html>', 502, 'Bad gateway'],
    [200, '<html>Log in</html>', 502, 'Log in'],
    [404, { error: { message: 'model "some-model" not found' } }, 404, 'model "some-model" not found'],
  ])('%s with %s is an error of the protocol', async (status, body, expected, words) => {
    const { url } = await serve([{ fault: { status, body } }])
    const response = await post(url, route, route.body())
    expect(response.status).toBe(expected)
    expect(route.message(await response.json())).toContain(words)
  })

  it.each([
    [
      'an error frame',
      { error: { after: 3, frame: { error: { message: 'out of memory' } } } },
      'out of memory',
    ],
    ['a cut connection', { cutAfter: 6 }, 'cut in the middle'],
    ['a frame that is no JSON', { invalidAfter: 3 }, 'not JSON'],
    ['no finish', { noFinish: true, noDone: true }, 'without a finish'],
  ])('%s in mid-call ends the stream with an error and no call', async (_, fault, words) => {
    const { url } = await serve([{ text: paris, fault }])
    const text = await (await post(url, route, route.body({ stream: true }))).text()
    expect(text).toContain(words)
    expect(text).not.toMatch(/"(finish_reason|stop_reason)": ?"(tool_calls|tool_use)"|response\.completed/)
    // Whole, nothing has been said yet when it fails: it is an error and nothing else.
    const collected = await serve([{ text: paris, fault: { ...fault, form: 'stream' } }])
    const whole = await post(collected.url, route, route.body())
    expect(whole.status).toBe(502)
    expect(route.message(await whole.json())).toContain(words)
  })

  it('half a character at the end of a packet is none of the app’s business', async () => {
    const { url } = await serve([{ text: paris, fault: { splitCharacters: true } }])
    const text = await (await post(url, route, route.body({ stream: true }))).text()
    expect(text).toContain('🌍')
    expect(text).not.toContain('�')
  })

  it('a client that leaves in mid-stream stops the upstream within a second', async () => {
    const { url, upstream } = await serve([{ text: 'word '.repeat(2000), delay: 5 }])
    const controller = new AbortController()
    const response = await post(url, route, route.body({ stream: true }), { signal: controller.signal })
    await response.body?.getReader().read()
    const left = performance.now()
    controller.abort()
    await upstream.requests[0]?.closed
    expect(upstream.requests[0]?.aborted).toBe(true)
    expect(performance.now() - left).toBeLessThan(1000)
  })

  it('a client that leaves before the head stops the upstream', async () => {
    const { url, upstream } = await serve([{ text: paris, fault: { hang: 'head' } }])
    const controller = new AbortController()
    const asked = post(url, route, route.body(), { signal: controller.signal }).catch(() => undefined)
    while (upstream.requests.length === 0) await wait(5)
    controller.abort()
    await asked
    await upstream.requests[0]?.closed
    expect(upstream.requests[0]?.aborted).toBe(true)
  })

  it('a slow reader holds the upstream back', async () => {
    const piece = 'x'.repeat(64 * 1024)
    const { url, upstream } = await serve([{ text: piece.repeat(1024) }], {
      replay: { split: () => Array.from({ length: 1024 }, () => piece) },
    })
    const response = await post(url, route, route.body({ stream: true }))
    const reader = response.body?.getReader()
    await reader?.read()
    const [request] = upstream.requests
    const sent = () => request?.written ?? 0
    let written = -1
    while (written < sent()) {
      written = sent()
      await wait(500)
    }
    // 64 MB were to come; what the sockets on the way take by themselves is some MB each.
    expect(written).toBeLessThan(24 * 1024 * 1024)
    await reader?.cancel()
    await request?.closed
  })

  it('what is wrong with a request is said, and nothing is sent', async () => {
    const { url, upstream } = await serve([paris])
    for (const body of ['{"model": ', '[]', '"x"', '', route.body({ nameless: true })]) {
      const response = await post(url, route, body)
      expect(response.status).toBe(400)
      expect(route.message(await response.json())).toEqual(expect.stringMatching(/\w{3}/))
    }
    expect(upstream.requests).toHaveLength(0)
  })

  it('a body over the limit is 413, however its length is told', async () => {
    const { url, upstream } = await serve([paris])
    const told = await post(url, route, 'x'.repeat(2 * 1024 * 1024))
    expect(told.status).toBe(413)
    expect(route.message(await told.json())).toContain('1048576 bytes')
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const asked = request(url + route.path, { method: 'POST' }, (response) => resolve(response.statusCode))
      asked.on('error', (error) => ('code' in error && error.code === 'EPIPE' ? undefined : reject(error)))
      for (let sent = 0; sent < 4; sent++) asked.write('x'.repeat(1024 * 1024))
    })
    expect(status).toBe(413)
    expect(upstream.requests).toHaveLength(0)
    expect((await post(url, route, route.body())).status).toBe(200)
  })
})

test('a request whose head never ends is cut off', async () => {
  const { url } = await serve([paris], { headerTimeout: 200, requestTimeout: 400 })
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write('POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n')
  const answered = await new Promise<string>((resolve) => {
    let text = ''
    socket.on('data', (bytes) => {
      text += bytes
    })
    socket.on('close', () => resolve(text))
  })
  expect(answered).toContain('408')
})

test('a client that reads nothing for too long is cut off, and its upstream with it', async () => {
  const piece = 'x'.repeat(64 * 1024)
  const { url, upstream } = await serve([{ text: piece.repeat(1024) }], {
    idleTimeout: 300,
    replay: { split: () => Array.from({ length: 1024 }, () => piece) },
  })
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  const body = JSON.stringify(chat.body({ stream: true }))
  socket.write(
    `POST ${chat.path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  socket.pause()
  while (upstream.requests.length === 0) await wait(5)
  await upstream.requests[0]?.closed
  expect(upstream.requests[0]?.aborted).toBe(true)
  socket.destroy()
})

test('after every fault the endpoint serves on', async () => {
  const faults = [
    { cutAfter: 1 },
    { invalidAfter: 1 },
    { status: 500 },
    { error: { after: 1, frame: { error: 'no' } } },
    { noFinish: true },
  ]
  const { url } = await serve([...faults.map((fault) => ({ text: paris, fault })), { text: paris }])
  for (const _ of faults) await (await post(url, chat, chat.body({ stream: true }))).text()
  const response = await post(url, chat, chat.body())
  expect(await response.json()).toMatchObject({ choices: [{ finish_reason: 'tool_calls' }] })
})

test('an upstream that answers what is no HTTP is 502', async () => {
  const odd = createServer()
  odd.on('connection', (socket) => socket.end('hello\r\n'))
  await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve))
  const address = odd.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const { url } = await serve([paris], { upstreamUrl: new URL(`http://127.0.0.1:${port}`) })
  const response = await post(url, chat, chat.body())
  expect(response.status).toBe(502)
  odd.close()
})

test('a running stream ends when the server is stopped, and no new one begins', async () => {
  const { url, server } = await serve([{ text: `${'word '.repeat(30)}${paris}`, delay: 10 }])
  const response = await post(url, chat, chat.body({ stream: true }))
  const stopped = server.close(5000)
  await expect(post(url, chat, chat.body())).rejects.toThrow()
  const text = await response.text()
  expect(text).toContain('"finish_reason":"tool_calls"')
  expect(text).toContain('[DONE]')
  const ended = performance.now()
  await stopped
  expect(performance.now() - ended).toBeLessThan(1000)
})

test('a stream that does not end in time is cut', async () => {
  const { url, server, upstream } = await serve([{ text: 'word '.repeat(1000), delay: 10 }])
  const response = await post(url, chat, chat.body({ stream: true }))
  const text = response.text().catch(() => 'cut')
  await server.close(100)
  expect(await text).toBe('cut')
  await upstream.requests[0]?.closed
  expect(upstream.requests[0]?.aborted).toBe(true)
})

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
