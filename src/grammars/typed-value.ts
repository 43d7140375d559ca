import type { Call } from '../align/call.js'
import { Kind } from '../align/kinds.js'
import { anyShapes, type Shapes } from '../align/schema.js'
import { createTokenTape } from '../align/token-tape.js'
import { isKeyOf } from '../align/tools.js'
import type { ChangeKind } from '../events.js'
import { readAtom } from '../json/atoms.js'
import { escapeText } from '../json/characters.js'
import { createReader } from '../json/reader.js'
import { Token, tellString } from '../json/tokens.js'
import { noTags } from '../scan/tags.js'
import { createTextBuffer } from '../text-buffer.js'
import type { GrammarContext } from './call-grammar.js'
import { kindsOf, parameterShapes } from './declared-types.js'
import { writeXml } from './typed-xml.js'

/**
 * A value that is written as raw text: what it is, its schema says. A string streams as it comes; everything else is
 * held to its end, since only the whole tells whether it is a number, an object or after all a string.
 *
 * | declared | text | value |
 * |---|---|---|
 * | string | `5` | `"5"` |
 * | integer | `5` | `5` |
 * | integer | `five` | `"five"` |
 * | string or null | `null` | `null` |
 * | object | `{'a': True}` | `{"a": true}` |
 * | array | `{…}`, `{…}`, in a fence or not | `[{…}, {…}]` |
 * | nothing | `[1]` | `[1]`, where it is strict JSON |
 */
export interface TypedValue {
  /** The value of a parameter begins. */
  start(name: string): void
  text(piece: string): void
  /** The value is over; `offset` is where. */
  end(offset: number): void
  /** Whether its text passes as it comes. */
  streams(): boolean
  /** What has been read and not told. */
  held(): string
}

/** What stands in a fence, and nothing beside it. */
const fenced = /^\s*```\w*\n([\s\S]*?)\n?```\s*$/

export function createTypedValue(call: Call, context: GrammarContext): TypedValue {
  const { change, token: tell } = call
  /** What the value is declared to be, and which kinds that lets it have. */
  let shapes: Shapes = anyShapes
  let kinds = Kind.any
  let held = createTextBuffer()
  let isString = false

  function start(name: string) {
    shapes = parameterShapes(call.tool, name)
    kinds = kindsOf(shapes)
    isString = call.tool?.custom === true || kinds === Kind.string
    if (isString) tell(Token.stringStart, '"')
    else held = createTextBuffer()
  }

  function text(piece: string) {
    if (isString) tell(Token.string, escapeText(piece))
    else held.append(piece)
  }

  function end(offset: number) {
    if (isString) return tell(Token.stringEnd, '"')
    const written = held.toString()
    const inFence = mustBeStrict() ? undefined : fenced.exec(written)?.[1]
    if (inFence !== undefined && readLiteral(inFence.trim(), offset)) return change('fence', offset)
    if (readLiteral(written.trim(), offset) || readNested(written, offset)) return
    tellString(tell, escapeText(written))
  }

  /** Whether a value may be of this kind. */
  const may = (kind: Kind) => (kinds & kind) !== 0
  /** A text that may be a string is something else only where it is strict JSON. */
  const mustBeStrict = () => may(Kind.string)

  /** A number, literal, object, array or, where no string is asked for, a string in quotes. */
  function readLiteral(written: string, offset: number): boolean {
    const first = written.charAt(0)
    if (first === '{' || first === '[' || first === '(') {
      if (may(first === '{' ? Kind.object : Kind.array)) return readJson(written, offset)
      // The items of a list, on lines or with commas between them.
      const isList = first === '{' && may(Kind.array) && !mustBeStrict() && readJson(`[${written}]`, offset)
      if (isList) change('missing-bracket', offset)
      return isList
    }
    if (first === '"' || first === "'") return !mustBeStrict() && readJson(written, offset)
    const atom = readAtom(written)
    if (atom === undefined || (mustBeStrict() && atom.change !== undefined)) return false
    const kind = atom.text === 'null' ? Kind.null : /^[tf]/.test(atom.text) ? Kind.boolean : Kind.number
    // An optional parameter is often declared without `null`; for what is no string, `null` can only be that.
    if (!may(kind) && (kind !== Kind.null || mustBeStrict())) return false
    if (atom.change !== undefined) change(atom.change, offset)
    tell(Token.atom, atom.text)
    return true
  }

  /** Reads the whole text as one value, or tells nothing. */
  function readJson(written: string, offset: number): boolean {
    const tape = createTokenTape()
    const changes: ChangeKind[] = []
    let tooDeep = false
    const reader = createReader({
      sink: tape,
      tags: noTags,
      change: (kind) => changes.push(kind),
      isDeclared: (key) => call.tool !== undefined && isKeyOf(call.tool, key),
      maxDepth: context.maxDepth - 1,
      tooDeep: () => (tooDeep = true),
    })
    reader.start()
    const used = reader.push(written, 0, 0)
    if (reader.outcome === 'reading') {
      // A line break ends a word.
      reader.push('\n', 0, written.length)
      reader.end(true)
    }
    // Brackets may be missing; a quote that is missing makes it text.
    const isNested = !/^["']/.test(written)
    const whole =
      (reader.outcome === 'unclosed' && isNested) ||
      (reader.outcome === 'closed' && reader.rest.trim() === '')
    // Past the limit the tokens are a call's that will not be made, so it does not matter what they are.
    if (tooDeep) context.tooDeep(offset)
    if (!whole || used < written.length || (mustBeStrict() && changes.length > 0)) return false
    for (const kind of changes) change(kind, offset)
    tape.playTo(call)
    return true
  }

  /** Nested XML, where an object or array is asked for. */
  function readNested(written: string, offset: number): boolean {
    if (mustBeStrict() || !may(Kind.object | Kind.array) || !written.trimStart().startsWith('<')) return false
    const elements = context.readXml?.(written)
    if (elements === undefined) return false
    change('nested-xml', offset)
    writeXml(elements, shapes, call)
    return true
  }

  return {
    start,
    text,
    end,
    streams: () => isString,
    held: () => (isString ? '' : held.toString()),
  }
}
