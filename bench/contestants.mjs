import { hermesProtocol } from '@ai-sdk-tool/parser'
import { jsonrepair } from 'jsonrepair'
import { parse as parsePartial } from 'partial-json'
import { tools } from './cases.mjs'

/**
 * Each contestant makes a reader for one reply: `push(chunk)` for every chunk, then `end()`, which says how many calls it
 * delivered and, if it streams them, how many characters of text and argument text. A `pipe` reads all chunks itself.
 */
export const contestants = [
  { name: 'JSON.parse', pipe: wholeParse },
  { name: 'toolshim', create: toolshim },
  { name: 'tag+parse', create: () => tagSearch(JSON.parse) },
  { name: 'tag+repair', create: repairWhole },
  { name: 'partial-json', create: () => tagSearch(parsePartial) },
  { name: 'ai-sdk-tool', pipe: aiSdkTool },
]

/** The least that a reader of these chunks can do. */
export function bareBlock(chunks, from, to) {
  let sum = 0
  for (let at = from; at < to; at++) {
    const chunk = chunks[at]
    for (let i = 0; i < chunk.length; i++) sum += chunk.charCodeAt(i)
  }
  return sum
}

function toolshim({ createParser }) {
  // A reply of a thousand calls is beyond the default limit.
  const parser = createParser({ dialect: 'qwen3', tools, limits: { calls: 1000 } })
  let calls = 0
  let characters = 0
  function take(events) {
    for (const event of events) {
      if (event.type === 'tool-call-end') calls++
      else if (event.type === 'text' || event.type === 'tool-call-arguments') characters += event.text.length
    }
  }
  return {
    push: (chunk) => take(parser.push(chunk)),
    end() {
      take(parser.end())
      return { calls, characters }
    },
  }
}

/** The same content as strict JSON, at once: what parsing costs when nothing streams. */
function wholeParse({ reply: { json, expected } }) {
  JSON.parse(json)
  return expected
}

const open = '<tool_call>'
const close = '</tool_call>'

/**
 * What apps write by hand: search the tag, then parse at every chunk what has come since. Text is passed on and not
 * searched again. `parse` fails on unfinished JSON (`JSON.parse`) or completes it (`partial-json`).
 */
function tagSearch(parse) {
  let buffer = ''
  let inside = false
  let calls = 0
  let value

  function push(chunk) {
    buffer += chunk
    for (;;) {
      if (!inside) {
        const at = buffer.indexOf(open)
        if (at === -1) {
          const held = buffer.lastIndexOf('<')
          buffer = held === -1 || buffer.length - held >= open.length ? '' : buffer.slice(held)
          return
        }
        buffer = buffer.slice(at + open.length)
        inside = true
      }
      const at = buffer.indexOf(close)
      try {
        value = parse(at === -1 ? buffer : buffer.slice(0, at))
      } catch {
        value = undefined
      }
      if (at === -1) return
      if (isCall(value)) calls++
      buffer = buffer.slice(at + close.length)
      inside = false
    }
  }
  return { push, end: () => ({ calls }) }
}

/** The whole reply first, then each block repaired. */
function repairWhole() {
  const pieces = []
  return {
    push(chunk) {
      pieces.push(chunk)
    },
    end() {
      const text = pieces.join('')
      let calls = 0
      for (let at = text.indexOf(open); at !== -1; at = text.indexOf(open, at)) {
        const end = text.indexOf(close, at)
        try {
          if (isCall(JSON.parse(jsonrepair(text.slice(at + open.length, end))))) calls++
        } catch {}
        at = end
      }
      return { calls }
    },
  }
}

function isCall(value) {
  return typeof value?.name === 'string' && typeof value.arguments === 'object'
}

/** Driven as the AI SDK does: a stream of text deltas through its transform. */
async function aiSdkTool({ chunks, tick }) {
  const parser = hermesProtocol().createStreamParser({
    tools: tools.map(({ function: { name, description, parameters } }) => ({
      type: 'function',
      name,
      description,
      inputSchema: parameters,
    })),
  })
  let at = 0
  const source = new ReadableStream({
    pull(controller) {
      tick(at)
      if (at < chunks.length) {
        controller.enqueue({ type: 'text-delta', id: '1', delta: chunks[at++] })
        return
      }
      controller.enqueue({ type: 'finish', finishReason: 'stop', usage: {} })
      controller.close()
    },
  })
  let calls = 0
  for await (const part of source.pipeThrough(parser)) if (part.type === 'tool-call') calls++
  return { calls }
}
