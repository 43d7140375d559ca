import type { ErrorFields } from '../error-fields.js'
import type { ParserEvent } from '../events.js'
import { type Fields, saysSomething } from '../fields.js'
import type { CompletionHead, Untouched } from '../surfaces/chat-completions/protocol.js'
import type { SurfaceFrame, SurfaceRequest, SurfaceWriter } from '../surfaces/surface.js'
import type { WireFrame } from '../upstreams/frames.js'
import type { ChoicePart, ReplyFrame, Upstream } from '../upstreams/upstream.js'
import {
  emptyAnswer,
  errorIn,
  UpstreamError,
  unfinishedAnswer,
  unreadableAnswer,
} from '../upstreams/upstream-error.js'
import { type Choice, type ChoiceOptions, createChoice } from './choice.js'
import type { AnswerFrame } from './reading.js'

export interface AnswerOptions extends ChoiceOptions {
  upstream: Upstream
  createWriter: SurfaceRequest['createWriter']
  /** What the head says where the upstream's own frames do not. */
  head: CompletionHead
  /** How many choices the app asked for. */
  choices: number
  /** Whether the app gets a stream. */
  streamed: boolean
  onEvent?: ((event: ParserEvent, about: { id: string; choice: number }) => void) | undefined
  /** Told what the model wrote, before it is read. */
  onPart?: ((part: ChoicePart) => void) | undefined
  onError?: ((error: ErrorFields) => void) | undefined
}

/** An answer on its way from the upstream to the app. */
export interface Answer {
  /** Throws an `UpstreamError` at what is no answer. */
  push(frame: WireFrame): SurfaceFrame[]
  /** What tells the app that the answer goes on, when the upstream has said so in a comment. */
  alive(comment: string): AnswerFrame[]
  /** Whether nothing more is wanted of the upstream: `done`, or `cut` while it may still be generating. */
  state(): 'open' | 'done' | 'cut'
  /** The upstream's answer is over. Throws an `UpstreamError` when it ended without a finish. */
  end(): SurfaceFrame[]
  /** It failed in the middle. */
  fail(error: ErrorFields): SurfaceFrame[]
}

/** Joins an upstream's frames, one parser per choice and a surface's writer: frames in, frames out. */
export function createAnswer(options: AnswerOptions): Answer {
  const { upstream, oneCall, onEvent, onPart } = options
  const choices = new Map<number, Choice>()
  let head = options.head
  let writer: SurfaceWriter | undefined
  // Sent last: servers give token counts before, beside or after the finish reason, or counting up in every
  // chunk.
  let last: Fields = {}
  let done = false
  let cut = false

  /** The first frame names the completion; its writer is made then. */
  function writerFor(frame: Omit<ReplyFrame, 'choices'>): SurfaceWriter {
    if (writer) return writer
    head = {
      id: frame.id ?? head.id,
      created: frame.created ?? head.created,
      model: frame.model ?? head.model,
    }
    writer = options.createWriter(head, frame.usage)
    return writer
  }

  function choiceAt(index: number): Choice {
    const known = choices.get(index)
    if (known) return known
    const choice = createChoice(options)
    choices.set(index, choice)
    return choice
  }

  function eventsOf(part: ChoicePart): ParserEvent[] {
    const choice = choiceAt(part.index)
    // After the one call that the app wants, nothing more is wanted.
    if (choice.hasEnded()) return []
    onPart?.(part)
    const events = choice.push(part)
    const called = oneCall && events.some((event) => event.type === 'tool-call-end')
    if (called) {
      cut = true
      events.push(...choice.endAfterCall())
    }
    return events
  }

  function report(events: ParserEvent[], choice: number): ParserEvent[] {
    if (onEvent) for (const event of events) onEvent(event, { id: head.id, choice })
    return events
  }

  function readFrame(frame: ReplyFrame): SurfaceFrame[] {
    const write = writerFor(frame)
    const { untouched } = frame
    if (frame.usage) last = { ...(frame.choices.length === 0 && untouched), usage: frame.usage }
    if (frame.choices.length === 0) {
      // A frame about the prompt, for instance (Azure sends one).
      return !frame.usage && saysSomething(untouched) ? write.fields(untouched) : []
    }
    // There is mostly one.
    const [first] = frame.choices
    if (first && frame.choices.length === 1) return readPart(first, untouched, write)
    return frame.choices.flatMap((part) => readPart(part, untouched, write))
  }

  function readPart(part: ChoicePart, untouched: Fields | undefined, write: SurfaceWriter): SurfaceFrame[] {
    const events = report(eventsOf(part), part.index)
    return write.push(events, part.index, untouchedOf(part, untouched))
  }

  function untouchedOf({ index, finish, untouched }: ChoicePart, completion: Fields | undefined): Untouched {
    const stop = finish ? choices.get(index)?.stop() : undefined
    // Which string ended the text, told as vLLM tells it.
    const choice = stop ? { ...untouched?.choice, stop_reason: stop } : untouched?.choice
    // Field by field, for what `readOpenAiFrame` says.
    return { completion, choice, delta: untouched?.delta }
  }

  function finishAll(): SurfaceFrame[] {
    return [...choices].flatMap(([index, choice]) => {
      if (choice.hasEnded() || !writer) return []
      return writer.push(report(choice.end(), index), index, {})
    })
  }

  return {
    push(frame) {
      switch (frame.type) {
        case 'done':
          done = true
          return finishAll()
        case 'invalid':
          throw unreadableAnswer('sent what is not JSON', frame.text)
        case 'json': {
          const error = errorIn(frame.value, frame.event)
          if (error) throw new UpstreamError(error, { status: frame.status })
          return readFrame(upstream.read(frame.value, frame.isWhole === true))
        }
      }
    },

    alive(comment) {
      if (!options.streamed) return []
      return writer?.alive?.() ?? [{ comment }]
    },

    state() {
      if (done) return 'done'
      if (!cut) return 'open'
      const finished = [...choices.values()].filter((choice) => choice.isFinished()).length
      return finished >= options.choices ? 'cut' : 'open'
    },

    end() {
      if (choices.size === 0) throw emptyAnswer()
      const finished = [...choices.values()].every((choice) => choice.isFinished() || choice.isSilent())
      if (!writer || !finished) throw unfinishedAnswer()
      return [...finishAll(), ...writer.end(last)]
    },

    fail(error) {
      options.onError?.(error)
      return writerFor({}).fail(error)
    },
  }
}
