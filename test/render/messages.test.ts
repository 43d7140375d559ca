import type OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import type { OwnResultRoles } from '../../src/dialects/index.js'
import {
  defineDialect,
  dialects,
  type RenderWarning,
  renderMessages,
  type Tool,
  type ToolRequest,
} from '../../src/index.js'

const add: Tool = { type: 'function', function: { name: 'add', parameters: {} } }
const user = { role: 'user', content: 'Go' } as const
const call = { id: 'a', type: 'function', function: { name: 'add', arguments: '{"a":1}' } } as const
const image = { type: 'image_url', image_url: { url: 'data:,' } }

/** The end of the system text that teaches the tools. */
function said(request: Partial<ToolRequest>): string {
  const { messages } = renderMessages({ messages: [user], tools: [add], ...request }, { dialect: 'qwen3' })
  const text = String(messages[0]?.content)
  return text.slice(text.lastIndexOf('</tool_call>') + '</tool_call>'.length)
}

describe('without tools', () => {
  test('messages come back as they are', () => {
    const messages: ToolRequest['messages'] = [
      { role: 'developer', content: '<|im_end|>' },
      { role: 'user', content: null },
    ]
    expect(renderMessages({ messages }).messages).toEqual(messages)
    expect(renderMessages({ messages, tools: [] }).messages).toEqual(messages)
    expect(renderMessages({ messages, tools: [add], toolChoice: 'none' }).messages).toEqual(messages)
  })

  test('what the protocol has beside text needs no cast', () => {
    const messages: ToolRequest['messages'] = [
      {
        role: 'user',
        name: 'Bo',
        content: [
          { type: 'image_url', image_url: { url: 'data:,', detail: 'low' } },
          { type: 'input_audio', input_audio: { data: '', format: 'wav' } },
        ],
      },
      { role: 'assistant', name: 'Al', refusal: 'No.' },
    ]
    expect(renderMessages({ messages }).messages).toEqual(messages)
  })

  test('history that has them is rendered, and no tool is taught', () => {
    const messages: ToolRequest['messages'] = [
      user,
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'a', content: '3' },
    ]
    expect(renderMessages({ messages }, { dialect: 'qwen2.5' }).messages).toEqual([
      user,
      { role: 'assistant', content: '<tool_call>\n{"name": "add", "arguments": {"a": 1}}\n</tool_call>' },
      { role: 'user', content: '<tool_response>\n3\n</tool_response>' },
    ])
  })
})

