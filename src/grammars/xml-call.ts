import type { Call } from '../align/call.js'
import { parametersOf } from '../align/tools.js'
import { isSpace } from '../json/characters.js'
import type { JsonReader, Outcome } from '../json/reader.js'
import type { Writable } from '../writable.js'
import type { CallGrammar, GrammarContext } from './call-grammar.js'
import { createNamedCall } from './named-call.js'
import { createRawValue, type ValueTags } from './raw-value.js'
import { createTypedArguments } from './typed-arguments.js'

const header = /^<\s*(?:function|invoke|tool)(?:\s+name)?\s*=$/i
const headers = ['<function=', '<invoke name=', '<function name=']
const written: ValueTags = {
  close: ['</parameter>'],
  next: ['<parameter=', '<parameter name='],
  keyEnd: '>',
  end: ['</function>', '</invoke>', '</tool>'],
  call: headers,
  nameEnd: '>',
  ownLines: true,
}
const tagsInBody = [...written.close, ...written.next, ...written.end]
const maxHeader = 32
const maxName = 256
const maxSpace = 1024

/**
 * A call as XML tags with raw values between them, as Qwen3-Coder, MiniMax M2 and the Anthropic style write it:
 *
 *     <function=get_weather>                <invoke name="get_weather">
 *     <parameter=city>                      <parameter name="city">Paris</parameter>
 *     Paris                                 </invoke>
 *     </parameter>
 *     </function>
 *
 * Some write the keys as tags, `<city>Paris</city>`. A value's type is what the schema declares; nothing in it is escaped. Where an object stands behind the name
 * (`<function=f>{"a": 1}</function>`, Llama 3.1 and functionary v3.1) it is the arguments.
 */
