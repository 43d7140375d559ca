import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'

/** Writes a streamed answer, whose head has been written, at the pace at which the client reads it. */
export interface PieceWriter {
  write(text: string): void
  end(): void
}

/**
 * Writes what is made of a source to the client, and stops the source while the client has no room.
 *
 * A token is some hundred bytes, and what it costs is mostly the handing over. For each piece Node's own `write` hands the
 * socket four: a length, a line break, the piece and a line break. So a piece in HTTP's chunked form goes to the socket in
 * one, wherever nothing waits before it there; Node writes the head, the end, and whatever has to wait. And it goes when all
 * sources that had something to say have been read: of many streams, writing to one after the other wakes whoever reads
 * them once, not again for each.
 *
 * @example
 * const pieces = createPieceWriter(response, upstream)
 * pieces.write('data: {}\n\n')
 * pieces.end()
 */
export function createPieceWriter(response: ServerResponse, source: Readable): PieceWriter {
  let piece = ''
  const goOn = () => source.resume()
  response.on('drain', goOn)

  function writePiece(): void {
    if (piece === '' || response.destroyed) return
    const { socket } = response
    // HTTP/1.0 has no chunks, and a response behind another of its connection no socket yet.
    const isFree = socket !== null && response.chunkedEncoding && response.writableLength === 0
    const hasRoom = isFree
      ? socket.write(`${Buffer.byteLength(piece).toString(16)}\r\n${piece}\r\n`)
      : response.write(piece)
    piece = ''
    if (hasRoom) return
    source.pause()
    if (isFree) socket.once('drain', goOn)
  }

  return {
    write(text) {
      if (text === '') return
      if (piece === '') setImmediate(writePiece)
      piece += text
    },
    end() {
      response.end(piece)
      piece = ''
    },
  }
}
