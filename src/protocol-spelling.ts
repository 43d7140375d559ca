/**
 * An error message whose first word is a field, for somebody who wrote the protocol's spelling of it: the library names
 * fields as its options do.
 *
 * @example inProtocolSpelling("toolChoice must be 'auto', …") // "tool_choice must be 'auto', …"
 */
export function inProtocolSpelling(message: string): string {
  return message.replace(/^[a-z]+(?:[A-Z][a-z]+)+/, (field) =>
    field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  )
}
