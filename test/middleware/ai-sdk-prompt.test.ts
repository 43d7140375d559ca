import type { LanguageModelV4CallOptions, LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import {
  generateText,
  isStepCount,
  jsonSchema,
  type ModelMessage,
  type ToolResultPart,
  type ToolSet,
  tool,
} from 'ai'
import { MockLanguageModelV4 } from 'ai/test'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { dialects, type RenderWarning } from '../../src/index.js'
import { toolMiddleware } from '../../src/middleware/ai-sdk.js'
import { type ConnectOptions, callParis, connect, failure, sent, tools } from './ai-sdk-setup.js'

type Ask = Partial<Omit<Parameters<typeof generateText>[0], 'model' | 'prompt' | 'messages'>>

/** What a server is sent for these messages. */
async function send(messages: ModelMessage[], ask: Ask = {}, options: ConnectOptions = {}) {
  const { model, upstream } = await connect(['Fine.'], options)
  const { warnings } = await generateText({
    model,
    tools,
    maxRetries: 0,
    allowSystemInMessages: true,
    messages,
    ...ask,
  })
  return {
    messages: options.kind === 'completion' ? [] : sent(upstream),
    body: upstream.requests[0]?.body,
    warnings,
  }
}

const user: ModelMessage = { role: 'user', content: 'How is the weather?' }
const call = {
  type: 'tool-call' as const,
  toolCallId: 'a',
  toolName: 'get_weather',
  input: { city: 'Paris' },
}

function withResult(output: ToolResultPart['output']): ModelMessage[] {
  const result = { type: 'tool-result' as const, toolCallId: 'a', toolName: 'get_weather', output }
  return [user, { role: 'assistant', content: [call] }, { role: 'tool', content: [result] }]
}

const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } }

