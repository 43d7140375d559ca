import { isParameterOf, type ToolIndex } from '../align/tools.js'
import { Char, isSpace, isWord } from '../json/characters.js'
import type { Writable } from '../writable.js'
import { beginsMarkWord, withoutMarkWords } from './drift.js'
import type { TagSet } from './tags.js'

/**
 * What stands before a call: white space, marks, a code fence, the brackets of a list, a tool's name, or a few words. It
 * decides how the call is spelled; anything else means that nothing was opened.
 *
 *     <tool_call>⏎{"name"               json      <tool_call>⏎<function=            xml
 *     get_weather⏎{"city"               named     get_weather⏎<arg_key>             arg-key
 *     [get_weather(                     python    ```json⏎{"tool_calls": [{"name"   json, fenced, in two wrappers
 *     ['get_weather', city=             list
 */
export interface Opening {
  /**
   * @param where behind a mark, at the start of a line, in the middle of one, or behind another call and what separates
   * the two
   * @param before what may stand before the call: any words, a tool's name, any name, or nothing
   * @param mark the mark that came before, which may have the name as an attribute
   * @param inFence in a fence three ticks end it
   * @param inTurn the mark begins a turn
   */
  start(where: Where, before: Before, mark?: string, inFence?: boolean, inTurn?: boolean): void
  /** Reads from `from`; returns where it stopped. `verdict` says whether it knows; `empty`: a list of no calls. */
  push(text: string, from: number): number
  /** No more input. Whether it was a call, as far as it came. */
  end(): boolean
  readonly verdict: 'wait' | 'call' | 'empty' | 'text'
  readonly form: CallForm
  /** The tool's name, where it stands before the call. */
  readonly name: string
  /** The words before the call. A call after words counts only if its block is closed by a mark. */
  readonly preface: string
  /** A fence stands inside the marks, or outside of them; `span`: a single tick. */
  readonly fenced: 'no' | 'span' | 'inside' | 'outside'
  /** The opening marks that came after the first. */
  readonly marks: 'none' | 'own' | 'drifted'
  readonly doubled: number
  /** How many brackets stand around the call, and whether a quote does. */
  readonly wrappers: number
  readonly quoted: boolean
  /** Whether the name and what follows it stand in one line of text. */
  readonly inLine: boolean
  /** The object's first bracket was forgotten: its first key is there. */
  readonly lacksBrace: boolean
  /** What has been read and is read again: as part of the call, or as text. */
  readonly rest: string
}

type Where = 'mark' | 'line' | 'word' | 'next'
type Before = 'words' | 'name' | 'any-name' | 'nothing'

/** How a call is spelled: each has a grammar. */
export type CallForm = 'json' | 'named' | 'python' | 'list' | 'xml' | 'arg-key'

/** What some models write before a name, which `tools.resolve` takes away. */
const prefixes = ['functions.', 'tools.']

