import { type Fields, isFields } from '../fields.js'
import { clientHeaders } from './client-headers.js'

/**
 * What the model's server says of its models. Not every server lists them, and many have the list alone: a client that asks
 * for the list wants one, and one that asks for a model is given what the list says of it.
 *
 * @param path what follows the upstream's base, `/models` or `/models/` and an id.
 * @param ask asks the model's server for such a path.
 */
export async function answerModels(
  path: string,
  ask: (path: string) => Promise<Response>,
): Promise<Response> {
  const response = await ask(path)
  if (response.status === 404) {
    const instead = path === '/models' ? { object: 'list', data: [] } : await modelInList(path, ask)
    if (instead) {
      await response.body?.cancel()
      return Response.json(instead)
    }
  }
  const type = response.headers.get('content-type') ?? 'application/json'
  const headers = clientHeaders(response.headers, type)
  return new Response(response.body, { status: response.status, headers })
}

async function modelInList(
  path: string,
  ask: (path: string) => Promise<Response>,
): Promise<Fields | undefined> {
  // Without the list the server's own answer stands.
  const response = await ask('/models').catch(() => undefined)
  const list: unknown = response?.ok ? await response.json().catch(() => undefined) : undefined
  const models = isFields(list) && Array.isArray(list.data) ? list.data : []
  const id = decoded(path.slice('/models/'.length))
  return models.find((model: unknown): model is Fields => isFields(model) && model.id === id)
}

/** What cannot be decoded is no model's. */
function decoded(written: string): string | undefined {
  try {
    return decodeURIComponent(written)
  } catch {
    return undefined
  }
}
