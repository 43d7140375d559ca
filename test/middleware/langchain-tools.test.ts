import { AIMessage } from '@langchain/core/messages'
import { RunnableLambda } from '@langchain/core/runnables'
import { DynamicTool, StructuredTool } from '@langchain/core/tools'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { describeViolations } from '../../src/describe-violations.js'
import { ToolChatModel, toolshimOf } from '../../src/middleware/langchain.js'
import {
  callOslo,
  callParis,
  callText,
  chatOpenAI,
  getTime,
  getWeather,
  join,
  replay,
} from './langchain-setup.js'

const tools = [getWeather, getTime]
const city = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }

async function ask(replies: Parameters<typeof replay>[0]) {
  const upstream = await replay(replies)
  const model = new ToolChatModel({ model: chatOpenAI(upstream), dialect: 'qwen3' })
  return { model, upstream, prompt: (at = 0) => JSON.stringify(upstream.requests[at]?.body.messages) }
}

class WeatherTool extends StructuredTool {
  name = 'get_weather'
  description = 'Tells the weather.'
  schema = z.object({ city: z.string() })

  protected override async _call({ city }: { city: string }): Promise<string> {
    return city
  }
}

describe('a tool can be', () => {
  test.each([
    ['a tool of LangChain', getWeather],
    ['a class', new WeatherTool()],
    [
      'a runnable',
      RunnableLambda.from(({ city }: { city: string }) => city).asTool({
        name: 'get_weather',
        description: 'Tells the weather.',
        schema: z.object({ city: z.string() }),
      }),
    ],
    ['a name and a zod schema', { name: 'get_weather', schema: z.object({ city: z.string() }) }],
    ['a name and a JSON schema', { name: 'get_weather', schema: city }],
    ['a definition of OpenAI’s', { type: 'function', function: { name: 'get_weather', parameters: city } }],
    [
      'one with a zod schema',
      { type: 'function', function: { name: 'get_weather', parameters: z.object({ city: z.string() }) } },
    ],
    ['a definition of the Responses protocol', { type: 'function', name: 'get_weather', parameters: city }],
    ['a definition of Anthropic’s', { name: 'get_weather', input_schema: city }],
    ['a tool of MCP', { name: 'get_weather', inputSchema: city }],
    ['a JSON schema with a title', { title: 'get_weather', ...city }],
    ['a zod schema with a title', z.object({ city: z.string() }).meta({ title: 'get_weather' })],
  ])('%s', async (_, tool) => {
    const { model, prompt } = await ask([callText('get_weather', { city: 75001 })])
    const message = await model.bindTools([tool]).invoke('Weather?')
    expect(prompt()).toContain('\\"name\\": \\"get_weather\\"')
    expect(prompt()).toContain('\\"required\\": [\\"city\\"]')
    // Its schema is known: what the model wrote as a number was to be text.
    expect(message.tool_calls).toMatchObject([
      { type: 'tool_call', name: 'get_weather', args: { city: '75001' } },
    ])
  })

  test('a tool that takes text', async () => {
    const search = new DynamicTool({ name: 'search', description: 'Searches.', func: async (text) => text })
    const { model } = await ask([callText('search', { input: 'cats' })])
    const message = await model.bindTools([search]).invoke('Search cats.')
    const [call] = message.tool_calls ?? []
    expect(call?.args).toEqual({ input: 'cats' })
    expect(await search.invoke(call ? { ...call, type: 'tool_call' } : '')).toMatchObject({ content: 'cats' })
  })

  test('a custom tool, whose free text is its input', async () => {
    const { model } = await ask([callText('run', { input: 'print("hi")\n' })])
    const bound = model.bindTools([{ type: 'custom', custom: { name: 'run', description: 'Runs Python.' } }])
    for (const message of [await bound.invoke('Run.'), await join(await bound.stream('Run.'))]) {
      expect(message.tool_calls).toMatchObject([{ name: 'run', args: { input: 'print("hi")\n' } }])
    }
  })

  test('no other thing', () => {
    const model = new ToolChatModel({ model: chatOpenAI({ url: 'http://127.0.0.1:1' }), dialect: 'qwen3' })
    expect(() => model.bindTools([getWeather, { type: 'web_search' }])).toThrow(
      /^tools\[1\] must be a LangChain tool/,
    )
    expect(() => model.bindTools([z.object({})])).toThrow(/^tools\[0\] must be a LangChain tool/)
    expect(() => model.bindTools([getWeather, getWeather])).toThrow(
      /^tools\[1\] has the name of an earlier tool/,
    )
    expect(() => model.bindTools(tools, { tool_choice: 'nope' })).toThrow(/^tool_choice names "nope"/)
    expect(() => model.bindTools([], { tool_choice: 'any' })).toThrow(/^tool_choice is 'required'/)
    expect(() => model.bindTools(tools, { tool_choice: { type: 'nope' } })).toThrow(/^tool_choice must be/)
  })

  test('nothing at all', async () => {
    const { model, prompt } = await ask([callParis])
    const message = await model.bindTools([]).invoke('Hi')
    expect(message.text).toBe(callParis)
    expect(prompt()).not.toContain('# Tools')
  })
})

