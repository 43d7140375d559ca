import type { ErrorFields } from '../error-fields.js'

/** How many tokens a conversation that is too long has, and how many the model has room for, where an error says so. */
export interface ContextOverflow {
  input?: number
  /** What was asked for at most, where that is what there is no room for. */
  output?: number
  limit?: number
}

/** What servers say of it, each in words of its own. */
const sayings = [
  // vLLM, and OpenAI before it had a code
  /maximum context length is (?<limit>\d+).*?\((?<input>\d+) in the messages?, (?<output>\d+) in the completion\)/s,
  /too large: (?<output>\d+)\. .*?context length is (?<limit>\d+) tokens and your request has (?<input>\d+) input/s,
  /maximum context length is (?<limit>\d+).*? has (?<input>\d+) input tokens/s,
  /prompt \(length (?<input>\d+)\) is longer than the maximum model length of (?<limit>\d+)/,
  // SGLang
  /context length of (?<limit>\d+).*? (?<input>\d+) tokens from the input messages and (?<output>\d+) tokens for the/s,
  /input \((?<input>\d+) tokens\) is longer than the model's context length \((?<limit>\d+) tokens\)/,
  // LM Studio
  /first (?<input>\d+) tokens when context the overflows.*? context length of only (?<limit>\d+)/s,
  // Text Generation Inference
  /must be <= (?<limit>\d+)\. Given: (?<input>\d+) `inputs` tokens and (?<output>\d+) `max_new_tokens`/,
  // Any of these in other words, llama.cpp, Ollama and DashScope
  /maximum context length|maximum model length|longer than the model's context length|context the overflows/i,
  /exceeds? (the )?(available |max |maximum )?context (size|length)|greater than the context length/i,
  /`inputs` (tokens|must have less than)|range of input length should be/i,
]
const codes = new Set<unknown>(['context_length_exceeded', 'exceed_context_size_error'])

/** Servers repeat what they were sent; what they say of it comes first. */
const longestSaying = 2000

/**
 * Reads an upstream's error as one that says that the conversation is too long for the model; `undefined` for any other.
 * Clients that are told so shorten it, or ask for less.
 *
 * @example
 * contextOverflow({ message: 'input (5000 tokens) is longer than the model’s context length (4096 tokens)', … })
 * // { input: 5000, limit: 4096 }
 */
export function contextOverflow(error: ErrorFields): ContextOverflow | undefined {
  const { n_prompt_tokens: input, n_ctx: limit } = error
  if (typeof input === 'number' && typeof limit === 'number') return { input, limit }
  if (codes.has(error.code) || codes.has(error.type)) return countsIn(error.message) ?? {}
  return isOther(error) ? undefined : countsIn(error.message)
}

/** Whether the server says itself that it is something else: too many requests, a key that is none. */
function isOther({ type, code }: ErrorFields): boolean {
  return /rate_?limit|too_many_requests|quota|auth|permission|api_key/i.test(
    `${type} ${typeof code === 'string' ? code : ''}`,
  )
}

function countsIn(message: string): ContextOverflow | undefined {
  // What a server quotes are the words of whoever asked.
  const said = (/^[^"]*/.exec(message)?.[0] ?? '').slice(0, longestSaying)
  for (const saying of sayings) {
    const found = saying.exec(said)
    if (!found) continue
    const counts = Object.entries(found.groups ?? {}).map(([name, digits]) => [name, Number(digits)])
    return Object.fromEntries(counts)
  }
  return undefined
}

/** The error with the code by which OpenAI's clients know such a one. */
export function withOverflowCode(error: ErrorFields): ErrorFields {
  return contextOverflow(error) ? { ...error, code: 'context_length_exceeded' } : error
}
