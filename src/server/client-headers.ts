import { answerHeaders } from '../middleware/respond.js'

/**
 * Headers of the model's server that are this endpoint's own to say: which pages may read an answer, where it is, what it is
 * called. The others are of a connection that the client has no part in.
 */
const ownHeaders = [
  'alt-svc',
  'date',
  'location',
  'proxy-authenticate',
  'request-id',
  'set-cookie',
  'strict-transport-security',
  'trailer',
  'upgrade',
  'vary',
  'x-request-id',
]

/** The headers of an answer, given those of the model's server. */
export function clientHeaders(upstream: Headers, type: string): Headers {
  const headers = answerHeaders(upstream, type)
  for (const name of [...headers.keys()]) {
    if (ownHeaders.includes(name) || name.startsWith('access-control-')) headers.delete(name)
  }
  return headers
}
