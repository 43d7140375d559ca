import { expect, it } from 'vitest'
import type { TraceEntry } from '../../src/middleware/fetch.js'
import { connect } from './setup.js'

it.each([
  [{ status: 500, body: { error: 'out of memory' } }, 'out of memory'],
  [{ status: 200, body: '<html>Log in</html>' }, 'Log in'],
  [{ cutAfter: 1 }, 'cut in the middle'],
  [{ status: 200, body: '' }, 'was empty'],
  [{ status: 200, body: { id: 'a', choices: [] } }, 'was empty'],
  [{ status: 200, body: 'data: [DONE]\n\n' }, 'was empty'],
])('a whole answer that fails is traced as that: %j', async (fault, words) => {
  const traced: TraceEntry[] = []
  const { client } = await connect([{ text: 'Hi', fault }], { onTrace: (entry) => traced.push(entry) })
  const tools = [{ type: 'function' as const, function: { name: 'add' } }]
  const request = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }], tools }
  await expect(client.chat.completions.create(request)).rejects.toThrow()
  expect(traced.at(-1)).toMatchObject({ type: 'error', error: { message: expect.stringContaining(words) } })
})

const request = {
  model: 'm',
  messages: [{ role: 'user' as const, content: 'Hi' }],
  tools: [{ type: 'function' as const, function: { name: 'add' } }],
}

it.each([false, true])('so is one that does not begin (stream: %s)', async (stream) => {
  const traced: TraceEntry[] = []
  const onTrace = (entry: TraceEntry) => traced.push(entry)
  const silent = await connect([{ fault: { hang: 'head' } }], { onTrace, timeout: 50 })
  await expect(silent.client.chat.completions.create({ ...request, stream })).rejects.toThrow()
  expect(traced.at(-1)).toMatchObject({ type: 'error', error: { code: 'upstream_timeout' } })

  const patient = await connect([{ fault: { hang: 'head' } }], { onTrace })
  const left = new AbortController()
  const work = patient.client.chat.completions.create({ ...request, stream }, { signal: left.signal })
  await expect.poll(() => patient.upstream.requests.length).toBe(1)
  left.abort()
  await expect(work).rejects.toThrow()
  expect(traced.at(-1)).toMatchObject({ type: 'error', error: { code: 'app_left' } })

  const { client, upstream } = await connect([], { onTrace })
  await upstream.close()
  await expect(client.chat.completions.create({ ...request, stream })).rejects.toThrow()
  expect(traced.at(-1)).toMatchObject({
    type: 'error',
    error: { code: 'upstream_unreachable', message: expect.stringContaining('ECONNREFUSED') },
  })
  expect(new Set(traced.map(({ id }) => id)).size).toBe(3)
})
