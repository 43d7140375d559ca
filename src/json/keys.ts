import { keyName } from './tokens.js'

/** How many keys of an object are remembered whether they are declared or not. */
const maxKeys = 32

/**
 * Remembers a key that an object has had, as it is written. Of many keys only the declared ones are remembered, since a
 * model may write any number of others. Whether it is remembered.
 */
export function rememberKey(keys: string[], json: string, isDeclared: (key: string) => boolean): boolean {
  if (keys.length >= maxKeys) {
    if (keys.includes(json)) return true
    if (!isDeclared(keyName(json))) return false
  }
  keys.push(json)
  return true
}

export function hasKey(keys: readonly string[], name: string): boolean {
  return keys.some((json) => keyName(json) === name)
}
