/** The package's own types: real objects fit what the adapter takes, and what it gives fits them. Nothing is run. */
import {
  AutoModelForCausalLM,
  AutoTokenizer,
  type BaseStreamer,
  InterruptableStoppingCriteria,
  type PreTrainedModel,
  pipeline,
  random,
  type TextGenerationPipeline,
} from '@huggingface/transformers'
import {
  type TokenStreamer,
  type TransformersGeneration,
  type TransformersGenerator,
  type TransformersSettings,
  transformersFetch,
} from '../../src/upstreams/local/transformers.js'

declare const textPipeline: TextGenerationPipeline
declare const streamer: TokenStreamer
declare const stoppingCriteria: InterruptableStoppingCriteria
declare const settings: TransformersSettings
type Generation = Parameters<PreTrainedModel['generate']>[0]

textPipeline satisfies TransformersGenerator
settings satisfies Partial<Pick<Generation, keyof TransformersSettings>>
// `generate` documents a `BaseStreamer`; by a slip of its types the same field is a `TextStreamer` in its configuration.
streamer satisfies BaseStreamer
stoppingCriteria satisfies NonNullable<Generation['stopping_criteria']> &
  TransformersGeneration['stopping_criteria']

export async function load() {
  const generator = await pipeline('text-generation', 'onnx-community/Qwen3-0.6B-ONNX', { dtype: 'q4f16' })
  const stopping = new InterruptableStoppingCriteria()
  transformersFetch({ generator, stopping, random, defaults: { temperature: 0.7 } })

  const tokenizer = await AutoTokenizer.from_pretrained('onnx-community/Qwen3-0.6B-ONNX')
  const model = await AutoModelForCausalLM.from_pretrained('onnx-community/Qwen3-0.6B-ONNX')
  transformersFetch({ generator: { model, tokenizer }, stopping })
}
