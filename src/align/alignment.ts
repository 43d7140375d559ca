import type { ChangePlace } from '../change-log.js'
import type { ChangeKind, Violation } from '../events.js'
import { decodeString, Token } from '../json/tokens.js'
import type { Limits } from '../limits.js'
import type { Writable } from '../writable.js'
import { createAhead, maxAhead } from './ahead.js'
import { type Aside, followValue, holdString, keepTokens, sampleString } from './asides.js'
import type { ArgumentSink } from './call.js'
import { asOnly, type Converted, conversionOf, looksLikeArray } from './conversions.js'
import { describe, describeScalar, short } from './describe.js'
import { createHope } from './hopes.js'
import { enterMember, type Findings } from './keys.js'
import { Kind } from './kinds.js'
import { createLevel, itemIn, itemShapes, keepMember, missingFrom, ofKind, pathOf } from './levels.js'
import { allKinds, atomScalar, fits, freeKinds, type Scalar } from './scalars.js'
import { anyShapes, argumentShapes, propertyOf } from './schema.js'
import { createTokenTape, type TokenTape } from './token-tape.js'
import type { ToolFacts } from './tools.js'

export interface AlignmentOptions {
  /** Whether values are converted; without it they are only looked at. */
  convert: boolean
  limits: Limits
  emit(text: string): void
  change(kind: ChangeKind, place: ChangePlace | undefined, text?: string): void
  /** Told while there is room in the list. */
  violation(found: () => Violation): void
}

/**
 * What `alignment` of `toolshim/parser` is: it follows a call's arguments through its tool's schema. There is one.
 *
 * @example createParser({ tools, alignment }) // where `alignment` is the one of toolshim/parser
 */
export type CreateAlignment = (tool: ToolFacts, options: AlignmentOptions) => ArgumentSink

/**
 * Lets arguments pass that fit the schema, to the byte; what does not fit is converted where that loses nothing and can
 * mean only one thing, or passes as it is with a violation. What waits for something has a name:
 *
 * - `pending`: a comma, for a key that passes; and the key of an optional property, for a value that is not `null`
 * - `aside`: a string that is no value of its place, while it can still become one (`hopes.ts`); the rest of an object, for
 *   what tells the meaning of a property in it (`ahead.ts`); an array in the place of one value, while it has only one
 *
 *     {"days": "5", "unit": null}
 *             ^^^ held to its end, then 5
 *                 ^^^^^^^^ held to the `null`, then left out
 */
