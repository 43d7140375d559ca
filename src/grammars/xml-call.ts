import type { Call } from '../align/call.js'
import { parametersOf } from '../align/tools.js'
import { isSpace } from '../json/characters.js'
import type { Outcome } from '../json/reader.js'
import { endsWhatIsBefore, nameElements } from '../scan/tags.js'
import type { CallGrammar, GrammarContext } from './call-grammar.js'
import { createNamedCall } from './named-call.js'
import { inOwnSpelling, ownSpelling } from './tag-spelling.js'
import { createTaggedCall } from './tagged-call.js'
import type { ValueTags } from './value-marks.js'

const header = /^<\s*([a-z]+:|[|｜][a-z]+[|｜])?(?:function|invoke|tool)(?:\s+name)?\s*[=(]$/i
const headers = ['<function=', '<function =', '<invoke name=', '<function name=']
/** A short word for a parameter's tags: it closes only values that it has opened. */
const short = '<param='
const written: ValueTags = {
  close: ['</parameter>'],
  next: ['<parameter=', '<parameter =', '<parameter name=', short],
  keyEnd: '>',
  end: ['</function>', '</invoke>', '</tool>'],
  call: headers,
  nameEnd: '>',
  ownLines: true,
}
/** What may stand around the arguments, and the end of a name that is an element. */
const wrapperEnds = ['</arguments>', '</parameters>']
const wrappers = ['<arguments>', '<parameters>']
const nameEnds = nameElements.map((tag) => tag.replace('<', '</'))
const tagsInBody = [...written.close, ...written.next, ...written.end, ...wrappers, ...wrapperEnds]
const tagsInElement = [...tagsInBody, ...nameEnds]
/** A name and the bracket of an object behind it. */
const openObject = /^([^{("']+)(\(?)(\{\s*)$/
const maxHeader = 32
const maxName = 256
const maxSpace = 1024

enum Reading {
  header,
  name,
  /** Between values, and in what may be a tag there. */
  body,
  tag,
  key,
  /** In an object that is the arguments, and behind it. */
  json,
  jsonEnd,
}

/**
 * A call as XML tags with raw values between them, as Qwen3-Coder, MiniMax M2 and the Anthropic style write it:
 *
 *     <function=get_weather>                <invoke name="get_weather">
 *     <parameter=city>                      <parameter name="city">Paris</parameter>
 *     Paris                                 </invoke>
 *     </parameter>
 *     </function>
 *
 * The names of the tags may have a prefix (`antml:`, Step-3's `steptml:`, DeepSeek V3.2's `｜DSML｜`). Some write the keys as
 * tags, `<city>Paris</city>`, and some the name, `<name>get_weather</name>`, with `<arguments>` or `<parameters>` around the
 * rest, as others have in `<function=`. A value's type is what the schema declares; nothing in it is escaped. Where an object
 * stands behind the name (`<function=f>{"a": 1}</function>`, Llama 3.1 and functionary v3.1) it is the arguments.
 */
export function createXmlCall(call: Call, context: GrammarContext): CallGrammar {
  const { change } = call
  const tagged = createTaggedCall(call, context, written, cleanName, read)
  const { finish } = tagged
  /** Reads an object that is the arguments, where there is one: few calls have it. */
  let json: CallGrammar | undefined
  let reading = Reading.header
  /** What has been read of a tag. */
  let held = ''
  let spaces = 0
  /** As the header came, so do the tags. */
  let spelling = ownSpelling
  /** The value's tag is the short one. */
  let isShort = false
  /** The name is an element. */
  let isElement = false
  /** A tag stands around the arguments. */
  let isWrapped = false
  /** The tool's parameters as tags. */
  let keyTags: string[] = []

  function start() {
    reading = Reading.header
    held = ''
    spaces = 0
    isWrapped = false
    tagged.start()
    json = undefined
  }

  function read(text: string, i: number, base: number): number {
    if (json === undefined || reading !== Reading.json) {
      step(text.charAt(i), base + i)
      return i + 1
    }
    const used = json.push(text, i, base)
    if (json.reader.outcome !== 'reading') leaveJson(json.reader, base + used)
    return used
  }

  function step(char: string, at: number) {
    switch (reading) {
      case Reading.body:
        return readBody(char, at)
      case Reading.name:
      case Reading.key:
        if (reading === Reading.name && readObject(char, at)) return
        if (held.length <= maxName && (!/[>\n<]/.test(char) || (char === '\n' && openObject.test(held))))
          held += char
        else if (reading === Reading.key) endKey(char, at)
        else if (char === '\n' && held.trim() === '') return
        else endHeader(char, at)
        return
    }
    held += char
    if (reading === Reading.header) readHeader(char)
    else if (reading === Reading.tag) readTag(char, at)
    else if (!isSpace(char.charCodeAt(0)) || ++spaces > maxSpace) readBehindJson()
  }

  /** Arguments may begin behind a name whose tag was not closed: `<function=f{"a": 1}</function>`. */
  function readObject(char: string, at: number): boolean {
    const [, name, parenthesis, brace] = (/["'}]/.test(char) && openObject.exec(held)) || []
    if (name === undefined || brace === undefined) return false
    held = name
    endHeader('{', at - brace.length)
    if (parenthesis !== '') change('stray-text', at - brace.length - 1, parenthesis)
    tagged.again(brace.slice(1) + char, at - brace.length + 1)
    return true
  }

  function readHeader(char: string) {
    isElement = nameElements.includes(held)
    const [whole, prefix = ''] = header.exec(held) ?? []
    if (isElement || whole !== undefined) {
      const word = held.replace(prefix, '')
      spelling = { prefix, anyCase: word !== word.toLowerCase() }
      reading = Reading.name
      held = ''
    } else if (held.length > maxHeader || !/^<[a-z_:|｜\s]*$/i.test(held)) finish('stopped', char)
  }

  /** A name or key ends at `>`, or where that was forgotten at what follows. */
  function endHeader(char: string, at: number) {
    const name = cleanName(held)
    if (name === '' || held.length > maxName) return finish('stopped', char)
    call.setName(name, at)
    if (char === '{') change('missing-tag', at)
    keyTags = call.tool === undefined ? [] : parametersOf(call.tool).map((key) => `<${key}>`)
    const isEmpty = held.trimEnd().endsWith('/')
    held = ''
    reading = Reading.body
    if (isEmpty) close('closed', '')
    else if (char !== '>') readBody(char, at)
  }

  function endKey(char: string, at: number) {
    if (held.length > maxName) return leaveOut(held, at - held.length, char, at)
    const key = cleanName(held)
    // Some repeat the key: `</parameter=city>`.
    startValue(key, at, isShort ? '</param>' : `</parameter=${key}>`)
    if (char !== '>') change('missing-tag', at)
    if (char === '<') tagged.again(char, at)
  }

  function startValue(key: string, at: number, close: string, next?: readonly string[]) {
    tagged.startValue(key, at, spelling, close, next)
    held = ''
    reading = Reading.body
  }

  function readBody(char: string, at: number) {
    if (isSpace(char.charCodeAt(0))) {
      if (++spaces > maxSpace && !tagged.isOpen) finish('stopped', '')
    } else if (char === '<') {
      reading = Reading.tag
      held = char
    } else if (tagged.isOpen || char === '(' || char === '[') {
      // In these the object of arguments may stand.
      change('stray-text', at, char)
    } else if (char === '{') {
      reading = Reading.json
      json = createNamedCall(call, context)
      json.start()
      json.push(char, 0, at)
    } else finish('stopped', char)
  }

  function readTag(char: string, at: number) {
    const tag = held
    const own = inOwnSpelling(tag, spelling)
    const key = tag.slice(1, -1)
    if (written.next.includes(own)) {
      isShort = own === short
      reading = Reading.key
      held = ''
      return
    }
    if (written.end.includes(own) || (isElement && wrapperEnds.includes(own))) return close('closed', '')
    // A parameter may be called so.
    const isWrapper = wrappers.includes(own) ? isElement || !keyTags.includes(tag) : wrapperEnds.includes(own)
    if (isWrapper || nameEnds.includes(own)) {
      isWrapped ||= isWrapper
      reading = Reading.body
      held = ''
      return
    }
    if (keyTags.includes(tag) && tagged.isNext(key)) {
      return startValue(key, at, `</${key}>`, isElement || isWrapped ? [...keyTags, ...wrapperEnds] : keyTags)
    }
    const match = context.tags.match(tag)
    const isLonger = (known: string) => known !== own && (known.startsWith(own) || known.startsWith(tag))
    if (match === 'close') {
      change('missing-tag', at)
      close('tagged', '')
    } else if (
      match === 'partial' ||
      (isElement ? tagsInElement : tagsInBody).some(isLonger) ||
      keyTags.some(isLonger)
    ) {
      return
    } else if (!tagged.isOpen) {
      finish('stopped', tag)
    } else if (endsWhatIsBefore(match)) {
      // Another mark: the call was meant to end, since a value has.
      change('missing-tag', at)
      close('closed', tag)
    } else {
      const isWhole = match !== 'none' || written.close.includes(own)
      const stray = isWhole ? tag : tag.slice(0, -1)
      leaveOut(stray, at + 1 - tag.length, isWhole ? '' : char, at)
    }
  }

  /** What stands between values and is none; `char` is what was read behind it. */
  function leaveOut(stray: string, from: number, char: string, at: number) {
    if (!tagged.isOpen) return finish('stopped', char)
    change('stray-text', from, stray)
    held = ''
    reading = Reading.body
    if (char !== '') readBody(char, at)
  }

  function close(outcome: Outcome, rest: string) {
    tagged.close(outcome, rest, tagged.position)
  }

  function leaveJson({ outcome, rest }: CallGrammar['reader'], at: number) {
    if (outcome !== 'closed') return finish(outcome, rest)
    reading = Reading.jsonEnd
    held = ''
    tagged.again(rest, at - rest.length)
  }

  /** The closing tag behind an object, which may have been left out, and brackets around the object. */
  function readBehindJson() {
    const tag = inOwnSpelling(held.replace(/^[\s)\]>]+/, ''), spelling)
    const ends = isElement ? wrapperEnds : isWrapped ? [...wrapperEnds, ...written.end] : written.end
    if (!isElement && isWrapped && wrapperEnds.includes(tag)) held = ''
    else if (ends.includes(tag)) finish('closed', '')
    else if (!ends.some((end) => end.startsWith(tag))) finish('closed', held)
  }

  function end(stopped: boolean) {
    const unsent = tagged.endValue(stopped)
    if (tagged.outcome !== 'reading') return
    if (json !== undefined && reading === Reading.json) {
      json.end(stopped)
      finish(json.reader.outcome, json.reader.rest)
    } else if (reading === Reading.jsonEnd) {
      finish('closed', held)
    } else if (unsent === undefined && stopped && reading === Reading.body && tagged.isOpen) {
      change('missing-tag', tagged.position)
      close('unclosed', '')
    } else finish('cut', unsent ?? held)
  }

  return {
    reader: tagged,
    start,
    push: tagged.push,
    end,
    isCall: () => call.name !== undefined && (tagged.isWhole || json?.isCall() === true),
    plain: () => (reading === Reading.json ? json?.plain() : tagged.plain()),
  }
}

/** A name as it stands in a tag: with or without quotes, and with attributes behind it. */
function cleanName(held: string): string {
  const quoted = /^\s*(["'])(.*?)\1/s.exec(held)
  const name = quoted?.[2] ?? held.trim().replace(/[\s,:]*\/?$/, '')
  // `<function(f)>`
  return name.includes('(') ? name : name.replace(/\)$/, '')
}
