/** The package's own tokenizer and `generate`, over a model whose forward pass is a script: no native code, no weights. */
import { setTimeout as wait } from 'node:timers/promises'
import {
  InterruptableStoppingCriteria,
  PreTrainedTokenizer,
  PretrainedConfig,
  Qwen2ForCausalLM,
  Tensor,
} from '@huggingface/transformers'
import { describe } from 'vitest'
import { transformersFetch } from '../../src/upstreams/local/transformers.ts'
import { describeRuntime, endToken, specialTokens } from './suite.mjs'

const contextSize = 1500

/** The characters that stand for bytes in vocabularies of GPT-2's kind: those that can be seen, then others. */
function byteCharacters() {
  const isSeen = (byte) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174
  let others = 256
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isSeen(byte) ? byte : others++))
}

const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false }
const tokenizer = new PreTrainedTokenizer(
  {
    version: '1.0',
    added_tokens: specialTokens.map((content, place) => ({ id: 256 + place, content, special: true })),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: byteLevel,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(byteCharacters().map((character, byte) => [character, byte])),
      merges: [],
    },
  },
  {
    tokenizer_class: 'Qwen2Tokenizer',
    eos_token: specialTokens[1],
    pad_token: specialTokens[1],
    additional_special_tokens: specialTokens,
  },
)

const config = new PretrainedConfig({
  model_type: 'qwen2',
  max_position_embeddings: contextSize,
  hidden_size: 8,
  num_attention_heads: 1,
  num_hidden_layers: 1,
  num_key_value_heads: 1,
})
const session = { inputNames: [], config: {} }
const model = new Qwen2ForCausalLM(
  config,
  { model: session },
  { generation_config: { eos_token_id: endToken } },
)

let script = []
let made = 0
model.forward = async () => {
  await wait(0)
  const likely = new Float32Array(256 + specialTokens.length)
  likely[script[made++] ?? endToken] = 100
  return { logits: new Tensor('float32', likely, [1, 1, likely.length]) }
}

describe('generate', () => {
  describeRuntime({
    fetch: transformersFetch({
      generator: { model, tokenizer },
      stopping: new InterruptableStoppingCriteria(),
    }),
    say(text) {
      script = tokenizer.encode(text)
      made = 0
    },
    made: () => made,
    contextSize,
  })
})
