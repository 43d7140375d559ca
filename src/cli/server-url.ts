/**
 * The address of a model's server as it was given, without a slash or `/v1` at its end: `upstreamBase` says where on it the
 * endpoints are.
 *
 * @throws Error when it is no address, or one with a password.
 */
export function serverUrl(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new Error(
      `the upstream must be an address like http://localhost:8080, not ${JSON.stringify(given)}`,
    )
  }
  if (url.username !== '' || url.password !== '') {
    throw new Error(
      `the upstream's address has a name or password in it, which would be logged: give a key by itself`,
    )
  }
  const path = url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '')
  return `${url.origin}${path}${url.search}`
}
