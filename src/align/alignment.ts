import type { Place } from '../change-log.js'
import type { ChangeKind, Violation } from '../events.js'
import { decodeString, keyName, Token } from '../json/tokens.js'
import type { Writable } from '../writable.js'
import { createAhead, decidingFor, maxAhead } from './ahead.js'
import type { ArgumentSink } from './call.js'
import { asOnly, type Converted, conversionOf, looksLikeArray } from './conversions.js'
import { describe, describeScalar, expectedProperty, maxSample, short } from './describe.js'
import { type Hopes, hopeFor, hopesOf } from './hopes.js'
import {
  createLevel,
  declaredName,
  itemIn,
  itemShapes,
  keep,
  keepMember,
  missingFrom,
  ofKind,
  pathOf,
  propertyIn,
} from './levels.js'
import { allKinds, atomScalar, fits, freeKinds, type Scalar, stringScalar } from './scalars.js'
import { anyShapes, isOpen, Kind, propertyOf, type Shapes, schemaOf } from './schema.js'
import { createTokenTape, type TokenTape } from './token-tape.js'
import type { ToolFacts } from './tools.js'

export interface AlignmentOptions {
  /** Whether values are converted; without it they are only looked at. */
  convert: boolean
  maxHeld: number
  maxDepth: number
  emit(text: string): void
  change(kind: ChangeKind, place: Place | undefined, text?: string): void
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
 * mean only one thing, or passes as it is with a violation. Three things wait, each for what settles it:
 *
 * - `pending`: a comma, for a key that passes; and the key of an optional property, for a value that is not `null`
 * - `raw`: a string that is no value of its place, while it can still become one (`hopes.ts`)
 * - `tape`: the rest of an object, for what tells the meaning of a property in it (`ahead.ts`); and an array in the place
 *   of one value, while it has only one
 *
 *     {"days": "5", "unit": null}
 *             ^^^ held to its end, then 5
 *                 ^^^^^^^^ held to the `null`, then left out
 */
export function createAlignment({
  convert,
  maxHeld,
  maxDepth,
  emit,
  change,
  violation,
}: AlignmentOptions): Alignment {
  /** Whether undeclared properties are left out. */
  let strict = false
  let level = createLevel(Kind.array, anyShapes)
  /** What takes the next token. */
  let reading: ArgumentSink['token'] = plain
  let pending = ''
  /** Whether the key in `pending` goes if its value is `null`. */
  let mayDrop = false
  /** How deep the value is that is left out, or written as text. */
  let depth = 0
  /** A property that is left out, since it comes under its own name too. */
  let repeated = ''
  /** The string that is held, as JSON. */
  let raw = ''
  let hopes: Hopes = { number: false, words: [], openers: '' }
  let hope: ReturnType<typeof hopeFor> = 'none'
  /** Whether any string passes there as the only item of an array. */
  let isItem = false
  let tape: TokenTape | undefined
  /** How much more the tape takes, what else ends it, and what then becomes of it. */
  let room = 0
  let isOver: ReturnType<typeof createAhead> = endsOnly
  let endTape: (last: Token) => void = replay

  const alignment: Writable<Alignment> = {
    missing: [],
    misfits: false,
    start(tool) {
      strict = tool.strict
      alignment.missing = []
      alignment.misfits = false
      level = createLevel(Kind.array, anyShapes)
      const objects = ofKind(schemaOf(tool).root, Kind.object)
      if (objects.length > 0) level.member = objects
      reading = plain
      pending = repeated = ''
      mayDrop = false
      depth = 0
    },
    token,
    passes: () => reading === plain,
    unsent() {
      const held = reading === hold ? `"${raw}` : reading === gather ? String(tape) : repeated
      return pending + held
    },
  }

  function token(kind: Token, text: string, written?: string) {
    reading(kind, text, written)
  }

  function plain(kind: Token, text: string, written?: string) {
    switch (kind) {
      case Token.comma:
        if (level.object) {
          pending = text
          return
        }
        level.index++
        level.member = itemIn(level)
        break
      case Token.space:
      case Token.colon:
        if (pending === '') break
        pending += text
        if (mayDrop && pending.length > maxHeld) release()
        return
      case Token.key:
        return readKey(text)
      case Token.open:
        return open(text)
      case Token.close:
        return close(text)
      case Token.atom:
        if (text === 'null' && mayDrop) return dropNull()
        release()
        return settle(atomScalar(text, written))
      case Token.stringStart:
        return startString()
      case Token.stringEnd:
        emit(text)
        if (level.added) close(']')
        return
    }
    emit(text)
  }

  /** What waited for the value or key that now passes. The first member to pass has no comma. */
  function release() {
    if (pending !== '') emit(!level.passed && pending.startsWith(',') ? pending.slice(1) : pending)
    pending = ''
    mayDrop = false
    level.passed = true
  }

  /** Tokens wait on the tape. */
  function gather(kind: Token, text: string) {
    tape?.token(kind, text)
    room -= text.length
    if (room >= 0 && !isOver(kind, text)) return
    reading = plain
    endTape(kind)
  }

  /** What waited, now that it is known what it means. */
  function replay() {
    tape?.playTo({ token })
  }

  function startTape(most: number, isLast: typeof isOver, end: typeof endTape) {
    tape = createTokenTape()
    room = most
    isOver = isLast
    endTape = end
    reading = gather
  }

  function readKey(text: string) {
    const written = keyName(text)
    level.key = written
    let key = written
    let property = propertyIn(level, written)
    if (convert && !property.isDeclared) key = declaredName(level, written)
    const isAlike = key !== written
    if (convert && level.exact === undefined && (isAlike || level.shapes.length > 1)) {
      const decides = decidingFor(level, key)
      if (isAlike || decides.size > 0) {
        startTape(maxAhead, createAhead(level, decides), replay)
        return token(Token.key, text)
      }
    }
    if (isAlike && level.exact?.has(key)) {
      repeated = text
      return leaveOut()
    }
    level.key = key
    if (isAlike || level.shapes.length > 1) {
      keep(level, (shape) => propertyOf(shape, key).isAllowed)
      property = propertyIn(level, key)
    }
    if (property.isDeclared) {
      level.seen ??= new Map()
      // The one alike has been given: a reader of JSON takes the last.
      if (!isAlike && level.seen.get(key)) tell('repeated-property', JSON.stringify(key))
      level.seen.set(key, isAlike)
    } else if (strict && !level.shapes.some(isOpen)) {
      change('undeclared-property', undefined, key)
      return leaveOut()
    }
    if (!property.isAllowed) violate(() => expectedProperty(level.shapes), JSON.stringify(short(key)))
    if (isAlike) tell('property-name', JSON.stringify(written), JSON.stringify(key))
    level.member = property.shapes
    pending += isAlike ? JSON.stringify(key) : text
    mayDrop =
      convert && property.isDeclared && !property.isRequired && !(allKinds(property.shapes) & Kind.null)
    if (!mayDrop) release()
  }

  function dropNull() {
    tell('null-property', 'null')
    level.seen?.delete(level.key)
    pending = ''
    mayDrop = false
  }

  function leaveOut() {
    pending = ''
    reading = skip
  }

  /** The colon and value of a key that is left out. */
  function skip(kind: Token, text: string) {
    if (repeated !== '') repeated += text
    if (!isEnd(kind)) return
    reading = plain
    if (repeated !== '') tell('repeated-property', repeated)
    repeated = ''
  }

  /** A value that is written as its own text, where only text fits. */
  function quote(kind: Token, text: string) {
    emit(JSON.stringify(text).slice(1, -1))
    if (!isEnd(kind)) return
    emit('"')
    reading = plain
  }

  /** Whether the value that is left out or quoted ends with this token. */
  function isEnd(kind: Token): boolean {
    if (kind === Token.open) depth++
    else if (kind === Token.close) depth--
    return depth === 0 && (kind === Token.close || kind === Token.atom || kind === Token.stringEnd)
  }

  function open(text: string) {
    release()
    const kind = text === '{' ? Kind.object : Kind.array
    const shapes = level.member
    const fitting = ofKind(shapes, kind)
    if (fitting.length > 0) {
      keepMember(level, ({ kinds }) => kinds & kind)
      level = createLevel(kind, fitting, level)
      return emit(text)
    }
    if (convert) {
      const items = itemShapes(level)
      if (items !== undefined && kind === Kind.object && allKinds(items) & kind) {
        tell('value-to-array', '{…', '[{…')
        return openAdded(text)
      }
      if (freeKinds(shapes) & Kind.string) {
        tell('value-to-text', `${text}…`, `"${text}…"`)
        emit('"')
        reading = quote
        return quote(Token.open, text)
      }
      if (level.object && kind === Kind.array && allKinds(shapes) & ~(Kind.object | Kind.null)) {
        startTape(maxHeld, endsOnly, endList)
        return tape?.token(Token.open, text)
      }
    }
    passOpen(text)
  }

  /** An array of our own making around the one value that comes. */
  function openAdded(text: string) {
    open('[')
    level.added = true
    if (text !== '') open(text)
  }

  /** An object or array where there should be something else. */
  function passOpen(text: string) {
    report(text === '{' ? 'object' : 'array')
    level.member = anyShapes
    open(text)
  }

  /** Whether an array ends, or has more in it than one scalar. */
  function endsOnly(kind: Token): boolean {
    return kind === Token.open || kind === Token.comma || kind === Token.close
  }

  /** `[3]` where a number is asked for is that number; with anything more in it an array is what does not fit. */
  function endList(last: Token) {
    const text = String(tape)
    const item = last === Token.close && room >= 0 ? text.slice(1, -1).trim() : ''
    const only = asOnly(level.member, item)
    if (only !== undefined) return passConverted(text, only)
    report('array')
    level.member = anyShapes
    replay()
  }

  function close(text: string) {
    const missing = level.object ? missingFrom(level) : []
    // The path of an object that has closed is that of its place.
    level = level.above ?? level
    if (level.depth === 0) alignment.missing = missing
    for (const name of missing) violate(() => `required property ${JSON.stringify(name)}`, 'nothing')
    emit(text)
    if (level.added) close(']')
  }

  function startString() {
    release()
    const shapes = level.member
    if (freeKinds(shapes) & Kind.string) {
      keepMember(level, ({ kinds }) => kinds & Kind.string)
      return emit('"')
    }
    const items = convert ? itemShapes(level) : undefined
    isItem = items !== undefined && (freeKinds(items) & Kind.string) !== 0
    hopes = hopesFor(items === undefined || isItem ? shapes : [...shapes, ...items])
    hope = 'short'
    raw = ''
    reading = hold
    hold(Token.string, '')
  }

  /** Remembered where there is one way to be right, as there is nearly always. */
  function hopesFor(shapes: Shapes): Hopes {
    const [shape] = shapes
    if (shape === undefined || shapes.length > 1) return hopesOf(shapes, convert)
    shape.hopes ??= hopesOf(shapes, convert)
    return shape.hopes
  }

  function hold(kind: Token, text: string) {
    if (kind === Token.stringEnd) {
      reading = plain
      return settle(stringScalar(decodeString(raw), `"${raw}"`))
    }
    raw += text
    if (hope === 'short') hope = hopeFor(hopes, decodeString(raw))
    if (hope === 'none' || raw.length > maxHeld) giveUp()
  }

  /** The string becomes nothing else: it passes as it is, as the item that is asked for or as what does not fit. */
  function giveUp() {
    if (isItem && !looksLikeArray(decodeString(raw))) openAdded('')
    emit('"')
    const held = raw
    raw = ''
    reading = watch
    watch(Token.string, held)
  }

  /** Sees the beginning of a string that passes, until there is enough of it to be told. */
  function watch(kind: Token, text: string) {
    if (kind === Token.string) {
      raw += text
      if (decodeString(raw).length <= maxSample) return emit(text)
    }
    reading = plain
    const found = JSON.stringify(short(decodeString(raw), maxSample))
    if (level.added) tell('value-to-array', found, `[${found}]`, level.above)
    else report(`string ${found}`)
    plain(kind, text)
  }

  /** A whole scalar: passes if it fits, is converted, or passes as it is with a violation. */
  function settle(scalar: Scalar) {
    if (fits(level.member, scalar)) return pass(scalar)
    const converted = convert ? conversionOf(level, scalar, maxDepth) : undefined
    if (converted !== undefined) return passConverted(scalar.text, converted)
    emit(scalar.text)
    report(describeScalar(scalar))
  }

  function pass(scalar: Scalar) {
    emit(scalar.text)
    keepMember(level, (shape) => fits([shape], scalar))
  }

  function passConverted(written: string, converted: Converted) {
    tell(converted.change, written, converted.text)
    if (converted.tape === undefined) pass(converted)
    else converted.tape.playTo({ token })
  }

  function report(found: string) {
    const { member, key } = level
    alignment.misfits ||=
      level.depth === 1 && level.shapes.every((shape) => propertyOf(shape, key).isRequired)
    violate(() => describe(member), found)
  }

  function violate(expected: () => string, found: string) {
    violation(() => ({ path: pathOf(level), expected: expected(), found }))
  }

  function tell(kind: ChangeKind, before: string, after?: string, place = level) {
    const path = () => pathOf(place)
    change(kind, { path, before: short(before), ...(after !== undefined && { after: short(after) }) })
  }

  return alignment
}