describe('a tool choice', () => {
  const twoCalls = `${callParis}\n${callOslo}`

  test.each([
    ['auto', ['get_weather', 'get_time']],
    [{ type: 'auto' }, ['get_weather', 'get_time']],
    [undefined, ['get_weather', 'get_time']],
    ['any', ['get_weather', 'get_time']],
    ['required', ['get_weather', 'get_time']],
    [{ type: 'any' }, ['get_weather', 'get_time']],
    ['none', []],
    [{ type: 'none' }, []],
  ])('of %o', async (choice, names) => {
    const { model, prompt } = await ask([twoCalls])
    const bound = model.bindTools(tools, choice === undefined ? {} : { tool_choice: choice })
    const message = await bound.invoke('Weather?')
    expect(message.tool_calls?.map(({ name }) => name)).toEqual(names)
    expect(prompt().includes('# Tools')).toBe(names.length > 0)
  })

  test.each([
    'get_time',
    { type: 'function', function: { name: 'get_time' } },
    { type: 'function', name: 'get_time' },
    { type: 'tool', name: 'get_time' },
  ])('of the one tool, %o', async (choice) => {
    const { model, prompt } = await ask([callOslo, callParis])
    const bound = model.bindTools(tools, { tool_choice: choice })
    expect((await bound.invoke('Time?')).tool_calls).toMatchObject([{ name: 'get_time' }])
    expect(prompt()).toMatch(/must call .*get_time/)
    // What was not asked for is flagged.
    const { response_metadata: metadata } = await bound.invoke('Time?')
    expect(metadata.toolshim).toBeDefined()
  })

  test('of some', async () => {
    const { model, prompt } = await ask([callOslo])
    const allowed = { mode: 'auto', tools: [{ type: 'function', function: { name: 'get_time' } }] }
    const bound = model.bindTools(tools, { tool_choice: { type: 'allowed_tools', allowed_tools: allowed } })
    expect((await bound.invoke('Time?')).tool_calls).toMatchObject([{ name: 'get_time' }])
    expect(prompt()).toContain('get_weather')
  })

  test('that is not met is told, and no call invented', async () => {
    const { model } = await ask(['I would rather not.'])
    const message = await model.bindTools(tools, { tool_choice: 'any' }).invoke('Weather?')
    expect(message.text).toBe('I would rather not.')
    expect(message.tool_calls).toEqual([])
    expect(message.response_metadata.toolshim).toMatchObject({ changes: [{ kind: 'choice-not-met' }] })
  })

  test('and tools can come with the call', async () => {
    const { model } = await ask([twoCalls])
    const message = await model.invoke('Weather?', { tools: [getTime], tool_choice: 'get_time' })
    expect(message.tool_calls?.map(({ name }) => name)).toContain('get_time')
  })
})

test('strict tools let no other property pass', async () => {
  const { model, prompt } = await ask([callText('get_weather', { city: 'Paris', mood: 'good' })])
  const message = await model.bindTools(tools, { strict: true }).invoke('Weather?')
  expect(prompt()).toContain('\\"strict\\": true')
  expect(message.tool_calls).toMatchObject([{ args: { city: 'Paris' } }])
  expect(message.tool_calls?.[0]?.args).not.toHaveProperty('mood')
})

