/** How much of what is left out a change quotes. */
const maxQuoted = 1024

/** Goes on quoting what a call has and is no part of it. */
export function quote(quoted: string, text: string): string {
  return quoted.length < maxQuoted ? quoted + text : quoted
}
