import type { Dialect, ResultRole } from './dialect.js'
import { glm4 } from './glm4.js'
import { granite } from './granite.js'
import { hermes2Pro } from './hermes-2-pro.js'
import { hermes3 } from './hermes-3.js'
import { pythonic } from './pythonic.js'
import { qwen25 } from './qwen2.5.js'
import { qwen25Coder } from './qwen2.5-coder.js'
import { qwen3 } from './qwen3.js'
import { qwen3Instruct2507 } from './qwen3-2507-instruct.js'
import { qwen3Vl } from './qwen3-vl.js'
import { qwq32b } from './qwq-32b.js'
import { xlam } from './xlam.js'

const builtIn = [
  qwen25,
  qwen25Coder,
  qwen3,
  qwen3Instruct2507,
  qwen3Vl,
  qwq32b,
  hermes2Pro,
  hermes3,
  granite,
  glm4,
  xlam,
  pythonic,
] satisfies Dialect[]

/**
 * The dialects that the package knows, by id.
 *
 * @example [...dialects.keys()] // ['qwen2.5', 'qwen2.5-coder', 'qwen3', …]
 */
export const dialects: ReadonlyMap<string, Dialect> = new Map(builtIn.map((dialect) => [dialect.id, dialect]))

/**
 * The names of `dialects`, for an editor to offer.
 *
 * @example const fallback: DialectName = 'qwen3'
 */
export type DialectName =
  | 'qwen2.5'
  | 'qwen2.5-coder'
  | 'qwen3'
  | 'qwen3-2507-instruct'
  | 'qwen3-vl'
  | 'qwq-32b'
  | 'hermes-2-pro'
  | 'hermes-3'
  | 'granite'
  | 'glm4'
  | 'xlam'
  | 'pythonic'

/** A dialect's name, or one of the app's own. Any string is taken: a name may come from a file or a flag. */
export type AnyDialect = DialectName | (string & {}) | Dialect

/** Those whose results have a role that no protocol has. */
export interface OwnResultRoles {
  glm4: 'observation'
}

/** The role that results have in a dialect, given its name or itself; `never` where none is named. */
export type ResultRoleOf<D extends AnyDialect> = [D] extends [never]
  ? 'user' | 'tool'
  : D extends Dialect<infer Role>
    ? Role
    : D extends keyof OwnResultRoles
      ? OwnResultRoles[D]
      : string extends D
        ? ResultRole
        : 'user' | 'tool'

/** The dialect used where none is named. */
export const defaultDialect = qwen3.id

/**
 * The dialect of that name, or the app's own as it stands (`defineDialect` has checked it).
 *
 * @throws Error listing the known ids.
 * @example dialectOf('qwen3').stop // ['<|im_end|>', '<|im_start|>', '<|endoftext|>']
 */
export function dialectOf(dialect: AnyDialect = defaultDialect): Dialect {
  if (typeof dialect === 'object') return dialect
  const found = dialects.get(dialect)
  if (found === undefined) {
    const known = [...dialects.keys()].join(', ')
    throw new Error(
      `dialect ${JSON.stringify(dialect) ?? typeof dialect} is not known; there are ${known}, or pass one of your own`,
    )
  }
  return found
}
