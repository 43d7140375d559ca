import type { ChangeKind } from '../events.js'
import { keyName } from '../json/tokens.js'
import { decidingFor } from './ahead.js'
import { expectedProperty, short } from './describe.js'
import { Kind } from './kinds.js'
import { declaredName, keep, type Level, propertyIn } from './levels.js'
import { allKinds } from './scalars.js'
import { isOpen, propertyOf, requiredNames, type Shape } from './schema.js'

/** Told what is changed at the place that is being read, and what is wrong there. */
export interface Findings {
  /** `place`: the level of that place, if it is another. */
  change(kind: ChangeKind, before: string, after?: string, place?: Level): void
  violation(expected: () => string, found: string): void
}

/**
 * What becomes of a member, told by its key. `optional`: it passes unless its value is `null`. `ahead`: what follows
 * decides, so that its key is told again when that is known; `repeated` and `undeclared` members are left out.
 */
export type Fate = 'passes' | 'optional' | 'ahead' | 'repeated' | 'undeclared'

/** Goes on to the member of this key, `level.key` being the name that it is given. */
export function enterMember(
  level: Level,
  text: string,
  convert: boolean,
  strict: boolean,
  found: Findings,
): Fate {
  const written = keyName(text)
  let key = written
  let property = propertyIn(level, written)
  if (convert && !property.isDeclared) key = declaredName(level, written)
  const isAlike = key !== written
  level.key = written
  level.name = text
  if (convert && level.exact === undefined && (isAlike || level.shapes.length > 1)) {
    level.decides = decidingFor(level, key)
    if (isAlike || level.decides.size > 0) return 'ahead'
  }
  if (isAlike && level.exact?.has(key)) return 'repeated'
  level.key = key
  if (isAlike) level.name = JSON.stringify(key)
  if (isAlike || level.shapes.length > 1) {
    keep(level, (shape) => propertyOf(shape, key).isAllowed)
    // An object that may have others too is none that still lacks what it must have, where another one declares the key.
    if (property.isDeclared || isAlike)
      keep(level, (shape) => propertyOf(shape, key).isDeclared || mayHaveOthers(level, shape))
    property = propertyIn(level, key)
  }
  const { isDeclared, isRequired, isAllowed, shapes } = property
  level.member = shapes
  if (isDeclared) {
    level.seen ??= new Map()
    // The one alike has been given: a reader of JSON takes the last.
    if (level.seen.get(key)) found.change('repeated-property', JSON.stringify(key))
    level.seen.set(key, isAlike)
  } else if (strict && !level.shapes.some(isOpen)) return 'undeclared'
  if (!isAllowed) found.violation(() => expectedProperty(level.shapes), JSON.stringify(short(key)))
  if (isAlike) found.change('property-name', text, level.name)
  return convert && isDeclared && !isRequired && !(allKinds(shapes) & Kind.null) ? 'optional' : 'passes'
}

/** Whether a key that it does not declare may be its own: it takes any, or has all that must be there. */
function mayHaveOthers({ seen }: Level, shape: Shape): boolean {
  return isOpen(shape) || requiredNames(shape).every((name) => seen?.has(name))
}
