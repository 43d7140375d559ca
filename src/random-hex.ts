/** 24 characters that no other request has. Every page has `getRandomValues`, one without HTTPS has no `randomUUID`. */
export function randomHex(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