export function createAlignment(
  tool: ToolFacts,
  { convert, limits, emit, change, violation }: AlignmentOptions,
): ArgumentSink {
  let level = createLevel(Kind.array, anyShapes)
  const objects = ofKind(argumentShapes(tool), Kind.object)
  if (objects.length > 0) level.member = objects
  let pending = ''
  /** Whether the key in `pending` goes if its value is `null`. */
  let mayDrop = false
  let aside: Aside | undefined

  const findings: Findings = {
    change(kind, before, after, place = level) {
      const path = () => pathOf(place)
      change(kind, { path, before: short(before), ...(after !== undefined && { after: short(after) }) })
    },
    violation(expected, found) {
      violation(() => ({ path: pathOf(level), expected: expected(), found }))
    },
  }

  const alignment: Writable<ArgumentSink> = {
    missing: [],
    misfits: false,
    token(kind, text, written) {
      if (aside === undefined) plain(kind, text, written)
      else aside.token(kind, text, written)
    },
    passes: () => aside === undefined,
    unsent: () => pending + (aside?.unsent() ?? ''),
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

  function readKey(text: string) {
    const fate = enterMember(level, text, convert, tool.strict, findings)
    if (fate === 'ahead') {
      aside = keepTokens(createTokenTape(), maxAhead, createAhead(level), replay)
      return aside.token(Token.key, text)
    }
    if (fate === 'undeclared' || fate === 'repeated') return leaveOut(text, fate)
    pending += level.name
    mayDrop = fate === 'optional'
    if (!mayDrop) release()
  }

  /** What waited, now that it is known what it means. */
  function replay(tape: TokenTape) {
    aside = undefined
    tape.playTo(alignment)
  }

  function leaveOut(key: string, fate: 'undeclared' | 'repeated') {
    let left = key
    pending = ''
    if (fate === 'undeclared') change('undeclared-property', undefined, level.key)
    aside = followValue(
      (text) => (left += text),
      () => {
        aside = undefined
        if (fate === 'repeated') findings.change('repeated-property', left)
      },
      () => (fate === 'repeated' ? left : ''),
    )
  }

  function dropNull() {
    findings.change('null-property', 'null')
    level.seen?.delete(level.key)
    pending = ''
    mayDrop = false
  }

  function open(text: string) {
    release()
    const kind = text === '{' ? Kind.object : Kind.array
    const fitting = ofKind(level.member, kind)
    if (fitting.length === 0) return convert && openConverted(text, kind) ? undefined : passOpen(text)
    keepMember(level, ({ kinds }) => kinds & kind)
    level = createLevel(kind, fitting, level)
    emit(text)
  }

  /** An object or array where there should be something else, which it may be made. */
  function openConverted(text: string, kind: Kind): boolean {
    const { member } = level
    const items = itemShapes(level)
    if (items !== undefined && kind === Kind.object && allKinds(items) & kind) {
      findings.change('value-to-array', '{…', '[{…')
      openAdded()
      open(text)
    } else if (freeKinds(member) & Kind.string) {
      findings.change('value-to-text', `${text}…`, `"${text}…"`)
      emit('"')
      writeAsText(text)
    } else if (level.object && kind === Kind.array && allKinds(member) & ~(Kind.object | Kind.null)) {
      const tape = createTokenTape()
      tape.token(Token.open, text)
      aside = keepTokens(tape, limits.held, hasMore, endList)
    } else return false
    return true
  }

  function passOpen(text: string) {
    report(text === '{' ? 'object' : 'array')
    level.member = anyShapes
    open(text)
  }

  /** An array of our own making around the one value that comes. */
  function openAdded() {
    open('[')
    level.added = true
  }

  function writeAsText(opener: string) {
    aside = followValue(
      (text) => emit(JSON.stringify(text).slice(1, -1)),
      () => {
        aside = undefined
        emit('"')
      },
    )
    aside.token(Token.open, opener)
  }

  /** `[3]` where a number is asked for is that number; with anything more in it an array is what does not fit. */
  function endList(tape: TokenTape, last: Token | undefined) {
    aside = undefined
    const text = String(tape)
    const only = last === Token.close ? asOnly(level.member, text.slice(1, -1).trim()) : undefined
    if (only !== undefined) return passConverted(text, only)
    report('array')
    level.member = anyShapes
    tape.playTo(alignment)
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
    if (freeKinds(level.member) & Kind.string) {
      keepMember(level, ({ kinds }) => kinds & Kind.string)
      return emit('"')
    }
    aside = holdString(limits.held, createHope(level, convert), settle, passString)
    // For many places there is none from the start.
    aside.token(Token.string, '')
  }

  /** The string becomes nothing else: it passes as it is, as the item that is asked for or as what does not fit. */
  function passString(held: string) {
    const items = convert ? itemShapes(level) : undefined
    if (items && freeKinds(items) & Kind.string && !looksLikeArray(decodeString(held))) openAdded()
    emit('"')
    aside = sampleString(emit, (found, kind, text) => {
      aside = undefined
      if (level.added) findings.change('value-to-array', found, `[${found}]`, level.above)
      else report(`string ${found}`)
      plain(kind, text)
    })
    aside.token(Token.string, held)
  }

  /** A whole scalar: passes if it fits, is converted, or passes as it is with a violation. */
  function settle(scalar: Scalar) {
    aside = undefined
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
    else converted.tape.playTo(alignment)
  }

  function report(found: string) {
    const { member, key } = level
    alignment.misfits ||=
      level.depth === 1 && level.shapes.every((shape) => propertyOf(shape, key).isRequired)
    findings.violation(() => describe(member), found)
  }

  return alignment
}

/** Whether an array ends, or has more in it than one scalar. */
function hasMore(kind: Token): boolean {
  return kind === Token.open || kind === Token.comma || kind === Token.close
}