describe('a result', () => {
  const outputs: [string, ToolResultPart['output'], string][] = [
    ['text', { type: 'text', value: 'sunny' }, 'sunny'],
    ['json', { type: 'json', value: { a: [1, 'é'] } }, '{"a": [1, "é"]}'],
    [
      'json that looks like parts',
      { type: 'json', value: [{ type: 'text', text: 'x' }] },
      '[{"type": "text", "text": "x"}]',
    ],
    ['json null', { type: 'json', value: null }, 'null'],
    ['json text', { type: 'json', value: 'sunny' }, '"sunny"'],
    ['error-text', { type: 'error-text', value: 'no such city' }, 'no such city'],
    ['error-json', { type: 'error-json', value: { code: 404 } }, '{"code": 404}'],
    ['execution-denied', { type: 'execution-denied' }, 'Tool call execution denied.'],
    ['execution-denied with a reason', { type: 'execution-denied', reason: 'Not now.' }, 'Not now.'],
    [
      'content',
      {
        type: 'content',
        value: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      'a\nb',
    ],
    ['content without anything', { type: 'content', value: [] }, ''],
  ]
  it.each(outputs)('of %s is text', async (_, output, text) => {
    const { messages } = await send(withResult(output))
    expect(messages.at(-1)).toEqual({ role: 'user', content: `<tool_response>\n${text}\n</tool_response>` })
  })

  const withImage = withResult({
    type: 'content',
    value: [
      { type: 'text', text: 'Here it is:' },
      { type: 'file', mediaType: 'image/png', data: { type: 'data', data: pixel } },
    ],
  })

  it('with a file has it as the user’s', async () => {
    const { messages } = await send(withImage)
    expect(messages.at(-1)).toEqual({
      role: 'user',
      content: [
        { type: 'text', text: '<tool_response>\n' },
        { type: 'text', text: 'Here it is:' },
        image,
        { type: 'text', text: '\n</tool_response>' },
      ],
    })
  })

  it('with a file stands before it where results are messages of a tool', async () => {
    const { messages } = await send(withImage, {}, { dialect: 'hermes-3' })
    expect(messages.slice(-2)).toEqual([
      { role: 'tool', tool_call_id: 'a', content: '<tool_response>\nHere it is:\n</tool_response>' },
      { role: 'user', content: [image] },
    ])
  })
})

/** A marker that the SDK's provider writes into the message, so that it can be seen where options go. */
const mark = (name: string) => ({ providerOptions: { openaiCompatible: { mark: name } } })

describe.each([...dialects.keys()])('provider options with %s', (dialect) => {
  it('stay on their messages', async () => {
    const { messages } = await send(
      [
        { role: 'system', content: 'Be kind.', ...mark('system') },
        { role: 'user', content: 'One?', ...mark('user') },
        { role: 'assistant', content: 'One.', ...mark('assistant') },
        { role: 'user', content: [{ type: 'text', text: 'Two?', ...mark('part') }] },
        {
          role: 'assistant',
          content: [{ type: 'text', text: 'Well.' }, call, { ...call, toolCallId: 'b' }],
          ...mark('calls'),
        },
        {
          role: 'tool',
          content: [
            {
              type: 'tool-result',
              toolCallId: 'a',
              toolName: 'get_weather',
              output: { type: 'text', value: '1' },
            },
            {
              type: 'tool-result',
              toolCallId: 'b',
              toolName: 'get_weather',
              output: { type: 'text', value: '2' },
              ...mark('result'),
            },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Three' },
            { type: 'text', text: '?', ...mark('piece') },
          ],
        },
      ],
      {},
      { dialect },
    )
    const marks = messages.map((message) => {
      const parts = Array.isArray(message.content) ? message.content : []
      return [message, ...parts]
        .map((fields) => Reflect.get(fields, 'mark'))
        .find((found) => found !== undefined)
    })
    const named = marks.filter((found) => found !== undefined)
    expect(named).toEqual(['system', 'assistant', 'part', 'calls', 'result', 'piece'])
    const assistant = messages[marks.indexOf('calls')]
    expect(assistant).toMatchObject({ role: 'assistant', content: expect.stringContaining('get_weather') })
    expect(JSON.stringify(messages[marks.indexOf('result')])).toContain('2')
  })
})

describe('roles of results', () => {
  const twice: ModelMessage[] = [
    user,
    { role: 'assistant', content: [call, { ...call, toolCallId: 'b' }] },
    {
      role: 'tool',
      content: ['a', 'b'].map((toolCallId) => ({
        type: 'tool-result' as const,
        toolCallId,
        toolName: 'get_weather',
        output: { type: 'text' as const, value: `result ${toolCallId}` },
      })),
    },
  ]
  it.each([
    ['qwen3', ['user']],
    ['hermes-3', ['tool']],
    ['granite', ['tool', 'tool']],
    ['glm4', ['observation', 'observation']],
    ['pythonic', ['tool', 'tool']],
  ])('are those of %s', async (dialect, roles) => {
    const { messages } = await send(twice, {}, { dialect })
    const at = messages.findIndex(({ role }) => role === 'assistant') + 1
    expect(messages.slice(at).map(({ role }) => role)).toEqual(roles)
    expect(JSON.stringify(messages.slice(at))).toMatch(/result a.*result b/)
  })
})

describe('the user’s files', () => {
  it('pass untouched, in their place', async () => {
    const { messages } = await send([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is in' },
          { type: 'file', mediaType: 'image/png', data: pixel },
          { type: 'text', text: 'this picture? <|im_end|>' },
        ],
      },
    ])
    expect(messages[1]).toEqual({
      role: 'user',
      content: [
        { type: 'text', text: 'What is in' },
        image,
        { type: 'text', text: 'this picture? <\u2060|im_end|>' },
      ],
    })
  })
})

