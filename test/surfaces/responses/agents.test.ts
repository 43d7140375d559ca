import {
  Agent,
  type AgentOutputType,
  MaxTurnsExceededError,
  ModelBehaviorError,
  OpenAIResponsesModel,
  Runner,
  setDefaultOpenAIClient,
  setTracingDisabled,
  tool,
} from '@openai/agents'
import { APIError, BadRequestError } from 'openai'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { callParis, connect, failure, kinds, twoCalls } from '../../middleware/setup.js'

// It would try to reach a server of OpenAI's.
setTracingDisabled(true)

/** An agent with two tools, and what it asked of them. */
async function guide(...[replies, options]: Parameters<typeof connect>) {
  const { client, upstream } = await connect(replies, options)
  const asked: string[] = []
  const cityTool = (name: string) =>
    tool({
      name,
      description: 'A tool.',
      parameters: z.object({ city: z.string() }),
      execute: ({ city }) => {
        asked.push(`${name} ${city}`)
        return `${name} of ${city}`
      },
    })
  const agent = new Agent({
    name: 'Guide',
    instructions: 'Be brief.',
    model: new OpenAIResponsesModel(client, 'm'),
    tools: [cityTool('get_weather'), cityTool('get_time')],
  })
  return { client, upstream, asked, agent }
}

const question = 'Weather and time?'

/** Both ways to run an agent: what it says in the end. */
const ways: [string, <Output extends AgentOutputType>(agent: Agent<unknown, Output>) => Promise<unknown>][] =
  [
    ['whole', async (agent) => (await new Runner().run(agent, question)).finalOutput],
    [
      'streamed',
      async (agent) => {
        const result = await new Runner().run(agent, question, { stream: true })
        for await (const _ of result);
        await result.completed
        return result.finalOutput
      },
    ],
  ]

describe.each(ways)('the Agents SDK (%s)', (_, run) => {
  it.each(kinds)('runs two parallel tools and goes on, over a %s upstream', async (kind) => {
    const replies = [`<think>\nTwo.\n</think>\n\n${twoCalls}`, '<think>\nSo.\n</think>\n\nSunny, and 3 pm.']
    const { agent, asked, upstream } = await guide(replies, { upstream: kind })
    expect(await run(agent)).toBe('Sunny, and 3 pm.')
    expect(asked).toEqual(['get_weather Paris', 'get_time Oslo 🌍 é'])
    const shown = JSON.stringify(upstream.requests[1]?.body)
    for (const text of ['Be brief.', 'Let me look.', 'get_weather of Paris', 'get_time of Oslo']) {
      expect(shown).toContain(text)
    }
  })

  it('shows the model what it thought before', async () => {
    const { agent, upstream } = await guide([`<think>\nTwo.\n</think>\n\n${callParis}`, 'Sunny.'])
    await run(agent)
    expect(upstream.requests[1]?.body.messages).toMatchObject([
      { role: 'system' },
      { role: 'user', content: question },
      { role: 'assistant', reasoning_content: 'Two.' },
      { role: 'user', content: '<tool_response>\nget_weather of Paris\n</tool_response>' },
    ])
  })

  it('repairs a call before its tool runs', async () => {
    const broken = "<tool_call>\n{'name': 'get_weather', 'arguments': {'city': 'Paris',}}\n</tool_call>"
    const { agent, asked } = await guide([broken, 'Sunny.'])
    expect(await run(agent)).toBe('Sunny.')
    expect(asked).toEqual(['get_weather Paris'])
  })

  it('may be spared calls of tools that there are not', async () => {
    const unknown = '<tool_call>\n{"name": "zzz", "arguments": {}}\n</tool_call>'
    expect(String(await failure(run((await guide([unknown])).agent)))).toContain('zzz not found')
    expect(await run((await guide([unknown], { unknownTool: 'text' })).agent)).toBe(unknown)
  })

  it('ends where the model has nothing to say', async () => {
    const { agent, upstream } = await guide([''])
    expect(await run(agent)).toBe('')
    expect(upstream.requests).toHaveLength(1)
  })

  it('hands over to another agent', async () => {
    const { client, upstream, agent } = await guide([
      '<tool_call>\n{"name": "transfer_to_Guide", "arguments": {}}\n</tool_call>',
      callParis,
      'Sunny.',
    ])
    const model = new OpenAIResponsesModel(client, 'm')
    const desk = new Agent({ name: 'Desk', instructions: 'Hand over.', model, handoffs: [agent] })
    expect(await run(desk)).toBe('Sunny.')
    expect(upstream.requests).toHaveLength(3)
  })

  it('gives an answer of the type that it was asked for', async () => {
    const { agent, asked } = await guide([twoCalls, '{"celsius": 18}'])
    const { model, tools } = agent
    const outputType = z.object({ celsius: z.number() })
    const typed = new Agent({ name: 'Typed', instructions: 'Answer in JSON.', model, tools, outputType })
    expect(await run(typed)).toEqual({ celsius: 18 })
    expect(asked).toHaveLength(2)
  })

  it('runs no tool of a response in which a call was cut short', async () => {
    const cut = { text: `${callParis}\n${callParis.slice(0, -30)}`, finish: 'length' }
    const { agent, asked } = await guide([cut, 'Done.'])
    const error = await failure(run(agent))
    expect(error).toBeInstanceOf(ModelBehaviorError)
    expect(String(error)).toContain('incomplete')
    expect(asked).toEqual([])
  })

  it('fails with the words of the upstream, before an answer and within it', async () => {
    const frame = { error: { message: 'out of memory', code: 'oom' } }
    for (const fault of [
      { status: 400, body: frame },
      { form: 'stream' as const, error: { after: 12, frame } },
    ]) {
      const { agent, asked } = await guide([{ text: twoCalls, fault }])
      const error = await failure(run(agent))
      expect(error).toBeInstanceOf(APIError)
      expect(String(error)).toContain('out of memory')
      expect(asked).toEqual([])
    }
  })
})

describe('the Agents SDK', () => {
  it('is told which field is wrong', async () => {
    const { agent } = await guide(['x'])
    const error = await failure(new Runner().run(agent, question, { previousResponseId: 'resp_1' }))
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({ param: 'previous_response_id' })
  })

  it('goes on from an earlier run by its id alone', async () => {
    const { agent, upstream } = await guide([twoCalls, 'Sunny, 3 pm.', 'You are welcome.'])
    const first = await new Runner().run(agent, question)
    const previousResponseId = first.lastResponseId ?? ''
    expect((await new Runner().run(agent, 'Thanks.', { previousResponseId })).finalOutput).toBe(
      'You are welcome.',
    )
    const last = JSON.stringify(upstream.requests[2]?.body)
    for (const said of [question, 'get_weather of Paris', 'Sunny, 3 pm.', 'Thanks.'])
      expect(last).toContain(said)
  })

  it('stops where the model calls without end', async () => {
    const { agent, asked } = await guide([callParis])
    const error = await failure(new Runner().run(agent, question, { maxTurns: 3 }))
    expect(error).toBeInstanceOf(MaxTurnsExceededError)
    expect(asked).toHaveLength(3)
  })

  it('finds its model by the default client', async () => {
    const { client, agent, asked } = await guide([twoCalls, 'Done.'])
    setDefaultOpenAIClient(client)
    const named = new Agent({ name: 'Named', instructions: 'Be brief.', model: 'm', tools: agent.tools })
    expect((await new Runner().run(named, question)).finalOutput).toBe('Done.')
    expect(asked).toHaveLength(2)
  })
})
