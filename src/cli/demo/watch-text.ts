import { type Fields, isFields } from '../../fields.js'
import type { Fetch } from '../../middleware/fetch.js'
import { createFrameReader, type WireFrame } from '../../upstreams/frames.js'
import { findUpstream, type UpstreamKind } from '../../upstreams/index.js'

/** What passes between toolshim and the model's server. */
export interface Watcher {
  onRequest(body: Fields): void
  onText(text: string, isReasoning: boolean): void
}

/**
 * A `fetch` that tells what is sent to the model, and what it writes, piece by piece as it is read. Each frame is
 * handed on by itself, so that a piece is told just before whatever it leads to.
 */
export function watchText(kind: UpstreamKind, { onRequest, onText }: Watcher): Fetch {
  const upstream = findUpstream(kind)

  function tell(frames: WireFrame[]) {
    for (const frame of frames) {
      if (frame.type !== 'json') continue
      for (const { reasoning, text } of upstream.read(frame.value, frame.isWhole === true).choices) {
        if (reasoning !== undefined) onText(reasoning, true)
        if (text !== undefined) onText(text, false)
      }
    }
  }

  return async (input, init) => {
    if (init?.method !== 'POST') return fetch(input, init)
    const sent: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : undefined
    if (isFields(sent)) onRequest(sent)
    const response = await fetch(input, init)
    if (!response.ok || !response.body) return response
    const frames = createFrameReader()
    const lines = splitLines(response.body)
    const body = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const { value, done } = await lines.next()
          tell(done ? frames.end() : frames.push(value))
          if (done) controller.close()
          else controller.enqueue(value)
        },
        async cancel() {
          await lines.return(undefined)
        },
      },
      { highWaterMark: 0 },
    )
    return new Response(body, response)
  }
}

async function* splitLines(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  for await (const bytes of body) {
    let from = 0
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, from)) {
      yield bytes.subarray(from, end + 1)
      from = end + 1
    }
    if (from < bytes.length) yield bytes.subarray(from)
  }
}
