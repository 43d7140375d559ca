import { Agent, OpenAIResponsesModel, Runner, setTracingDisabled, tool, toolNamespace } from '@openai/agents'
import { BadRequestError } from 'openai'
import type {
  NamespaceTool,
  ResponseCreateParamsNonStreaming,
  ResponseInputItem,
} from 'openai/resources/responses/responses'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { connect, failure } from '../../middleware/setup.js'

// It would try to reach a server of OpenAI's.
setTracingDisabled(true)

const parameters = { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer' } } }
const weather: NamespaceTool = {
  type: 'namespace',
  name: 'mcp__w',
  description: 'The weather office.',
  tools: [
    { type: 'function', name: 'forecast', description: 'Some days.', parameters, strict: false },
    { type: 'function', name: 'stations', parameters: { type: 'object' }, strict: false },
    { type: 'custom', name: 'query' },
  ],
}
const plain: NamespaceTool = {
  type: 'namespace',
  name: 'functions',
  description: '',
  tools: [{ type: 'custom', name: 'exec' }],
}
const call = (name: string, args: object) =>
  `<tool_call>\n${JSON.stringify({ name, arguments: args })}\n</tool_call>\n`
const reply = [
  call('mcp__w__forecast', { city: 'Paris', days: '3' }),
  call('mcp__w.stations', {}),
  call('mcp__w__query', { input: 'select 1' }),
  call('functions.exec', { input: 'ls' }),
].join('')
const calls = [
  { type: 'function_call', namespace: 'mcp__w', name: 'forecast', arguments: '{"city":"Paris","days":3}' },
  { type: 'function_call', namespace: 'mcp__w', name: 'stations', arguments: '{}' },
  { type: 'custom_tool_call', namespace: 'mcp__w', name: 'query', input: 'select 1' },
  { type: 'custom_tool_call', namespace: 'functions', name: 'exec', input: 'ls' },
]
const ask = { model: 'm', input: 'Weather?', tools: [weather, plain] }

describe('tools in namespaces', () => {
  it.each([false, true])('are called by the names that they have there (streamed: %s)', async (streamed) => {
    const { client, upstream } = await connect([reply])
    const response = streamed
      ? await client.responses.stream(ask).finalResponse()
      : await client.responses.create(ask)
    expect(response.output).toMatchObject(calls)
    expect(response.tools).toEqual(ask.tools)

    const [system] = Object(upstream.requests[0]?.body.messages)
    expect(system.content).toContain(
      '"name": "mcp__w__forecast", "description": "The weather office.\\n\\nSome days."',
    )
    expect(system.content.split('The weather office.')).toHaveLength(2)
    expect(system.content).toContain('"name": "exec"')
  })

  it('say so in the events of a stream', async () => {
    const { client } = await connect([call('mcp__w__forecast', { city: 'Oslo' })])
    const items = []
    for await (const event of await client.responses.create({ ...ask, stream: true })) {
      if (event.type === 'response.output_item.added' || event.type === 'response.output_item.done')
        items.push(event.item)
    }
    expect(items).toMatchObject([
      { namespace: 'mcp__w', name: 'forecast', status: 'in_progress' },
      { namespace: 'mcp__w', name: 'forecast', status: 'completed' },
    ])
  })

  it('have the same names in what was said before', async () => {
    const { client, upstream } = await connect(['Sunny.'])
    const input: ResponseInputItem[] = [
      { role: 'user', content: 'Weather?' },
      { type: 'function_call', call_id: 'c1', namespace: 'mcp__w', name: 'forecast', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c1', output: '18 °C' },
      { type: 'custom_tool_call', call_id: 'c2', namespace: 'functions', name: 'exec', input: 'ls' },
      { type: 'custom_tool_call_output', call_id: 'c2', output: 'a.txt' },
    ]
    await client.responses.create({ ...ask, input })
    const sent = JSON.stringify(upstream.requests[0]?.body.messages)
    expect(sent).toContain('<tool_call>\\n{\\"name\\": \\"mcp__w__forecast\\", \\"arguments\\": {}}')
    expect(sent).toContain('<tool_call>\\n{\\"name\\": \\"exec\\", \\"arguments\\": {\\"input\\": \\"ls\\"}}')
  })

  it.each<[string, NonNullable<ResponseCreateParamsNonStreaming['tool_choice']>]>([
    ['by its name', { type: 'function', name: 'stations' }],
    ['by its namespace and name', { type: 'function', name: 'mcp__w.stations' }],
    ['by the name that the model is told', { type: 'function', name: 'mcp__w__stations' }],
  ])('can be chosen %s', async (_, tool_choice) => {
    const { client, upstream } = await connect(['{}}\n</tool_call>'], { upstream: 'completion' })
    const { output } = await client.responses.create({ ...ask, tool_choice })
    expect(upstream.requests[0]?.body.prompt).toMatch(/"mcp__w__stations", "arguments":$/)
    expect(output).toMatchObject([{ type: 'function_call', namespace: 'mcp__w', name: 'stations' }])
  })

  it('can be allowed one by one', async () => {
    const { client } = await connect([reply])
    const tools = [{ type: 'function', name: 'forecast' }]
    const { output } = await client.responses.create({
      ...ask,
      tool_choice: { type: 'allowed_tools', mode: 'auto', tools },
    })
    expect(output.filter(({ type }) => type !== 'message')).toMatchObject(calls.slice(0, 1))
  })

  it('can be allowed all together', async () => {
    const { client } = await connect([reply])
    const { output } = await client.responses.create({
      ...ask,
      tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'namespace', name: 'mcp__w' }] },
    })
    expect(output.filter(({ type }) => type !== 'message')).toMatchObject(calls.slice(0, 3))
  })

  it.each([false, true])('are run by the Agents SDK, chosen or not (stream: %s)', async (stream) => {
    const { client, upstream } = await connect([call('crm__find', { city: 'Oslo' }), 'In the north.'])
    const find = tool({
      name: 'find',
      description: 'Finds one.',
      parameters: z.object({ city: z.string() }),
      execute: ({ city }) => `found ${city}`,
    })
    const agent = new Agent({
      name: 'Guide',
      model: new OpenAIResponsesModel(client, 'm'),
      modelSettings: { toolChoice: 'crm.find' },
      tools: toolNamespace({ name: 'crm', description: 'Customers.', tools: [find] }),
    })
    const runner = new Runner()
    const result = stream
      ? await runner.run(agent, 'Find it.', { stream: true })
      : await runner.run(agent, 'Find it.')
    if ('completed' in result) await result.completed
    expect(result.finalOutput).toBe('In the north.')
    const sent = JSON.stringify(upstream.requests[1]?.body.messages)
    expect(sent).toContain('{\\"name\\": \\"crm__find\\", \\"arguments\\": {\\"city\\":\\"Oslo\\"}}')
    expect(sent).toContain('found Oslo')
  })

  it('are not mistaken for one another', async () => {
    const { client } = await connect(['x'])
    const twice = { ...ask, tools: [weather, { ...weather, name: 'other' }] }
    const choice = { type: 'function' as const, name: 'stations' }
    expect(await failure(client.responses.create({ ...twice, tool_choice: choice }))).toBeInstanceOf(
      BadRequestError,
    )
  })
})

describe('tools that the input adds', () => {
  const added: ResponseInputItem = { type: 'additional_tools', role: 'developer', tools: [weather, plain] }

  it('are called like any other, and are there in the next request', async () => {
    const { client, upstream } = await connect([reply])
    const first = await client.responses.create({
      model: 'm',
      input: [added, { role: 'user', content: 'Weather?' }],
    })
    expect(first.output).toMatchObject(calls)
    const second = client.responses.stream({ model: 'm', previous_response_id: first.id, input: 'Go on.' })
    expect((await second.finalResponse()).output).toMatchObject(calls)
    expect(JSON.stringify(upstream.requests[1]?.body.messages)).toContain('mcp__w__forecast')
  })

  it('take the place of those that had their names', async () => {
    const { client, upstream } = await connect(['Sunny.'])
    const again = { ...weather, description: 'The new office.' }
    await client.responses.create({
      model: 'm',
      tools: [weather],
      input: [
        { role: 'user', content: 'Weather?' },
        { type: 'additional_tools', role: 'developer', tools: [again] },
      ],
    })
    const [system] = Object(upstream.requests[0]?.body.messages)
    expect(system.content).toContain('The new office.')
    expect(system.content.split('mcp__w__forecast')).toHaveLength(2)
  })
})
