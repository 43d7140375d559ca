/** Ends a text before the first of some strings, for servers that leave them in and runtimes that do not look for them. */
export interface StopStrings {
  push(text: string): string
  /** The text is over: what was held is part of it. */
  end(): string
  /** Which of them ended it. */
  readonly found: string | undefined
}

/**
 * The strings are looked for as Knuth, Morris and Pratt do it: no character is looked at again, wherever the text is cut.
 *
 * @example
 * const stop = createStopStrings(['END'])
 * stop.push('the E') // 'the '
 * stop.push('ND of it') // ''
 */
export function createStopStrings(stops: readonly string[]): StopStrings {
  const matchers = stops.map(createMatcher)
  // The end of the text, while it may still become a stop string.
  let held = ''
  let begun = 0
  let found: string | undefined

  return {
    push(text) {
      if (found !== undefined) return ''
      const seen = held + text
      for (let at = held.length; at < seen.length; at++) {
        const unit = seen.charCodeAt(at)
        let whole = 0
        begun = 0
        for (const matcher of matchers) {
          const length = matcher.push(unit)
          begun = Math.max(begun, length)
          if (length === matcher.length) whole = Math.max(whole, length)
        }
        if (whole === 0) continue
        found = seen.slice(at + 1 - whole, at + 1)
        held = ''
        return seen.slice(0, at + 1 - whole)
      }
      const safe = seen.length - begun
      held = seen.slice(safe)
      return seen.slice(0, safe)
    },
    end() {
      const last = held
      held = ''
      return last
    },
    get found() {
      return found
    },
  }
}

/** Follows how much of one string the text ends with. */
interface Matcher {
  length: number
  /** How much that is with this character behind it. */
  push(unit: number): number
}

function createMatcher(stop: string): Matcher {
  // How much of the string is left begun when the character behind its first `n` is another one.
  const shorter = [0, 0]
  let begun = 0

  function longer(from: number, unit: number): number {
    let length = from
    while (length > 0 && stop.charCodeAt(length) !== unit) length = shorter[length] ?? 0
    return stop.charCodeAt(length) === unit ? length + 1 : 0
  }

  for (let at = 1; at < stop.length; at++) shorter.push(longer(shorter[at] ?? 0, stop.charCodeAt(at)))

  return {
    length: stop.length,
    push(unit) {
      begun = longer(begun, unit)
      return begun
    },
  }
}
