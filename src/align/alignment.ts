import type { Place } from '../change-log.js'
import type { ChangeKind, Violation } from '../events.js'
import { decodeString, Token } from '../json/tokens.js'
import type { Writable } from '../writable.js'
import { type Ahead, createAhead, decidingFor } from './ahead.js'
import type { ArgumentSink } from './call.js'
import { describe, describeScalar, expectedProperty, maxSample, short } from './describe.js'
import { createHopefulString, type Hopes, hopesOf, isHopeless } from './hopes.js'
import {
  createLevel,
  declaredName,
  itemShapes,
  keepFitting,
  type Level,
  memberShapes,
  missingFrom,
  ofKind,
  pathOf,
} from './levels.js'
import {
  allKinds,
  atomScalar,
  type Converted,
  convertScalar,
  fits,
  freeKinds,
  type Scalar,
  stringScalar,
} from './scalars.js'
import {
  allows,
  anySchema,
  anyShapes,
  declares,
  isOpen,
  Kind,
  type Schema,
  type Shapes,
  schemaOf,
} from './schema.js'
import { createTokenTape } from './token-tape.js'
import type { ToolFacts } from './tools.js'
import { unpack } from './unpack.js'

export interface AlignmentOptions {
  /** Whether values are converted; without it they are only looked at. */
  convert: boolean
  maxHeld: number
  maxDepth: number
  emit(text: string): void
  /** Told of a property that is left out. */
  leftOut(key: string): void
  change(kind: ChangeKind, place: Place): void
  /** Told while there is room in the list. */
  violation(found: () => Violation): void
}

/** Arguments on their way through the tool's schema. */
export interface Alignment extends ArgumentSink {
  /** The arguments of a call of this tool begin. */
  start(tool: ToolFacts): void
  /** Required parameters that the arguments, which have closed, do not have. */
  readonly missing: readonly string[]
  /** Whether one of them was given what its schema does not take. */
  readonly misfits: boolean
}

/**
 * What `alignment` of `toolshim/parser` is: it follows a call's arguments through its tool's schema. There is one.
 *
 * @example createParser({ tools, alignment }) // where `alignment` is the one of toolshim/parser
 */
export type CreateAlignment = (options: AlignmentOptions) => Alignment

/**
 * Lets arguments pass that fit the schema, to the byte; what does not fit is converted where that loses nothing and can
 * mean only one thing, or passes as it is with a violation. Four things wait, each for what settles it:
 *
 * - `pending`: a comma, for a key that passes; and the key of an optional property, for a value that is not `null`
 * - `ahead`: the rest of an object, for what tells the meaning of a property in it (`ahead.ts`)
 * - `raw`: a string that is no value of its place, while it can still become one (`hopes.ts`)
 * - `list`: an array in the place of one value, while it has only one
 *
 *     {"days": "5", "unit": null}
 *             ^^^ held to its end, then 5
 *                 ^^^^^^^^ held to the `null`, then left out
 */
