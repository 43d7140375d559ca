/** The package's own engine, over a pipeline that writes a script: no WebGPU, no weights. */
import { setTimeout as wait } from 'node:timers/promises'
import { MLCEngine } from '@mlc-ai/web-llm'
import { describe } from 'vitest'
import { webLlmFetch } from '../../src/upstreams/local/web-llm.ts'
import { describeRuntime } from './suite.mjs'

let script = []
let made = 0

/** What the engine asks of a model that is loaded: the text so far, and whether and why it has ended. */
const pipeline = {
  text: '',
  finish: undefined,
  stopped: () => pipeline.finish !== undefined,
  triggerStop: () => {
    pipeline.finish ??= 'abort'
  },
  getFinishReason: () => pipeline.finish,
  getMessage: () => pipeline.text,
  setSeed() {},
  getCurRoundCompletionTotalTokens: () => made,
  getCurRoundPrefillTotalTokens: () => 200,
  getCurRoundDecodingTotalTokens: () => made,
  getCurRoundPrefillTotalTime: () => 1,
  getCurRoundDecodingTotalTime: () => 1,
  getCurRoundPrefillTokensPerSec: () => 1,
  getCurRoundDecodingTokensPerSec: () => 1,
  getCurRoundGrammarInitTotalTime: () => 0,
  getCurRoundGrammarPerTokenTotalTime: () => 0,
  getCurRoundLatencyBreakdown: () => undefined,
}

/** As the pipeline does: a stop string is known when it is whole. */
async function step({ stop, max_tokens: most }) {
  await wait(0)
  const character = script[made]
  if (character === undefined) {
    pipeline.finish = 'stop'
    return
  }
  made++
  pipeline.text += character
  for (const one of [stop ?? []].flat()) {
    const place = pipeline.text.lastIndexOf(one)
    if (place === -1) continue
    pipeline.text = pipeline.text.slice(0, place)
    pipeline.finish = 'stop'
    return
  }
  if (made >= most) pipeline.finish = 'length'
}

const engine = new MLCEngine()
engine.loadedModelIdToLock.set('m', { acquire: async () => {}, release: async () => {} })
engine.getLLMStates = () => ['m', pipeline, {}]
engine.prefill = async (_request, _pipeline, _chatConfig, genConfig) => {
  pipeline.text = ''
  pipeline.finish = undefined
  await step(genConfig)
}
engine.decode = (_pipeline, genConfig) => step(genConfig)

describe.each(['chat', 'completion'])('MLCEngine as %s', (upstream) => {
  describeRuntime({
    upstream,
    fetch: webLlmFetch(engine),
    say(text) {
      script = [...text]
      made = 0
    },
    made: () => made,
  })
})
