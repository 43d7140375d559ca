import { isParameterOf, type ToolIndex } from '../align/tools.js'
import { callKey } from '../grammars/call-keys.js'
import { isLatinWord, isSpace, isWord } from '../json/characters.js'
import type { Writable } from '../writable.js'
import { beginsMarkWord, withoutMarkWords } from './drift.js'
import { nameElements, type WholeTags } from './tags.js'

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
   * @param place what is around it
   * @param mark the mark that came before, which may have the name as an attribute
   */
  start(where: Where, before: Before, place: Place, mark?: string): void
  /** Reads from `from`; returns where it stopped. `verdict` says whether it knows; `empty`: a list of no calls. */
  push(text: string, from: number): number
  /** No more input. Whether it was a call, as far as it came. */
  end(): boolean
  readonly verdict: 'wait' | 'call' | 'empty' | 'text'
  /** How it begins, once the verdict is there. */
  readonly found: Beginning | undefined
  /** What has been read and is read again: as part of the call, or as text. */
  readonly rest: string
}

/** How a call begins. */
export interface Beginning {
  form: CallForm
  /** The tool's name, where it stands before the call. */
  name: string
  /** The words before the call. A call after words counts only if its block is closed by a mark. */
  preface: string
  /** A fence stands inside the marks, or outside of them; `span`: a single tick. */
  fenced: 'no' | 'span' | 'inside' | 'outside'
  /** The last opening mark. */
  mark: Mark
  /** The opening marks that came after the first. */
  doubled: number
  /** How many brackets stand around the call, and whether a quote does. */
  wrappers: number
  quoted: boolean
  /** Whether the name and what follows it stand in one line of text. */
  inLine: boolean
  /** The object's first bracket was forgotten: its first key is there. */
  lacksBrace: boolean
}

/** Where a call is looked for. */
export interface Place {
  mark: Mark
  /** Whether it is inside a fence, which three ticks end. */
  inFence: boolean
  /** Whether the mark begins a turn. */
  inTurn: boolean
}

/** `own`: behind the dialect's mark. `drifted`: behind another. `line`, `word`: without one, there in the text. */
export type Mark = 'own' | 'drifted' | 'line' | 'word'

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

