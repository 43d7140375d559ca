import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import {
  addToolInputExamplesMiddleware,
  defaultSettingsMiddleware,
  extractJsonMiddleware,
  extractReasoningMiddleware,
  generateText,
  isStepCount,
  type LanguageModel,
  type LanguageModelMiddleware,
  Output,
  simulateStreamingMiddleware,
  streamText,
  ToolLoopAgent,
  tool,
  wrapLanguageModel,
  wrapProvider,
} from 'ai'
import { createOpenAICompatible as createOlder } from 'openai-compatible6'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { toolMiddleware } from '../../src/middleware/ai-sdk.js'
import { type ConnectOptions, callParis, connect, replay, sent, tools } from './ai-sdk-setup.js'

const prompt = 'How is the weather in Paris?'
const stopWhen = isStepCount(3)

/** What both ways of asking come to, which has to be the same. */
async function run(replies: Parameters<typeof connect>[0], options: ConnectOptions) {
  const { model, upstream } = await connect(replies, options)
  const asked = { model, tools, stopWhen, prompt }
  const whole = (await generateText(asked)).steps
  const requests = upstream.requests.splice(0)
  const streamed = await streamText(asked).steps
  expect(streamed.map((step) => told(step.content))).toEqual(whole.map((step) => told(step.content)))
  expect(upstream.requests.map(({ body }) => body.messages)).toEqual(
    requests.map(({ body }) => body.messages),
  )
  return { steps: whole.map((step) => told(step.content)), upstream }
}

function told(content: Awaited<ReturnType<typeof generateText>>['content']) {
  return content.map((part) => ('text' in part ? `${part.type} ${part.text}` : part.type))
}

/** The same replies for both ways. */
const twice = (...replies: string[]) => [...replies, ...replies]

describe('reasoning that another middleware extracts', () => {
  const thinking = `<think>They ask.</think>${callParis}`
  const expected = [['reasoning They ask.', 'tool-call', 'tool-result'], ['text Done.']]

  it('behind ours comes to us as reasoning', async () => {
    const after = [extractReasoningMiddleware({ tagName: 'think' })]
    expect((await run(twice(thinking, 'Done.'), { after })).steps).toEqual(expected)
  })

  it('before ours has been read already', async () => {
    const before = [extractReasoningMiddleware({ tagName: 'think' })]
    expect((await run(twice(thinking, 'Done.'), { before })).steps).toEqual(expected)
  })

  it('behind ours, where the prompt has opened it', async () => {
    const after = [extractReasoningMiddleware({ tagName: 'think', startWithReasoning: true })]
    const opened = 'They ask.\n</think>\n\n'
    const { steps } = await run(twice(opened + callParis, `${opened}Done.`), { after, dialect: 'qwq-32b' })
    expect(steps).toEqual([
      [expect.stringMatching(/^reasoning They ask\.\s*$/), 'tool-call', 'tool-result'],
      [expect.stringMatching(/^reasoning/), 'text Done.'],
    ])
  })

  it('in marks of its own', async () => {
    const after = [extractReasoningMiddleware({ tagName: { opening: '[[', closing: ']]' } })]
    expect((await run(twice(`[[They ask.]]${callParis}`, 'Done.'), { after })).steps).toEqual(expected)
  })
})

