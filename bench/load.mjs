/**
 * Many streams at once through `toolshim serve`, beside a plain pass-through proxy made with the same server library
 * (`load/pass-through.mjs`) and beside no proxy at all.
 *
 *     npm run bench:load                                     500 streams, 50 tokens a second each, 30 seconds a way
 *     npm run bench:load -- --streams 100 --seconds 300 --only serve
 *
 * Method. The replay upstream, the proxy and this client are processes of their own on one machine. Each token has the time
 * at which the upstream wrote it (the monotonic clock, which all processes of a machine share); the client takes the
 * difference when the token arrives. A reply is text and then a call, so that half of the tokens come as argument deltas.
 * The streams begin one after the other over the length of one, and each that ends is followed by a new one until the time is
 * over: some end and others begin all the time. Measured is from when all run. What a proxy adds is its latency less that of
 * no proxy. CPU and memory are the proxy process's own, from /proc; memory is read at the start of the measured time and at
 * its end.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { parseArgs } from 'node:util'
import Table from 'cli-table3'

const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '30' },
    tokens: { type: 'string', default: '1000' },
    rate: { type: 'string', default: '50' },
    only: { type: 'string' },
  },
})
const body = JSON.stringify({
  model: 'm',
  stream: true,
  messages: [{ role: 'user', content: 'Take notes.' }],
  tools: [
    {
      type: 'function',
      function: {
        name: 'note',
        parameters: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
      },
    },
  ],
})
const streams = Number(values.streams)
const seconds = Number(values.seconds)
/** How long one stream takes, in seconds. */
const length = Number(values.tokens) / Number(values.rate)
const warmUp = length + 2
const shared = Buffer.alloc(256 * 1024)

const upstream = await start('bench/load/upstream.mjs', values.tokens, values.rate)
const ways = [
  { name: 'no proxy' },
  { name: 'pass-through', command: ['bench/load/pass-through.mjs', upstream.url] },
  {
    name: 'serve',
    command: ['dist/cli.js', 'serve', '--upstream', upstream.url, '--port', '0', '--log-level', 'warn'],
  },
].filter(({ name }) => values.only === undefined || name === values.only)

const rows = []
for (const { name, command } of ways) {
  const proxy = command && (await start(...command))
  const result = await measure(proxy ?? upstream, proxy)
  rows.push({ name, ...result })
}
await upstream.stop()

const direct = rows.find(({ name }) => name === 'no proxy')
const table = new Table({
  head: [
    'way',
    'p50 ms',
    'p99 ms',
    'added p50',
    'added p99',
    'tokens/s',
    'lost',
    'CPU µs/token',
    'of the others',
    'MB start',
    'MB end',
    'kB/stream',
  ],
  style: { head: [], border: [] },
})
for (const row of rows) {
  const { p50, p99, memoryStart, memoryEnd, memoryIdle } = row
  const proxied = memoryEnd !== undefined
  const added = direct && proxied ? [p50 - direct.p50, p99 - direct.p99].map((ms) => ms.toFixed(2)) : ['', '']
  const cost = proxied
    ? [
        ((row.cpu / row.tokens) * 1e6).toFixed(1),
        memoryStart.toFixed(0),
        memoryEnd.toFixed(0),
        (((memoryEnd - memoryIdle) * 1000) / streams).toFixed(0),
      ]
    : ['', '', '', '']
  table.push([
    row.name,
    p50.toFixed(2),
    p99.toFixed(2),
    ...added,
    Math.round(row.tokens / seconds),
    row.lost,
    cost[0],
    ((row.others / row.tokens) * 1e6).toFixed(1),
    ...cost.slice(1),
  ])
}
console.log(table.toString())
const passThrough = rows.find(({ name }) => name === 'pass-through')
const serve = rows.find(({ name }) => name === 'serve')
if (passThrough && serve) {
  console.log(
    `CPU of serve: ${(serve.cpu / serve.tokens / (passThrough.cpu / passThrough.tokens)).toFixed(2)} times the pass-through's`,
  )
}

