import { findUpstream, upstreamKinds } from './index.js'

/** A version in a path: `/v1`, `/v1beta/openai`, `/api/paas/v4`. */
const version = /\/v\d+(?:(?:alpha|beta)\d*)?(?:\/|$)/

/** DashScope's other endpoint, for pictures and sounds. */
const multimodal = '/api/v1/services/aigc/multimodal-generation/generation'

const paths = upstreamKinds.flatMap(pathsOf)
/** Endpoints that are found below `/v1`; two of them are no kind's. */
const below = [...paths.filter(isBelow).map((path) => path.replace('/v1', '')), '/responses', '/messages']
/** Endpoints at a server's root. */
const atRoot = [...paths.filter((path) => !isBelow(path)), multimodal]

/**
 * What stands before an endpoint's own path on the model's server, up to `/v1`, given the path of an address as people write
 * it: without a version, `/v1` is added; with one it is taken as it is. The address of an endpoint says exactly what stands
 * before it.
 *
 * @throws Error when there is no such kind.
 * @example
 * upstreamBase('/', 'chat') // '/v1'
 * upstreamBase('/openai', 'chat') // '/openai/v1'
 * upstreamBase('/v1beta/openai', 'chat') // '/v1beta/openai'
 * upstreamBase('/openai/chat/completions', 'chat') // '/openai'
 * upstreamBase('/api', 'ollama') // '/v1'; its own endpoints are found beside it
 */
export function upstreamBase(path: string, kind: string): string {
  const given = path.replace(/\/+$/, '')
  const exact = withoutEnd(given, below)
  if (exact !== undefined) return exact
  const server = withoutEnd(given, [...atRoot, ...beginningsOf(kind)]) ?? given
  return version.test(server) ? server : `${server}/v1`
}

/** What stands before the longest of the endings that a path has. */
function withoutEnd(path: string, endings: readonly string[]): string | undefined {
  const lengths = endings.filter((ending) => path.endsWith(ending)).map(({ length }) => length)
  return lengths.length === 0 ? undefined : path.slice(0, path.length - Math.max(...lengths))
}

/** How a kind's endpoints begin at a server's root: `/api/v1` and `/api` for KoboldCpp. */
function beginningsOf(kind: string): string[] {
  return pathsOf(kind)
    .filter((path) => !isBelow(path))
    .flatMap((path) => {
      const [, ...names] = path.split('/')
      return names.slice(0, -1).map((_, at) => `/${names.slice(0, at + 1).join('/')}`)
    })
}

function pathsOf(kind: string): string[] {
  const upstream = findUpstream(kind)
  return [false, true].map((streamed) => upstream.path('/v1', streamed, {}))
}

function isBelow(path: string): boolean {
  return path.startsWith('/v1/')
}
