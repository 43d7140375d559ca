import type { CallPart } from '../upstreams/call-parts.js'

/**
 * What is new in the parts of an answer, whether its server sends pieces or repeats with each of them all that it has said
 * so far. It was asked for one of the two, but some do the other. What comes is held against what was seen:
 *
 * - The first part reads the same either way.
 * - A part that does not begin with the one before it is a piece, and so are all others then. Once parts have been repeated,
 *   it is the only one.
 * - A part that begins with the one before it is a repetition where repetitions were asked for. Where pieces were, that may
 *   be chance, as in `1` and `10`, so that it must have happened twice, or with a part that is long enough; a line of dashes
 *   says nothing however long it is. The arguments of a call are JSON, of which no piece begins as the whole does.
 *
 * What cannot be told is what was asked for: the pieces `ha` and `ha` of a server that was to repeat are one `ha`, and an
 * answer `1`, `10` of one that was not is `110`.
 */
export interface Repetition {
  /** Texts that are repeated together are told apart together. */
  createText(): RepeatedText
  calls(parts: CallPart[]): CallPart[]
}

export interface RepeatedText {
  /** What is new in the next part. */
  push(text: string | undefined): string | undefined
  /** What was held until it is known for a repetition, when nothing more comes of this text. */
  end(): string | undefined
}

/** Characters of a part that another does not begin with by chance. */
const tellingLength = 8

/** How many characters at its end a server may put right when it says a text again: half of one is none until it is whole. */
const mostPutRight = 4

/** How much of a text was said before; `undefined` when it does not begin with that. */
function startIn(text: string, seen: string): number | undefined {
  if (text.startsWith(seen)) return seen.length
  let from = seen.length - mostPutRight
  if (from < tellingLength || !text.startsWith(seen.slice(0, from))) return undefined
  while (text.charCodeAt(from) === seen.charCodeAt(from)) from++
  return from
}

function isRun(text: string): boolean {
  return text.length > 1 && text === text.charAt(0).repeat(text.length)
}

/** @param asked whether repetitions were asked for. */
export function createRepetition(asked: boolean): Repetition {
  let repeats: boolean | undefined

  /** @param telling how long a part must be to be known again. */
  function createText(telling: number): RepeatedText {
    /** All that was given. */
    let seen = ''
    /** The second part, which begins with the first: until the third says what it is. */
    let held = ''

    function given(text: string): string {
      const known = startIn(text, seen)
      if (known === undefined) {
        seen += text
        return text
      }
      // A server that has taken back the last characters may say them again.
      if (!seen.startsWith(text)) seen = text
      return text.slice(known)
    }

    function release(): string {
      const text = held
      held = ''
      if (text === '') return ''
      if (repeats) return given(text)
      seen += text
      return text
    }

    return {
      push(text) {
        if (text === undefined || text === '') return undefined
        const latest = held || seen
        if (repeats === undefined && latest !== '') {
          if (!text.startsWith(latest)) repeats = false
          else if (telling === 1) repeats = true
          else if (isRun(latest)) repeats = false
          else if (held !== '' || latest.length >= telling) repeats = true
          else if (text === latest) repeats = false
          else {
            held = text
            return undefined
          }
        }
        if (repeats === false) return release() + text
        if (text.startsWith(latest)) held = ''
        return release() + given(text)
      },
      end: () => release() || undefined,
    }
  }

  const callTexts = new Map<number, RepeatedText>()

  return {
    createText: () => createText(asked ? 1 : tellingLength),
    calls: (parts) =>
      parts.map((part, place) => {
        // A piece that has no number may be of any call, and white space may stand before every object.
        const isVague = part.index === undefined || part.text.trim() === ''
        if (repeats === false || (repeats === undefined && !asked && isVague)) return part
        const index = part.index ?? place
        const text = callTexts.get(index) ?? createText(1)
        callTexts.set(index, text)
        const added = text.push(part.text) ?? ''
        return repeats ? { ...part, index, text: added } : { ...part, text: added }
      }),
  }
}
