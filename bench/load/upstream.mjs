/**
 * The replay upstream of the load test: `node upstream.mjs TOKENS RATE`. Each token is a place-holder that is filled with the
 * time at which its frame is written.
 */
import { ServerResponse } from 'node:http'
import { createReplayUpstream } from '../../dist/testing.js'

const [tokens, rate] = process.argv.slice(2).map(Number)
const placeholder = '@000000000000000 '
const half = placeholder.repeat(tokens / 2)
const text = `${half}\n<tool_call>\n{"name": "note", "arguments": {"text": "${half}"}}\n</tool_call>`
/** No piece for the reasoning, which is empty. */
const split = (text) => text.match(/@0{15} |[^@]+/g) ?? []

const write = ServerResponse.prototype.write
ServerResponse.prototype.write = function stamp(chunk, ...rest) {
  const now = String(process.hrtime.bigint() / 1000n).padStart(15, '0')
  const text = String(chunk).replace('@000000000000000', `@${now}`)
  if (!this.headersSent || this.writableLength > 0) return write.call(this, text, ...rest)
  // In one piece, which costs half: the machine's cores are needed for what is measured.
  return this.socket.write(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`, rest.at(-1))
}

const upstream = await createReplayUpstream({ replies: [text], delay: 1000 / rate, split })
console.log(upstream.url)
