import type { ChangeKind } from '../events.js'
import { createReader } from '../json/reader.js'
import { noTags } from '../scan/tags.js'
import { createTokenTape, type TokenTape } from './token-tape.js'

/** What differs between JSON and Python or JavaScript; with any other repair a string is no array or object for certain. */
const sameMeaning: ReadonlySet<ChangeKind> = new Set<ChangeKind>([
  'single-quotes',
  'triple-quotes',
  'python-literal',
  'number-form',
  'tuple',
  'bare-key',
  'extra-comma',
  'escaped-apostrophe',
  'raw-newline',
  'raw-tab',
])

/**
 * Reads a string that holds an array or object, as JSON or as Python and JavaScript spell it. Nothing is guessed: what
 * would have to be mended stays a string.
 *
 * @example unpack("['a', 'b']", 512)?.playTo(sink) // the tokens of `["a", "b"]`
 */
export function unpack(text: string, maxDepth: number): TokenTape | undefined {
  let isCertain = maxDepth > 0
  const tape = createTokenTape()
  const reader = createReader({
    sink: tape,
    tags: noTags,
    change: (kind) => (isCertain &&= sameMeaning.has(kind)),
    isDeclared: () => false,
    maxDepth,
    tooDeep: () => (isCertain = false),
  })
  const trimmed = text.trim()
  reader.start()
  const used = reader.push(trimmed, 0, 0)
  reader.end(true)
  return isCertain && reader.outcome === 'closed' && used === trimmed.length && reader.rest === ''
    ? tape
    : undefined
}