export function createOpening(tags: WholeTags, tools: ToolIndex): Opening {
  let where: Where = 'mark'
  let before: Before = 'words'
  let inFence = false
  let inTurn = false
  let phase: 'start' | 'ticks' | 'language' | 'words' = 'start'
  let partial = ''
  /** `{"tool`: an envelope around calls, or the call. */
  let brace = ''
  let ticks = 0
  let language = ''
  let spaces = 0
  let name = ''
  let preface = ''
  let fenced: Beginning['fenced'] = 'no'
  let mark: Mark = 'own'
  let doubled = 0
  let wrappers = 0
  let quoted = false
  let inLine = false
  const opening: Writable<Opening> = { verdict: 'wait', found: undefined, rest: '', start, push, end }

  function start(at: Where, allowed: Before, place: Place, written = '') {
    where = at
    before = allowed
    ;({ mark, inFence, inTurn } = place)
    phase = 'start'
    partial = brace = language = name = ''
    preface = nameIn(written)
    fenced = 'no'
    ticks = spaces = doubled = wrappers = 0
    quoted = inLine = false
    opening.verdict = 'wait'
  }

  function push(text: string, from: number): number {
    let i = from
    while (i < text.length && opening.verdict === 'wait') if (read(text.charAt(i))) i++
    return i
  }

  function end(): boolean {
    const isCall = brace !== ''
    if (isCall) found('json', brace)
    return isCall
  }

  /** These tell whether the character is taken, or left to be read again. */
  function read(char: string): boolean {
    if (partial !== '') return readTag(char)
    if (brace !== '') return readBrace(char)
    if (char !== '<' && (where === 'word' || !tags.starts.includes(char))) return readOther(char)
    partial = char
    return true
  }

  function settle(
    verdict: 'call' | 'empty' | 'text',
    rest: string,
    form: CallForm = 'json',
    lacksBrace = false,
  ) {
    opening.verdict = verdict
    opening.rest = rest
    opening.found = { form, name, preface, fenced, mark, doubled, wrappers, quoted, inLine, lacksBrace }
  }

  function found(form: CallForm, rest = '') {
    settle('call', rest, form)
  }

  function none(rest = '') {
    settle('text', rest)
  }

  /** Whether a name is looked for behind a mark, which may have words of its own. */
  function mayHaveMarkWords(): boolean {
    return where === 'mark' && before === 'name'
  }

  /** `get_weather:`, `'get_weather',` in a list or behind a mark, `functions.get_weather:0` behind a token. */
  function nameRead(): string {
    let written = withoutLabels(preface.trim())
    const mayHaveComma = wrappers > 0 || where === 'next' || where === 'mark'
    if (written.endsWith(':') || (written.endsWith(',') && mayHaveComma)) {
      written = written.slice(0, -1).trimEnd()
    }
    return mayHaveMarkWords() ? withoutMarkWords(written, inTurn).replace(/:\d+$/, '') : written
  }

  /** What has come as a key: without white space, in the usual quotes. */
  function bareKey(): string {
    return preface.replace(/\s/g, '').replaceAll("'", '"')
  }

  /** Whether nothing has come that could be a name: what has come is left out. */
  function isOnlyMarkWords(): boolean {
    const isOnly = mayHaveMarkWords() && withoutMarkWords(preface, inTurn) === ''
    if (isOnly) preface = ''
    return isOnly
  }

  /** A mark, or the end of its line, shows that what has come is no part of a sentence. */
  function isApart(): boolean {
    return where === 'mark' || (where === 'line' && preface.includes('\n'))
  }

  /** The name of a declared tool is all that stands before the call. */
  function isName(): boolean {
    const read = nameRead()
    // Llama calls its own tools so: `brave_search.call(`.
    const isMethod = where === 'mark' && tools.resolve(read) === undefined
    const written = isMethod ? read.replace(/\.call$/, '') : read
    if (written === '' || tools.resolve(written) === undefined) return false
    name = written.replace(/^["']|\s*["']$/g, '')
    // `"get_weather⏎{…}"`, or `get_weather⏎"{…}"`
    quoted = /^["'][^"']*$|^[^"']*\s["']$/.test(written)
    inLine = where === 'line' && !preface.includes('\n')
    preface = ''
    return true
  }

  /** The name of a tool that is not declared, in a list of calls. */
  function isAnyName(): boolean {
    const [, quote, written] = /^(["']?)([A-Za-z_][\w.]*)$/.exec(preface.trim()) ?? []
    if (before !== 'any-name' || written === undefined) return false
    name = written
    quoted = quote !== ''
    preface = ''
    return true
  }

  function readTag(char: string): boolean {
    const written = partial + char
    const mayBeName = where === 'mark' && mark === 'own' && preface === ''
    if (mayBeName && nameElements.includes(written)) {
      found('xml', written)
      return true
    }
    const isBegun = mayBeName && nameElements.some((tag) => tag.startsWith(written))
    const match = isBegun ? 'partial' : tags.match(written)
    if (match === 'partial') {
      partial = written
      return true
    }
    const held = partial
    partial = ''
    switch (match) {
      case 'open':
      case 'drift-open':
        if (preface !== '' && mayHaveMarkWords()) {
          // A token between the name and its arguments, or behind whose turn it is.
          if (isName() || name !== '') preface = ''
          if (preface === '' || isOnlyMarkWords()) return true
        }
        // Behind a tick a mark is only shown.
        if (preface !== '' || (phase === 'ticks' && ticks === 1)) break
        meetMark(written, match === 'open')
        return true
      case 'declaration':
        if (preface !== '') break
        doubled++
        return true
      case 'call':
        if (preface !== '') break
        found('xml', written)
        return true
      case 'close':
        // A tool without arguments: only its name stands between the marks.
        if (where === 'line' || !isName()) break
        found('arg-key', written)
        return true
    }
    const argKey = '<arg_key>'
    if (preface !== '' && argKey.startsWith(written)) {
      if (written !== argKey) partial = written
      else if (isName()) found('arg-key', written)
      if (partial !== '' || opening.verdict === 'call') return true
    }
    if (held.startsWith('<')) {
      none(held)
    } else {
      // A bracket of a list, or whatever else it is.
      let at = 0
      while (at < held.length && opening.verdict === 'wait') if (readOther(held.charAt(at))) at++
      opening.rest += held.slice(at)
    }
    return false
  }

  function meetMark(written: string, isOwn: boolean) {
    preface = nameIn(written)
    if (fenced === 'inside') fenced = 'outside'
    if (where === 'mark') doubled++
    where = 'mark'
    before = isOwn ? 'words' : 'name'
    phase = 'start'
    mark = isOwn ? 'own' : 'drifted'
  }

  /** Whether calls stand in an envelope; its text is not long, whatever white space is in it. */
  function readBrace(char: string): boolean {
    const written = brace + char
    const bare = written.replace(/[\s"':]/g, '').replace(/^\{+/, '{')
    if (brace.length >= maxPreface || !envelopes.some((known) => known.startsWith(bare))) {
      found('json', brace)
      return false
    }
    brace = written
    if (envelopes.includes(bare)) {
      wrappers += written.split(/[[{]/).length - 1
      brace = ''
    }
    return true
  }

  /** What begins no tag. */
  function readOther(char: string): boolean {
    if (isSpace(char.charCodeAt(0))) {
      if (preface !== '') preface += char
      else if (phase === 'language') endLanguage(char)
      if (++spaces > maxSpace) none()
      return true
    }
    if (char === '{') return readOpener()
    if (char === '(' && !/:\s*$/.test(preface) && (isName() || isAnyName())) {
      found('python')
      return false
    }
    if (char === ']' && wrappers > 0 && preface === '') {
      settle('empty', '')
      return false
    }
    switch (phase) {
      case 'start':
        if (isBracket(char) && wrappers < maxWrappers) {
          wrappers++
          return true
        }
        if (char === '`' && ticks === 0 && (where === 'mark' || where === 'line')) return startTicks()
        if (char === '`' && ticks === 3 && where === 'line' && fenced === 'inside') {
          // One fence ends and another begins.
          none()
          return false
        }
        break
      case 'ticks':
        if (char !== '`') break
        if (++ticks < 3) return true
        if (inFence && where === 'line') none()
        fenced = 'inside'
        phase = 'language'
        return true
      case 'language':
        if (!isWord(char.charCodeAt(0)) && char !== '.') break
        language += char
        return true
    }
    if (char === '`' && before === 'name' && isApart() && isName()) return startTicks()
    if (char === '`' && fenced === 'span' && isName()) {
      // Only the name stands in the span.
      name = `\`${name}\``
      fenced = 'no'
      return true
    }
    // A span of code may hold a call where calls stand without marks.
    const isSpan = phase === 'ticks' && ticks === 1 && before === 'name'
    if (isSpan) fenced = 'span'
    preface += char
    const isInLine = phase === 'ticks' && where === 'line' && !isSpan
    phase = 'words'
    if (wrappers > 0 && preface.includes(',') && before.endsWith('name') && listItem.test(preface)) {
      endInList()
    } else if (where === 'mark' && char === ':' && firstKeys.includes(bareKey())) {
      const written = preface
      preface = ''
      settle('call', written, 'json', true)
    } else if (isInLine || (asksNow(char) && !mayBegin())) {
      // In the middle of a line the name may begin at any character.
      none(where === 'word' ? preface.slice(1) : '')
    }
    return true
  }

  /** The bracket of an object: the call's, if a name stands before it, or an envelope's. */
  function readOpener(): boolean {
    // In the middle of a line, a name and an object are on lines of their own.
    const mayBeNamed = where !== 'word' || wrappers > 0 || preface.includes('\n')
    if (where === 'mark' && (preface === '"' || preface === "'")) {
      quoted = true
      preface = ''
    }
    if ((name !== '' && (preface === '' || isOnlyMarkWords())) || (mayBeNamed && isName())) found('named')
    else if (isOnlyMarkWords()) brace = '{'
    else if (where === 'word' || (preface !== '' && before !== 'words')) none()
    else if (preface !== '' || wrappers > 0) found('json')
    else brace = '{'
    return brace !== ''
  }

  function startTicks(): true {
    ticks = 1
    phase = 'ticks'
    return true
  }

  /** Behind the name in a list: what may be the name of its first argument. */
  function endInList() {
    const [, written = '', parameter = '', sign = ''] = listItem.exec(preface) ?? []
    const tool = preface.length > maxPreface ? undefined : tools.resolve(written)
    if (tool === undefined || (sign !== '' && !isParameterOf(tool, parameter))) {
      none()
    } else if (sign !== '') {
      const rest = `(${preface.slice(preface.indexOf(',') + 1)}`
      // The list's bracket is the call's.
      wrappers--
      name = written
      preface = ''
      found('list', rest)
    }
  }

  /** A bracket around a call: those of Python's tuples only within another, or they would be the call's own. */
  function isBracket(char: string): boolean {
    if (where === 'word') return false
    return char === '[' || (char === '(' && (wrappers > 0 || where === 'next'))
  }

  /** What stands behind the ticks is a language, or the name of a tool. */
  function endLanguage(space: string) {
    if (before === 'name' && tools.resolve(language) !== undefined) preface = language + space
    phase = preface === '' ? 'start' : 'words'
  }

  /** In the middle of a long word it is asked now and then: each time takes longer than all else of the character. */
  function asksNow(char: string): boolean {
    const { length } = preface
    return length < 4 || length % 4 === 0 || length > maxPreface || !isLatinWord(char.charCodeAt(0))
  }

  /** Whether what has been read may stand before a call. */
  function mayBegin(): boolean {
    if (preface.length > maxPreface || before === 'nothing') return false
    if (before === 'words') return true
    const written = nameRead()
    if (name !== '' && /^\w*$/.test(written)) return true
    if (where === 'mark') {
      const tool = written.replace(/\.c?a?l{0,2}$/, '')
      if (beginsMarkWord(written) || firstKeys.some((key) => key.startsWith(bareKey()))) return true
      if (tool !== written && tools.begins(tool)) return true
    }
    // In the middle of a line nobody looks for one where a prefix begins.
    const isPrefix = where !== 'word' && prefixes.some((prefix) => prefix.startsWith(written))
    if (isPrefix || tools.begins(written)) return true
    // In a list a name may have any prefix: `[api.get_weather(`.
    return (wrappers > 0 || before === 'any-name') && /^["']?[\w.]*$/.test(preface)
  }

  return opening
}

/** `name: get_weather⏎arguments:`: the keys of a call, as labels. */
function withoutLabels(text: string): string {
  if (!text.endsWith(':')) return text
  const [, first = '', name = '', second = ''] = /^([\w ]+):\s*(\S+)\s+([\w ]+):$/.exec(text) ?? []
  const isName = callKey(first) === 'name' || callKey(first) === 'tool'
  return isName && callKey(second) === 'arguments' ? name : text
}

/** The name in `<tool_call name="get_weather">`; `''`: there is none. */
function nameIn(mark: string): string {
  return (mark.includes('=') && /\sname\s*=\s*["']([^"']+)["']/.exec(mark)?.[1]) || ''
}
