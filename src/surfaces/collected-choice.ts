import type { FinishReason, ParserEvent } from '../events.js'
import { type Fields, mergeFields } from '../fields.js'
import type { Untouched } from './chat-completions/protocol.js'

/** Puts one choice of an answer together from its events. */
export interface ChoiceCollector {
  push(events: readonly ParserEvent[], untouched: Untouched): void
  /** All that has come so far. */
  collected(): CollectedChoice
}

export interface CollectedChoice {
  text: string
  reasoning: string
  /** Every call that has started; one that was cut short never becomes complete. */
  calls: CollectedCall[]
  finish: FinishReason
  /** The upstream's own parts, those of all frames merged. */
  choiceFields: Fields
  messageFields: Fields
}

export interface CollectedCall {
  id: string
  name: string
  custom: boolean
  /** The arguments or, of a custom tool, its input. */
  text: string
  complete: boolean
}

export function createChoiceCollector(): ChoiceCollector {
  const text: string[] = []
  const reasoning: string[] = []
  const calls = new Map<number, Omit<CollectedCall, 'text'> & { pieces: string[] }>()
  let finish: FinishReason = 'stop'
  let choiceFields: Fields = {}
  let messageFields: Fields = {}

  function add(event: ParserEvent): void {
    switch (event.type) {
      case 'text':
        text.push(event.text)
        return
      case 'reasoning':
        reasoning.push(event.text)
        return
      case 'tool-call-start': {
        const { id, name, custom = false } = event
        calls.set(event.index, { id, name, custom, pieces: [], complete: false })
        return
      }
      case 'tool-call-arguments':
        calls.get(event.index)?.pieces.push(event.text)
        return
      case 'tool-call-end': {
        const call = calls.get(event.index)
        if (call) call.complete = true
        return
      }
      case 'finish':
        finish = event.reason
        return
      case 'tool-call-incomplete':
        return // It never ended, so it does not become complete.
      case 'notice':
        return // No protocol has a place for it; `onEvent` has.
    }
  }

  return {
    push(events, untouched) {
      for (const event of events) add(event)
      choiceFields = mergeFields(choiceFields, untouched.choice ?? {}, false)
      messageFields = mergeFields(messageFields, untouched.delta ?? {})
    },
    collected: () => ({
      text: text.join(''),
      reasoning: reasoning.join(''),
      calls: [...calls.values()].map(({ pieces, ...call }) => ({ ...call, text: pieces.join('') })),
      finish,
      choiceFields,
      messageFields,
    }),
  }
}