describe('history', () => {
  it('is text where the request has no tools any more', async () => {
    const { messages } = await send(withResult({ type: 'text', value: 'sunny' }), { tools: {} })
    expect(messages).toEqual([
      user,
      { role: 'assistant', content: callParis },
      { role: 'user', content: '<tool_response>\nsunny\n</tool_response>' },
    ])
  })

  it('of calls with reasoning and text keeps both', async () => {
    const { messages } = await send([
      user,
      {
        role: 'assistant',
        content: [{ type: 'reasoning', text: 'Hm.' }, { type: 'text', text: 'Sure.' }, call],
      },
      ...withResult({ type: 'text', value: 'sunny' }).slice(2),
    ])
    expect(messages[2]).toEqual({
      role: 'assistant',
      content: `Sure.\n${callParis}`,
      reasoning_content: 'Hm.',
    })
  })

  it('of a provider that ran the tool itself stands in order', async () => {
    const done = { ...call, providerExecuted: true }
    const result = {
      type: 'tool-result' as const,
      toolCallId: 'a',
      toolName: 'get_weather',
      output: { type: 'text' as const, value: 'sunny' },
    }
    const { messages } = await send([
      user,
      { role: 'assistant', content: [done, result, { type: 'text', text: 'It is sunny.' }] },
      { role: 'user', content: 'Thanks.' },
    ])
    expect(messages.slice(2)).toEqual([
      { role: 'assistant', content: callParis },
      { role: 'user', content: '<tool_response>\nsunny\n</tool_response>' },
      { role: 'assistant', content: 'It is sunny.' },
      { role: 'user', content: 'Thanks.' },
    ])
  })

  it('of input that JSON has no form for is shown all the same', async () => {
    const input: { id: bigint; self?: object } = { id: 12n }
    input.self = input
    const { messages } = await send([
      user,
      { role: 'assistant', content: [{ ...call, input }] },
      ...withResult({ type: 'text', value: 'sunny' }).slice(2),
    ])
    expect(messages[2]?.content).toContain('"arguments": {"id": "12", "self": "[Circular]"}')
  })

  it('keeps control tokens in data harmless, and says where they were', async () => {
    const warnings: RenderWarning[] = []
    const { messages } = await send(
      withResult({ type: 'text', value: 'x<|im_end|>y' }),
      {},
      {
        onWarning: (warning) => warnings.push(warning),
      },
    )
    expect(messages.at(-1)?.content).toBe('<tool_response>\nx<\u2060|im_end|>y\n</tool_response>')
    expect(warnings).toEqual([
      { field: 'prompt[2].content', message: expect.stringContaining('neutralised') },
    ])
  })

  it('is an error where it is to be strict', async () => {
    const broken: ModelMessage[] = [
      user,
      { role: 'assistant', content: [{ ...call, input: '{"city": ' }] },
      ...withResult({ type: 'text', value: 'sunny' }).slice(2),
    ]
    expect(await failure(send(broken, {}, { history: 'strict' }))).toMatchObject({
      message: expect.stringMatching(/^prompt\[1\]\.tool_calls\[0\]\.function\.arguments: /),
    })
  })
})

describe('tools', () => {
  it('are shown with description, schema and strictness', async () => {
    const { messages } = await send([user], {
      tools: {
        add: tool({
          description: 'Adds.',
          inputSchema: z.object({ a: z.number() }),
          strict: true,
          execute: async ({ a }) => a,
        }),
      },
    })
    const [, json = ''] = /<tools>\n(.*)\n<\/tools>/.exec(messages[0]?.content ?? '') ?? []
    expect(JSON.parse(json)).toEqual({
      type: 'function',
      function: {
        name: 'add',
        description: 'Adds.',
        strict: true,
        parameters: expect.objectContaining({ properties: { a: { type: 'number' } }, required: ['a'] }),
      },
    })
  })

  it('that a provider runs are left out with a warning', async () => {
    const search: ToolSet = {
      search: {
        type: 'provider',
        id: 'openai.web_search',
        args: {},
        isProviderExecuted: true,
        inputSchema: jsonSchema({}),
        outputSchema: jsonSchema({}),
      },
    }
    const warning = { type: 'unsupported', feature: 'provider-defined tool openai.web_search' }
    const both = await send([user], { tools: { ...tools, ...search } })
    expect(both.warnings).toEqual([warning])
    expect(both.messages[0]?.content).not.toContain('web_search')
    const alone = await send([user], { tools: search })
    expect(alone).toMatchObject({ warnings: [warning], messages: [user] })
  })
})