/** `'get_weather', 'city=` */
const listItem = /^["']?([\w.-]+)["']?\s*,\s*["']?\(?(\w*)\s*(=?)$/

/** Longer words before a call are not words before a call. */
const maxPreface = 256
const maxSpace = 1024
const maxWrappers = 3

/** How an object begins whose bracket was forgotten. */
const firstKeys = ['"name":', '"arguments":', '"parameters":']

/** What some models put around their calls, without the punctuation, of which any may be missing. */
const envelopes = ['{tool_calls[', '{function_calls[', '{calls[']

export function createOpening(tags: TagSet, tools: ToolIndex): Opening {
  let where: Where = 'mark'
  let before: Before = 'words'
  let phase: 'start' | 'ticks' | 'language' | 'words' = 'start'
  let partial = ''
  /** `{"tool`: an envelope around calls, or the call. */
  let brace = ''
  /** The same without white space, quotes and colons. */
  let bareBrace = ''
  let ticks = 0
  let inFence = false
  let inTurn = false
  let language = ''
  let spaces = 0
  const opening: Writable<Opening> = {
    verdict: 'wait',
    form: 'json',
    name: '',
    preface: '',
    fenced: 'no',
    marks: 'none',
    doubled: 0,
    wrappers: 0,
    quoted: false,
    inLine: false,
    lacksBrace: false,
    rest: '',
    start,
    push,
    end,
  }

  function start(place: Where, allowed: Before, mark = '', insideFence = false, insideTurn = false) {
    inFence = insideFence
    inTurn = insideTurn
    where = place
    before = allowed
    phase = 'start'
    partial = ''
    brace = ''
    ticks = 0
    language = ''
    spaces = 0
    opening.verdict = 'wait'
    opening.form = 'json'
    opening.name = ''
    opening.preface = nameIn(mark)
    opening.fenced = 'no'
    opening.marks = 'none'
    opening.doubled = 0
    opening.wrappers = 0
    opening.quoted = false
    opening.inLine = false
    opening.lacksBrace = false
    opening.rest = ''
  }

  function push(text: string, from: number): number {
    let i = from
    while (i < text.length && opening.verdict === 'wait') {
      if (partial !== '') i = stepTag(text, i)
      else if (brace !== '') i = stepBrace(text, i)
      else i = step(text, i)
    }
    return i
  }

  function end(): boolean {
    if (brace !== '') found('json', brace)
    return brace !== ''
  }

  function found(form: CallForm, rest = '') {
    opening.verdict = 'call'
    opening.form = form
    opening.rest = rest
  }

  function none(rest = '') {
    opening.verdict = 'text'
    opening.rest = rest
  }

  /** `get_weather:`, `'get_weather',` in a list, `functions.get_weather:0` behind a token. */
  function nameRead(): string {
    const name = opening.preface.trim()
    const last = name.charCodeAt(name.length - 1)
    const separated =
      last === Char.colon || (last === Char.comma && (opening.wrappers > 0 || where === 'next'))
    const read = separated ? name.slice(0, -1).trimEnd() : name
    return where === 'mark' && before === 'name' ? withoutMarkWords(read, inTurn).replace(/:\d+$/, '') : read
  }

  /** What has come as a key: without white space, in the usual quotes. */
  function bareKey(): string {
    return opening.preface.replace(/\s/g, '').replaceAll("'", '"')
  }

  /** Whether nothing has come that could be a name: what has come is left out. */
  function isOnlyMarkWords(): boolean {
    if (where !== 'mark' || before !== 'name' || withoutMarkWords(opening.preface, inTurn) !== '')
      return false
    opening.preface = ''
    return true
  }

  /** In the middle of a line, a name and an object are on lines of their own. */
  function isOnItsLine(): boolean {
    return where !== 'word' || opening.wrappers > 0 || opening.preface.includes('\n')
  }

  /** A mark, or the end of its line, shows that what has come is no part of a sentence. */
  function isApart(): boolean {
    return where === 'mark' || (where === 'line' && opening.preface.includes('\n'))
  }

  /** The name of a declared tool is all that stands before the call. */
  function isName(): boolean {
    const name = nameRead()
    if (name === '' || tools.resolve(name) === undefined) return false
    opening.name = name.replace(/^["']|["']$/g, '')
    opening.quoted = /^["'][^"']*$/.test(name)
    opening.inLine = where === 'line' && !opening.preface.includes('\n')
    opening.preface = ''
    return true
  }

  /** The name of a tool that is not declared, in a list of calls. */
  function isAnyName(): boolean {
    const name = opening.preface.trim()
    if (before !== 'any-name' || !/^["']?[A-Za-z_][\w.]*$/.test(name)) return false
    opening.name = name.replace(/^["']/, '')
    opening.quoted = opening.name !== name
    opening.preface = ''
    return true
  }

  function stepTag(text: string, i: number): number {
    const read = partial + text.charAt(i)
    const match = tags.match(read)
    if (match === 'partial') {
      partial = read
      return i + 1
    }
    const held = partial
    partial = ''
    switch (match) {
      case 'open':
      case 'drift-open':
        if (opening.preface !== '' && before === 'name' && where === 'mark') {
          // A token between the name and its arguments, or behind whose turn it is.
          if (isName() || opening.name !== '') opening.preface = ''
          if (opening.preface === '' || isOnlyMarkWords()) return i + 1
        }
        if (opening.preface !== '') break
        return mark(read, match === 'open', i)
      case 'declaration':
        if (opening.preface !== '') break
        opening.doubled++
        return i + 1
      case 'call':
        if (opening.preface !== '') break
        found('xml', read)
        return i + 1
      case 'close':
        // A tool without arguments: only its name stands between the marks.
        if (where === 'line' || !isName()) break
        found('arg-key', read)
        return i + 1
    }
    if (opening.preface !== '' && '<arg_key>'.startsWith(read)) {
      if (read !== '<arg_key>') {
        partial = read
        return i + 1
      }
      if (isName()) {
        found('arg-key', read)
        return i + 1
      }
    }
    if (held.startsWith('<')) {
      none(held)
    } else {
      // A bracket of a list, or whatever else it is.
      let at = 0
      while (at < held.length && opening.verdict === 'wait') at = stepOther(held, at)
      opening.rest += held.slice(at)
    }
    return i
  }

  function mark(read: string, own: boolean, i: number): number {
    opening.preface = nameIn(read)
    if (opening.fenced === 'inside') opening.fenced = 'outside'
    if (where === 'mark') opening.doubled++
    where = 'mark'
    before = own ? 'words' : 'name'
    phase = 'start'
    if (opening.marks !== 'own') opening.marks = own ? 'own' : 'drifted'
    return i + 1
  }

  /** Whether calls stand in an envelope; its text is not long, whatever white space is in it. */
  function stepBrace(text: string, i: number): number {
    const char = text.charAt(i)
    const isDoubled = char === '{' && bareBrace === '{'
    const bare = isDoubled ? bareBrace : bareBrace + char.replace(/[\s"':]/, '')
    if (brace.length < maxPreface && envelopes.some((known) => known.startsWith(bare))) {
      brace += char
      bareBrace = bare
      if (envelopes.includes(bare)) {
        opening.wrappers += brace.split(/[[{]/).length - 1
        brace = ''
      }
      return i + 1
    }
    found('json', brace)
    return i
  }

  function step(text: string, i: number): number {
    const unit = text.charCodeAt(i)
    if (unit === Char.less || (tags.starts.includes(text.charAt(i)) && where !== 'word')) {
      partial = text.charAt(i)
      return i + 1
    }
    return stepOther(text, i)
  }

  /** What begins no tag. */
  function stepOther(text: string, i: number): number {
    const unit = text.charCodeAt(i)
    if (isSpace(unit)) {
      if (opening.preface !== '') opening.preface += text.charAt(i)
      else if (phase === 'language') endLanguage(text.charAt(i))
      if (++spaces > maxSpace) none()
      return i + 1
    }
    if (unit === Char.openBrace) {
      if (opening.name !== '' && (opening.preface === '' || isOnlyMarkWords())) found('named')
      else if (isOnItsLine() && isName()) found('named')
      else if (isOnlyMarkWords()) brace = bareBrace = '{'
      else if (opening.preface !== '' && before !== 'words') none()
      else if (where === 'word') none()
      else if (opening.preface !== '' || opening.wrappers > 0) found('json')
      else brace = bareBrace = '{'
      return brace === '' ? i : i + 1
    }
    if (unit === Char.openParenthesis && !/:\s*$/.test(opening.preface) && (isName() || isAnyName())) {
      found('python')
      return i
    }
    if (unit === Char.closeBracket && opening.wrappers > 0 && opening.preface === '') {
      opening.verdict = 'empty'
      return i
    }
    switch (phase) {
      case 'start':
        if (isBracket(unit) && opening.wrappers < maxWrappers) {
          opening.wrappers++
          return i + 1
        }
        if (unit === Char.backtick && ticks === 0 && (where === 'mark' || where === 'line')) {
          ticks = 1
          phase = 'ticks'
          return i + 1
        }
        if (unit === Char.backtick && ticks === 3 && where === 'line' && opening.fenced === 'inside') {
          // One fence ends and another begins.
          none()
          return i
        }
        break
      case 'ticks':
        if (unit !== Char.backtick) break
        if (++ticks === 3 && inFence && where === 'line') {
          none()
        } else if (ticks === 3) {
          opening.fenced = 'inside'
          phase = 'language'
        }
        return i + 1
      case 'language':
        if (!isWord(unit) && unit !== Char.dot) break
        language += text.charAt(i)
        return i + 1
    }
    if (unit === Char.backtick && before === 'name' && isApart() && isName()) {
      ticks = 1
      phase = 'ticks'
      return i + 1
    }
    // A span of code may hold a call where calls stand without marks.
    const isSpan = phase === 'ticks' && ticks === 1 && before === 'name'
    if (isSpan) opening.fenced = 'span'
    opening.preface += text.charAt(i)
    if (isInList()) return endsInList(i)
    if (where === 'mark' && unit === Char.colon && firstKeys.includes(bareKey())) {
      opening.lacksBrace = true
      found('json', opening.preface)
      opening.preface = ''
      return i + 1
    }
    if (!mayBegin() || (phase === 'ticks' && where === 'line' && !isSpan)) {
      // In the middle of a line the name may begin at any character.
      none(where === 'word' ? opening.preface.slice(1) : '')
    }
    phase = 'words'
    return i + 1
  }

  /** Behind the name in a list: what may be the name of its first argument. */
  function isInList(): boolean {
    return opening.wrappers > 0 && before.endsWith('name') && listItem.test(opening.preface)
  }

  function endsInList(i: number): number {
    const [, written = '', parameter = '', sign = ''] = listItem.exec(opening.preface) ?? []
    const tool = opening.preface.length > maxPreface ? undefined : tools.resolve(written)
    if (tool === undefined || (sign !== '' && !isParameterOf(tool, parameter))) {
      none()
    } else if (sign !== '') {
      // The list's bracket is the call's.
      opening.wrappers--
      opening.name = written
      found('list', `(${opening.preface.slice(opening.preface.indexOf(',') + 1)}`)
      opening.preface = ''
    }
    phase = 'words'
    return i + 1
  }

  /** A bracket around a call: those of Python's tuples only within another, or they would be the call's own. */
  function isBracket(unit: number): boolean {
    if (where === 'word') return false
    return (
      unit === Char.openBracket ||
      (unit === Char.openParenthesis && (opening.wrappers > 0 || where === 'next'))
    )
  }

  /** What stands behind the ticks is a language, or the name of a tool. */
  function endLanguage(space: string) {
    if (before === 'name' && tools.resolve(language) !== undefined) opening.preface = language + space
    phase = opening.preface === '' ? 'start' : 'words'
  }

  /** Whether what has been read may stand before a call. */
  function mayBegin(): boolean {
    if (opening.preface.length > maxPreface || before === 'nothing') return false
    if (before === 'words') return true
    const name = nameRead()
    if (opening.name !== '' && /^\w*$/.test(name)) return true
    if (where === 'mark' && (beginsMarkWord(name) || firstKeys.some((key) => key.startsWith(bareKey())))) {
      return true
    }
    // In the middle of a line nobody looks for one where a prefix begins.
    const isPrefix = where !== 'word' && prefixes.some((prefix) => prefix.startsWith(name))
    if (isPrefix || tools.begins(name)) return true
    // In a list a name may have any prefix: `[api.get_weather(`.
    return (opening.wrappers > 0 || before === 'any-name') && /^["']?[\w.]*$/.test(opening.preface)
  }

  return opening
}

/** The name in `<tool_call name="get_weather">`; `''`: there is none. */
function nameIn(mark: string): string {
  return (mark.includes('=') && /\sname\s*=\s*["']([^"']+)["']/.exec(mark)?.[1]) || ''
}