test('the tools join the system text, or take its place', () => {
  const own: ToolRequest['messages'] = [{ role: 'developer', content: 'Be terse.' }, user]
  const [first, ...rest] = renderMessages({ messages: own, tools: [add] }).messages
  expect(first?.role).toBe('system')
  expect(first?.content).toMatch(/^Be terse\.\n\n# Tools\n/)
  expect(rest).toEqual([user])
  expect(renderMessages({ messages: [user], tools: [add] }).messages[0]?.content).toMatch(/^# Tools\n/)
})

test("Hermes' tools and results are messages of their own", () => {
  const messages: ToolRequest['messages'] = [
    { role: 'system', content: 'Be terse.' },
    user,
    { role: 'assistant', content: null, tool_calls: [call, { ...call, id: 'b' }] },
    { role: 'tool', tool_call_id: 'a', content: '3' },
    { role: 'tool', tool_call_id: 'b', content: { sum: 3 } },
    user,
  ]
  const rendered = renderMessages({ messages, tools: [add] }, { dialect: 'hermes-3' }).messages
  expect(rendered.map((message) => message.role)).toEqual([
    'system',
    'system',
    'user',
    'assistant',
    'tool',
    'user',
  ])
  expect(rendered[4]).toEqual({
    role: 'tool',
    tool_call_id: 'a',
    content: '<tool_response>\n3\n</tool_response>\n<tool_response>\n{"sum": 3}\n</tool_response>\n',
  })
})

describe('Qwen3 is told what is reasoning where its template would guess', () => {
  const cases: [name: string, content: string, args: string, reasoning: string | undefined][] = [
    ['nothing to guess', 'Now.', '{}', undefined],
    ['a thought in the text', '<think>\nHm.\n</think>\n\nNow.', '{}', 'Hm.'],
    ['the tag in an argument', 'Now.', '{"a":"</think>"}', ''],
  ]
  test.each(cases)('%s', (_name, content, args, reasoning) => {
    const calls = [{ ...call, function: { name: 'add', arguments: args } }]
    const { messages } = renderMessages({ messages: [{ role: 'assistant', content, tool_calls: calls }] })
    expect(messages).toEqual([
      {
        role: 'assistant',
        content: `Now.\n<tool_call>\n{"name": "add", "arguments": ${args}}\n</tool_call>`,
        ...(reasoning !== undefined && { reasoning_content: reasoning }),
      },
    ])
  })
})

describe('parts', () => {
  test('stay in their places, with the text in them neutral', () => {
    const content = [{ type: 'text', text: '<|im_end|>' }, image]
    const { messages } = renderMessages({ messages: [{ role: 'user', content }], tools: [add] })
    expect(messages[1]).toEqual({
      role: 'user',
      content: [{ type: 'text', text: '<\u2060|im_end|>' }, image],
    })
  })

  test('become one where a token is spread over them', () => {
    const split = [
      { type: 'text', text: '<|im_' },
      { type: 'text', text: 'end|>' },
    ]
    const messages: ToolRequest['messages'] = [
      { role: 'user', content: [...split, image, ...split] },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'a', content: [...split, image] },
    ]
    const neutral = { type: 'text', text: '<\u2060|im_end|>' }
    const rendered = renderMessages({ messages }, { dialect: 'qwen3-vl' }).messages
    expect(rendered[0]?.content).toEqual([neutral, image, neutral])
    expect(rendered[2]?.content).toEqual([
      { type: 'text', text: '<tool_response>\n' },
      neutral,
      image,
      { type: 'text', text: '\n</tool_response>' },
    ])
  })

  test('stay between the marks of a result', () => {
    const messages: ToolRequest['messages'] = [
      { role: 'assistant', content: null, tool_calls: [call, call] },
      { role: 'tool', tool_call_id: 'a', content: [image, { type: 'text', text: 'x' }] },
      { role: 'tool', tool_call_id: 'a', content: 'y' },
    ]
    expect(renderMessages({ messages }, { dialect: 'qwen3-vl' }).messages[1]).toEqual({
      role: 'user',
      content: [
        { type: 'text', text: '<tool_response>\n' },
        image,
        { type: 'text', text: 'x' },
        { type: 'text', text: '\n</tool_response>' },
        { type: 'text', text: '\n<tool_response>\n' },
        { type: 'text', text: 'y' },
        { type: 'text', text: '\n</tool_response>' },
      ],
    })
  })
})

test.each([
  ['qwen3-vl', '\n<tool_call>\n{"name": "add", "arguments": {"a":1}}\n</tool_call>'],
  ['qwen3', '<tool_call>\n{"name": "add", "arguments": {"a":1}}\n</tool_call>'],
])('%s: parts without text beside a call', (dialect, content) => {
  const said = [{ type: 'text', text: '' }]
  const messages = [{ role: 'assistant' as const, content: said, tool_calls: [call] }]
  expect(renderMessages({ messages }, { dialect }).messages).toEqual([{ role: 'assistant', content }])
  const none = [{ role: 'assistant' as const, content: [], tool_calls: [call] }]
  expect(renderMessages({ messages: none }, { dialect }).messages[0]?.content).toBe(content.trim())
})

test('a result with an image is text where the template shows no parts', () => {
  const messages: ToolRequest['messages'] = [
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: 'a', content: [image, { type: 'text', text: 'x' }] },
  ]
  expect(renderMessages({ messages }, { dialect: 'qwen3-2507-instruct' }).messages[1]?.content).toBe(
    '<tool_response>\nx\n</tool_response>',
  )
})

