/** 24 characters that no other call gives: what follows the prefix of an id. */
export function randomHex(): string {
  // Unlike `randomUUID`, this is there on pages without TLS too.
  const bytes = crypto.getRandomValues(new Uint8Array(12))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
