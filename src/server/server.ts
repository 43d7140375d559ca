import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { type AppOptions, createApp } from './app.js'

export interface ServerOptions extends AppOptions {
  host: string
  port: number
  /** Milliseconds for the head of a request. */
  headerTimeout: number
  /** Milliseconds for all of a request. */
  requestTimeout: number
  /** Milliseconds that a client may be silent, or read nothing of its answer. The model has `timeout`. */
  idleTimeout: number
}

export interface RunningServer {
  /** Where it listens: `http://127.0.0.1:4141`. */
  url: string
  /** Takes no more requests, lets running answers end for so many milliseconds, and then cuts what is left. */
  close(grace: number): Promise<void>
}

/**
 * Listens.
 *
 * @throws Error when the address is taken or is none of this machine's.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, port } = options
  const app = createApp(options)
  const server = createAdaptorServer({
    fetch: app.fetch,
    // For clients of HTTP/1.0, which need not name it.
    hostname: 'localhost',
    serverOptions: {
      headersTimeout: options.headerTimeout,
      requestTimeout: options.requestTimeout,
      connectionsCheckingInterval: Math.min(options.headerTimeout, 5000),
      keepAliveTimeout: 60_000,
    },
  })
  if (!isHttp(server)) throw new Error('the server is no HTTP/1.1 server')
  server.setTimeout(options.idleTimeout)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const address = server.address()
  const taken = typeof address === 'object' && address !== null ? address.port : port

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    close: (grace) =>
      new Promise((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), grace)
        // A connection whose answer has ended is kept open for the next request, which will not be taken.
        const idle = setInterval(() => server.closeIdleConnections(), 50)
        server.close(() => {
          clearTimeout(cut)
          clearInterval(idle)
          resolve()
        })
      }),
  }
}

function isHttp(server: object): server is Server {
  return 'closeIdleConnections' in server && 'setTimeout' in server
}