test('what a prompt would prefill is stated', () => {
  const allowed = { mode: 'required', tools: [{ type: 'function', function: { name: 'add' } }] } as const
  expect(said({})).toBe('')
  expect(said({ toolChoice: 'required' })).toBe('\n\nYou must call one of the functions in your reply.')
  expect(said({ toolChoice: { type: 'function', function: { name: 'add' } } })).toBe(
    '\n\nYou must call the function add in your reply.',
  )
  expect(said({ toolChoice: { type: 'allowed_tools', allowed_tools: allowed } })).toBe(
    '\n\nYou must call one of these functions: add in your reply.',
  )
  expect(said({ toolChoice: 'required', parallelToolCalls: false })).toBe(
    '\n\nMake at most one function call in your reply. You must call one of the functions in your reply.',
  )
})

test('fields of other messages stay, a list of calls that is empty does not', () => {
  const ann = { role: 'user', content: 'Hi', name: 'Ann' } as const
  const messages: ToolRequest['messages'] = [
    ann,
    { role: 'assistant', content: 'Hello.', reasoning_content: '<|im_end|>', tool_calls: [] },
  ]
  const warnings: RenderWarning[] = []
  const options = { onWarning: (warning: RenderWarning) => warnings.push(warning) }
  expect(renderMessages({ messages, tools: [add] }, options).messages.slice(1)).toEqual([
    { role: 'user', content: 'Hi', name: 'Ann' },
    { role: 'assistant', content: 'Hello.', reasoning_content: '<\u2060|im_end|>' },
  ])
  expect(warnings.map((warning) => warning.field)).toEqual(['messages[1].reasoning_content'])
})

describe('messages are what a client takes', () => {
  const history: OpenAI.ChatCompletionMessageParam[] = [
    { role: 'developer', content: 'Be brief.' },
    { role: 'user', content: [{ type: 'text', text: 'Go' }] },
    { role: 'assistant', tool_calls: [call] },
    { role: 'tool', tool_call_id: 'a', content: '3' },
    { role: 'function', name: 'add', content: '3' },
  ]
  const tools: OpenAI.ChatCompletionTool[] = [{ type: 'function', function: { name: 'add' } }]

  test('without a cast', () => {
    const named = renderMessages({ messages: history, tools }, { dialect: 'hermes-3' })
    const unnamed = renderMessages({ messages: history, tools }, { history: 'lenient' })
    const template = () => 'Call!'
    const user = renderMessages({ messages: history }, { dialect: defineDialect({ id: 'mine', template }) })
    const results = { role: 'tool' as const, open: '', close: '', after: () => '' }
    const mine = defineDialect({ id: 'mine', template, results })
    const tool = renderMessages({ messages: history }, { dialect: mine })
    const own = renderMessages({ messages: [{ role: 'user', content: 'Go' }], tools }, { dialect: 'qwen3' })
    // A name that is known only at run time may be that of a family whose role no client knows.
    const id: string = 'glm4'
    const any = renderMessages({ messages: history, tools }, { dialect: id }).messages.map((message) =>
      message.role === 'observation' ? { ...message, role: 'user' as const } : message,
    )
    const bodies: OpenAI.ChatCompletionCreateParams[] = [
      named,
      unnamed,
      user,
      tool,
      own,
      { messages: any },
    ].map(({ messages }) => ({ model: 'm', messages }))
    expect(bodies.map(({ messages }) => messages.at(-1)?.role)).toEqual([
      'tool',
      'user',
      'user',
      'tool',
      'user',
      'user',
    ])
    expect(JSON.stringify(bodies)).not.toContain('tool_calls')
  })

  // What the types of `renderMessages` say, which are not those of what it is made of.
  test.each([...dialects.keys()])('in the roles and with the fields that the types say: %s', (dialect) => {
    const { messages } = renderMessages({ messages: history, tools }, { dialect })
    const ownRoles = new Map<string, string>(
      Object.entries<string>({ glm4: 'observation' } satisfies OwnResultRoles),
    )
    const role = ownRoles.get(dialect)
    const known = ['system', 'user', 'assistant', ...(role === undefined ? ['tool'] : [role])]
    for (const message of messages) {
      expect(known).toContain(message.role)
      expect(Array.isArray(message.content) ? 'parts' : typeof message.content).toMatch(/^(string|parts)$/)
      if (message.role === 'tool') expect(message).toMatchObject({ tool_call_id: expect.any(String) })
    }
  })
})
