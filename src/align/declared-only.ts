import { decodeString, Token, type TokenSink } from '../json/tokens.js'
import { isRecord } from '../record.js'
import type { ArgumentSink } from './call.js'

/** One open bracket: what it is declared to be, and where the reading is in it. */
interface Level {
  schema: unknown
  object: boolean
  key: string
  /** Whether a member of it has passed, so that the next one needs a comma. */
  passed: boolean
  /** A comma and the white space after it: sent if a member follows that passes. */
  held: [Token, string][]
}

/**
 * Lets only declared properties pass: what `strict` asks of a tool. An undeclared one is left out with its comma, and
 * the rest stays as the model wrote it.
 */
export function createDeclaredOnly(
  root: unknown,
  next: TokenSink,
  leaveOut: (key: string) => void,
): ArgumentSink {
  const levels: Level[] = []
  let skipping = false
  let skipDepth = 0

  function token(kind: Token, text: string) {
    if (skipping) return skip(kind)
    const level = levels[levels.length - 1]
    switch (kind) {
      case Token.comma:
        if (level !== undefined) level.held = [[kind, text]]
        return
      case Token.space:
        if (level !== undefined && level.held.length > 0) {
          level.held.push([kind, text])
          return
        }
        break
      case Token.key: {
        const key = decodeString(text.slice(1, -1))
        if (level !== undefined && !isDeclared(key, resolve(level.schema, root))) {
          leaveOut(key)
          level.held = []
          skipping = true
          return
        }
        if (level !== undefined) level.key = key
        startMember(level)
        break
      }
      case Token.open:
        if (level?.object !== true) startMember(level)
        levels.push({
          schema: level === undefined ? root : memberSchema(level, root),
          object: text === '{',
          key: '',
          passed: false,
          held: [],
        })
        break
      case Token.stringStart:
      case Token.atom:
        if (level?.object !== true) startMember(level)
        break
      case Token.close:
        levels.pop()
    }
    next.token(kind, text)
  }

  function startMember(level: Level | undefined) {
    if (level === undefined) return
    for (const [kind, text] of level.held) if (level.passed || kind === Token.space) next.token(kind, text)
    level.held = []
    level.passed = true
  }

  /** The colon and value of a key that is left out. */
  function skip(kind: Token) {
    if (kind === Token.open) skipDepth++
    else if (kind === Token.close) skipDepth--
    const ends = kind === Token.close || kind === Token.atom || kind === Token.stringEnd
    if (ends && skipDepth === 0) skipping = false
  }

  return { token, passes: () => !skipping }
}

/** What a member of an object or array is declared to be. */
function memberSchema(level: Level, root: unknown): unknown {
  const schema = resolve(level.schema, root)
  if (!isRecord(schema)) return undefined
  if (!level.object) return schema.items
  return isRecord(schema.properties) && Object.hasOwn(schema.properties, level.key)
    ? schema.properties[level.key]
    : undefined
}

/** Objects without declared properties are open: there is nothing that a property could be missing from. */
function isDeclared(key: string, schema: unknown): boolean {
  if (!isRecord(schema) || !isRecord(schema.properties)) return true
  const more = schema.additionalProperties
  return Object.hasOwn(schema.properties, key) || more === true || isRecord(more)
}

/** Follows references inside the schema, so many as a schema without a circle may have. */
function resolve(schema: unknown, root: unknown): unknown {
  let found = schema
  for (let steps = 0; steps < 32; steps++) {
    if (!isRecord(found) || typeof found.$ref !== 'string' || !found.$ref.startsWith('#')) return found
    found = found.$ref
      .split('/')
      .slice(1)
      .reduce<unknown>((at, part) => {
        const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
        return isRecord(at) && Object.hasOwn(at, key) ? at[key] : undefined
      }, root)
  }
  return undefined
}
