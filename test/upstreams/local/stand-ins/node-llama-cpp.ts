import { createVocabulary, end, type Log, type Script, speak } from './script.js'

/** Does as the package's objects do: text by callback, special tokens only where they are asked for. */
export function createLlama(script: Script, log: Log) {
  const { encode, decode } = createVocabulary()
  const contextSequence = {
    contextSize: script.contextSize ?? 4096,
    model: {
      tokenize: (text: string) => encode(text),
      detokenize: (tokens: readonly number[], specialTokens: boolean) => decode(tokens, specialTokens),
    },
  }
  const completion = {
    async generateCompletionWithMeta(
      input: number[],
      options: { onToken(tokens: number[]): void; signal: AbortSignal; maxTokens?: number },
    ) {
      const { onToken, signal, maxTokens } = options
      log.requests.push(options)
      log.prompts.push(decode(input, true))
      let count = 0
      for await (const token of speak(script, log)) {
        if (token === end) return { metadata: { stopReason: 'eogToken' } }
        onToken(encode(token))
        if (signal.aborted) return { metadata: { stopReason: 'abort' } }
        if (++count === maxTokens) return { metadata: { stopReason: 'maxTokens' } }
      }
      return { metadata: { stopReason: 'eogToken' } }
    },
  }
  return { completion, contextSequence }
}
