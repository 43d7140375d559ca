import { expect, test } from 'vitest'
import { pages } from '../docs/blocks.js'
import { ask, connect, kinds } from '../middleware/setup.js'

const page = pages.get('docs/upstreams.md') ?? ''

/** The JSON of a kind's section; `…` in it stands for any text. */
function requestOn(kind: string): unknown {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${kind}\n`)) ?? ''
  const [, json = ''] = /```json\n(.*?)```/s.exec(section) ?? []
  return JSON.parse(json, (_, value) =>
    typeof value === 'string' && value.includes('…')
      ? expect.stringMatching(new RegExp(`^${value.replace('…', '[^]+')}$`))
      : value,
  )
}

test.each(kinds)('the page shows the request that %s is sent', async (upstream) => {
  const { client, upstream: server } = await connect(['Hi.'], { upstream })
  const body = { ...ask, stream: false as const, max_tokens: 200, temperature: 0.5, stop: 'END' }
  await client.chat.completions.create(body)
  expect(server.requests[0]?.body).toEqual(requestOn(upstream))
})
