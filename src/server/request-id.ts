import { randomUUID } from 'node:crypto'
import type { HttpBindings } from '@hono/node-server'
import type { MiddlewareHandler } from 'hono'

/** What a client may call its request: nothing that would be more than a name in a header or in a log. */
const name = /^[\w.:-]{1,128}$/

/** Names each request, by the client's own `x-request-id` if that is a name; the answer says it. */
export function requestId(): MiddlewareHandler<{ Bindings: HttpBindings; Variables: { requestId: string } }> {
  return async (c, next) => {
    const given = c.req.header('x-request-id') ?? ''
    const id = name.test(given) ? given : randomUUID()
    c.set('requestId', id)
    c.env.outgoing.setHeader('x-request-id', id)
    // What Anthropic's client reads it from.
    c.env.outgoing.setHeader('request-id', id)
    await next()
  }
}
