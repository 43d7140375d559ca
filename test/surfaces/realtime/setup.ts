import { once } from 'node:events'
import { afterEach } from 'vitest'
import { type RawData, WebSocketServer } from 'ws'
import { createParser } from '../../../src/parser.js'
import { renderPrompt } from '../../../src/render/prompt.js'
import {
  addRealtimeOutput,
  createRealtimeResponse,
  createRealtimeState,
  type RealtimeServerEvent,
  reduceRealtime,
} from '../../../src/surfaces/realtime/index.js'
import { splitTokens } from '../../../src/testing/split-tokens.js'

const opened: WebSocketServer[] = []
afterEach(() => {
  for (const server of opened.splice(0)) {
    for (const socket of server.clients) socket.terminate()
    server.close()
  }
})

/** A Realtime server over a model that writes recorded replies: the first one for the first request, and so on. */
export async function createRealtimeServer(replies: (string | { text: string; finish: string })[]) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  opened.push(server)
  await once(server, 'listening')
  const prompts: string[] = []

  server.on('connection', (socket) => {
    let state = createRealtimeState()
    const send = (event: RealtimeServerEvent) => socket.send(JSON.stringify(event))

    socket.on('message', (data: RawData) => {
      const step = reduceRealtime(state, JSON.parse(String(data)))
      state = step.state
      step.events.forEach(send)
      if (step.ask === undefined) return
      const { request, head } = step.ask
      const { prompt, prefill } = renderPrompt(request, { dialect: 'qwen3' })
      const parser = createParser({ dialect: 'qwen3', ...request, prefill })
      const said = replies[Math.min(prompts.length, replies.length - 1)] ?? ''
      const { text, finish } = typeof said === 'string' ? { text: said, finish: 'stop' } : said
      prompts.push(prompt)
      const response = createRealtimeResponse(head)
      for (const token of splitTokens(text)) response.push(parser.push(token)).forEach(send)
      response.push(parser.end(finish)).forEach(send)
      response.end({ usage: { prompt_tokens: prompt.length, completion_tokens: text.length } }).forEach(send)
      state = addRealtimeOutput(state, step.ask, response.output)
    })
  })

  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a port')
  return { port: address.port, prompts }
}
