/** What a reference within the schema stands for: a pointer (`#/$defs/day`), or the name that a part of it has. */
export function resolveReference(ref: unknown, source: unknown): unknown {
  if (typeof ref !== 'string') return undefined
  const [start, ...parts] = ref.split('/')
  if (start !== '#') return findNamed(ref, source, new Set())
  let at = source
  for (const part of parts) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    at = fieldOf(at, key) ?? fieldOf(at, decodeUri(key))
  }
  return at
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined
}

/** A reference is a URI: some generators of schemas write `Map%3Cstring%3E` in it. */
function decodeUri(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The part of a schema that has this `$id`, or `$anchor` behind a `#`. */
function findNamed(ref: string, schema: unknown, seen: Set<unknown>): unknown {
  if (typeof schema !== 'object' || schema === null || seen.has(schema)) return undefined
  seen.add(schema)
  if (fieldOf(schema, '$id') === ref || (ref.startsWith('#') && fieldOf(schema, '$anchor') === ref.slice(1)))
    return schema
  for (const part of Object.values(schema)) {
    const found = findNamed(ref, part, seen)
    if (found !== undefined) return found
  }
  return undefined
}
