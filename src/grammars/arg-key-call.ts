import type { Call } from '../align/call.js'
import { isSpace } from '../json/characters.js'
import type { CallGrammar, GrammarContext } from './call-grammar.js'
import { createTaggedCall } from './tagged-call.js'
import type { ValueTags } from './value-marks.js'

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

enum Reading {
  between,
  key,
  toValue,
}

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
  const { change } = call
  const tagged = createTaggedCall(call, context, written, (key) => key.trim(), read)
  const { finish } = tagged
  let reading = Reading.between
  /** White space before a tag, and the tag while it may be one of the call's. */
  let space = ''
  let tag = ''
  let key = ''

  function start(name?: string, at = 0) {
    reading = Reading.between
    space = tag = key = ''
    tagged.start()
    if (name !== undefined) call.setName(name, at)
  }

  function read(text: string, i: number, base: number): number {
    const char = text.charAt(i)
    const at = base + i
    if (reading === Reading.key && tag === '' && char !== '<' && key.length < maxKey) key += char
    else if (
      reading !== Reading.key &&
      tag === '' &&
      isSpace(text.charCodeAt(i)) &&
      space.length < maxSpace
    ) {
      space += char
    } else {
      tag += char
      if (reading === Reading.between) readBetween(at)
      else if (reading === Reading.key) readKeyEnd(at)
      else readToValue(at)
    }
    return i + 1
  }

  /** Before a key: anything else ends the call. */
  function readBetween(at: number) {
    if (tag === keyTag) {
      space = tag = key = ''
      reading = Reading.key
      return
    }
    if (keyTag.startsWith(tag)) return
    const match = context.tags.match(tag)
    if (match === 'partial') return
    if (match === 'close') return tagged.close('tagged', '', at)
    // Without arguments only a closing mark shows that a call was meant.
    if (!tagged.isOpen) return finish('stopped', space + tag)
    tagged.close('closed', space + tag, at)
  }

  /** The closing tag of a key, or where that was forgotten the value's opening tag. */
  function readKeyEnd(at: number) {
    if (tag === keyEndTag) {
      tag = ''
      reading = Reading.toValue
    } else if (tag === valueTag) {
      change('missing-tag', at)
      startValue(at)
    } else if (!keyEndTag.startsWith(tag) && !valueTag.startsWith(tag)) lose(at)
  }

  /** Between a key and its value. */
  function readToValue(at: number) {
    if (tag === valueTag) startValue(at)
    else if (valueTag.startsWith(tag)) return
    else if (tag.startsWith('<')) lose(at)
    else {
      // The value's opening tag was forgotten.
      change('missing-tag', at)
      const first = tag
      startValue(at)
      tagged.again(first, at)
    }
  }

  /** What should be a key and its value is none; the tag that shows it is read again. */
  function lose(at: number) {
    const found = tag
    tag = space = ''
    if (!tagged.isOpen) return finish('stopped', found)
    const began = at + 1 - found.length
    change('stray-text', began - key.length, key)
    key = ''
    reading = Reading.between
    tagged.again(found, began)
  }

  function startValue(at: number) {
    tagged.startValue(key.trim(), at)
    space = tag = key = ''
    reading = Reading.between
  }

  function end(stopped: boolean) {
    const unsent = tagged.endValue(stopped)
    if (tagged.outcome !== 'reading') return
    const isBetween = unsent === undefined && reading === Reading.between && tag === ''
    if (stopped && isBetween && tagged.isOpen) tagged.close('unclosed', '', tagged.position)
    else finish('cut', unsent ?? key + tag)
  }

  return {
    reader: tagged,
    start,
    push: tagged.push,
    end,
    isCall: () => call.name !== undefined && tagged.isWhole,
    plain: tagged.plain,
  }
}
