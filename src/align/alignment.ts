import type { Place } from '../change-log.js'
import type { ChangeKind, Violation } from '../events.js'
import { decodeString, Token } from '../json/tokens.js'
import type { Limits } from '../limits.js'
import type { Writable } from '../writable.js'
import { createAhead, maxAhead } from './ahead.js'
import type { ArgumentSink } from './call.js'
import { asOnly, type Converted, conversionOf, looksLikeArray } from './conversions.js'
import { describe, describeScalar, maxSample, short } from './describe.js'
import { createHope } from './hopes.js'
import { enterMember, type Findings } from './keys.js'
import {
  createLevel,
  itemIn,
  itemShapes,
  keepMember,
  type Level,
  missingFrom,
  ofKind,
  pathOf,
} from './levels.js'
import { allKinds, atomScalar, fits, freeKinds, type Scalar, stringScalar } from './scalars.js'
import { anyShapes, Kind, propertyOf, schemaOf } from './schema.js'
import { createTokenTape, type TokenTape } from './token-tape.js'
import type { ToolFacts } from './tools.js'

export interface AlignmentOptions {
  /** Whether values are converted; without it they are only looked at. */
  convert: boolean
  limits: Limits
  emit(text: string): void
  change(kind: ChangeKind, place: Place | undefined, text?: string): void
  /** Told while there is room in the list. */
  violation(found: () => Violation): void
}

/** Arguments on their way through the tool's schema. */
export interface Alignment extends ArgumentSink {
  /** The arguments of a call of this tool begin. */
  start(tool: ToolFacts): void
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
export function createAlignment({ convert, limits, emit, change, violation }: AlignmentOptions): Alignment {
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
  let isHopeful = (_: string) => false
  let tape: TokenTape | undefined
  /** How much more the tape takes, what else ends it, and what then becomes of it. */
  let room = 0
  let isOver: ReturnType<typeof createAhead> = endsOnly
  let endTape: (last: Token) => void = replay

  const findings: Findings = {
    change(kind, before, after) {
      tell(level, kind, before, after)
    },
    violation(expected, found) {
      violation(() => ({ path: pathOf(level), expected: expected(), found }))
    },
  }

  function tell(place: Level, kind: ChangeKind, before: string, after?: string) {
    const path = () => pathOf(place)
    change(kind, { path, before: short(before), ...(after !== undefined && { after: short(after) }) })
  }

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
        if (mayDrop && pending.length > limits.held) release()
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
  function gather(kind: Token, text: string, written?: string) {
    tape?.token(kind, text, written)
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
    const fate = enterMember(level, text, convert, strict, findings)
    switch (fate) {
      case 'ahead':
        startTape(maxAhead, createAhead(level), replay)
        return token(Token.key, text)
      case 'undeclared':
        change('undeclared-property', undefined, level.key)
        return leaveOut('')
      case 'repeated':
        return leaveOut(text)
    }
    pending += level.name
    mayDrop = fate === 'optional'
    if (!mayDrop) release()
  }

  function dropNull() {
    findings.change('null-property', 'null')
    level.seen?.delete(level.key)
    pending = ''
    mayDrop = false
  }

  function leaveOut(key: string) {
    pending = ''
    repeated = key
    reading = skip
  }

  /** The colon and value of a key that is left out. */
  function skip(kind: Token, text: string) {
    if (repeated !== '') repeated += text
    if (!isEnd(kind)) return
    reading = plain
    if (repeated !== '') findings.change('repeated-property', repeated)
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
        findings.change('value-to-array', '{…', '[{…')
        return openAdded(text)
      }
      if (freeKinds(shapes) & Kind.string) {
        findings.change('value-to-text', `${text}…`, `"${text}…"`)
        emit('"')
        reading = quote
        return quote(Token.open, text)
      }
      if (level.object && kind === Kind.array && allKinds(shapes) & ~(Kind.object | Kind.null)) {
        startTape(limits.held, endsOnly, endList)
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
    for (const name of missing)
      findings.violation(() => `required property ${JSON.stringify(name)}`, 'nothing')
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
    raw = ''
    isHopeful = createHope(level, convert)
    reading = hold
    hold(Token.string, '')
  }

  function hold(kind: Token, text: string) {
    if (kind === Token.stringEnd) {
      reading = plain
      return settle(stringScalar(decodeString(raw), `"${raw}"`))
    }
    raw += text
    if (raw.length > limits.held || !isHopeful(text)) giveUp()
  }

  /** The string becomes nothing else: it passes as it is, as the item that is asked for or as what does not fit. */
  function giveUp() {
    const items = convert ? itemShapes(level) : undefined
    if (items && freeKinds(items) & Kind.string && !looksLikeArray(decodeString(raw))) openAdded('')
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
    if (level.added) tell(level.above ?? level, 'value-to-array', found, `[${found}]`)
    else report(`string ${found}`)
    plain(kind, text)
  }

  /** A whole scalar: passes if it fits, is converted, or passes as it is with a violation. */
  function settle(scalar: Scalar) {
    if (fits(level.member, scalar)) return pass(scalar)
    const converted = convert ? conversionOf(level, scalar, limits.depth) : undefined
    if (converted !== undefined) return passConverted(scalar.text, converted)
    emit(scalar.text)
    report(describeScalar(scalar))
  }

  function pass(scalar: Scalar) {
    emit(scalar.text)
    keepMember(level, (shape) => fits([shape], scalar))
  }

  function passConverted(written: string, converted: Converted) {
    findings.change(converted.change, written, converted.text)
    if (converted.tape === undefined) pass(converted)
    else converted.tape.playTo({ token })
  }

  function report(found: string) {
    const { member, key } = level
    alignment.misfits ||=
      level.depth === 1 && level.shapes.every((shape) => propertyOf(shape, key).isRequired)
    findings.violation(() => describe(member), found)
  }

  return alignment
}
