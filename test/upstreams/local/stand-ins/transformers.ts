import { createVocabulary, end, type Log, type Script, speak } from './script.js'

/** Does as the package's objects do: tokens by streamer, the prompt's first, until a criterion stops them. */
export function createGenerator(script: Script, log: Log) {
  const { encode, decode } = createVocabulary()
  const endId = encode(end)
  interface Generation {
    input_ids: { ids: number[] }
    streamer: { put(tokens: bigint[][]): void; end(): void }
    stopping_criteria: { interrupted: boolean }
    max_new_tokens: number
  }
  const generator = {
    tokenizer: Object.assign(
      (text: string) => ({ input_ids: { dims: [1, encode(text).length], ids: encode(text) } }),
      {
        decode(ids: bigint[], options: { skip_special_tokens: boolean }) {
          if (ids.length === 0) throw new Error('token_ids must be a non-empty array of integers.')
          return decode(ids, !options.skip_special_tokens)
        },
      },
    ),
    model: {
      config: { max_position_embeddings: script.contextSize ?? 4096 },
      generation_config: { eos_token_id: endId },
      async generate({ input_ids, streamer, stopping_criteria, max_new_tokens, ...rest }: Generation) {
        log.requests.push({ max_new_tokens, ...rest })
        log.prompts.push(decode(input_ids.ids, true))
        streamer.put([input_ids.ids.map(BigInt)])
        const made: string[] = []
        for await (const token of speak(script, log)) {
          made.push(token)
          streamer.put([encode(token).map(BigInt)])
          if (token === end || stopping_criteria.interrupted || made.length === max_new_tokens) break
        }
        // As with the package, the end of the text is a token too.
        const isCut = stopping_criteria.interrupted || made.length === max_new_tokens
        if (made.at(-1) !== end && !isCut) streamer.put([endId.map(BigInt)])
        streamer.end()
      },
    },
  }
  const stopping = {
    interrupted: false,
    interrupt() {
      this.interrupted = true
    },
    reset() {
      this.interrupted = false
    },
  }
  return { generator, stopping }
}