/**
 * A connection on which one request is made after the other. HTTP is written and read by hand here, into one buffer for all:
 * this client has the machine's cores in common with what it measures, and Node's own costs three times as much.
 */
async function open(url, sockets) {
  const { hostname, port } = new URL(url)
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\n`
  const request = `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  let stamp
  let resolve
  /** The last bytes of the answer. */
  let tail = ''
  const finish = (whole) => {
    resolve?.(whole)
    resolve = undefined
  }
  const socket = connect({
    host: hostname,
    port: Number(port),
    noDelay: true,
    onread: {
      buffer: shared,
      callback(length, bytes) {
        for (let at = bytes.indexOf(64); at !== -1 && at + 15 < length; at = bytes.indexOf(64, at + 16)) {
          stamp?.(Number(bytes.latin1Slice(at + 1, at + 16)))
        }
        tail = (tail + bytes.latin1Slice(Math.max(0, length - 40), length)).slice(-40)
        if (tail.endsWith('\r\n0\r\n\r\n')) finish(tail.includes('[DONE]'))
        return true
      },
    },
  })
  sockets.add(socket)
  socket.on('error', () => {})
  socket.on('close', () => {
    sockets.delete(socket)
    finish(false)
  })
  await once(socket, 'connect')
  return {
    /** Resolves at the end of the answer, with whether it was whole; `onStamp` is told when each token was sent. */
    ask(onStamp) {
      stamp = onStamp
      tail = ''
      socket.write(request)
      return new Promise((ended) => {
        resolve = ended
        if (socket.destroyed) finish(false)
      })
    },
  }
}

/** Starts a script that prints its address, and waits for that. */
async function start(script, ...args) {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout.setEncoding('utf8')
  for await (const text of child.stdout) {
    printed += text
    const url = /http:\/\/[\d.]+:\d+/.exec(printed)?.[0]
    if (!url) continue
    return {
      url,
      pid: child.pid,
      async stop() {
        // At once: a server that ends in good order would finish its streams first.
        child.kill('SIGKILL')
        await once(child, 'exit')
      },
    }
  }
  throw new Error(`${script} ended before it listened`)
}

async function measure({ url }, proxy) {
  const latencies = []
  let lost = 0
  let measured = false
  let over = false
  const memoryIdle = proxy && memoryOf(proxy.pid)
  const sockets = new Set()
  const stamp = (sent) => {
    if (measured) latencies.push(now() - sent)
  }
  const again = async () => {
    while (!over) {
      const connection = await open(url, sockets)
      for (let whole = true; whole && !over; ) {
        whole = await connection.ask(stamp)
        if (!whole && !over) lost++
      }
    }
  }
  // Spread over the length of a stream, so that some end and others begin all the time, as where clients come by themselves.
  const all = Array.from({ length: streams }, async (_, at) => {
    await wait((at / streams) * length * 1000)
    await again()
  })
  await wait(warmUp * 1000)
  measured = true
  const cpuStart = proxy && cpuOf(proxy.pid)
  const othersStart = cpuOf(upstream.pid) + cpuOf(process.pid)
  const memoryStart = proxy && memoryOf(proxy.pid)
  await wait(seconds * 1000)
  measured = false
  const cpu = proxy && cpuOf(proxy.pid) - cpuStart
  const others = cpuOf(upstream.pid) + cpuOf(process.pid) - othersStart
  const memoryEnd = proxy && memoryOf(proxy.pid)
  over = true
  await proxy?.stop()
  for (const socket of sockets) socket.destroy()
  await Promise.all(all)
  latencies.sort((a, b) => a - b)
  const at = (share) => latencies[Math.floor(latencies.length * share)] / 1000
  return {
    p50: at(0.5),
    p99: at(0.99),
    tokens: latencies.length,
    lost,
    cpu,
    others,
    memoryIdle,
    memoryStart,
    memoryEnd,
  }
}

/** Seconds of processor time so far; Linux counts in hundredths. */
function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** Megabytes in memory. */
function memoryOf(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1000
}

/** Microseconds of the monotonic clock. */
function now() {
  return Number(process.hrtime.bigint() / 1000n)
}

function wait(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