describe('parameters that another middleware changes', () => {
  it('before ours and behind it', async () => {
    const settings = defaultSettingsMiddleware({ settings: { temperature: 0.5, stopSequences: ['END'] } })
    for (const place of [{ before: [settings] }, { after: [settings] }]) {
      const { steps, upstream } = await run(twice(callParis, 'Done.'), place)
      expect(steps).toHaveLength(2)
      expect(upstream.requests[0]?.body.temperature).toBe(0.5)
    }
  })

  it('in a copy, around ours', async () => {
    const ours = toolMiddleware({ dialect: 'qwen3' })
    const around: LanguageModelMiddleware = {
      ...ours,
      transformParams: async (options) => {
        if (!ours.transformParams) throw new Error('expected transformParams')
        return { ...(await ours.transformParams(options)), seed: 7 }
      },
    }
    const upstream = await replay([callParis, 'Done.'])
    const provider = wrapProvider({
      provider: createOpenAICompatible({ name: 'local', baseURL: `${upstream.url}/v1` }),
      languageModelMiddleware: around,
    })
    const { steps } = await generateText({ model: provider.languageModel('m'), tools, stopWhen, prompt })
    expect(steps).toHaveLength(2)
    expect(upstream.requests[0]?.body.seed).toBe(7)
  })

  it('such as examples, which are put into the description', async () => {
    const { model, upstream } = await connect(['Hi.'], { before: [addToolInputExamplesMiddleware()] })
    const get_weather = tool({
      description: 'Current weather.',
      inputSchema: z.object({ city: z.string() }),
      inputExamples: [{ input: { city: 'Rome' } }],
      execute: async () => 'sunny',
    })
    await generateText({ model, tools: { get_weather }, prompt })
    expect(sent(upstream)[0]?.content).toMatch(/Current weather\.[^}]*Rome/)
  })
})

it('a model that cannot stream is streamed', async () => {
  const { steps } = await run(twice(callParis, 'Done.'), { after: [simulateStreamingMiddleware()] })
  expect(steps).toEqual([['tool-call', 'tool-result'], ['text Done.']])
})

it('a model of the older specification is taken too', async () => {
  const upstream = await replay([callParis, 'Done.'])
  const older = createOlder({ name: 'local', baseURL: `${upstream.url}/v1` }).chatModel('m')
  // Its types are those of another version of `@ai-sdk/provider`, a `readonly` apart.
  const model: LanguageModel = Reflect.apply(wrapLanguageModel, undefined, [
    { model: older, middleware: toolMiddleware({ dialect: 'qwen3' }) },
  ])
  const { steps } = await generateText({ model, tools, stopWhen, prompt })
  expect(steps.map(({ content }) => told(content))).toEqual([['tool-call', 'tool-result'], ['text Done.']])
})

it('ours twice is as good as once', async () => {
  const again = [toolMiddleware({ dialect: 'qwen3' })]
  const { steps } = await run(twice(callParis, 'Done.'), { after: again })
  expect(steps).toEqual([['tool-call', 'tool-result'], ['text Done.']])
})

it('JSON in a fence is the answer that was asked for', async () => {
  const { model } = await connect([callParis, '```json\n{"degrees": 18}\n```'], {
    before: [extractJsonMiddleware()],
  })
  const schema = z.object({ degrees: z.number() })
  const { output } = await generateText({ model, tools, stopWhen, prompt, output: Output.object({ schema }) })
  expect(output).toEqual({ degrees: 18 })
})

it('JSON grows in a stream, after a call', async () => {
  const { model } = await connect([callParis, '{"degrees": 18}'])
  const schema = z.object({ degrees: z.number() })
  const { partialOutputStream, output } = streamText({
    model,
    tools,
    stopWhen,
    prompt,
    output: Output.object({ schema }),
  })
  const grown: unknown[] = []
  for await (const partial of partialOutputStream) grown.push(partial)
  expect(grown.at(-1)).toEqual({ degrees: 18 })
  expect(await output).toEqual({ degrees: 18 })
})

it('an agent loops, and repairs a call in its own way', async () => {
  const { model, upstream } = await connect([
    '<tool_call>\n{"name": "get_weather", "arguments": {"town": "Paris"}}\n</tool_call>',
    'It is 18 °C.',
  ])
  const agent = new ToolLoopAgent({
    model,
    tools,
    instructions: 'Be brief.',
    repairToolCall: async ({ toolCall }) => ({ ...toolCall, input: toolCall.input.replace('town', 'city') }),
  })
  const { text, steps } = await agent.generate({ prompt })
  expect(text).toBe('It is 18 °C.')
  expect(steps[0]?.toolResults[0]?.output).toBe('18 °C in Paris')
  expect(sent(upstream, 1)[2]?.content).toBe(callParis)
})
