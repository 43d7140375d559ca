import { ChatOpenAI } from '@langchain/openai'
import { createAgent, tool } from 'langchain'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { toolFetch } from '../../src/middleware/fetch.js'
import { askDashScope } from '../surfaces/dashscope-client.js'
import { ask, callOslo, callParis, collect, connect, tools, twoCalls } from './setup.js'

const cut = { text: `${callParis}\n${callOslo.slice(0, -30)}`, finish: 'length' }

describe('calls in one piece', () => {
  it('are one delta each, with id, type, name and all arguments', async () => {
    const { client } = await connect([twoCalls], { calls: 'whole' })
    const chunks = await collect(await client.chat.completions.create({ ...ask, stream: true }))
    const entries = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? [])
    const id = expect.stringMatching(/^call_\w{24}$/)
    expect(entries).toEqual([
      { index: 0, id, type: 'function', function: { name: 'get_weather', arguments: '{"city": "Paris"}' } },
      { index: 1, id, type: 'function', function: { name: 'get_time', arguments: '{"city": "Oslo 🌍 é"}' } },
    ])
  })

  it('are so of a custom tool', async () => {
    const { client } = await connect(
      ['<tool_call>\n{"name": "sh", "arguments": {"input": "ls -l"}}\n</tool_call>'],
      { calls: 'whole' },
    )
    const body = { ...ask, tools: [{ type: 'custom' as const, custom: { name: 'sh' } }] }
    const chunks = await collect(await client.chat.completions.create({ ...body, stream: true }))
    const entries = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? [])
    expect(entries).toMatchObject([{ index: 0, type: 'custom', custom: { name: 'sh', input: 'ls -l' } }])
  })

  it('do not run for LangChain, which completes JSON that was cut short', async () => {
    const namesFor = async (calls: 'streamed' | 'whole') => {
      const { upstream } = await connect([cut])
      const fetch = toolFetch({ dialect: 'qwen3', calls })
      const configuration = { baseURL: `${upstream.url}/v1`, fetch }
      const model = new ChatOpenAI({ model: 'm', apiKey: '-', configuration }).bindTools(tools)
      const [first, ...rest] = await collect(await model.stream('Weather?'))
      const message = rest.reduce((whole, chunk) => whole.concat(chunk), first ?? expect.fail('no chunk'))
      return (message.tool_calls ?? []).map(({ name }) => name)
    }
    expect(await namesFor('streamed')).toEqual(['get_weather', 'get_time'])
    expect(await namesFor('whole')).toEqual(['get_weather'])
  })

  it('run whole by the client’s own loop', async () => {
    const { client } = await connect([twoCalls, 'Sunny.'], { calls: 'whole' })
    const ran: string[] = []
    const runner = client.chat.completions.runTools({
      model: 'm',
      stream: true,
      messages: ask.messages,
      tools: tools.map((tool) => ({
        ...tool,
        function: {
          ...tool.function,
          description: 'A tool.',
          function: (text: string) => {
            ran.push(text)
            return 'ok'
          },
        },
      })),
    })
    expect(await runner.finalContent()).toBe('Sunny.')
    expect(ran).toEqual(['{"city": "Paris"}', '{"city": "Oslo 🌍 é"}'])
  })

  it('run in an agent of LangChain, which keeps messages apart by their ids', async () => {
    const { upstream } = await connect([callParis, callOslo, 'Sunny.'])
    const fetch = toolFetch({ dialect: 'qwen3', calls: 'whole' })
    const configuration = { baseURL: `${upstream.url}/v1`, fetch }
    const agent = createAgent({
      model: new ChatOpenAI({ model: 'm', apiKey: '-', configuration }),
      tools: ['get_weather', 'get_time'].map((name) =>
        tool(({ city }) => `${name} of ${city}`, { name, schema: z.object({ city: z.string() }) }),
      ),
    })
    const { messages } = await agent.invoke({ messages: ask.messages })
    expect(messages.map(({ type, text }) => [type, text])).toEqual([
      ['human', 'Weather?'],
      ['ai', ''],
      ['tool', 'get_weather of Paris'],
      ['ai', ''],
      ['tool', 'get_time of Oslo 🌍 é'],
      ['ai', 'Sunny.'],
    ])
  })

  it('is an option with two words', () => {
    const options = { dialect: 'qwen3', calls: 'half' }
    expect(() => Reflect.apply(toolFetch, undefined, [options])).toThrow(
      `calls must be 'streamed' or 'whole', not "half"`,
    )
  })
})

describe('a call that is long in the writing', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  /** Every piece of a call takes six seconds. */
  const slowly = {
    calls: 'whole' as const,
    onEvent: ({ type }: { type: string }) => {
      if (type === 'tool-call-arguments') vi.setSystemTime(Date.now() + 6_000)
    },
  }

  it('has chunks that say nothing', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { client } = await connect([twoCalls], slowly)
    const chunks = await collect(await client.chat.completions.create({ ...ask, stream: true }))
    const silent = chunks.filter(
      ({ choices: [choice] }) => choice?.finish_reason === null && Object.keys(choice.delta).length === 0,
    )
    expect(silent.length).toBeGreaterThan(2)
    const { choices } = await client.chat.completions.stream(ask).finalChatCompletion()
    expect(choices[0]?.message.tool_calls).toHaveLength(2)
  })

  it('has events of Responses that say it goes on, and the client reads all of it', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { client } = await connect([twoCalls], slowly)
    const stream = client.responses.stream({
      model: 'm',
      input: 'Weather?',
      tools: tools.map(({ function: { name, parameters } }) => ({
        type: 'function',
        name,
        parameters,
        strict: false,
      })),
    })
    const types: string[] = []
    stream.on('event', ({ type }) => types.push(type))
    const { output, output_text } = await stream.finalResponse()
    expect(output_text).toBe('Let me look.')
    expect(output.map(({ type }) => type)).toEqual(['message', 'function_call', 'function_call'])
    expect(types.filter((type) => type === 'response.in_progress').length).toBeGreaterThan(2)
  })

  it.each([true, false])(
    'has events of DashScope without anything new (incremental: %s)',
    async (incremental) => {
      vi.useFakeTimers({ toFake: ['Date'] })
      const { upstream } = await connect([twoCalls])
      const fetch = toolFetch({ dialect: 'qwen3', ...slowly })
      const body = {
        model: 'm',
        input: { messages: ask.messages },
        parameters: { result_format: 'message', incremental_output: incremental, tools },
      }
      const answers = await askDashScope(fetch, upstream.url, body, { streamed: true })
      const said = answers.map((answer) => JSON.stringify(answer.output))
      const repeated = said.filter((text, index) => text === said[index - 1] || text.includes('"content":""'))
      expect(repeated.length).toBeGreaterThan(2)
    },
  )
})