describe('stop strings', () => {
  it('are the app’s own and then the dialect’s, as many as servers take', async () => {
    const { body } = await send([user], { stopSequences: ['END', 'STOP'] })
    expect(body?.stop).toEqual(['END', 'STOP', '<|im_end|>', '<|im_start|>'])
    const five = ['1', '2', '3', '4', '5']
    expect((await send([user], { stopSequences: five })).body?.stop).toEqual(five)
  })
})

describe('reasoning', () => {
  const question = { dialect: 'qwen3' }
  /** Whether a reply that begins in the middle of nowhere is read as what follows a closed thought. */
  async function reads(reply: string, ask: Ask) {
    const { model, upstream } = await connect([reply], question)
    const { text, reasoningText } = await generateText({
      model,
      tools,
      messages: [user],
      stopWhen: isStepCount(1),
      ...ask,
    })
    return { text, reasoning: reasoningText ?? '', body: upstream.requests[0]?.body }
  }

  it('option goes to the provider too', async () => {
    expect((await reads('Sunny.', { reasoning: 'none' })).body?.reasoning_effort).toBe('none')
    expect((await reads('Sunny.', { reasoning: 'high' })).body?.reasoning_effort).toBe('high')
  })

  it.each([
    { reasoning: 'none' as const },
    { providerOptions: { local: { chat_template_kwargs: { enable_thinking: false } } } },
    { providerOptions: { openaiCompatible: { reasoningEffort: 'none' } } },
    {},
  ])('%j reads the answer, and a thought that comes all the same', async (ask) => {
    expect(await reads('Sunny.', ask)).toMatchObject({ text: 'Sunny.', reasoning: '' })
    expect(await reads('<think>\nHm.\n</think>\n\nSunny.', ask)).toMatchObject({
      text: 'Sunny.',
      reasoning: 'Hm.',
    })
  })
})

/** The call that the model gets, in the SDK's own shapes. */
async function transform(params: LanguageModelV4CallOptions, dialect = 'qwen3') {
  const { transformParams } = toolMiddleware({ dialect })
  const transformed = await transformParams?.({ type: 'generate', params, model: new MockLanguageModelV4() })
  if (!transformed) throw new Error('expected transformParams')
  return transformed
}

