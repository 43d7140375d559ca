import { createChange } from '../change-log.js'
import type { ParserEvent } from '../events.js'

/** Joins two readers of one reply: the parser of its text, and that of the calls which its server has parsed by itself. */
export interface CallJoin {
  text(events: ParserEvent[]): ParserEvent[]
  server(events: ParserEvent[]): ParserEvent[]
  /** The last events of both; the parser's end with the finish. */
  end(text: ParserEvent[], server: ParserEvent[]): ParserEvent[]
}

/** One of the two readers. */
interface Source {
  /** Its own number of a call to the one in the reply. */
  numbers: Map<number, number>
  /** Events of its calls, held while a call of the other is open. */
  waiting: ParserEvent[]
  hasCalled: boolean
}

type CallEvent = Extract<ParserEvent, { type: `tool-call-${string}` }>

/**
 * All calls of the reply are numbered together, in the order in which they start, and come one after the other; the
 * finish says what both come to.
 *
 * @param oneCall whether the first call is the only one that is wanted.
 */
export function createCallJoin(oneCall: boolean): CallJoin {
  const text = createSource()
  const server = createSource()
  let out: ParserEvent[] = []
  let open: Source | undefined
  let started = 0
  let complete = 0
  /** What came of other calls than the one that is wanted. */
  let after = ''

  function add(source: Source, event: ParserEvent): void {
    switch (event.type) {
      case 'tool-call-start':
      case 'tool-call-arguments':
      case 'tool-call-end':
      case 'tool-call-incomplete':
        addCall(source, event)
        return
      case 'finish':
        addFinish(event.reason)
        return
      case 'notice':
        if (event.change.kind === 'choice-not-met' && server.hasCalled) return
        out.push(event)
        return
      case 'text':
      case 'reasoning':
        out.push(event)
    }
  }

  function addCall(source: Source, event: CallEvent): void {
    const other = source === text ? server : text
    if (open === other) {
      source.waiting.push(event)
      return
    }
    if (event.type === 'tool-call-start') {
      open = source
      source.hasCalled = true
    }
    giveCall(source, event)
    if (event.type === 'tool-call-end' || event.type === 'tool-call-incomplete') {
      open = undefined
      const { waiting } = other
      other.waiting = []
      for (const held of waiting) add(other, held)
    }
  }

  function giveCall({ numbers }: Source, event: CallEvent): void {
    if (oneCall && complete > 0) {
      if (event.type === 'tool-call-start') after += `${after && ' '}${event.name} `
      if ('text' in event) after += event.text
      return
    }
    if (event.type === 'tool-call-start') numbers.set(event.index, started++)
    // A call that is cut short before it starts would have had the next number.
    const index = numbers.get(event.index) ?? started
    out.push(index === event.index ? event : { ...event, index })
    if (event.type === 'tool-call-end') complete++
  }

  function addFinish(reason: string): void {
    if (after !== '') out.push({ type: 'notice', change: createChange('after-first-call', 0, after) })
    // A reply ends with the one call that is wanted, whatever becomes of what the model wrote after it: as a stream, which
    // has been left by then.
    const isComplete = complete > 0 && (reason === 'stop' || (oneCall && reason === 'length'))
    out.push({ type: 'finish', reason: isComplete ? 'tool_calls' : reason, calls: complete })
  }

  function addAll(source: Source, events: ParserEvent[]): void {
    for (const event of events) add(source, event)
  }

  function take(): ParserEvent[] {
    const taken = out
    out = []
    return taken
  }

  return {
    text(events) {
      addAll(text, events)
      return take()
    },
    server(events) {
      addAll(server, events)
      return take()
    },
    end(textEvents, serverEvents) {
      addAll(
        text,
        textEvents.filter((event) => event.type !== 'finish'),
      )
      addAll(server, serverEvents)
      addAll(
        text,
        textEvents.filter((event) => event.type === 'finish'),
      )
      return take()
    },
  }
}

function createSource(): Source {
  return { numbers: new Map(), waiting: [], hasCalled: false }
}
