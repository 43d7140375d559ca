/** The package's own `LlamaCompletion`, over a sequence that writes a script: no native code, no model file. */
import { setTimeout as wait } from 'node:timers/promises'
import { LlamaCompletion } from 'node-llama-cpp'
import { describe } from 'vitest'
import { nodeLlamaCppFetch } from '../../src/upstreams/local/node-llama-cpp.ts'
import { describeRuntime, endToken, specialTokens } from './suite.mjs'

const contextSize = 1500

const marks = new RegExp(`(${specialTokens.map((token) => token.replaceAll('|', '\\|')).join('|')})`)

/** Bytes, and special tokens from 256 on. */
function tokenize(text, special) {
  if (!special) return [...new TextEncoder().encode(text)]
  return text.split(marks).flatMap((part) => {
    const place = specialTokens.indexOf(part)
    return place === -1 ? [...new TextEncoder().encode(part)] : [256 + place]
  })
}

function detokenize(tokens, special = false) {
  const bytes = tokens.flatMap((token) =>
    token < 256 ? [token] : special ? [...new TextEncoder().encode(specialTokens[token - 256])] : [],
  )
  return new TextDecoder().decode(Uint8Array.from(bytes))
}

const isSpecialToken = (token) => token >= 256
const isEogToken = (token) => token === endToken

const model = {
  tokenizer: Object.assign(tokenize, { detokenizer: detokenize, isSpecialToken, isEogToken }),
  tokens: { bos: null, shouldPrependBosToken: false, nl: 10 },
  fileInfo: { metadata: {} },
  tokenize,
  detokenize,
  isSpecialToken,
  isEogToken,
}

let script = []
let made = 0

const contextSequence = {
  model,
  contextSize,
  context: { contextSize },
  nextTokenIndex: 0,
  onDispose: { createListener: () => ({ dispose() {} }) },
  async adaptStateToTokens() {},
  async *evaluate(tokens) {
    this.nextTokenIndex = tokens.length
    for (const token of [...script, endToken]) {
      await wait(0)
      made++
      this.nextTokenIndex++
      yield token
    }
  },
}

describe('LlamaCompletion', () => {
  describeRuntime({
    fetch: nodeLlamaCppFetch({ completion: new LlamaCompletion({ contextSequence }), contextSequence }),
    say(text) {
      script = tokenize(text, true)
      made = 0
    },
    made: () => made,
    contextSize,
  })
})
