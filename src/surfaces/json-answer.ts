import type { ParserEvent, TextEvent } from '../events.js'
import { type Fields, isFields } from '../fields.js'
import { defaultLimits } from '../limits.js'
import type { ChatBody, SurfaceWriter } from './surface.js'

/** Whether the answer itself is to be JSON, so that an object without marks is the answer. */
export function asksForJson({ response_format: format }: Fields): boolean {
  return isFields(format) && (format.type === 'json_object' || format.type === 'json_schema')
}

/** Whether words may come that are not the answer: those beside calls, where the answer is to be JSON. */
export function mayHaveWords(body: ChatBody): boolean {
  return asksForJson(body) && (body.tools ?? []).length > 0 && body.tool_choice !== 'none'
}

/**
 * A writer for an answer that is to be JSON: what the model says beside its calls ("Let me look.") is given as reasoning.
 * Clients read all of the text as the answer, whether calls stand beside it or not, and fail at words.
 */
export function tellingWordsApart(writer: SurfaceWriter): SurfaceWriter {
  const choices = new Map<number, Words>()

  function wordsOf(choice: number): Words {
    const words = choices.get(choice) ?? createWords()
    choices.set(choice, words)
    return words
  }

  function letGo() {
    return [...choices].flatMap(([choice, words]) => writer.push(words.end(), choice, {}))
  }

  return {
    ...writer,
    push: (events, choice, untouched) => writer.push(events.flatMap(wordsOf(choice).push), choice, untouched),
    end: (last) => [...letGo(), ...writer.end(last)],
    fail: (error) => [...letGo(), ...writer.fail(error)],
  }
}

interface Words {
  push(event: ParserEvent): ParserEvent[]
  end(): ParserEvent[]
}

function createWords(): Words {
  /** Text that does not begin as JSON does: said beside calls if one comes, or else the answer all the same. */
  let held = ''
  let state: 'beginning' | 'talking' | 'answering' | 'calling' = 'beginning'
  /** Whether there is reasoning before, and whether the last of it are words to which more may be added. */
  let before: 'nothing' | 'reasoning' | 'words' = 'nothing'

  function answer(): ParserEvent[] {
    const text = held
    held = ''
    return text === '' ? [] : [{ type: 'text', text }]
  }

  function say(words: string): ParserEvent[] {
    held = ''
    if (before !== 'words' && words.trim() === '') return []
    const gap = before === 'reasoning' ? '\n\n' : ''
    before = 'words'
    return [{ type: 'reasoning', text: gap + words }]
  }

  function call(event: ParserEvent): ParserEvent[] {
    const said = state === 'answering' ? [] : say(held)
    state = 'calling'
    if (before === 'words') before = 'reasoning'
    return [...said, event]
  }

  function addText(event: TextEvent): ParserEvent[] {
    if (state === 'answering') return [event]
    if (state === 'calling') return say(event.text)
    held += event.text
    const [first] = /\S/.exec(event.text) ?? []
    if (state === 'beginning' && first !== undefined) {
      // A fence is of those that put their JSON in one.
      state = /[{[`]/.test(first) ? 'answering' : 'talking'
    }
    if (held.length > defaultLimits.held) state = 'answering'
    return state === 'answering' ? answer() : []
  }

  return {
    push(event) {
      switch (event.type) {
        case 'text':
          return addText(event)
        case 'reasoning':
          before = 'reasoning'
          return [event]
        case 'tool-call-start':
        case 'tool-call-incomplete':
          return call(event)
        case 'finish':
          return [...answer(), event]
        case 'tool-call-arguments':
        case 'tool-call-end':
        case 'notice':
          return [event]
      }
    },
    end: answer,
  }
}
