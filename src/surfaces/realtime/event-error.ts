/** A client's event that is wrong, or asks for what is not supported: the protocol has an `error` event for it. */
export class RealtimeEventError extends Error {
  readonly param: string
  readonly code: string

  /** @param field where it stands in the event; the message begins with it. */
  constructor(field: string, problem: string, code = 'invalid_value') {
    super(`${field} ${problem}`)
    this.name = 'RealtimeEventError'
    this.param = field
    this.code = code
  }
}