export function createXmlCall(call: Call, context: GrammarContext): CallGrammar {
  const { tags } = context
  const args = createTypedArguments(call, context)
  const json = createNamedCall(call, context)
  const value = createRawValue({
    written,
    tags,
    text: args.text,
    change: (kind, offset) => call.change(kind, offset),
    isNext: (key, lineStart) => (call.tool === undefined ? lineStart : args.isNext(cleanName(key))),
  })
  let reading: 'header' | 'name' | 'body' | 'tag' | 'key' | 'value' | 'json' | 'json-end' = 'header'
  /** A tag while it may be one of the call's, a name or key in it, or what stands behind an object. */
  let held = ''
  let spaces = 0
  /** Whether the call's tags are written in other letters, as its first shows. */
  let anyCase = false
  /** The tool's parameters as tags. */
  let keyTags: string[] = []
  let position = 0
  const reader: Writable<Pick<JsonReader, 'outcome' | 'rest'>> = {
    outcome: 'reading',
    rest: '',
  }

  function start() {
    reading = 'header'
    held = ''
    spaces = 0
    reader.outcome = 'reading'
    reader.rest = ''
    args.start()
    json.start()
  }

  function finish(outcome: Outcome, rest = '') {
    reader.outcome = outcome
    reader.rest = rest
    held = ''
  }

  function push(text: string, from: number, base: number): number {
    position = base + text.length
    return run(text, from, base)
  }

  function run(text: string, from: number, base: number): number {
    let i = from
    while (i < text.length && reader.outcome === 'reading') {
      switch (reading) {
        case 'value':
          i = value.push(text, i, base)
          if (value.state !== 'open') leaveValue(base + i)
          break
        case 'json':
          i = json.push(text, i, base)
          if (json.reader.outcome !== 'reading') leaveJson(base + i)
          break
        default:
          step(text.charAt(i), base + i)
          i++
      }
    }
    return i
  }

  /** Reads held text once more; what is left of it when the call ends belongs to whoever reads on. */
  function again(text: string, at: number) {
    const used = run(text, 0, at - text.length)
    if (reader.outcome !== 'reading') reader.rest += text.slice(used)
  }

  function step(char: string, at: number) {
    const isEnd = char === '>' || char === '\n' || char === '<'
    switch (reading) {
      case 'header':
        held += char
        if (header.test(held)) {
          anyCase = held !== held.toLowerCase()
          reading = 'name'
          held = ''
        } else if (held.length > maxHeader || !/^<[a-z\s]*$/i.test(held)) finish('stopped', char)
        return
      case 'name':
        if (!isEnd || (char === '\n' && held.trim() === '')) {
          held += char
          if (held.length > maxName) finish('stopped')
          return
        }
        return endHeader(char, at)
      case 'body':
        return readBody(char, at)
      case 'tag':
        held += char
        return readTag(char, at)
      case 'key':
        if (!isEnd && held.length <= maxName) {
          held += char
          return
        }
        return endKey(char, at)
      case 'json-end':
        held += char
        if (!isSpace(char.charCodeAt(0)) || ++spaces > maxSpace) readBehindJson()
        return
    }
  }

  /** A name or key ends at `>`, or where that was forgotten at what follows. */
  function endHeader(char: string, at: number) {
    const name = cleanName(held)
    if (name === '') return finish('stopped', char)
    call.setName(name, at)
    keyTags = call.tool === undefined ? [] : parametersOf(call.tool).map((key) => `<${key}>`)
    const isEmpty = held.trimEnd().endsWith('/')
    held = ''
    reading = 'body'
    if (isEmpty) close()
    else if (char === '<') readBody(char, at)
  }

  function endKey(char: string, at: number) {
    if (held.length > maxName) {
      if (args.state === 'none') return finish('stopped', char)
      call.change('stray-text', at - held.length, held)
      held = ''
      reading = 'body'
      return readBody(char, at)
    }
    startValue(cleanName(held), at)
    if (char !== '>') call.change('missing-tag', at)
    if (char === '<') value.push(char, 0, at)
  }

  function startValue(key: string, at: number, close?: string) {
    args.open(at)
    args.key(key)
    held = ''
    value.start(anyCase, close, keyTags)
    reading = 'value'
  }

  function readBody(char: string, at: number) {
    if (isSpace(char.charCodeAt(0))) {
      if (++spaces > maxSpace && args.state === 'none') finish('stopped')
      return
    }
    if (char === '<') {
      reading = 'tag'
      held = char
    } else if (args.state !== 'none') {
      call.change('stray-text', at, char)
    } else if (char === '{') {
      reading = 'json'
      json.push(char, 0, at)
    } else finish('stopped', char)
  }

  function readTag(char: string, at: number) {
    const tag = held
    const own = inOwnCase(tag)
    if (written.next.includes(own)) {
      reading = 'key'
      held = ''
      return
    }
    if (written.end.includes(own)) return close()
    const key = tag.slice(1, -1)
    if (keyTags.includes(tag) && args.isNext(key)) return startValue(key, at, `</${key}>`)
    const match = tags.match(tag)
    if (match === 'close') {
      missingTag(at)
      close('tagged')
    } else if (match === 'open' || match === 'turn-start' || match === 'turn-end') {
      // Another mark: the call was meant to end if a value has.
      if (args.state === 'none') return finish('stopped', tag)
      missingTag(at)
      close('closed', tag)
    } else if (
      match !== 'partial' &&
      !tagsInBody.some((known) => known !== own && known.startsWith(own)) &&
      !keyTags.some((known) => known.startsWith(tag))
    ) {
      if (args.state === 'none') return finish('stopped', tag)
      const isWhole = match !== 'none' || written.close.includes(own)
      call.change('stray-text', at + 1 - tag.length, isWhole ? tag : tag.slice(0, -1))
      held = ''
      reading = 'body'
      if (!isWhole) readBody(char, at)
    }
  }

  function inOwnCase(tag: string): string {
    return anyCase ? tag.toLowerCase() : tag
  }

  function missingTag(at: number) {
    call.change('missing-tag', at)
  }

  function close(outcome: Outcome = 'closed', rest = '') {
    args.open(position)
    args.close()
    finish(outcome, rest)
  }

  function leaveValue(at: number) {
    const { state, rest } = value
    if (state === 'stopped') return finish('stopped', rest)
    if (state === 'forgotten') missingTag(value.offset)
    args.endValue(value.offset)
    reading = 'body'
    again(rest, at)
  }

  function leaveJson(at: number) {
    const { outcome, rest } = json.reader
    if (outcome !== 'closed') return finish(outcome, rest)
    reading = 'json-end'
    held = ''
    again(rest, at)
  }

  /** The closing tag behind an object, which may have been left out. */
  function readBehindJson() {
    const tag = inOwnCase(held.trimStart())
    if (written.end.includes(tag)) finish('closed')
    else if (!written.end.some((end) => end.startsWith(tag))) finish('closed', held)
  }

  function end(stopped: boolean) {
    if (reading === 'value') {
      value.end(stopped, position)
      if (value.state !== 'open') leaveValue(position)
    } else if (reading === 'json') {
      json.end(stopped)
      return finish(json.reader.outcome, json.reader.rest)
    }
    if (reader.outcome !== 'reading') return
    if (reading === 'json-end') return finish('closed', held)
    if (stopped && reading === 'body' && args.state === 'open') {
      missingTag(position)
      return close('unclosed')
    }
    finish('cut', reading === 'value' ? args.held() + value.unsent() : held)
  }

  return {
    reader,
    start,
    push,
    end,
    isCall: () => call.name !== undefined && (args.state === 'closed' || json.isCall()),
    plain() {
      if (reading === 'json') return json.plain()
      return reading === 'value' && args.streams() ? value.plain() : undefined
    },
  }
}

/** A name as it stands in a tag: with or without quotes, and with attributes behind it. */
function cleanName(held: string): string {
  const quoted = /^\s*(["'])(.*?)\1/s.exec(held)
  return quoted?.[2] ?? held.trim().replace(/\s*\/$/, '')
}
