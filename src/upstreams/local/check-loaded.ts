import { fail } from '../../tools.js'

/**
 * Checks that something loaded has what is called of it: its own error would come only with the first request, from deep
 * inside.
 *
 * @param loaded an object, or a function with fields.
 * @throws Error naming what is missing and what to give.
 * @example checkLoaded('generator', generator, ['tokenizer', 'model'], "what pipeline('text-generation') gives")
 */
export function checkLoaded(field: string, loaded: unknown, names: readonly string[], what: string): void {
  const isObject = (typeof loaded === 'object' && loaded !== null) || typeof loaded === 'function'
  if (!isObject) fail(field, `must be ${what}`)
  for (const name of names) {
    if (!(name in loaded)) fail(field, `has no ${name}: it must be ${what}`)
  }
}
