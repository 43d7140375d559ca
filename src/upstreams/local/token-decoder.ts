/** Decodes tokens one by one to the text that they add. */
export interface TokenDecoder<Id> {
  push(id: Id): string
  /** No more comes: half a character that was held is given as it is. */
  end(): string
}

/** How many tokens are decoded before the new ones: what a token reads as depends on those. */
const context = 5

/**
 * Text is given for each token, but for a character that is made of several: it is held until it is whole. Only the last
 * few tokens are decoded each time.
 *
 * @param before the tokens that stand before the first one.
 */
export function createTokenDecoder<Id>(
  decode: (ids: Id[]) => string,
  before: readonly Id[],
): TokenDecoder<Id> {
  let known = before.slice(-context)
  // Tokens that have not been given, since the character that they begin is not whole.
  let held: Id[] = []

  function textOf(ids: Id[]): string {
    return ids.length === 0 ? '' : decode(ids)
  }

  function give(): string {
    const ids = [...known, ...held]
    const text = textOf(ids).slice(textOf(known).length)
    known = ids.slice(-context)
    held = []
    return text
  }

  return {
    push(id) {
      held.push(id)
      return textOf([...known, ...held]).endsWith('\ufffd') ? '' : give()
    },
    end: () => (held.length === 0 ? '' : give()),
  }
}
