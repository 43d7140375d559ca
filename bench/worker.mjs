/** Measures one contestant at one case, in a thread of its own, so that it starts fresh and can be stopped. */
import { parentPort, workerData } from 'node:worker_threads'
import { allCases, cut } from './cases.mjs'
import { bareBlock, contestants } from './contestants.mjs'

const { id, name, library, limits, measure } = workerData
const { create, pipe } = contestants.find((contestant) => contestant.name === name)
const found = allCases.find((one) => one.id === id)
const reply = found.make()
const chunks = cut(reply.text, found.chunk)
const loaded = await import(library)
// The garbage of making the reply is not the contestant's.
globalThis.gc()

/**
 * How many chunks are read between two looks at the clock. A block is read by a function of its own: V8 compiles what is
 * called often better than a long loop that it has to replace while it runs, which made the bare pass half as fast in
 * every other run.
 */
const blockSize = 64

function readBlock(reader, from, to) {
  for (let at = from; at < to; at++) reader.push(chunks[at])
}

let started = 0
class CutOff extends Error {}

/**
 * Gives up when the time is over, or when a part of it shows that it will not do: no contestant here gets faster on its
 * way through a reply, so at the pace so far it would need even longer.
 */
function tick(done) {
  const elapsed = performance.now() - started
  const tooSlow = elapsed > limits.look && (elapsed * chunks.length) / Math.max(done, 1) > limits.pass
  if (elapsed > limits.pass || tooSlow) throw new CutOff(String(done / chunks.length))
}

async function pass() {
  if (pipe !== undefined) return pipe({ chunks, reply, tick })
  const reader = create(loaded, reply)
  for (let from = 0; from < chunks.length; from += blockSize) {
    const to = Math.min(from + blockSize, chunks.length)
    readBlock(reader, from, to)
    tick(to)
  }
  return reader.end()
}

function barePass() {
  let sum = 0
  for (let from = 0; from < chunks.length; from += blockSize) {
    sum += bareBlock(chunks, from, Math.min(from + blockSize, chunks.length))
  }
  return sum
}

async function time(work, times) {
  parentPort.postMessage({ type: 'pass' })
  started = performance.now()
  const from = started
  for (let n = 0; n < times; n++) {
    await work()
    if (times > 1) started = performance.now()
  }
  return (performance.now() - from) / times
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]

/** How often to repeat what takes `one` ms, so that the clock can tell. */
const repeats = (one) => Math.ceil(limits.sample / Math.max(one, 0.001))

async function measureSpeed() {
  let delivered
  const work = async () => {
    delivered = await pass()
  }
  const first = await time(work, 1)
  const slow = first > limits.once
  let mine = [first]
  let theirs = [await time(barePass, 1), await time(barePass, 1)]
  if (!slow) {
    // Warm, and how long one takes then.
    let one = first
    for (let spent = first; spent < limits.warm; spent += one * repeats(one))
      one = await time(work, repeats(one))
    mine = []
    theirs = []
    const bareOne = await time(barePass, 5)
    for (let n = 0; n < 5; n++) {
      theirs.push(await time(barePass, repeats(bareOne)))
      mine.push(await time(work, repeats(one)))
    }
  }
  const { calls, characters } = reply.expected
  const right =
    delivered.calls === calls && (delivered.characters === undefined || delivered.characters === characters)
  return { ms: median(mine), bareMs: median(theirs), length: reply.text.length, slow, right }
}

/**
 * Five passes after warm ones. What a push costs by itself it costs in each of them, so the least of the five is its own;
 * the longest of one pass also has what hit it: a garbage collection, another process.
 */
async function measureLongest() {
  const own = new Float64Array(chunks.length + 1).fill(Number.POSITIVE_INFINITY)
  const longest = []
  const warm = 5
  for (let n = 0; n < warm + 5; n++) {
    parentPort.postMessage({ type: 'pass' })
    const reader = create(loaded, reply)
    let worst = 0
    for (let i = 0; i <= chunks.length; i++) {
      const from = performance.now()
      // The end counts as a push: it may release what was held to the last.
      if (i < chunks.length) reader.push(chunks[i])
      else reader.end()
      const took = performance.now() - from
      if (n < warm) continue
      own[i] = Math.min(own[i], took)
      worst = Math.max(worst, took)
    }
    if (n >= warm) longest.push(worst)
  }
  const where = own.reduce((best, took, i) => (took > own[best] ? i : best), 0)
  return { ms: own[where], at: where / chunks.length, withPauses: median(longest) }
}

try {
  const result = measure === 'longest' ? await measureLongest() : await measureSpeed()
  parentPort.postMessage({ type: 'result', ...result })
} catch (error) {
  if (!(error instanceof CutOff)) throw error
  parentPort.postMessage({ type: 'cut', share: Number(error.message) })
}
