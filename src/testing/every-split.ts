/**
 * The ways to cut a text that a streaming parser has to be indifferent to: whole, in two at every point, and one UTF-16
 * unit at a time (so inside surrogate pairs too).
 *
 * @example
 * for (const chunks of everySplit(reply)) expect(read(chunks)).toEqual(read([reply]))
 */
export function* everySplit(text: string): Generator<string[]> {
  yield [text]
  for (let at = 1; at < text.length; at++) yield [text.slice(0, at), text.slice(at)]
  if (text.length > 1) yield text.split('')
}
