import { createParser as createEventParser } from 'eventsource-parser'
import { type Fields, isFields } from '../fields.js'

/**
 * One unit of an upstream's answer; `isWhole` when it was all of a body that is plain JSON, `status` where an error event
 * has an HTTP status of its own (DashScope writes one in a comment).
 */
export type WireFrame =
  | { type: 'json'; value: Fields; event?: string | undefined; isWhole?: true; status?: number | undefined }
  /** OpenAI's `[DONE]`. */
  | { type: 'done' }
  /** What stands where a JSON object should. */
  | { type: 'invalid'; text: string }

export interface FrameReader {
  push(bytes: Uint8Array): WireFrame[]
  end(): WireFrame[]
}

/**
 * Reads server-sent events, lines of JSON and whole JSON bodies, and finds out by itself which of them it is
 * given: servers stream where a whole answer was asked for and the reverse, and their content types are not
 * reliable.
 *
 * @param onComment told what a server says between events, while it has nothing to give: that it is still there.
 */
export function createFrameReader(onComment?: (comment: string) => void): FrameReader {
  const decode = createDecoder()
  // White space before the first character that tells the formats apart.
  let start = ''
  let lines: LineReader | undefined

  function push(text: string): WireFrame[] {
    if (lines) return lines.push(text)
    start += text
    const first = /\S/.exec(start)?.[0]
    if (first === undefined) return []
    lines = first === '{' || first === '[' ? createJsonLines() : createEventLines(onComment)
    // A byte order mark is white space too.
    return lines.push(start.trimStart())
  }

  return {
    push: (bytes) => push(decode(bytes)),
    end: () => [...push(decode()), ...(lines?.end() ?? [])],
  }
}

/**
 * Decodes what is whole, for all streams: one that goes on takes three times as long, and memory for each stream. Made with
 * the first, since loading the module shall need nothing of the platform.
 */
let whole: TextDecoder | undefined

/** Decodes bytes as they come; none are the end. */
function createDecoder(): (bytes?: Uint8Array) => string {
  let cut: TextDecoder | undefined

  return (bytes) => {
    const isWhole = bytes === undefined || (bytes.at(-1) ?? 0x80) < 0x80
    if (isWhole && cut === undefined) {
      whole ??= new TextDecoder('utf-8', { ignoreBOM: true })
      return whole.decode(bytes)
    }
    cut ??= new TextDecoder('utf-8', { ignoreBOM: true })
    const text = cut.decode(bytes, { stream: bytes !== undefined })
    // After an ASCII character nothing waits.
    if (isWhole) cut = undefined
    return text
  }
}

/** How many lines an error between events may have: each one is a look at all of them. */
const longestError = 100

interface LineReader {
  push(text: string): WireFrame[]
  end(): WireFrame[]
}

function createEventLines(tell?: (comment: string) => void): LineReader {
  let frames: WireFrame[] = []
  let events = 0
  // The start of a body in which nothing was an event: an HTML page, perhaps.
  let opening = ''
  // An error between events that a server has written over several lines.
  let document: string[] | undefined
  let status: number | undefined

  const parser = createEventParser({
    onEvent({ data, event }) {
      events++
      giveUpDocument()
      const read = readJson(data, event)
      add(event === 'error' && status !== undefined ? read.map((frame) => withStatus(frame, status)) : read)
    },
    onComment(comment) {
      const [isStatus, digits] = /^HTTP_STATUS\/(\d+)$/.exec(comment) ?? []
      status = Number(digits) >= 400 && Number(digits) <= 599 ? Number(digits) : undefined
      // A part of the event that follows.
      if (isStatus === undefined) tell?.(comment)
    },
    onError({ field, value, line }) {
      // Servers write an error between events as they would write a body, or as a field (llama.cpp did).
      if (line !== undefined && (document || line.startsWith('{'))) readDocument(line)
      else if (field === 'error' && value) add(readJson(value, 'error'))
      // Any other unknown field is to be ignored, says the standard.
    },
  })

  /** There is mostly one event in a piece. */
  function add(read: WireFrame[]): void {
    if (frames.length === 0) frames = read
    else for (const frame of read) frames.push(frame)
  }

  function readDocument(line: string): void {
    document = [...(document ?? []), line]
    const read = readJson(document.join('\n'))
    if (read.some((frame) => frame.type === 'invalid')) {
      if (document.length >= longestError) giveUpDocument()
      return
    }
    add(read)
    document = undefined
  }

  function giveUpDocument(): void {
    if (document) frames.push({ type: 'invalid', text: document.join('\n') })
    document = undefined
  }

  function taken(): WireFrame[] {
    const all = frames
    frames = []
    return all
  }

  return {
    push(text) {
      if (events === 0 && opening.length < 500) opening += text.slice(0, 500)
      parser.feed(text)
      return taken()
    },
    end() {
      // The last event counts although its blank line is missing.
      parser.feed('\n\n')
      giveUpDocument()
      const last = taken()
      if (events > 0 || last.length > 0 || opening.startsWith(':')) return last
      return [{ type: 'invalid', text: opening }]
    },
  }
}

function createJsonLines(): LineReader {
  // The unfinished last line, in pieces: a whole body is one long line.
  let open: string[] = []
  // Set once the first line turns out to be no JSON: then the body is one document over several lines.
  let document: string[] | undefined
  let read = 0

  function line(text: string): WireFrame[] {
    if (document) {
      document.push(text)
      return []
    }
    if (text.trim() === '') return []
    const frames = readJson(text)
    if (read++ === 0 && frames.some((frame) => frame.type === 'invalid')) {
      document = [text]
      return []
    }
    return frames
  }

  return {
    push(text) {
      const [first = '', ...rest] = text.split('\n')
      open.push(first)
      const frames: WireFrame[] = []
      for (const next of rest) {
        frames.push(...line(open.join('')))
        open = [next]
      }
      return frames
    },
    end() {
      const isWhole = read === 0
      const frames = line(open.join(''))
      if (!document && !isWhole) return frames
      const all = document ? readJson(document.join('\n')) : frames
      return all.map((frame) => (frame.type === 'json' ? { ...frame, isWhole: true } : frame))
    },
  }
}

/** An object, or the objects of a list; nothing in white space. */
function readJson(text: string, event?: string): WireFrame[] {
  const said = text.trim()
  if (said === '') return []
  if (said === '[DONE]') return [{ type: 'done' }]
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // An error event may be words.
    return event === 'error'
      ? [{ type: 'json', value: { message: text }, event }]
      : [{ type: 'invalid', text }]
  }
  return Array.isArray(value) ? value.map((one) => frameOf(one, text, event)) : [frameOf(value, text, event)]
}

function frameOf(value: unknown, text: string, event: string | undefined): WireFrame {
  return isFields(value) ? { type: 'json', value, event } : { type: 'invalid', text }
}

function withStatus(frame: WireFrame, status: number | undefined): WireFrame {
  return frame.type === 'json' ? { ...frame, status } : frame
}
