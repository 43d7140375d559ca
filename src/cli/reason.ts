/** The innermost cause tells most: `fetch failed` hides `connect ECONNREFUSED 127.0.0.1:8080`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  return error.cause === undefined ? error.message : reasonOf(error.cause)
}

/**
 * What is wrong with a file, for a person who knows its name and no system calls.
 *
 * @example fileReason('a.jsonl', error) // 'a.jsonl: no such file or directory'
 */
export function fileReason(file: string, error: unknown): string {
  const reason = reasonOf(error).replace('illegal operation on a directory', 'it is a directory')
  // `ENOENT: no such file or directory, open 'a.jsonl'`
  return `${file}: ${/^[A-Z]+: (.*?), \w+(?: '.*')?$/s.exec(reason)?.[1] ?? reason}`
}
