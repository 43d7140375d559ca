import { end, type Log, type Script, speak } from './script.js'

interface EngineRequest {
  stream?: boolean
  stop?: string[]
  max_tokens?: number
  prompt?: string
  messages?: object[]
  stream_options?: { include_usage?: boolean }
}

/** Does as the package's engine does: chunks as they are asked for, stop strings of its own. */
export function createEngine(script: Script, log: Log) {
  let interrupted = false
  const head = { id: '1', created: 1_766_000_000, model: 'Qwen3-8B-q4f16_1-MLC' }

  /** The engine knows stop strings only when they are whole: what it has given of them is given. */
  async function* answer({ stop = [], max_tokens: most }: EngineRequest) {
    interrupted = false
    let count = 0
    let text = ''
    let given = 0
    for await (const token of speak(script, log)) {
      if (token === end) break
      text += token
      const [found] = stop.map((one) => text.lastIndexOf(one)).filter((at) => at !== -1)
      const message = text.slice(0, found)
      yield { text: message.slice(given), message, finish: null }
      given = message.length
      const finish = found !== undefined ? 'stop' : interrupted ? 'abort' : ++count === most ? 'length' : null
      if (finish === null) continue
      yield { text: '', message, finish }
      return
    }
    yield { text: '', message: text, finish: 'stop' }
  }

  const usage = { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12, extra: { e2e_latency_s: 1 } }

  async function* stream(request: EngineRequest) {
    for await (const { text, finish } of answer(request)) {
      const delta = { role: 'assistant', content: text }
      yield {
        ...head,
        object: 'chat.completion.chunk',
        choices: [{ index: 0, delta, finish_reason: finish }],
      }
    }
    if (request.stream_options?.include_usage) {
      yield { ...head, object: 'chat.completion.chunk', choices: [], usage }
    }
  }

  async function whole(request: EngineRequest) {
    let content = ''
    let finish: string | null = null
    for await (const piece of answer(request)) {
      content = piece.message
      finish = piece.finish
    }
    const message = { role: 'assistant', content }
    return {
      ...head,
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason: finish, logprobs: null }],
      usage,
    }
  }

  const completions = {
    async create(request: EngineRequest) {
      log.requests.push(request)
      log.prompts.push(request.prompt ?? JSON.stringify(request.messages))
      return request.stream ? stream(request) : whole(request)
    },
  }
  const engine = {
    chat: { completions },
    completions,
    interruptGenerate() {
      interrupted = true
    },
  }
  return engine
}
