/** Whether a value read from outside has fields at all, so that reading one cannot throw. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
