import type { Context, MiddlewareHandler } from 'hono'
import type { Logger } from 'pino'
import { isFields } from '../fields.js'
import type { TraceEntry } from '../middleware/fetch.js'

export type Log = Pick<Logger, 'info' | 'warn' | 'error'>

/** What is said of a request when it is over. */
interface Note {
  add(entry: TraceEntry): void
  fields(): object
}

/** One line a request, when its answer has been given to the end; the streams among them too. */
export function createAccessLog(log: Log) {
  const notes = new WeakMap<Request, Note>()
  const streams = new WeakSet<Note>()

  function noteOf(c: Context): Note {
    const known = notes.get(c.req.raw)
    if (known) return known
    const note = createNote(c)
    notes.set(c.req.raw, note)
    return note
  }

  function write(note: Note, end: string): void {
    log.info({ ...note.fields(), end }, 'request')
  }

  const middleware: MiddlewareHandler = async (c, next) => {
    const note = noteOf(c)
    await next()
    if (!streams.has(note)) write(note, 'answered')
  }

  return {
    middleware,
    noteOf,
    /** Gives the body on, and writes the line when it is over. */
    watch(body: ReadableStream<Uint8Array>, note: Note): ReadableStream<Uint8Array> {
      streams.add(note)
      const reader = body.getReader()
      return new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            try {
              const { value, done } = await reader.read()
              if (!done) return controller.enqueue(value)
              controller.close()
              write(note, 'answered')
            } catch (error) {
              // The client has left, or the answer cannot go on and has said so: a connection that is cut tells the rest.
              controller.error(error)
              write(note, 'cut')
            }
          },
          async cancel(reason) {
            write(note, 'left')
            await reader.cancel(reason)
          },
        },
        { highWaterMark: 0 },
      )
    },
  }
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
    fields: () => ({
      requestId: c.get('requestId'),
      method: c.req.method,
      path: c.req.path,
      status: c.res.status,
      ms: Math.round(performance.now() - start),
      ...(surface !== undefined && { surface, model, upstreamStatus, calls, changes, finish }),
      ...(firstToken !== undefined && { firstTokenMs: Math.round(firstToken) }),
      ...(error !== undefined && { error }),
    }),
  }
}
