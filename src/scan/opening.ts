import type { ToolIndex } from '../align/tools.js'
import { isLatinWord, isSpace, isWord } from '../json/characters.js'
import type { Writable } from '../writable.js'
import type { Beginning, CallForm, Mark, OpeningPlace } from './beginning.js'
import {
  findName,
  isFirstKey,
  isMarkWords,
  maxPreface,
  mayBegin,
  mayHaveMarkWords,
  type NamePlace,
  nameInMark,
  readItem,
} from './call-name.js'
import { beginsOthersTurn } from './speakers.js'
import { isTurn, nameElements, type WholeTags } from './tags.js'

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
   * @param place what is around it
   * @param mark the mark that came before, which may have the name as an attribute
   */
  start(where: NamePlace['where'], before: NamePlace['before'], place: OpeningPlace, mark?: string): void
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

const argKey = ['<arg_key>']

const maxSpace = 1024
const maxWrappers = 3

/** What some models put around their calls, without the punctuation, of which any may be missing. */
const envelopes = ['{tool_calls[', '{function_calls[', '{calls[']

export function createOpening(tags: WholeTags, tools: ToolIndex): Opening {
  const at: NamePlace = { tools, where: 'mark', before: 'words', inTurn: false, wrappers: 0 }
  let inFence = false
  let closes = false
  let phase: 'start' | 'ticks' | 'language' | 'words' = 'start'
  let partial = ''
  /** `{"tool`: an envelope around calls, or the call; and the same without its punctuation. */
  let brace = ''
  let bare = ''
  let ticks = 0
  let language = ''
  let spaces = 0
  let name = ''
  let preface = ''
  /** What the mark itself says of the name. */
  let attribute = ''
  let fenced: Beginning['fenced'] = 'no'
  let mark: Mark = 'own'
  let doubled = 0
  let quoted = false
  let inLine = false
  let spaced = false
  const opening: Writable<Opening> = { verdict: 'wait', found: undefined, rest: '', start, push, end }

  function start(where: NamePlace['where'], before: NamePlace['before'], place: OpeningPlace, written = '') {
    at.where = where
    at.before = before
    at.inTurn = place.inTurn
    ;({ mark, inFence, closes } = place)
    phase = 'start'
    partial = brace = language = name = ''
    preface = attribute = nameInMark(written)
    fenced = 'no'
    at.wrappers = ticks = spaces = doubled = 0
    quoted = inLine = spaced = false
    opening.verdict = 'wait'
  }

  function push(text: string, from: number): number {
    let i = from
    while (i < text.length && opening.verdict === 'wait') if (read(text.charAt(i))) i++
    return i
  }

  function end(): boolean {
    found('json', brace)
    return brace !== ''
  }

  /** These tell whether the character is taken, or left to be read again. */
  function read(char: string): boolean {
    if (partial !== '') return readTag(char)
    if (brace !== '') return readBrace(char)
    const first = at.where === 'line' && preface === '' ? tags.lineStarts : ''
    if (!tags.starts.includes(char) && !first.includes(char)) return readOther(char)
    partial = char
    return true
  }

  function settle(
    verdict: 'call' | 'empty' | 'text',
    rest = '',
    form: CallForm = 'json',
    lacksBrace = false,
  ) {
    opening.verdict = verdict
    opening.rest = rest
    const { wrappers } = at
    opening.found = {
      form,
      name,
      preface,
      fenced,
      mark,
      doubled,
      wrappers,
      quoted,
      inLine,
      spaced,
      lacksBrace,
    }
  }

  /**
   * A call without a mark may begin at any character of what has come: in the middle of a line, or behind a mark that is only
   * spoken of.
   */
  function refuse() {
    const { where, before, inTurn } = at
    const isSpokenOf = before === 'name' && !inTurn && attribute === ''
    settle('text', where === 'word' || where === 'line' ? preface.slice(1) : isSpokenOf ? preface : '')
  }

  function found(form: CallForm, rest = ''): true {
    settle('call', rest, form)
    return true
  }

  /** The name of a declared tool is all that stands before the call. */
  function isName(isCalled = false): boolean {
    const written = findName(preface, at, isCalled)
    if (written === undefined) return false
    name = written.replace(/^["']|\s*["']$/g, '')
    // `"get_weather⏎{…}"`, or `get_weather⏎"{…}"`
    quoted = /^["'][^"']*$|^[^"']*\s["']$/.test(written)
    inLine = !preface.includes('\n')
    spaced = preface !== preface.trimEnd()
    preface = ''
    return true
  }

  /** Whether nothing has come that could be a name: what has come is left out. */
  function isOnlyMarkWords(): boolean {
    const isOnly = isMarkWords(preface, at)
    if (isOnly) preface = ''
    return isOnly
  }

  function readTag(char: string): boolean {
    const written = partial + char
    const isNamed = preface !== ''
    const elements = isNamed ? argKey : mark === 'own' ? nameElements : []
    if (elements.includes(written) && (!isNamed || isName()))
      return found(isNamed ? 'arg-key' : 'xml', written)
    const isBegun = elements.some((tag) => tag !== written && tag.startsWith(written))
    const match = isBegun ? 'partial' : tags.match(written)
    if (match === 'partial') {
      partial = written
      return true
    }
    const held = partial
    partial = ''
    // Where a token of turns stands in the place of a mark, its neighbours do too.
    const isToken = at.inTurn && isTurn(match) && !beginsOthersTurn(written)
    switch (isToken ? 'drift-open' : match) {
      case 'open':
      case 'drift-open':
        if (isNamed && mayHaveMarkWords(at)) {
          // A token between the name and its arguments, or behind whose turn it is.
          if (isName() || name !== '') preface = ''
          if (isOnlyMarkWords()) return true
        }
        // Behind a tick a mark is only shown, and what closes a part of the text belongs to it.
        if (preface !== '' || ticks === 1 || closes) break
        meetMark(written, match === 'open')
        return true
      case 'declaration':
        if (isNamed) break
        doubled++
        return true
      case 'call':
        if (isNamed) break
        return found('xml', written)
      case 'drift-close':
      case 'close':
        // `<tool>` and others stand around names that are not called.
        if (at.where === 'line' || (match !== 'close' && !/call/i.test(written))) break
        // A tool without arguments: only its name stands between the marks.
        if (isName()) return found('arg-key', written)
    }
    if (held.startsWith('<')) {
      settle('text', held)
    } else {
      // A bracket of a list, or whatever else it is.
      let i = 0
      while (i < held.length && opening.verdict === 'wait') if (readOther(held.charAt(i))) i++
      opening.rest += held.slice(i)
    }
    return false
  }

  function meetMark(written: string, isOwn: boolean) {
    preface = attribute = nameInMark(written)
    if (fenced === 'inside') fenced = 'outside'
    if (at.where === 'mark') doubled++
    at.where = 'mark'
    at.before = isOwn ? 'words' : 'name'
    phase = 'start'
    mark = isOwn ? 'own' : 'drifted'
  }

  /** Whether calls stand in an envelope; its text is not long, whatever white space is in it. */
  function readBrace(char: string): boolean {
    const isDoubled = char === '{' && bare === char
    if (!isDoubled && !isSpace(char.charCodeAt(0)) && !'"\':\\'.includes(char)) bare += char
    if (brace.length >= maxPreface || !envelopes.some((known) => known.startsWith(bare))) {
      found('json', brace)
      return false
    }
    brace += char
    if (envelopes.includes(bare)) {
      at.wrappers += brace.split(/[[{]/).length - 1
      brace = ''
    }
    return true
  }

  /** What begins no tag. */
  function readOther(char: string): boolean {
    const { where, before, wrappers } = at
    if (isSpace(char.charCodeAt(0))) {
      if (preface !== '') preface += char
      else if (phase === 'language') endLanguage(char)
      if (++spaces > maxSpace) settle('text')
      return true
    }
    if (char === '{') return readOpener()
    if (char === '(' && !/:\s*$/.test(preface) && isName(true)) {
      found('python')
      return false
    }
    if (char === ']' && wrappers > 0 && preface === '') {
      settle('empty')
      return false
    }
    // Of a tool that is called as a language is: only behind an object's bracket is it the name.
    if (language !== '' && preface.trimEnd() === language) {
      preface = ''
      phase = 'start'
    }
    // `assistant⏎[`: a list behind the words of a mark.
    if (char === '[' && phase === 'words' && isOnlyMarkWords()) phase = 'start'
    switch (phase) {
      case 'start':
        // Those of Python's tuples only within another, or they would be the call's own.
        if (
          (char === '[' || (char === '(' && (wrappers > 0 || where === 'next'))) &&
          where !== 'word' &&
          wrappers < maxWrappers
        ) {
          at.wrappers++
          return true
        }
        if (char !== '`') break
        if (fenced === 'no') return startTicks()
        if (fenced !== 'inside') break
        // One fence ends and another begins.
        settle('text')
        return false
      case 'ticks':
        if (char !== '`') {
          // Two are neither a fence nor one of the spans that hold calls.
          if (ticks === 2) settle('text')
          if (char !== '[' || before !== 'name' || wrappers > 0) break
          fenced = 'span'
          phase = 'start'
          at.wrappers++
          return true
        }
        if (++ticks < 3) return true
        if (inFence && where === 'line') settle('text')
        fenced = 'inside'
        phase = 'language'
        return true
      case 'language':
        if (!isWord(char.charCodeAt(0)) && char !== '.') break
        language += char
        return true
    }
    // A mark, or the end of its line, shows that what has come is no part of a sentence.
    const isApart = where === 'mark' || (where === 'line' && preface.includes('\n'))
    if (char === '`' && isApart && preface !== '' && (isName() || isOnlyMarkWords())) return startTicks()
    if (char === '`' && fenced === 'span' && isName()) {
      // Only the name stands in the span.
      name = `\`${name}\``
      fenced = 'no'
      return true
    }
    // A span of code may hold a call where calls stand without marks.
    if (phase === 'ticks' && before === 'name') fenced = 'span'
    preface += char
    phase = 'words'
    const item = wrappers > 0 ? readItem(preface, tools) : undefined
    if (item !== undefined) {
      const [tool, argument] = item
      if (argument === undefined) {
        settle('text')
      } else if (argument !== '') {
        // The list's bracket is the call's.
        at.wrappers--
        name = tool
        preface = ''
        found('list', argument)
      }
    } else if (char === ':' && isFirstKey(preface)) {
      const written = preface
      preface = ''
      settle('call', written, 'json', true)
    } else if (asksNow(char) && !mayBegin(preface, at, name !== '')) {
      refuse()
    }
    return true
  }

  /** In the middle of a word not every letter is asked: that took a tenth of the time of Python's calls in small pieces. */
  function asksNow(char: string): boolean {
    const { length } = preface
    return length < 4 || length % 4 === 0 || length > maxPreface || !isLatinWord(char.charCodeAt(0))
  }

  /** The bracket of an object: the call's, if a name stands before it, or an envelope's. */
  function readOpener(): boolean {
    const { where } = at
    // In the middle of a line, a name and an object are on lines of their own.
    const mayBeNamed = where !== 'word' || preface.includes('\n')
    if (where === 'mark' && (preface === '"' || preface === "'")) {
      quoted = true
      preface = ''
    }
    if ((name !== '' && (preface === '' || isOnlyMarkWords())) || (mayBeNamed && isName())) found('named')
    else if (!isOnlyMarkWords() && (where === 'word' || (preface !== '' && at.before !== 'words'))) refuse()
    else brace = bare = '{'
    return brace !== ''
  }

  function startTicks(): true {
    ticks = 1
    phase = 'ticks'
    return true
  }

  /** What stands behind the ticks is a language, or the name of a tool. */
  function endLanguage(space: string) {
    if (tools.resolve(language) !== undefined) preface = language + space
    phase = preface === '' ? 'start' : 'words'
  }

  return opening
}