export function createAlignment(options: AlignmentOptions): Alignment {
  const { convert, maxHeld, emit } = options
  let schema: Schema = anySchema
  /** Whether undeclared properties are left out. */
  let strict = false
  const levels: Level[] = []
  const path = () => pathOf(levels)
  let reading: 'plain' | 'left-out' | 'repeated' | 'held' | 'watched' | 'quoted' | 'ahead' | 'list' = 'plain'
  /** Made for the first object in which it has to be known what follows. */
  let ahead: Ahead | undefined
  /** A property that is left out, since it comes under its own name too. */
  let repeated = ''
  let pending = ''
  /** Whether the key in `pending` goes if its value is `null`. */
  let mayDrop = false
  /** How deep the value is that is left out, or written as text. */
  let skipDepth = 0
  /** The string that is held, as JSON; what it may become, and whether it may. */
  let raw = ''
  let wanted: Shapes = anyShapes
  /** Whether any string passes there as the only item of an array. */
  let isItem = false
  let isHopeful = (_: string) => false
  /** What stands behind the bracket of such an array. */
  let list = createTokenTape()
  let listLength = 0
  /** The beginning of a string that passes and has to be told of. */
  let sample = ''
  /** What closes after the string that is passing. */
  let suffix = ''

  const alignment: Writable<Alignment> = {
    missing: [],
    misfits: false,
    start(tool) {
      schema = schemaOf(tool)
      strict = tool.strict
      alignment.missing = []
      alignment.misfits = false
      if (levels.length > 0) levels.length = 0
      reading = 'plain'
      pending = repeated = suffix = ''
      ahead?.take()
      mayDrop = false
      skipDepth = 0
    },
    token,
    passes: () => reading === 'plain',
    unsent() {
      const held = reading === 'held' ? `"${raw}` : reading === 'list' ? `[${list}` : ''
      return pending + held + repeated + (ahead?.unsent() ?? '')
    },
  }

  function token(kind: Token, text: string, written?: string) {
    switch (reading) {
      case 'left-out':
        return leaveOut(kind)
      case 'repeated':
        return leaveOutRepeated(kind, text)
      case 'ahead':
        if (ahead?.token(kind, text) !== false) replay()
        return
      case 'quoted':
        return quote(kind, text)
      case 'held':
        return hold(kind, text)
      case 'list':
        return readList(kind, text)
      case 'watched':
        watch(kind, text)
    }
    const level = levels[levels.length - 1]
    switch (kind) {
      case Token.comma:
        if (level?.object) {
          pending = text
          return
        }
        if (level !== undefined) level.index++
        break
      case Token.space:
      case Token.colon:
        if (pending === '') break
        pending += text
        if (mayDrop && pending.length > maxHeld) release(level)
        return
      case Token.key:
        return level === undefined ? emit(text) : readKey(level, text)
      case Token.open:
        return open(level, text)
      case Token.close:
        return close(text)
      case Token.atom:
      case Token.stringStart: {
        if (level === undefined) break
        const shapes = shapesIn(level)
        if (kind === Token.stringStart) return startString(level, shapes)
        if (text === 'null' && mayDrop) return dropNull(level)
        release(level)
        return settle(level, shapes, atomScalar(text, written))
      }
      case Token.stringEnd:
        emit(text + suffix)
        suffix = ''
        return
    }
    emit(text)
  }

  /** What waited for the value or key that now passes. The first member to pass has no comma. */
  function release(level: Level | undefined) {
    if (pending !== '') emit(level?.passed === false && pending.startsWith(',') ? pending.slice(1) : pending)
    pending = ''
    mayDrop = false
    if (level !== undefined) level.passed = true
  }

  /** What was held, now that it is known what follows. */
  function replay() {
    reading = 'plain'
    for (const [kind, text] of ahead?.take() ?? []) token(kind, text)
  }

  /** Looks ahead from this key on. */
  function lookAhead(level: Level, decides: ReadonlySet<string>, text: string) {
    ahead ??= createAhead()
    ahead.start(schema, level, decides)
    reading = 'ahead'
    token(Token.key, text)
  }

  function readKey(level: Level, text: string) {
    const written = decodeString(text.slice(1, -1))
    level.key = written
    level.member = memberShapes(schema, level)
    const isWritten = level.shapes.some((shape) => declares(shape, written))
    const key = isWritten || !convert ? written : declaredName(level, written)
    if (convert && level.exact === undefined) {
      const decides = level.shapes.length > 1 ? decidingFor(schema, level, key) : noNames
      if (key !== written || decides.size > 0) return lookAhead(level, decides, text)
    }
    if (key !== written && level.exact?.has(key)) {
      repeated = text
      pending = ''
      reading = 'repeated'
      return
    }
    level.key = key
    if (key !== written) {
      level.alike ??= new Set()
      level.alike.add(key)
    } else if (level.alike?.delete(key)) {
      // The other one has been given: a reader of JSON takes the last.
      options.change('repeated-property', { path, before: JSON.stringify(short(key)) })
    }
    const declared = isWritten || key !== written
    if (declared) {
      level.seen ??= new Set()
      level.seen.add(key)
    } else if (strict && !level.shapes.some(isOpen)) {
      options.leftOut(key)
      pending = ''
      reading = 'left-out'
      return
    }
    const isAllowed = level.shapes.every((shape) => allows(shape, key))
    if (!isAllowed) {
      const allowed = level.shapes.filter((shape) => allows(shape, key))
      if (allowed.length > 0) level.shapes = allowed
      else
        violate(
          () => expectedProperty(level.shapes),
          () => JSON.stringify(short(key)),
        )
    }
    if (key !== written || !isAllowed) level.member = memberShapes(schema, level)
    if (key !== written) {
      options.change('property-name', {
        path,
        before: JSON.stringify(short(written)),
        after: JSON.stringify(key),
      })
    }
    const name = key === written ? text : JSON.stringify(key)
    mayDrop =
      convert &&
      declared &&
      !level.shapes.some(({ required }) => required.has(key)) &&
      !(allKinds(level.member) & Kind.null)
    pending += name
    if (!mayDrop) release(level)
  }

  function dropNull({ seen, key }: Level) {
    options.change('null-property', { path, before: 'null' })
    seen?.delete(key)
    pending = ''
    mayDrop = false
  }

  function leaveOutRepeated(kind: Token, text: string) {
    repeated += text
    if (!isEnd(kind)) return
    reading = 'plain'
    options.change('repeated-property', { path, before: short(repeated) })
    repeated = ''
  }

  /** The colon and value of a key that is left out. */
  function leaveOut(kind: Token) {
    if (isEnd(kind)) reading = 'plain'
  }

  /** A value that is written as its own text, where only text fits. */
  function quote(kind: Token, text: string) {
    emit(JSON.stringify(text).slice(1, -1))
    if (!isEnd(kind)) return
    emit('"')
    reading = 'plain'
  }

  /** Whether the value that is left out or quoted ends with this token. */
  function isEnd(kind: Token): boolean {
    if (kind === Token.open) skipDepth++
    else if (kind === Token.close) skipDepth--
    const ends = kind === Token.close || kind === Token.atom || kind === Token.stringEnd
    return ends && skipDepth === 0
  }

  /** What the value that comes may be. */
  function shapesIn(level: Level): Shapes {
    return level.object ? level.member : memberShapes(schema, level)
  }

  function open(level: Level | undefined, text: string) {
    release(level)
    const kind = text === '{' ? Kind.object : Kind.array
    const shapes = level === undefined ? schema.root : shapesIn(level)
    const fitting = ofKind(shapes, kind)
    const items = level && itemShapes(schema, level, shapes)
    if (fitting.length > 0 || level === undefined) {
      if (level !== undefined) keepFitting(schema, level, ({ kinds }) => (kinds & kind) !== 0)
      levels.push(createLevel(kind, fitting.length > 0 ? fitting : anyShapes))
    } else if (convert && items !== undefined && kind === Kind.object && allKinds(items) & kind) {
      options.change('value-to-array', { path, before: '{…', after: '[{…' })
      emit('[')
      levels.push(createLevel(Kind.array, anyShapes, true), createLevel(kind, ofKind(items, kind)))
    } else if (convert && freeKinds(shapes) & Kind.string) {
      options.change('value-to-text', { path, before: `${text}…`, after: `"${text}…"` })
      emit('"')
      reading = 'quoted'
      return quote(Token.open, text)
    } else if (
      convert &&
      level.object &&
      kind === Kind.array &&
      allKinds(shapes) & ~(Kind.object | Kind.null)
    ) {
      wanted = shapes
      list = createTokenTape()
      listLength = 0
      reading = 'list'
      return
    } else return passUnfit(shapes, kind, text)
    emit(text)
  }

  function passUnfit(shapes: Shapes, kind: Kind, text: string) {
    report(shapes, () => (kind === Kind.object ? 'object' : 'array'))
    levels.push(createLevel(kind, anyShapes))
    emit(text)
  }

  /** `[3]` where a number is asked for is that number; with anything more in it an array is what does not fit. */
  function readList(kind: Token, text: string) {
    list.token(kind, text)
    listLength += text.length
    const isMore = kind === Token.open || kind === Token.comma || listLength > maxHeld
    if (!isMore && kind !== Token.close) return
    reading = 'plain'
    const level = levels[levels.length - 1]
    const item = isMore ? '' : String(list).slice(0, -1).trim()
    const value = item === '' ? undefined : asOnly(item)
    // Arithmetic in brackets is more likely the beginning of more.
    if (level !== undefined && value !== undefined && value.change !== 'arithmetic') {
      return passConverted(level, { ...value, text: `[${list}` }, { ...value, change: 'array-to-value' })
    }
    passUnfit(wanted, Kind.array, '[')
    list.playTo(alignment)
  }

  function asOnly(item: string): (Partial<Converted> & Scalar) | undefined {
    const scalar = item.startsWith('"')
      ? stringScalar(decodeString(item.slice(1, -1)), item)
      : atomScalar(item)
    return fits(wanted, scalar) ? scalar : convertScalar(wanted, scalar)
  }

  function close(text: string) {
    const level = levels.pop()
    const missing = level?.object ? missingFrom(level) : []
    if (levels.length === 0) alignment.missing = missing
    // The path of an object that has closed is that of its place.
    for (const name of missing)
      violate(
        () => `required property ${JSON.stringify(name)}`,
        () => 'nothing',
      )
    emit(text)
    if (levels[levels.length - 1]?.added) {
      levels.pop()
      emit(']')
    }
  }

  function startString(level: Level, shapes: Shapes) {
    release(level)
    if (freeKinds(shapes) & Kind.string) {
      keepFitting(schema, level, ({ kinds }) => (kinds & Kind.string) !== 0)
      return emit('"')
    }
    raw = ''
    wanted = shapes
    const items = convert ? itemShapes(schema, level, shapes) : undefined
    isItem = items !== undefined && (freeKinds(items) & Kind.string) !== 0
    const hope = hopesFor(items === undefined || isItem ? shapes : [...shapes, ...items])
    if (isHopeless(hope)) return giveUp()
    isHopeful = createHopefulString(hope, maxHeld)
    reading = 'held'
  }

  /** Remembered where there is one way to be right, as there is nearly always. */
  function hopesFor(shapes: Shapes): Hopes {
    const [shape] = shapes
    if (shape === undefined || shapes.length > 1) return hopesOf(shapes, convert)
    shape.hopes ??= hopesOf(shapes, convert)
    return shape.hopes
  }

  function hold(kind: Token, text: string) {
    if (kind === Token.stringEnd) return endHeld()
    raw += text
    if (!isHopeful(decodeString(text))) giveUp()
  }

  /** The string becomes nothing else: it passes as it is, as the item that is asked for or as what does not fit. */
  function giveUp() {
    isItem &&= !looksLikeArray(decodeString(raw))
    emit(isItem ? '["' : '"')
    suffix = isItem ? ']' : ''
    sample = ''
    reading = 'watched'
    if (raw !== '') {
      watch(Token.string, raw)
      emit(raw)
    }
  }

  /** Sees the beginning of a string that passes, until there is enough of it to be told. */
  function watch(kind: Token, piece: string) {
    if (kind === Token.string) sample += decodeString(piece)
    if (kind === Token.string && sample.length <= maxSample) return
    reading = 'plain'
    const text = JSON.stringify(short(sample, maxSample))
    if (suffix === '') report(wanted, () => `string ${text}`)
    else options.change('value-to-array', { path, before: text, after: `[${text}]` })
  }

  /** A held string is whole. */
  function endHeld() {
    const level = levels[levels.length - 1]
    reading = 'plain'
    if (level !== undefined) settle(level, wanted, stringScalar(decodeString(raw), `"${raw}"`))
  }

  /** A whole scalar: passes if it fits, is converted, or passes as it is with a violation. */
  function settle(level: Level, shapes: Shapes, scalar: Scalar) {
    if (fits(shapes, scalar)) return pass(level, scalar)
    if (convert && scalar.kind !== Kind.null) {
      const items = itemShapes(schema, level, shapes)
      const converted = convertScalar(shapes, scalar)
      if (converted !== undefined) return passConverted(level, scalar, converted)
      if (playUnpacked(scalar, allKinds(shapes) | allKinds(items ?? []))) return
      const item = items && asItem(items, scalar)
      if (item !== undefined) return passConverted(level, scalar, item)
    }
    emit(scalar.text)
    report(shapes, () => describeScalar(scalar))
  }

  function asItem(items: Shapes, scalar: Scalar): Converted | undefined {
    // An empty text is as likely no item as one.
    if (looksLikeArray(scalar.value) || (typeof scalar.value === 'string' && scalar.value.trim() === ''))
      return undefined
    const item = fits(items, scalar) ? scalar : convertScalar(items, scalar)
    return item && { ...item, text: `[${item.text}]`, change: 'value-to-array' }
  }

  function pass(level: Level, scalar: Scalar) {
    emit(scalar.text)
    if (level.shapes.length > 1) keepFitting(schema, level, (shape) => fits([shape], scalar))
  }

  function passConverted(level: Level, scalar: Scalar, converted: Converted) {
    options.change(converted.change, { path, before: short(scalar.text), after: short(converted.text) })
    pass(level, converted)
  }

  /** A string that holds an array or object where one is asked for. */
  function playUnpacked({ value, text }: Scalar, kinds: number): boolean {
    if (typeof value !== 'string') return false
    const opener = value.trimStart().charAt(0)
    // `{` for an array of objects becomes its item.
    if (!(opener === '{' ? kinds & Kind.object : /[[(]/.test(opener) && kinds & Kind.array)) return false
    const tape = unpack(value, options.maxDepth - levels.length)
    if (tape === undefined) return false
    options.change('text-to-json', { path, before: short(text), after: short(String(tape)) })
    tape.playTo({ token })
    return true
  }

  function report(shapes: Shapes, found: () => string) {
    const [top] = levels
    alignment.misfits ||=
      levels.length === 1 && top?.shapes.every(({ required }) => required.has(top.key)) === true
    violate(() => describe(shapes), found)
  }

  function violate(expected: () => string, found: () => string) {
    options.violation(() => ({ path: path(), expected: expected(), found: found() }))
  }

  return alignment
}

const noNames: ReadonlySet<string> = new Set()

/** `[a, b` was meant as an array and is none: it is not made one with a single item. */
function looksLikeArray(value: unknown): boolean {
  return typeof value === 'string' && /^\s*\[/.test(value)
}
