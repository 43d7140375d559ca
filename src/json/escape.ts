import type { ChangeKind } from '../events.js'
import { Char, escapeText, isEscaped, isQuote } from './characters.js'
import type { PythonSyntax } from './python.js'

/** Reads an escape in a string, from behind its backslash. */
export interface Escape {
  /** A backslash has come, in a string in these quotes. `raw`: it is only a backslash. */
  start(quote: number, raw: boolean): void
  /** Reads at `i` and returns where to read on. */
  read(text: string, i: number, base: number): number
  readonly isOver: boolean
  /** What the model wrote of it. */
  unsent(): string
}

export interface EscapeContext {
  python?: PythonSyntax | undefined
  change(kind: ChangeKind, offset: number): void
}

export function createEscape(context: EscapeContext, inside: (text: string) => void): Escape {
  const { change, python } = context
  let quote = 0
  let raw = false
  /** The letter of an escape with digits, how many it has, and those that have come. */
  let letter = ''
  let digits = 0
  let hex = ''
  const escaped = {
    isOver: false,
    start(unit: number, isRaw: boolean) {
      escaped.isOver = false
      quote = unit
      raw = isRaw
      letter = hex = ''
    },
    read(text: string, i: number, base: number): number {
      return letter === '' ? readFirst(text.charAt(i), i, base) : readDigit(text.charAt(i), i, base)
    },
    unsent: () => `\\${letter}${hex}`,
  }

  function readFirst(char: string, i: number, base: number): number {
    escaped.isOver = true
    const unit = char.charCodeAt(0)
    if (raw) {
      inside('\\\\')
      if (unit !== Char.backslash && !isQuote(unit)) return i
      inside(escapeText(char))
      return i + 1
    }
    if (isEscaped(unit)) {
      inside(`\\${char}`)
      return i + 1
    }
    if (unit === Char.singleQuote || unit === quote) {
      if (unit !== quote) change('escaped-apostrophe', base + i - 1)
      inside(char)
      return i + 1
    }
    const meaning = char === 'u' ? 4 : python?.escapes.get(char)
    if (meaning === undefined) {
      // `C:\Users`, `\d`: the backslash was meant.
      change('invalid-escape', base + i - 1)
      inside('\\\\')
      return i
    }
    if (typeof meaning === 'string') {
      inside(meaning)
    } else {
      escaped.isOver = false
      digits = meaning
      letter = char
    }
    return i + 1
  }

  function readDigit(char: string, i: number, base: number): number {
    if (!/[\da-fA-F]/.test(char)) {
      change('invalid-escape', base + i - hex.length - 2)
      inside(`\\\\${letter}${hex}`)
      escaped.isOver = true
      return i
    }
    hex += char
    if (hex.length < digits) return i + 1
    escaped.isOver = true
    const point = Number.parseInt(hex, 16)
    if (digits === 4) inside(`\\u${hex}`)
    else if (point > 0x10ffff) inside(`\\\\U${hex}`)
    else inside(JSON.stringify(String.fromCodePoint(point)).slice(1, -1))
    return i + 1
  }

  return escaped
}

/** How many units a valid escape takes that stands here whole, so that it can pass with the text around it; else 0. */
export function escapeLength(text: string, at: number): number {
  if (at + 1 >= text.length) return 0
  const next = text.charCodeAt(at + 1)
  if (next === 117) return /^[\da-fA-F]{4}$/.test(text.slice(at + 2, at + 6)) ? 6 : 0
  return isEscaped(next) ? 2 : 0
}
