import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib'

/** A body as text, or why there is none. */
export type RequestBody =
  | { type: 'read'; text: string }
  | { type: 'refused'; status: 400 | 413 | 415; message: string }

type Decode = (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>

const codings: ReadonlyMap<string, Decode> = new Map<string, Decode>([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['br', promisify(brotliDecompress)],
  // The name means zlib's format, and some clients leave out its head.
  ['deflate', (bytes, options) => promisify(hasZlibHead(bytes) ? inflate : inflateRaw)(bytes, options)],
])

/** The codings that a body may have, as an answer says it to who sends another one. */
export const acceptedCodings = 'gzip, deflate, br'

/**
 * Reads a body, in whatever it is packed. What comes out of it may be no longer than the limit: a few bytes can stand for very
 * many.
 */
export async function readRequestBody(request: Request, limit: number): Promise<RequestBody> {
  const header = request.headers.get('content-encoding') ?? ''
  const names = header
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity')
  if (names.length === 0) return { type: 'read', text: await request.text() }
  let bytes = new Uint8Array(await request.arrayBuffer())
  // The last one was put on last.
  for (const name of names.reverse()) {
    const decode = codings.get(name)
    if (!decode)
      return refuse(
        415,
        `content-encoding: ${JSON.stringify(header)} is not read here, send ${acceptedCodings}`,
      )
    try {
      bytes = new Uint8Array(await decode(bytes, { maxOutputLength: limit }))
    } catch (error) {
      if (isTooLong(error)) return refuse(413, `The body has more than ${limit} bytes.`)
      return refuse(400, `The body is not ${name}, as its content-encoding says.`)
    }
  }
  return { type: 'read', text: new TextDecoder().decode(bytes) }
}

function refuse(status: 400 | 413 | 415, message: string): RequestBody {
  return { type: 'refused', status, message }
}

/** Its first byte names the method, and both of them together are a multiple of 31. */
function hasZlibHead([first = 0, second = 0]: Uint8Array): boolean {
  return (first & 15) === 8 && (first * 256 + second) % 31 === 0
}

function isTooLong(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
}
