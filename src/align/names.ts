/**
 * What is left of a name without case and separators: `Get-Weather` and `get_weather` are the same name to a model, and so
 * is `get\_weather`, as it writes that in Markdown.
 */
export function bareName(name: string): string {
  return name.replace(/[-_.\s"'“”‘’\\]+/g, '').toLowerCase()
}

/** Names by what is left of them; `several` where two declared names are too alike to guess between. */
export type AlikeNames<T> = ReadonlyMap<string, T | 'several'>

export function indexAlike<T>(named: Iterable<readonly [name: string, value: T]>): AlikeNames<T> {
  const alike = new Map<string, T | 'several'>()
  for (const [name, value] of named) {
    const bare = bareName(name)
    alike.set(bare, alike.has(bare) ? 'several' : value)
  }
  return alike
}
