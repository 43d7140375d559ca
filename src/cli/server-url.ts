/**
 * The address of a model's server without `/v1`, which most people add and the paths of the protocols begin with.
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
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '').replace(/\/v1$/, '')
}
