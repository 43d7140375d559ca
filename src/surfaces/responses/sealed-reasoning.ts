/** Tells what was written here from what another service has encrypted. */
const mark = 'toolshim:'

/**
 * Reasoning as `encrypted_content`, which clients send back as it is. Nothing in it is secret from the app that asked: the
 * model's own words stand beside it.
 *
 * @example sealReasoning('Two tools.') // 'dG9vbHNoaW06VHdvIHRvb2xzLg=='
 */
export function sealReasoning(text: string): string {
  let binary = ''
  for (const byte of new TextEncoder().encode(mark + text)) binary += String.fromCharCode(byte)
  return btoa(binary)
}

/** The reasoning that `sealReasoning` was given; nothing where another service has written it. */
export function unsealReasoning(sealed: unknown): string {
  if (typeof sealed !== 'string') return ''
  try {
    const bytes = Uint8Array.from(atob(sealed), (char) => char.charCodeAt(0))
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return text.startsWith(mark) ? text.slice(mark.length) : ''
  } catch {
    return ''
  }
}
