import type { HttpBindings } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'
import type { Logger } from 'pino'
import { isFields } from '../fields.js'
import type { TraceEntry } from '../middleware/fetch.js'

export type Log = Pick<Logger, 'info' | 'warn' | 'error'>

/** What is said of a request when it is over. */
interface Note {
  add(entry: TraceEntry): void
  /** The answer is an error. */
  fail(message: string): void
  fields(status: number): object
}

/** One line a request, when its answer has been given to the end: a stream's after its last byte. */
export function createAccessLog(log: Log) {
  const notes = new WeakMap<Request, Note>()

  function noteOf(c: Context): Note {
    const known = notes.get(c.req.raw)
    if (known) return known
    const note = createNote(c)
    notes.set(c.req.raw, note)
    return note
  }

  const middleware: MiddlewareHandler<{ Bindings: HttpBindings }> = async (c, next) => {
    const note = noteOf(c)
    const { outgoing } = c.env
    outgoing.once('close', () => {
      const end = outgoing.writableFinished ? 'answered' : 'cut'
      log.info({ ...note.fields(outgoing.statusCode), end }, 'request')
    })
    await next()
  }

  return { middleware, noteOf }
}

function createNote(c: Context): Note {
  const start = performance.now()
  let surface: string | undefined
  let model: unknown
  let upstreamStatus: number | undefined
  let firstToken: number | undefined
  let calls = 0
  let changes = 0
  let finish: string | undefined
  let error: string | undefined

  return {
    add(entry) {
      switch (entry.type) {
        case 'request':
          surface = entry.surface
          model = isFields(entry.asked) ? entry.asked.model : undefined
          return
        case 'status':
          upstreamStatus = entry.status
          return
        case 'written':
          firstToken ??= performance.now() - start
          return
        case 'error':
          error = entry.error.message
          return
        case 'event':
          if (entry.event.type === 'tool-call-end') {
            calls++
            changes += entry.event.changes.length
          }
          if (entry.event.type === 'finish') finish = entry.event.reason
      }
    },
    fail(message) {
      error = message
    },
    fields: (status) => ({
      requestId: c.get('requestId'),
      method: c.req.method,
      path: c.req.path,
      status,
      ms: Math.round(performance.now() - start),
      ...(surface !== undefined && { surface, model, upstreamStatus, calls, changes, finish }),
      ...(firstToken !== undefined && { firstTokenMs: Math.round(firstToken) }),
      ...(error !== undefined && { error }),
    }),
  }
}
