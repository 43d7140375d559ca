/** What `toolshim serve` is compared with: `node pass-through.mjs URL`, Hono handing on requests and answers as they are. */
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const [upstream] = process.argv.slice(2)
const app = new Hono()
app.post('*', async (c) => {
  const { body, status, headers } = await fetch(upstream + c.req.path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: await c.req.text(),
    signal: c.req.raw.signal,
  })
  return new Response(body, { status, headers: { 'content-type': headers.get('content-type') ?? '' } })
})
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}`),
)
