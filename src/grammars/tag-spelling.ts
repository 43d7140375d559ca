/** How the tags of a call are spelled, as its first one shows. */
export interface TagSpelling {
  /** In other letters: `<FUNCTION=`. */
  anyCase: boolean
  /** With this before their names: `antml:`, `｜DSML｜`. */
  prefix: string
}

/** As the grammar has them. */
export const ownSpelling: TagSpelling = { anyCase: false, prefix: '' }

/**
 * A tag as the grammar has it, as far as it has come.
 *
 * @example inOwnSpelling('</steptml:parameter', { anyCase: false, prefix: 'steptml:' }) // '</parameter'
 */
export function inOwnSpelling(tag: string, { anyCase, prefix }: TagSpelling): string {
  const [begin] = /^<?\/?/.exec(tag) ?? ['']
  const name = tag.slice(begin.length)
  const rest = name.startsWith(prefix) ? name.slice(prefix.length) : prefix.startsWith(name) ? '' : name
  return begin + (anyCase ? rest.toLowerCase() : rest)
}
