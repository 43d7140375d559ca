import type { ChangeKind } from '../events.js'
import type { PlainText } from '../plain-text.js'
import type { Writable } from '../writable.js'
import {
  Char,
  escapeControl,
  escapeText,
  isCloser,
  isEscaped,
  isHighSurrogate,
  isOpener,
  isSpace,
  quoteOf,
  Special,
  special,
} from './characters.js'
import { createEscape, type Escape, escapeLength } from './escape.js'
import { createLookAhead } from './look-ahead.js'
import { createStringHold, type HoldContext, type StringHold, type StringSoFar } from './string-hold.js'

/**
 * Reads one string from behind its opening quote. What it tells is the string's inside as JSON spells it; an escape is
 * never cut in two.
 */
export interface StringReader extends PlainText {
  /**
   * `at`: where in the reply its inside begins. `raw`: a backslash is only a backslash. `width`: how many quotes stand on
   * each side, 1 or 3.
   */
  start(quote: number, isKey: boolean, at: number, raw?: boolean, width?: number): void
  /** Reads from `from` on and returns where it stopped: at the end of the text unless `state` is no longer `open`. */
  push(text: string, from: number, base: number): number
  /** No more input after `position`. `stopped`: the model ended by itself, so that a lost quote may be added. */
  end(stopped: boolean, position: number): void
  /**
   * - `closed`: the closing quote came; `rest` was held behind it
   * - `lost`: the quote was forgotten; `rest` begins with the brackets, and the close tag in it proves it
   * - `stopped`: a mark came that ends everything; it is in `rest`
   */
  readonly state: 'open' | 'closed' | 'lost' | 'stopped'
  /** What was held and is no part of the string: to be read before the text goes on. */
  readonly rest: string
  /** Where in the reply the end of the string was: its quote, or the first bracket where that was lost. */
  readonly offset: number
  /** Whether another string follows that is part of this one. */
  readonly joins: boolean
  /** Where the close tag stands in the rest of a string whose quote was lost. */
  readonly closeTag: { readonly tagStart: number; readonly tagEnd: number }
  readonly isKey: boolean
  readonly quote: number
  /** The inside of a key, which is told whole. */
  readonly key: string
  /** Whether nothing is held, so that the short way is open. */
  isPlain(): boolean
  /** What the model wrote last and has not been told. */
  unsent(): string
}

export interface StringContext extends HoldContext {
  /** Takes the next piece of the inside. */
  inside(text: string): void
  change(kind: ChangeKind, offset: number): void
  /** Whether a key is a known one and more, whose quote was forgotten. */
  mayBeMore?: ((key: string) => boolean) | undefined
}

const noTag = { tagStart: 0, tagEnd: 0 }
/** More of what may become a tag does not wait for the next chunk. */
const maxTagHeld = 16
/** A longer string is no value that lost its quote: there a comma is text at once. */
const maxBeforeComma = 256

