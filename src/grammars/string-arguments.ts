import type { Call } from '../align/call.js'
import { isKeyOf } from '../align/tools.js'
import { readAtom } from '../json/atoms.js'
import { createReader } from '../json/reader.js'
import { decodeString, Token } from '../json/tokens.js'
import { noTags } from '../scan/tags.js'
import type { GrammarContext } from './call-grammar.js'

enum Reading {
  /** Before the first character, which tells what the string is. */
  lead,
  object,
  /** In another string, which holds them. */
  string,
  text,
  /** In a word, which may be `null`. */
  word,
}

/** More strings in one another are none that a loop has made. */
const maxStrings = 3

/** Longer words are none for no arguments. */
const maxWord = 32

/**
 * Arguments written as a JSON string, `"{\"city\": \"Paris\"}"`: its meaning is read as the arguments that it holds, or as
 * another such string, as they become where every turn escapes them once more.
 */
export interface StringArguments {
  /** Takes the next piece of what the string means. */
  push(text: string): void
  /** The string is over. Whether arguments were found in it. */
  end(): boolean
  /** What has been read of a string that is cut short and has not been told. */
  unsent(): string
}

/** `at`: where in the reply the string begins, as far as what is in it has a place. */
export function createStringArguments(
  call: Call,
  context: GrammarContext,
  at: number,
  strings = 1,
): StringArguments {
  const { tools, maxDepth, tooDeep } = context
  const { change } = call
  /** White space, and the word behind it. */
  let lead = ''
  /** How much of the object has come: a bracket alone is no arguments. */
  let size = 0
  let reading = Reading.lead
  /** What follows the object in the string, told when it is over: how it was cut up is nobody's business. */
  const stray: string[] = []
  /** How much the reader has been given. */
  let read = 0
  let inner: StringArguments | undefined
  const reader = createReader({
    sink: { token: tell },
    tags: noTags,
    change: (kind) => change(kind, at),
    isDeclared: (key) => (call.tool === undefined ? tools.isDeclaredKey(key) : isKeyOf(call.tool, key)),
    maxDepth,
    tooDeep: () => tooDeep(at),
  })

  function tell(kind: Token, text: string) {
    if (inner === undefined) call.token(kind, text)
    else if (kind === Token.string) inner.push(decodeString(text))
  }

  function push(text: string) {
    const first = text.trimStart().charAt(0)
    if (reading === Reading.text) return call.text(text)
    if (reading === Reading.object || reading === Reading.string) return readValue(text)
    if (lead.length <= maxWord || first === '') lead += text
    if (reading === Reading.word || first === '') return
    if (first === '{') {
      reading = Reading.object
      change('string-arguments', at)
      // Begun with its bracket, so that what follows is told in one order whatever pieces it comes in.
      const bracket = lead.indexOf(first) + 1
      readValue(lead.slice(0, bracket))
      call.begin(at)
      readValue(lead.slice(bracket))
    } else if (call.tool?.custom) {
      reading = Reading.text
      call.begin(at)
      call.text(lead)
    } else if (first === '"' && strings < maxStrings) {
      reading = Reading.string
      inner = createStringArguments(call, context, at, strings + 1)
      readValue(lead)
    } else reading = Reading.word
  }

  function readValue(text: string) {
    size += text.trim().length
    if (reader.outcome !== 'reading') {
      stray.push(text)
      return
    }
    const used = reader.push(text, 0, read)
    read += text.length
    if (reader.outcome !== 'reading') leaveValue(text.slice(used))
  }

  /** What follows the object in the string is none of it. */
  function leaveValue(text: string) {
    stray.push(reader.rest, text)
  }

  function endValue(stopped: boolean) {
    if (reader.outcome !== 'reading') return
    reader.end(stopped)
    leaveValue('')
  }

  return {
    push,
    end() {
      if (reading === Reading.text) return true
      if (reading === Reading.lead || reading === Reading.word) {
        const word = lead.trim()
        if (word !== '' && (lead.length > maxWord || readAtom(word)?.text !== 'null')) return false
        change('empty-arguments', at)
        return true
      }
      endValue(true)
      const text = stray.join('')
      if (text.trim() !== '') change('stray-text', at, text.trimStart())
      if (inner !== undefined) return reader.outcome === 'closed' && inner.end()
      return reader.outcome === 'closed' || (reader.outcome === 'unclosed' && size > 1)
    },
    unsent() {
      endValue(false)
      return (inner?.unsent() ?? '') + stray.join('')
    },
  }
}
