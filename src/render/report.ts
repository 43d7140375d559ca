/**
 * Something that rendering changed, left out or took on trust.
 *
 * @example { field: 'messages[2].tool_calls[0].function.arguments', message: 'absent arguments are written as {}' }
 */
export interface RenderWarning {
  /** Where in the request, e.g. `messages[2].tool_calls[0].function.arguments`. */
  field: string
  message: string
}

/** Where the renderer says what it did beyond writing down what it was given. */
export interface Report {
  /** Told to the app: the prompt is as it should be, though not all that was given is in it as it was. */
  warn(field: string, message: string): void
  /** History that is not as the protocol has it: rendered as well as can be, or an error when history is strict. */
  lenient(field: string, message: string): void
}

export function createReport(
  history: 'lenient' | 'strict',
  onWarning: ((warning: RenderWarning) => void) | undefined,
): Report {
  const warn = (field: string, message: string) => onWarning?.({ field, message })
  return {
    warn,
    lenient: (field, message) => {
      if (history === 'strict') throw new Error(`${field}: ${message}`)
      warn(field, message)
    },
  }
}