export function createStringReader(context: StringContext): StringReader {
  const { tags, frames, change, mayBeMore } = context
  const look = createLookAhead(context, frames)
  /** Most strings need neither. */
  let hold: StringHold | undefined
  let escaped: Escape | undefined
  const mayTell = context.python?.special ?? special
  /**
   * `quotes`: a row of them in which the last three may close the string. `first`: quotes behind the first, for whether they
   * are three and text, as Python has them.
   */
  let reading: 'plain' | 'escape' | 'look' | 'hold' | 'quotes' | 'first' = 'plain'
  /** Whether the string may still be one in three quotes. */
  let mayBeTriple = false
  let raw = false
  let width = 1
  /**
   * What is known of it. `dirty`: something was impossible in strict JSON, so later quotes need proof that they close the
   * string. `openExamples`, `openBraces`: example calls that it shows and has not closed again, and objects.
   */
  const soFar: StringSoFar = {
    quote: 0,
    dirty: false,
    hasBreak: false,
    isEmpty: true,
    isShort: true,
    mayEnd: true,
    openExamples: 0,
    openBraces: 0,
    noTail: false,
  }
  /** Where its inside begins. */
  let startAt = 0
  /** The other kinds of quote that it has had, a bit for each. */
  let others = 0
  /** What `look` or `hold` has kept of earlier chunks. */
  let carry = ''
  const string: Writable<StringReader> = {
    state: 'open',
    rest: '',
    offset: 0,
    joins: false,
    closeTag: noTag,
    isKey: false,
    quote: Char.doubleQuote,
    key: '',
    start,
    push,
    end,
    isPlain: () => reading === 'plain' && !string.isKey && !raw,
    pass,
    unsent,
  }

  function start(unit: number, asKey: boolean, at: number, isRaw = false, quotes = 1) {
    startAt = at
    string.state = 'open'
    reading = 'plain'
    raw = isRaw
    width = quotes
    string.joins = false
    string.quote = unit
    string.isKey = asKey
    soFar.quote = unit
    soFar.dirty = soFar.hasBreak = soFar.noTail = false
    soFar.openExamples = soFar.openBraces = others = 0
    mayBeTriple = quotes === 1 && !asKey && !isRaw && context.python === undefined
    carry = ''
    string.key = ''
    string.rest = ''
  }

  function inside(text: string) {
    if (text === '') return
    if (string.isKey) string.key += text
    else context.inside(text)
  }

  function control(unit: number, at: number) {
    const isBreak = unit === Char.newline || unit === Char.return
    soFar.hasBreak ||= isBreak
    if (width === 1) change(isBreak ? 'raw-newline' : unit === Char.tab ? 'raw-tab' : 'raw-control', at)
    inside(escapeControl(unit))
  }

  function close(how: StringReader['state'], at: number, left: string) {
    string.state = how
    string.offset = at
    string.rest = left
  }

  function push(text: string, from: number, base: number): number {
    let i = from
    while (i < text.length && string.state === 'open') {
      switch (reading) {
        case 'plain':
          i = readPlain(text, i, base)
          break
        case 'escape':
          i = escaped?.read(text, i, base) ?? i
          if (escaped?.isOver !== false) reading = 'plain'
          break
        case 'quotes':
          i = readQuotes(text, i, base)
          break
        case 'first':
          i = readFirst(text, i, base)
          break
        default:
          i = readHeld(text, i, i, base)
      }
    }
    return i
  }

  function readPlain(text: string, from: number, base: number): number {
    const end = text.length
    let start = from
    let i = from
    if (mayBeTriple && base + i === startAt && text.charCodeAt(i) === string.quote) {
      reading = 'first'
      return i
    }
    mayBeTriple = false
    for (;;) {
      while (i < end && mayTell[text.charCodeAt(i)] === 0) i++
      if (i === end) {
        inside(start === 0 ? text : text.slice(start))
        return i
      }
      const unit = text.charCodeAt(i)
      if (unit === Char.backslash) {
        const length = raw ? 0 : escapeLength(text, i)
        if (length > 0) {
          i += length
          continue
        }
        inside(text.slice(start, i))
        reading = 'escape'
        escaped ??= createEscape(context, inside)
        escaped.start(string.quote, raw)
        return i + 1
      }
      if (unit === Char.comma && base + i - startAt > maxBeforeComma) {
        i++
        continue
      }
      const quote = quoteOf(unit)
      if (quote !== 0) {
        if (quote === string.quote) {
          inside(text.slice(start, i))
          if (width > 1) {
            reading = 'quotes'
            return i
          }
          if (string.isKey) {
            close('closed', base + i, '')
            return i + 1
          }
          reading = 'look'
          look.start(string.quote)
          return readHeld(text, i + 1, i, base)
        }
        if ((others & kindOf(quote)) === 0 && !string.isKey && width === 1) {
          others |= kindOf(quote)
          inside(text.slice(start, i))
          return startHold(text, i, base)
        }
        if (unit === Char.doubleQuote) {
          inside(text.slice(start, i))
          inside('\\"')
          start = i + 1
        }
        i++
        continue
      }
      if (unit < Char.space && (string.isKey || (unit !== Char.newline && unit !== Char.return))) {
        inside(text.slice(start, i))
        control(unit, base + i)
        start = ++i
        continue
      }
      const opens = isOpener(unit)
      if (opens) soFar.openBraces++
      if (opens || (string.isKey && unit !== Char.less)) {
        i++
        continue
      }
      // String text, unless the quote was lost.
      inside(text.slice(start, i))
      return startHold(text, i, base)
    }
  }

  function startHold(text: string, i: number, base: number): number {
    reading = 'hold'
    hold ??= createStringHold(context)
    string.closeTag = hold
    soFar.isEmpty = base + i === startAt
    soFar.mayEnd = !raw && width === 1 && !(soFar.dirty && soFar.openExamples + soFar.openBraces > 0)
    soFar.isShort = base + i - startAt <= maxBeforeComma
    hold.start(soFar)
    // `"days: 2}}`: a key that is more than one, and brackets at its end.
    if (string.isKey && mayBeMore?.(string.key) && /[}\])](?:\s|\\[nrt])*$/.test(string.key))
      hold.sawClosers()
    return readHeld(text, i, i, base)
  }

  function pass(chunk: string, at: number): number {
    const end = chunk.length
    let braces = soFar.openBraces
    let seen = others
    let used = end
    for (let i = 0; i < end; i++) {
      const unit = chunk.charCodeAt(i)
      const kind = mayTell[unit]
      if (kind === 0) continue
      switch (kind) {
        case Special.backslash:
          if (i + 1 === end) used = i
          else if (!isEscaped(chunk.charCodeAt(i + 1))) return 0
          i++
          continue
        case Special.quote: {
          const quote = quoteOf(unit)
          if (quote === string.quote) return 0
          if ((seen & kindOf(quote)) !== 0) continue
          const next = mayTell[chunk.charCodeAt(i + 1)]
          if (i + 1 === end) used = i
          else if (next === Special.comma || next === Special.closer || chunk.charAt(i + 1) === ' ') return 0
          else seen |= kindOf(quote)
          continue
        }
        case Special.comma:
          if (at + i - startAt <= maxBeforeComma) return 0
          continue
        case Special.opener:
          braces++
          continue
        case Special.closer: {
          // Text, if other text follows.
          let next = i + 1
          while (chunk.charCodeAt(next) === Char.space) next++
          if (next === end) used = i
          else if (!isTextBehindCloser(chunk.charCodeAt(next), braces)) return 0
          else if (braces > 0 && closesInside(unit)) braces--
          i = next - 1
          continue
        }
        case Special.less: {
          // Text, if no tag begins so.
          const next = endOfNoTag(chunk, i)
          if (next === end && end - i < maxTagHeld) used = i
          else if (next === -1 || next === end) return 0
          i = next - 1
          continue
        }
        default:
          return 0
      }
    }
    if (used === end) {
      if (isHighSurrogate(chunk.charCodeAt(end - 1))) used--
    }
    if (used > 0) {
      soFar.openBraces = braces
      others = seen
    }
    return used
  }

  function isTextBehindCloser(unit: number, braces: number): boolean {
    const kind = mayTell[unit]
    if (kind === Special.comma || kind === Special.opener) return braces > 0
    return kind !== Special.any && kind !== Special.closer && kind !== Special.less && !isSpace(unit)
  }

  /** Where it shows that what begins at the `<` is no tag: the end if it may become one still, -1 if it is one. */
  function endOfNoTag(chunk: string, at: number): number {
    for (let next = at + 1; next < chunk.length; next++) {
      const found = tags.match(chunk.slice(at, next + 1))
      if (found === 'none') return next
      if (found !== 'partial') return -1
    }
    return chunk.length
  }

  /** Quotes behind the first one: two and text make it a string in three. */
  function readFirst(text: string, i: number, base: number): number {
    const unit = text.charCodeAt(i)
    if (unit === string.quote && carry.length < 2) {
      carry += text.charAt(i)
      return i + 1
    }
    const at = base + i - carry.length
    const held = carry
    const isTriple = held.length === 2 && !/[,:;}\])]/.test(text.charAt(i)) && unit !== string.quote
    carry = ''
    reading = 'plain'
    mayBeTriple = false
    if (!isTriple) return again(held, at, i)
    change('triple-quotes', at - 1)
    width = 3
    return i
  }

  /** In triple quotes: the last three of a row may close it. */
  function readQuotes(text: string, i: number, base: number): number {
    if (text.charCodeAt(i) === string.quote) {
      carry += text.charAt(i)
      return i + 1
    }
    const inner = carry.length < 3 ? carry.length : carry.length - 3
    inside(escapeText(carry.slice(0, inner)))
    carry = carry.slice(inner)
    reading = 'plain'
    return carry === '' ? i : readClosing(text, i, base)
  }

  /** The closing quote or quotes are in `carry`, if what follows says so. */
  function readClosing(text: string, i: number, base: number): number {
    if (string.isKey) {
      close('closed', base + i - carry.length, '')
      carry = ''
      return i
    }
    reading = 'look'
    look.start(string.quote)
    return readHeld(text, i, i, base)
  }

  /**
   * Feeds `look` or `hold` until it knows, then goes on with what was held, which begins at `first` in this text or is in
   * `carry`. Nothing is copied within one chunk.
   */
  function readHeld(text: string, from: number, first: number, base: number): number {
    for (let i = from; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      const verdict =
        reading === 'look'
          ? look.step(unit, soFar.dirty, soFar.openExamples + soFar.openBraces)
          : hold?.step(unit)
      if (verdict !== 'wait') return settle(verdict ?? 'text', text, first, i, base)
    }
    carry += text.slice(first)
    return text.length
  }

  /** The verdict is known before the unit at `i`. Returns where to read on in `text`. */
  function settle(
    verdict: 'close' | 'inner' | Exclude<ReturnType<StringHold['step']>, 'wait'>,
    text: string,
    first: number,
    i: number,
    base: number,
  ): number {
    const kept = carry
    const at = base + first - kept.length
    carry = ''
    reading = 'plain'
    switch (verdict) {
      case 'close':
        string.joins = look.joins
        close('closed', at + width - 1, kept.slice(width))
        return kept === '' ? first + 1 : first
      case 'inner':
        change('inner-quotes', at)
        soFar.dirty = true
        inside(escapeText((kept || text.slice(first, i)).slice(0, width)))
        return kept === '' ? first + 1 : again(kept.slice(width), at + width, first)
      case 'text': {
        // Everything up to here is text of the string; the unit that settled it is read again.
        const held = kept + text.slice(first, i)
        const textLength = hold?.textLength() ?? held.length
        soFar.openExamples = hold?.openExamples ?? soFar.openExamples
        heldInside(held.slice(0, textLength), at)
        return textLength === held.length ? i : again(held.slice(textLength), at + textLength, i)
      }
      case 'restore':
        change('restored-token', at)
        heldInside((kept + text.slice(first, i)).replace('\u2060', ''), at)
        return i
      case 'lost-quote':
        lose(at, kept + text.slice(first, i))
        return i
      case 'stop':
        close('stopped', at, kept + text.slice(first, i))
        return i
    }
  }

  /** The quote was lost, or another kind of quote stands in its place. */
  function lose(at: number, held: string) {
    const wrong = quoteOf(held.charCodeAt(0)) === 0 ? 0 : 1
    change('missing-quote', at)
    close('lost', at + wrong, held.slice(wrong))
  }

  /** Reads held text once more, now that its first unit is settled. */
  function again(held: string, at: number, next: number): number {
    const used = push(held, 0, at)
    if (string.state !== 'open') string.rest += held.slice(used)
    return next
  }

  /** Held text that turned out to be text of the string. There are no quotes of its own and no backslashes in it. */
  function heldInside(text: string, at: number) {
    let from = 0
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      if (unit === Char.openBrace || (context.python !== undefined && isOpener(unit))) soFar.openBraces++
      else if (soFar.openBraces > 0 && closesInside(unit)) soFar.openBraces--
      if (unit >= Char.space) continue
      inside(escapeText(text.slice(from, i)))
      control(unit, at + i)
      from = i + 1
    }
    inside(escapeText(text.slice(from)))
  }

  /** Whether a bracket counts that closes one in the string: in a Python call all kinds do, as the examples' would. */
  function closesInside(unit: number): boolean {
    return unit === Char.closeBrace || (context.python !== undefined && isCloser(unit))
  }

  function end(stopped: boolean, position: number) {
    if (reading === 'first') {
      const quotes = carry
      carry = ''
      reading = 'plain'
      mayBeTriple = false
      again(quotes, position - quotes.length, 0)
    }
    if (string.state !== 'open') return
    const held = carry
    const at = position - held.length
    // In a string with broken quotes only the model's own stop makes its last quote the closing one.
    if (reading === 'look' && soFar.dirty && !stopped && !look.sawClose()) return
    carry = ''
    if (reading === 'look') close('closed', at, held.slice(width))
    else if (reading === 'quotes' && held.length >= 3) {
      inside(escapeText(held.slice(3)))
      close('closed', at, '')
    } else if (reading === 'quotes') carry = held
    else if (reading === 'hold') {
      const lost = hold?.lostAtEnd() ?? 'no'
      if (lost === 'no' || (lost === 'if-stopped' && !stopped)) return heldInside(held, at)
      lose(at, held)
    }
  }

  function unsent(): string {
    if (string.isKey) return `"${string.key}`
    return reading === 'escape' ? (escaped?.unsent() ?? '') : carry
  }

  return string
}

/** A bit for a kind of quote. */
function kindOf(quote: number): number {
  return 1 << (quote & 31)
}