describe('the call of the model', () => {
  const add: LanguageModelV4FunctionTool = { type: 'function', name: 'add', inputSchema: {} }
  const file = { type: 'file' as const, mediaType: 'image/png', data: { type: 'data' as const, data: pixel } }
  const named = { toolCallId: 'a', toolName: 'add' }
  const local = (name: string) => ({ local: { name } })

  it('has no tools, and everything else as it was', async () => {
    const { signal: abortSignal } = new AbortController()
    const others = {
      temperature: 0.5,
      seed: 1,
      headers: { a: 'b' },
      abortSignal,
      providerOptions: local('call'),
    }
    const { prompt, stopSequences, ...rest } = await transform({
      prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
      tools: [add],
      toolChoice: { type: 'auto' },
      ...others,
    })
    expect(rest).toEqual(others)
    expect(prompt.map(({ role }) => role)).toEqual(['system', 'user'])
    expect(stopSequences).toEqual(['<|im_end|>', '<|im_start|>', '<|endoftext|>'])
  })

  it('is the same object where nothing is about tools', async () => {
    const params: LanguageModelV4CallOptions = { prompt: [{ role: 'system', content: 'Hi' }], tools: [] }
    expect(await transform(params)).toBe(params)
  })

  it('has parts and their options as they were', async () => {
    const parts = [
      { type: 'text' as const, text: 'Look:', providerOptions: local('text') },
      { ...file, providerOptions: local('file') },
    ]
    const custom = { type: 'custom' as const, kind: 'local.note' as const }
    const { prompt } = await transform({
      prompt: [
        { role: 'user', content: parts, providerOptions: local('user') },
        {
          role: 'assistant',
          content: [{ type: 'reasoning', text: 'Hm.', providerOptions: local('r') }, ...parts, custom],
        },
        { role: 'user', content: [{ type: 'text', text: 'Again.', providerOptions: local('again') }] },
      ],
      tools: [add],
    })
    expect(prompt.slice(1)).toEqual([
      { role: 'user', content: parts, providerOptions: local('user') },
      {
        role: 'assistant',
        content: [{ type: 'reasoning', text: 'Hm.', providerOptions: local('r') }, ...parts, custom],
      },
      { role: 'user', content: [{ type: 'text', text: 'Again.', providerOptions: local('again') }] },
    ])
  })

  it('has what stands beside calls behind them, and no approvals', async () => {
    const { prompt } = await transform({
      prompt: [
        {
          role: 'assistant',
          content: [{ type: 'text', text: 'See.' }, file, { type: 'tool-call', ...named, input: { a: 1 } }],
        },
        {
          role: 'tool',
          content: [
            { type: 'tool-approval-response', approvalId: 'x', approved: true },
            {
              type: 'tool-result',
              ...named,
              output: { type: 'content', value: [{ type: 'custom' }, { ...file }] },
            },
          ],
        },
      ],
      tools: [add],
    })
    expect(prompt.slice(1)).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'See.\n<tool_call>\n{"name": "add", "arguments": {"a": 1}}\n</tool_call>' },
          file,
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'text', text: '<tool_response>\n' },
          file,
          { type: 'text', text: '\n</tool_response>' },
        ],
      },
    ])
  })

  it('states the format of the answer in the system message, before the tools', async () => {
    const responseFormat = {
      type: 'json' as const,
      description: 'A sum.',
      schema: { type: 'object' as const },
    }
    const { prompt, ...rest } = await transform({
      prompt: [{ role: 'system', content: 'Be kind.', providerOptions: local('system') }],
      tools: [add],
      responseFormat,
    })
    expect(rest).not.toHaveProperty('responseFormat')
    expect(prompt).toEqual([
      {
        role: 'system',
        content: expect.stringMatching(
          /^Be kind\.\n\nWhen you answer without calling a function, .* What it is: A sum\. .*\n\{"type": "object"\}\n\n# Tools/s,
        ),
        providerOptions: local('system'),
      },
    ])
  })
})

describe('a model that takes its prompt as text', () => {
  it.each([...dialects.keys()])('is given what the SDK can write down, with %s', async (dialect) => {
    const { body } = await send(
      [{ role: 'system', content: 'Be kind.' }, ...withResult({ type: 'text', value: 'sunny' })],
      {},
      { dialect, kind: 'completion' },
    )
    expect(body?.prompt).toMatch(
      /get_weather.*How is the weather\?.*\nassistant:\n.*Paris.*\nuser:\n.*sunny/s,
    )
    expect(body?.prompt).toMatch(/\nassistant:\n$/)
    expect(body?.stop).toHaveLength(Math.min(4, 1 + (dialects.get(dialect)?.stop.length ?? 0)))
  })

  it('calls tools over two turns', async () => {
    const { model, upstream } = await connect([callParis, 'It is sunny.'], { kind: 'completion' })
    const { text, steps, warnings } = await generateText({
      model,
      tools,
      stopWhen: isStepCount(3),
      messages: [user],
    })
    expect([text, steps.length, warnings]).toEqual(['It is sunny.', 2, []])
    expect(upstream.requests.map(({ path }) => path)).toEqual(['/v1/completions', '/v1/completions'])
  })

  it('may write more than that protocol’s own 16 tokens', async () => {
    const limit = async (ask: Ask) => (await send([user], ask, { kind: 'completion' })).body?.max_tokens
    expect([await limit({}), await limit({ maxOutputTokens: 100 })]).toEqual([2048, 100])
    expect((await send([user])).body?.max_tokens).toBeUndefined()
  })

  it('has no template that would open the reasoning for it', async () => {
    const { model } = await connect(['Sunny.'], { kind: 'completion', dialect: 'qwq-32b' })
    expect(await generateText({ model, tools, messages: [user] })).toMatchObject({ text: 'Sunny.' })
  })
})
