/** Cuts a text off at the first stop string that is completed in it, however the text is cut into pieces. */
export interface StopScan {
  /** What can be given of the text by now. */
  push(text: string): string
  /** No more comes: what was held is text after all. */
  end(): string
  /** Whether a stop string has come. Nothing is given after that. */
  readonly found: boolean
}

/**
 * For runtimes that have no stop strings, or look for them only in text without special tokens.
 *
 * @example
 * const scan = createStopScan(['<|im_end|>'])
 * scan.push('Hello<|im_') // 'Hello'
 * scan.push('end|>\n')    // '', and scan.found is true
 */
export function createStopScan(stops: readonly string[]): StopScan {
  // The end of what has come, while it may still grow into a stop string.
  let held = ''
  let found = false

  return {
    push(text) {
      if (found) return ''
      const all = held + text
      const cut = firstStop(all, stops)
      if (cut !== undefined) {
        found = true
        held = ''
        return all.slice(0, cut)
      }
      const safe = all.length - longestStart(all, stops)
      held = all.slice(safe)
      return all.slice(0, safe)
    },
    end() {
      const rest = held
      held = ''
      return rest
    },
    get found() {
      return found
    },
  }
}

/** Where the stop string begins that is completed first, as it would be one character at a time. */
function firstStop(text: string, stops: readonly string[]): number | undefined {
  const [first] = stops
    .map((stop) => ({ at: text.indexOf(stop), stop }))
    .filter(({ at }) => at !== -1)
    .sort((a, b) => a.at + a.stop.length - (b.at + b.stop.length) || a.at - b.at)
  return first?.at
}

/** How long the end of the text is that begins a stop string. */
function longestStart(text: string, stops: readonly string[]): number {
  return Math.max(0, ...stops.map((stop) => startLength(text, stop)))
}

function startLength(text: string, stop: string): number {
  for (let length = Math.min(stop.length - 1, text.length); length > 0; length--) {
    if (stop.startsWith(text.slice(-length))) return length
  }
  return 0
}
