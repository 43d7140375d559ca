import type { ServerResponse } from 'node:http'

/**
 * Writes the pieces of a streamed answer. Returns whether more may be written at once, as `response.write` does; `drained` is
 * called when it may again.
 *
 * For each piece Node's own `write` hands the socket four: a length, a line break, the piece and a line break. A token is some
 * hundred bytes, and what it costs is mostly that. So a piece in HTTP's chunked form goes to the socket in one, wherever
 * nothing waits before it there; Node writes the head, the end, and whatever has to wait.
 *
 * @example
 * const write = createPieceWriter(response, () => source.resume())
 * if (!write('data: {}\n\n')) source.pause()
 */
export function createPieceWriter(response: ServerResponse, drained: () => void): (piece: string) => boolean {
  response.on('drain', drained)
  return (piece) => {
    const { socket } = response
    // HTTP/1.0 has no chunks, and a response behind another of its connection no socket yet.
    const isFree = socket !== null && response.chunkedEncoding && response.headersSent
    if (!isFree || response.writableLength > 0 || piece === '') return response.write(piece)
    const mayGoOn = socket.write(`${Buffer.byteLength(piece).toString(16)}\r\n${piece}\r\n`)
    if (!mayGoOn) socket.once('drain', drained)
    return mayGoOn
  }
}
