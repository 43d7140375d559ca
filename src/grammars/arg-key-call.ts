import type { Call } from '../align/call.js'
import { isSpace } from '../json/characters.js'
import type { JsonReader, Outcome } from '../json/reader.js'
import type { Writable } from '../writable.js'
import type { CallGrammar, GrammarContext } from './call-grammar.js'
import { createRawValue, type ValueTags } from './raw-value.js'
import { createTypedArguments } from './typed-arguments.js'

const keyTag = '<arg_key>'
const keyEndTag = '</arg_key>'
const valueTag = '<arg_value>'
const written: ValueTags = {
  close: ['</arg_value>'],
  next: [keyTag],
  keyEnd: '<',
  end: [],
  call: [],
  nameEnd: '\n',
  ownLines: false,
}
const maxKey = 256
const maxSpace = 1024

/**
 * A name, and behind it keys and raw values in tags, as GLM-4.5 to 4.7 write it:
 *
 *     get_weather
 *     <arg_key>city</arg_key>
 *     <arg_value>Paris</arg_value>
 *
 * There is no closing tag of its own: the call ends before whatever is no key. White space in a string is data.
 */
export function createArgKeyCall(call: Call, context: GrammarContext): CallGrammar {
  const { tags } = context
  const args = createTypedArguments(call, context)
  const value = createRawValue({
    written,
    tags,
    text: args.text,
    change: (kind, offset) => call.change(kind, offset),
    isNext: (key, lineStart) => (call.tool === undefined ? lineStart : args.isNext(key.trim())),
  })
  let reading: 'between' | 'key' | 'to-value' | 'value' = 'between'
  /** White space before a tag, and the tag while it may be one of the call's. */
  let space = ''
  let tag = ''
  let key = ''
  let position = 0
  const reader: Writable<Pick<JsonReader, 'outcome' | 'rest'>> = {
    outcome: 'reading',
    rest: '',
  }

  function start(name?: string) {
    reading = 'between'
    space = tag = key = ''
    reader.outcome = 'reading'
    reader.rest = ''
    args.start()
    if (name !== undefined) call.setName(name, position)
  }

  function finish(outcome: Outcome, rest: string) {
    reader.outcome = outcome
    reader.rest = rest
  }

  function push(text: string, from: number, base: number): number {
    position = base + text.length
    return run(text, from, base)
  }

  function run(text: string, from: number, base: number): number {
    let i = from
    while (i < text.length && reader.outcome === 'reading') {
      if (reading !== 'value') {
        step(text.charAt(i), base + i)
        i++
        continue
      }
      i = value.push(text, i, base)
      if (value.state !== 'open') leaveValue(base + i)
    }
    return i
  }

  /** Reads held text once more; what is left of it when the call ends belongs to whoever reads on. */
  function again(text: string, at: number) {
    const used = run(text, 0, at - text.length)
    if (reader.outcome !== 'reading') reader.rest += text.slice(used)
  }

  function step(char: string, at: number) {
    if (reading === 'key') return readKey(char, at)
    if (tag === '' && isSpace(char.charCodeAt(0)) && space.length < maxSpace) {
      space += char
      return
    }
    tag += char
    if (reading === 'between') readBetween(at)
    else readToValue(at)
  }

  /** Before a key: anything else ends the call. */
  function readBetween(at: number) {
    if (tag === keyTag) {
      space = tag = key = ''
      reading = 'key'
      return
    }
    if (keyTag.startsWith(tag)) return
    const match = tags.match(tag)
    if (match === 'partial') return
    if (match === 'close') return close('tagged', '', at)
    // Without arguments only a mark shows that a call was meant.
    const isMark = match === 'open' || match === 'turn-start' || match === 'turn-end'
    if (args.state === 'none' && !isMark) return finish('stopped', space + tag)
    close('closed', space + tag, at)
  }

  function close(outcome: Outcome, rest: string, at: number) {
    args.open(at)
    args.close()
    finish(outcome, rest)
  }

  /** In a key, up to its closing tag, or where that was forgotten to the value's opening tag. */
  function readKey(char: string, at: number) {
    if (tag === '' && char !== '<' && key.length < maxKey) {
      key += char
      return
    }
    tag += char
    if (tag !== keyEndTag && tag !== valueTag) {
      if (!keyEndTag.startsWith(tag) && !valueTag.startsWith(tag)) lose(at)
      return
    }
    if (tag === keyEndTag) {
      tag = ''
      reading = 'to-value'
      return
    }
    call.change('missing-tag', at)
    startValue(at)
  }

  /** Between a key and its value. */
  function readToValue(at: number) {
    if (tag === valueTag) return startValue(at)
    if (valueTag.startsWith(tag)) return
    if (tag.startsWith('<')) return lose(at)
    // The value's opening tag was forgotten.
    call.change('missing-tag', at)
    const first = tag
    startValue(at)
    value.push(first, 0, at)
  }

  /** What should be a key and its value is none; the tag that shows it is read again. */
  function lose(at: number) {
    const found = tag
    tag = space = ''
    if (args.state === 'none') return finish('stopped', found)
    call.change('stray-text', at + 1 - found.length - key.length, key)
    key = ''
    reading = 'between'
    again(found, at + 1)
  }

  function startValue(at: number) {
    args.open(at)
    args.key(key.trim())
    space = tag = key = ''
    value.start()
    reading = 'value'
  }

  function leaveValue(at: number) {
    const { state, rest } = value
    if (state === 'stopped') return finish('stopped', rest)
    if (state === 'forgotten') call.change('missing-tag', value.offset)
    args.endValue(value.offset)
    reading = 'between'
    again(rest, at)
  }

  function end(stopped: boolean) {
    if (reading === 'value') {
      value.end(stopped, position)
      if (value.state !== 'open') leaveValue(position)
    }
    if (reader.outcome !== 'reading') return
    if (stopped && reading === 'between' && args.state === 'open' && tag === '') {
      return close('unclosed', '', position)
    }
    finish('cut', reading === 'value' ? args.held() + value.unsent() : key + tag)
  }

  return {
    reader,
    start,
    push,
    end,
    isCall: () => call.name !== undefined && args.state === 'closed',
    plain: () => (reading === 'value' && args.streams() ? value.plain() : undefined),
  }
}
