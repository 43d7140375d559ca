/**
 * Cuts text into pieces of about a token's size, wherever that falls: inside tags, names and escapes, as real
 * tokens do. Only the two halves of one character (a surrogate pair) stay together, since no server can send
 * half of one.
 *
 * @throws Error when the size is no whole number above 0.
 * @example splitTokens('<tool_call>😀') // ['<too', 'l_ca', 'll>😀']
 */
export function splitTokens(text: string, size = 4): string[] {
  if (!Number.isInteger(size) || size < 1) throw new Error('size must be a whole number above 0')
  const pieces: string[] = []
  for (let from = 0; from < text.length; ) {
    let to = Math.min(from + size, text.length)
    if (isHighSurrogate(text.charCodeAt(to - 1)) && to < text.length) to++
    pieces.push(text.slice(from, to))
    from = to
  }
  return pieces
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}
