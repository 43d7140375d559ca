import { expect, it } from 'vitest'
import type { TraceEntry } from '../../src/middleware/fetch.js'
import { connect } from './setup.js'

it.each([
  [{ status: 500, body: { error: 'out of memory' } }, 'out of memory'],
  [{ status: 200, body: '<html>Log in</html>' }, 'Log in'],
  [{ cutAfter: 1 }, 'cut in the middle'],
])('a whole answer that fails is traced as that: %j', async (fault, words) => {
  const traced: TraceEntry[] = []
  const { client } = await connect([{ text: 'Hi', fault }], { onTrace: (entry) => traced.push(entry) })
  const tools = [{ type: 'function' as const, function: { name: 'add' } }]
  const request = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }], tools }
  await expect(client.chat.completions.create(request)).rejects.toThrow()
  expect(traced.at(-1)).toMatchObject({ type: 'error', error: { message: expect.stringContaining(words) } })
})
