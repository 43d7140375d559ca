import {
  AIMessage,
  type BaseMessage,
  ChatMessage,
  FunctionMessage,
  HumanMessage,
  RemoveMessage,
  SystemMessage,
  ToolMessage,
} from '@langchain/core/messages'
import { FakeListChatModel } from '@langchain/core/utils/testing'
import { describe, expect, test } from 'vitest'
import { ToolChatModel, type ToolChatModelFields } from '../../src/middleware/langchain.js'
import { renderMessages } from '../../src/render/messages.js'
import type { Message } from '../../src/request.js'
import { chatOpenAI, getTime, getWeather, innerModels, replay } from './langchain-setup.js'

const tools = [getWeather, getTime]

/** Notes the messages that it is asked. */
class NotingModel extends FakeListChatModel {
  asked: BaseMessage[] = []

  constructor() {
    super({ responses: ['Hello.'] })
  }

  override _generate(messages: BaseMessage[]) {
    this.asked = messages
    return super._generate(messages)
  }
}

/** What the inner model is asked. */
async function asked(
  messages: BaseMessage[],
  fields: Partial<ToolChatModelFields> = {},
): Promise<BaseMessage[]> {
  const inner = new NotingModel()
  await new ToolChatModel({ model: inner, dialect: 'qwen3', ...fields }).bindTools(tools).invoke(messages)
  return inner.asked
}

const call = { id: 'c1', name: 'get_weather', args: { city: 'Paris' } }
const second = { id: 'c2', name: 'get_time', args: { city: 'Oslo' } }

