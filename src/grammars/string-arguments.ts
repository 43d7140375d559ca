import type { Call } from '../align/call.js'
import { isKeyOf } from '../align/tools.js'
import { readAtom } from '../json/atoms.js'
import { createReader } from '../json/reader.js'
import { noTags } from '../scan/tags.js'
import type { GrammarContext } from './call-grammar.js'

enum Reading {
  /** Before the first character, which tells what the string is. */
  lead,
  object,
  text,
  /** In a word, which may be `null`. */
  word,
}

/** Longer words are none for no arguments. */
const maxWord = 32

/** Arguments written as a JSON string, `"{\"city\": \"Paris\"}"`: its meaning is read as the arguments that it holds. */
export interface StringArguments {
  /** Takes the next piece of what the string means. */
  push(text: string): void
  /** The string is over. Whether arguments were found in it. */
  end(): boolean
  /** What has been read of a string that is cut short and has not been told. */
  unsent(): string
}

export function createStringArguments(
  call: Call,
  { tools, maxDepth, tooDeep }: GrammarContext,
  position: () => number,
): StringArguments {
  const { change } = call
  /** White space, and the word behind it. */
  let lead = ''
  /** How much of the object has come: a bracket alone is no arguments. */
  let size = 0
  let reading = Reading.lead
  /** What follows the object in the string, told when it is over: how it was cut up is nobody's business. */
  const stray: string[] = []
  let strayAt = 0
  const reader = createReader({
    sink: call,
    tags: noTags,
    change: (kind) => change(kind, position()),
    isDeclared: (key) => (call.tool === undefined ? tools.isDeclaredKey(key) : isKeyOf(call.tool, key)),
    maxDepth,
    tooDeep: () => tooDeep(position()),
  })

  function push(text: string) {
    const first = text.trimStart().charAt(0)
    if (reading === Reading.text) return call.text(text)
    if (reading === Reading.object) return readObject(text)
    if (lead.length <= maxWord || first === '') lead += text
    if (reading === Reading.word || first === '') return
    if (first === '{') {
      reading = Reading.object
      change('string-arguments', position())
      readObject(lead)
      call.begin(position())
    } else if (call.tool?.custom) {
      reading = Reading.text
      call.begin(position())
      call.text(lead)
    } else reading = Reading.word
  }

  function readObject(text: string) {
    size += text.trim().length
    if (reader.outcome !== 'reading') {
      stray.push(text)
      return
    }
    const used = reader.push(text, 0, position())
    if (reader.outcome !== 'reading') leaveObject(text.slice(used))
  }

  /** What follows the object in the string is none of it. */
  function leaveObject(text: string) {
    strayAt = position()
    stray.push(reader.rest, text)
  }

  function endObject(stopped: boolean) {
    if (reader.outcome !== 'reading') return
    reader.end(stopped)
    leaveObject('')
  }

  return {
    push,
    end() {
      if (reading === Reading.text) return true
      if (reading !== Reading.object) {
        const word = lead.trim()
        if (word !== '' && (lead.length > maxWord || readAtom(word)?.text !== 'null')) return false
        change('empty-arguments', position())
        return true
      }
      endObject(true)
      const text = stray.join('')
      if (text.trim() !== '') change('stray-text', strayAt, text.trimStart())
      return reader.outcome === 'closed' || (reader.outcome === 'unclosed' && size > 1)
    },
    unsent() {
      endObject(false)
      return stray.join('')
    },
  }
}
