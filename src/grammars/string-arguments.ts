import type { Call } from '../align/call.js'
import { isKeyOf } from '../align/tools.js'
import { createReader } from '../json/reader.js'
import { noTags } from '../scan/tags.js'
import type { GrammarContext } from './call-grammar.js'

/** Arguments written as a JSON string, `"{\"city\": \"Paris\"}"`: its meaning is read as the arguments that it holds. */
export interface StringArguments {
  /** Takes the next piece of what the string means. */
  push(text: string): void
  /** The string is over. Whether arguments were found in it. */
  end(): boolean
}

export function createStringArguments(
  call: Call,
  { maxDepth, tooDeep }: GrammarContext,
  position: () => number,
): StringArguments {
  /** White space before the first character, which tells what the string is. */
  let lead = ''
  /** How much of the object has come: a bracket alone is no arguments. */
  let size = 0
  let reading: 'lead' | 'object' | 'text' = 'lead'
  /** What follows the object in the string, told when it is over: how it was cut up is nobody's business. */
  const stray: string[] = []
  let strayAt = 0
  const reader = createReader({
    sink: call,
    tags: noTags,
    change: (kind) => call.change(kind, position()),
    isDeclared: (key) => call.tool !== undefined && isKeyOf(call.tool, key),
    maxDepth,
    tooDeep: () => tooDeep(position()),
  })

  function push(text: string) {
    if (reading === 'text') return call.text(text)
    size += text.trim().length
    if (reading === 'object') return readObject(text)
    lead += text
    const first = lead.trimStart().charAt(0)
    if (first === '') return
    if (first === '{') {
      reading = 'object'
      call.change('string-arguments', position())
      readObject(lead)
      call.begin(position())
    } else if (call.tool?.custom) {
      reading = 'text'
      call.begin(position())
      call.text(lead)
    }
  }

  /** What follows the object in the string is none of it. */
  function readObject(text: string) {
    const used = reader.outcome === 'reading' ? reader.push(text, 0, position()) : 0
    if (reader.outcome === 'reading') return
    const left = text.slice(used)
    if (left === '') return
    if (stray.length === 0) strayAt = position()
    stray.push(left)
  }

  return {
    push,
    end() {
      if (reading === 'text') return true
      if (reading === 'lead') {
        if (lead.trim() !== '') return false
        call.change('empty-arguments', position())
        return true
      }
      reader.end(true)
      const text = stray.join('')
      if (text.trim() !== '') call.change('stray-text', strayAt, text)
      return reader.outcome === 'closed' || (reader.outcome === 'unclosed' && size > 1)
    },
  }
}