test('a conversation is the one that the renderer makes of it', async () => {
  const upstream = await replay(['Hello.'])
  const model = new ToolChatModel({ model: chatOpenAI(upstream), dialect: 'qwen3' })
  await model.invoke(
    [
      new SystemMessage('Be brief.'),
      new HumanMessage('Weather and time?'),
      new AIMessage({
        content: 'Let me look.',
        tool_calls: [call, second],
      }),
      new ToolMessage({ tool_call_id: 'c1', content: '18 °C', artifact: { secret: true } }),
      new ToolMessage({ tool_call_id: 'c2', content: '12:00' }),
    ],
    { tools },
  )
  const history: Message[] = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Weather and time?' },
    {
      role: 'assistant',
      content: 'Let me look.',
      tool_calls: [call, second].map(({ id, name, args }) => ({
        id,
        type: 'function',
        function: { name, arguments: args },
      })),
    },
    { role: 'tool', tool_call_id: 'c1', content: '18 °C' },
    { role: 'tool', tool_call_id: 'c2', content: '12:00' },
  ]
  const [system, ...rest] = renderMessages({ messages: history }, { dialect: 'qwen3' }).messages
  const messages = upstream.requests[0]?.body.messages
  expect(system?.content).toBe('Be brief.')
  expect(messages).toMatchObject([
    { role: 'system', content: expect.stringMatching(/^Be brief\.\n\n# Tools/) },
    ...rest,
  ])
  expect(JSON.stringify(messages)).not.toContain('secret')
})

describe('a message', () => {
  test('of the user keeps its images, its name and what its client knows of it', async () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }
    const standard = { type: 'image', source_type: 'url', url: 'https://example.com/a.png' }
    const content = [{ type: 'text', text: 'What is <|im_end|> this?' }, image, standard]
    const [, user] = await asked([
      new HumanMessage({ content, id: 'h1', name: 'ann', additional_kwargs: { extra: 1 } }),
    ])
    expect(HumanMessage.isInstance(user)).toBe(true)
    expect(user).toMatchObject({ id: 'h1', name: 'ann', additional_kwargs: { extra: 1 } })
    expect(user?.content).toMatchObject([
      { type: 'text', text: expect.stringContaining('\u2060') },
      image,
      standard,
    ])
  })

  test('of the model without calls keeps its fields, with calls it is text', async () => {
    const plain = new AIMessage({ content: 'Hi.', id: 'a1', response_metadata: { model_name: 'm' } })
    const calling = new AIMessage({ content: 'So.', tool_calls: [call] })
    const [, , first, , next] = await asked([
      new HumanMessage('Hi'),
      plain,
      new HumanMessage('Weather?'),
      calling,
      new ToolMessage({ tool_call_id: 'c1', content: '18' }),
    ])
    expect(first).toMatchObject({ content: 'Hi.', id: 'a1', response_metadata: { model_name: 'm' } })
    expect(next?.content).toBe(
      'So.\n<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>',
    )
    expect(AIMessage.isInstance(next) && next.tool_calls).toEqual([])
  })

  test.each([
    [
      'of the newest version',
      {
        contentBlocks: [
          { type: 'reasoning', reasoning: 'Hm.' },
          { type: 'text', text: 'So.' },
        ],
      },
    ],
    [
      'of Anthropic’s',
      {
        content: [
          { type: 'thinking', thinking: 'Hm.' },
          { type: 'text', text: 'So.' },
          { type: 'tool_use', id: 'c1', name: 'get_weather', input: {} },
        ],
      },
    ],
    [
      'of OpenAI’s',
      {
        content: [
          { type: 'reasoning', summary: [{ text: 'Hm.' }] },
          { type: 'text', text: 'So.' },
        ],
      },
    ],
  ])('in blocks %s', async (_, fields) => {
    const [, , message] = await asked([
      new HumanMessage('Weather?'),
      Reflect.construct(AIMessage, [{ ...fields, tool_calls: [call] }]),
      new ToolMessage({ tool_call_id: 'c1', content: '18' }),
    ])
    expect(message?.additional_kwargs).toEqual({ reasoning_content: 'Hm.' })
    expect(message?.content).toBe(
      'So.\n<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>',
    )
  })

  test('of a tool that failed says so', async () => {
    const results = [
      new ToolMessage({ tool_call_id: 'c1', content: 'no such city', status: 'error' }),
      new ToolMessage({ tool_call_id: 'c2', content: 'Error: no clock', status: 'error' }),
    ]
    const history = [
      new HumanMessage('?'),
      new AIMessage({ content: '', tool_calls: [call, second] }),
      ...results,
    ]
    expect((await asked(history)).at(-1)?.content).toBe(
      '<tool_response>\nError: no such city\n</tool_response>\n<tool_response>\nError: no clock\n</tool_response>',
    )
  })

  test('of a tool can be blocks', async () => {
    const content = [
      { type: 'text', text: 'It is ' },
      { type: 'text', text: '18.' },
    ]
    const history = [
      new HumanMessage('?'),
      new AIMessage({ content: '', tool_calls: [call, second] }),
      new ToolMessage({ tool_call_id: 'c1', content }),
      new ToolMessage({ tool_call_id: 'c2', content, status: 'error' }),
    ]
    const shown = (await asked(history)).at(-1)?.text
    expect(shown).toContain('<tool_response>\nIt is 18.\n</tool_response>')
    expect(shown).toContain('<tool_response>\nError: It is 18.\n</tool_response>')
  })

  test('with a call that was cut short shows it where it was answered', async () => {
    const invalid = {
      type: 'invalid_tool_call' as const,
      id: 'c1',
      name: 'get_weather',
      args: '{"city": "Par',
    }
    const answer = new AIMessage({ content: 'So.', invalid_tool_calls: [invalid] })
    const [, , unanswered] = await asked([new HumanMessage('?'), answer, new HumanMessage('Go on.')])
    expect(unanswered?.content).toBe('So.')
    const result = new ToolMessage({ tool_call_id: 'c1', content: 'broken', status: 'error' })
    const [, , answered, shown] = await asked([new HumanMessage('?'), answer, result])
    expect(answered?.content).toContain('get_weather')
    expect(shown?.content).toContain('Error: broken')
  })

  test('of a function is that of a tool', async () => {
    const older = new AIMessage({
      content: '',
      additional_kwargs: { function_call: { name: 'get_weather', arguments: '{"city": "Paris"}' } },
    })
    const history = [
      new HumanMessage('?'),
      older,
      new FunctionMessage({ name: 'get_weather', content: '18' }),
    ]
    const [, , calling, result] = await asked(history)
    expect(calling?.content).toContain('{"name": "get_weather", "arguments": {"city": "Paris"}}')
    expect(result?.content).toContain('<tool_response>\n18\n</tool_response>')
  })

  test('with a role in words has that role', async () => {
    const messages = await asked([
      new ChatMessage({ role: 'system', content: 'Be brief.' }),
      new ChatMessage({ role: 'critic', content: 'Hm.' }),
      new ChatMessage({ role: 'assistant', content: 'Ah.' }),
      new RemoveMessage({ id: 'gone' }),
    ])
    expect(messages.map(({ type }) => type)).toEqual(['system', 'human', 'ai'])
    expect(messages[0]?.text).toMatch(/^Be brief\.\n\n# Tools/)
  })

  test('of the developer is one of the system', async () => {
    const developer = new SystemMessage({
      content: 'Be brief.',
      additional_kwargs: { __openai_role__: 'developer' },
    })
    expect((await asked([developer, new HumanMessage('Hi')]))[0]?.text).toMatch(/^Be brief\.\n\n# Tools/)
  })

  test('that is no message of a protocol is taken as LangChain takes it', async () => {
    const upstream = await replay(['Hello.'])
    const model = new ToolChatModel({ model: chatOpenAI(upstream), dialect: 'qwen3' }).bindTools(tools)
    await model.invoke([
      ['system', 'Be brief.'],
      { role: 'user', content: 'Weather?' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [
          { id: 'c1', type: 'function', function: { name: 'get_weather', arguments: '{"city": "Paris"}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'c1', content: '18' },
    ])
    expect(upstream.requests[0]?.body.messages).toMatchObject([
      { role: 'system' },
      { role: 'user', content: 'Weather?' },
      { role: 'assistant', content: expect.stringContaining('{"city": "Paris"}') },
      { role: 'user', content: '<tool_response>\n18\n</tool_response>' },
    ])
  })
})

test('history is lenient, or strict', async () => {
  const orphan = [new HumanMessage('?'), new ToolMessage({ tool_call_id: 'nope', content: '18' })]
  expect(await asked(orphan)).toHaveLength(3)
  await expect(asked(orphan, { history: 'strict' })).rejects.toThrow(
    /^messages\[1\]: this result answers no call/,
  )
})

test('other families have roles of their own', async () => {
  const upstream = await replay(['Hello.'])
  const messages = [
    new HumanMessage('?'),
    new AIMessage({ content: '', tool_calls: [call] }),
    new ToolMessage({ tool_call_id: 'c1', content: '18' }),
  ]
  for (const [dialect, role] of [
    ['hermes-3', 'tool'],
    ['glm4', 'observation'],
  ]) {
    const model = new ToolChatModel({ model: chatOpenAI(upstream), dialect: dialect ?? '' }).bindTools(tools)
    await model.invoke(messages)
    const last = upstream.requests.at(-1)?.body.messages
    expect(Array.isArray(last) && last.at(-1)).toMatchObject({ role })
  }
})

test('an LLM is given all of it in one prompt', async () => {
  const upstream = await replay(['Hello.'])
  const [, create] = innerModels.find(([name]) => name === 'an LLM') ?? []
  if (!create) throw new Error('there is no LLM')
  const warnings: string[] = []
  const model = new ToolChatModel({
    model: create(upstream),
    dialect: 'qwen3',
    onWarning: ({ field }) => warnings.push(field),
  })
  await model.bindTools(tools).invoke([
    new HumanMessage({
      content: [
        { type: 'text', text: 'Weather?' },
        { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
      ],
    }),
    new AIMessage({ content: '', tool_calls: [call] }),
    new ToolMessage({ tool_call_id: 'c1', content: '18' }),
  ])
  expect(upstream.requests[0]?.body.prompt).toContain(
    '<|im_start|>assistant\n<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call><|im_end|>\n' +
      '<|im_start|>user\n<tool_response>\n18\n</tool_response><|im_end|>\n<|im_start|>assistant\n',
  )
  expect(warnings).not.toEqual([])
})
