import { setTimeout as wait } from 'node:timers/promises'

/** What a stand-in for a model writes, and how. */
export interface Script {
  /** One text for each request, the last one again and again; or a text for a prompt. */
  replies: string[] | ((prompt: string) => string)
  /** Milliseconds for each token. */
  delay?: number
  /** Fails after so many tokens. */
  failAfter?: number
  contextSize?: number
}

/** What a runtime was asked, and what it did. */
export interface Log {
  /** What it was given, request by request. */
  requests: object[]
  prompts: string[]
  /** Tokens that it has made. */
  tokens: number
  running: number
  /** How many ran at once at most. */
  together: number
}

const special = ['<|im_start|>', '<|im_end|>', '<tool_call>', '</tool_call>']
export const end = '<|im_end|>'

/** Special tokens as one token each, and else some three characters. */
function split(text: string): string[] {
  return text.match(/<\|im_(?:start|end)\|>|<\/?tool_call>|(?:(?!<\|im_|<\/?tool_call>).){1,3}/gs) ?? []
}

/** Texts to numbers and back. */
export function createVocabulary() {
  const ids = new Map<string, number>()
  const texts: string[] = []
  return {
    encode: (text: string): number[] =>
      split(text).map((token) => {
        const id = ids.get(token) ?? texts.length
        ids.set(token, id)
        texts[id] = token
        return id
      }),
    decode: (tokens: readonly (number | bigint)[], showSpecial: boolean): string =>
      tokens
        .map((token) => texts[Number(token)] ?? '')
        .filter((text) => showSpecial || !special.includes(text))
        .join(''),
  }
}

export function createLog(): Log {
  return { requests: [], prompts: [], tokens: 0, running: 0, together: 0 }
}

/** The tokens of a reply as they are made. */
export async function* speak(script: Script, log: Log): AsyncGenerator<string, void, void> {
  const { replies, delay = 0, failAfter } = script
  const count = log.requests.length
  const reply =
    typeof replies === 'function'
      ? replies(log.prompts.at(-1) ?? '')
      : replies[Math.min(count, replies.length) - 1]
  log.running++
  log.together = Math.max(log.together, log.running)
  try {
    for (const [place, token] of split(reply ?? '').entries()) {
      await wait(delay)
      if (place === failAfter) throw new Error('out of memory')
      log.tokens++
      yield token
    }
  } finally {
    log.running--
  }
}