test('what was repaired and what does not fit is told, whole and in a stream', async () => {
  const { model } = await ask([
    "<tool_call>\n{'name': 'get_weather', 'arguments': {'town': 'Paris'}}\n</tool_call>",
  ])
  const bound = model.bindTools(tools)
  for (const message of [await bound.invoke('Weather?'), await join(await bound.stream('Weather?'))]) {
    const [call] = message.tool_calls ?? []
    const said = toolshimOf(message)
    expect(said.changes).toContainEqual(expect.objectContaining({ kind: 'single-quotes' }))
    const [violating] = said.violations ?? []
    expect(violating).toMatchObject({ id: call?.id, function: { name: 'get_weather' } })
    expect(violating && describeViolations(violating)).toContain('required property "city"')
  }
})

test('options of the parser and the renderer are taken', async () => {
  const upstream = await replay([`${callText('nope', {})}\n${callParis}\n${callParis}`])
  const warnings: string[] = []
  const model = new ToolChatModel({
    model: chatOpenAI(upstream),
    dialect: 'qwen3',
    unknownTool: 'drop',
    repeats: 'drop',
    createId: () => 'id-1',
    onWarning: ({ field }) => warnings.push(field),
  })
  const message = await model.invoke([['human', '<|im_end|>Hi']], { tools })
  expect(message.tool_calls).toMatchObject([{ id: 'id-1', name: 'get_weather' }])
  expect(warnings).toEqual(['messages[0].content'])
})

describe('structured output', () => {
  const person = z.object({ name: z.string(), age: z.number().describe('In years.') })
  const ada = { name: 'Ada', age: 36 }

  test.each([
    ['zod', person],
    ['JSON schema', { type: 'object', properties: { name: { type: 'string' }, age: { type: 'number' } } }],
  ])('of a %s', async (_, schema) => {
    const { model, prompt } = await ask([callText('extract', ada)])
    expect(await model.withStructuredOutput(schema).invoke('Ada, 36.')).toEqual(ada)
    expect(prompt()).toMatch(/must call .*extract/)
  })

  test('has the name that it is given', async () => {
    const { model } = await ask([callText('person', ada)])
    const titled = { title: 'person', type: 'object', properties: { name: { type: 'string' } } }
    const definition = { name: 'person', parameters: titled }
    expect(await model.withStructuredOutput(person, { name: 'person' }).invoke('Ada')).toEqual(ada)
    expect(await model.withStructuredOutput(titled).invoke('Ada')).toEqual(ada)
    expect(await model.withStructuredOutput(definition).invoke('Ada')).toEqual(ada)
  })

  test('is typed by its schema', async () => {
    const { model } = await ask([callText('extract', ada)])
    const result = await model.withStructuredOutput(person).invoke('Ada')
    expectTypeOf(result).toEqualTypeOf<{ name: string; age: number }>()
    const { raw, parsed } = await model.withStructuredOutput(person, { includeRaw: true }).invoke('Ada')
    expectTypeOf(parsed).toEqualTypeOf<{ name: string; age: number }>()
    expect(parsed).toEqual(ada)
    expect(AIMessage.isInstance(raw) && raw.tool_calls).toHaveLength(1)
  })

  test('streams when it is whole', async () => {
    const { model } = await ask([`Let me see. ${callText('extract', ada)}`])
    const pieces: unknown[] = []
    for await (const piece of await model.withStructuredOutput(person).stream('Ada')) pieces.push(piece)
    expect(pieces).toEqual([ada])
  })

  test('is an error where it does not fit, is missing or was cut short', async () => {
    const { model } = await ask([callText('extract', { name: 'Ada', age: 'old' }), 'Ada is 36.', cut])
    const structured = model.withStructuredOutput(person)
    await expect(structured.invoke('Ada')).rejects.toThrow(/Failed to parse/)
    await expect(structured.invoke('Ada')).rejects.toThrow(
      'made no complete call of extract; it ended with "stop"',
    )
    await expect(structured.invoke('Ada')).rejects.toThrow(
      'made no complete call of extract; it ended with "length"',
    )
    const raw = await model.withStructuredOutput(person, { includeRaw: true }).invoke('Ada')
    expect(raw.parsed).toBeNull()
  })

  test('is a call, and nothing else', async () => {
    const { model } = await ask([''])
    expect(() => model.withStructuredOutput(person, { method: 'jsonMode' })).toThrow(
      /^method: structured output/,
    )
  })

  const cut = '<tool_call>\n{"name": "extract", "arguments": {"name": "Ada", "age": 3'
})
