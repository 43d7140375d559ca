import { describe, expect, it } from 'vitest'
import { readMessagesRequest } from '../../../src/surfaces/messages/index.js'

const user = { role: 'user', content: 'Hi' }
const read = (fields: object) =>
  readMessagesRequest({ model: 'm', max_tokens: 9, messages: [user], ...fields })
const messagesOf = (messages: unknown[]) => read({ messages }).messages
const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }
const imagePart = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }
const call = (id: string, input: unknown = {}) => ({ type: 'tool_use', id, name: 'f', input })
const toolCall = (id: string, input: unknown = {}) => ({
  id,
  type: 'function',
  function: { name: 'f', arguments: input },
})
const result = (id: string, content: unknown, more: object = {}) => ({
  type: 'tool_result',
  tool_use_id: id,
  content,
  ...more,
})

describe('system text', () => {
  it.each([
    ['text', 'Be brief.', 'Be brief.'],
    ['one block', [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }], 'Be brief.'],
    [
      'blocks',
      [
        { type: 'text', text: 'Be brief.' },
        { type: 'text', text: 'Be kind.' },
      ],
      'Be brief.\nBe kind.',
    ],
  ])('as %s is the first message', (_, system, content) => {
    expect(read({ system }).messages).toEqual([{ role: 'system', content }, user])
  })

  it('begins behind the line with which Claude Code is billed', () => {
    const billed = {
      type: 'text',
      text: 'x-anthropic-billing-header: cc_version=2.1.197.84c; cc_entrypoint=cli;',
    }
    const own = { type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }
    expect(read({ system: [billed, own] }).messages).toEqual([{ role: 'system', content: 'Be brief.' }, user])
    expect(read({ system: [billed] }).messages).toEqual([user])
    expect(read({ system: `${billed.text}\nBe brief.` }).messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      user,
    ])
    const asked = { role: 'user' as const, content: [billed] }
    expect(read({ messages: [asked] }).messages).toEqual([{ role: 'user', content: billed.text }])
  })

  it.each([undefined, null, '', []])('%j is none', (system) => {
    expect(read({ system }).messages).toEqual([user])
  })

  it('in the middle of the conversation stays there', () => {
    const later = { role: 'system', content: 'Now in French.' }
    expect(messagesOf([user, later, user])).toEqual([user, later, user])
  })
})

describe('messages', () => {
  it('of text blocks are text; with images they are parts in their order', () => {
    const text = (text: string) => ({ type: 'text', text })
    expect(messagesOf([{ role: 'user', content: [text('a'), text('b')] }])).toEqual([
      { role: 'user', content: 'a\nb' },
    ])
    expect(messagesOf([{ role: 'user', content: [text('a'), text('b'), image, text('c')] }])).toEqual([
      { role: 'user', content: [text('a\nb'), imagePart, text('c')] },
    ])
  })

  it('have images by their url too', () => {
    const source = { type: 'url', url: 'https://a.example/cat.png' }
    expect(messagesOf([{ role: 'user', content: [{ type: 'image', source }] }])).toEqual([
      { role: 'user', content: [{ type: 'image_url', image_url: { url: source.url } }] },
    ])
  })

  it('have documents as their text, and files as files', () => {
    const document = (source: object, more: object = {}) => ({ type: 'document', source, ...more })
    const contentOf = (block: object) => messagesOf([{ role: 'user', content: [block] }])[0]?.content
    const text = { type: 'text', media_type: 'text/plain', data: 'Once upon a time.' }
    expect(contentOf(document(text))).toBe('Once upon a time.')
    expect(contentOf(document(text, { title: 'A tale', context: 'by hand' }))).toBe(
      'A tale\nby hand\nOnce upon a time.',
    )
    const content = { type: 'content', content: [{ type: 'text', text: 'One.' }, image] }
    expect(contentOf(document(content))).toEqual([{ type: 'text', text: 'One.' }, imagePart])
    expect(contentOf(document({ type: 'content', content: 'One.' }))).toBe('One.')
    const pdf = { type: 'base64', media_type: 'application/pdf', data: 'JVBE' }
    expect(contentOf(document(pdf, { title: 'a.pdf' }))).toEqual([
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBE' } },
    ])
    const found = {
      type: 'search_result',
      title: 'Cats',
      source: 'https://a.example',
      content: [{ type: 'text', text: 'Meow.' }],
    }
    expect(contentOf(found)).toBe('Cats\nhttps://a.example\nMeow.')
  })

  it('of calls and results become messages of their own kind', () => {
    expect(
      messagesOf([
        user,
        { role: 'assistant', content: [{ type: 'text', text: 'Look.' }, call('a', { x: 1 }), call('b')] },
        { role: 'user', content: [result('a', 'one'), result('b', [{ type: 'text', text: 'two' }])] },
      ]),
    ).toEqual([
      user,
      { role: 'assistant', content: 'Look.', tool_calls: [toolCall('a', { x: 1 }), toolCall('b')] },
      { role: 'tool', tool_call_id: 'a', content: 'one' },
      { role: 'tool', tool_call_id: 'b', content: 'two' },
    ])
  })

  it('have results before what the user says beside them', () => {
    const text = { type: 'text', text: 'And?' }
    const after = [
      { role: 'tool', tool_call_id: 'a', content: 'one' },
      { role: 'tool', tool_call_id: 'b', content: 'two' },
      { role: 'user', content: 'And?' },
    ]
    for (const content of [
      [result('a', 'one'), result('b', 'two'), text],
      [result('a', 'one'), text, result('b', 'two')],
    ]) {
      expect(messagesOf([{ role: 'user', content }])).toEqual(after)
    }
  })

  it('of one role that follow each other are one turn', () => {
    expect(
      messagesOf([
        user,
        user,
        { role: 'assistant', content: 'Look.' },
        { role: 'assistant', content: [call('a')] },
        { role: 'assistant', content: [call('b')] },
        { role: 'user', content: [result('a', 'one')] },
        { role: 'user', content: [result('b', 'two')] },
        user,
      ]),
    ).toEqual([
      { role: 'user', content: 'Hi\nHi' },
      { role: 'assistant', content: 'Look.', tool_calls: [toolCall('a'), toolCall('b')] },
      { role: 'tool', tool_call_id: 'a', content: 'one' },
      { role: 'tool', tool_call_id: 'b', content: 'two' },
      user,
    ])
  })

  it('have thinking as reasoning, and nothing that only Anthropic can read', () => {
    const content = [
      { type: 'thinking', thinking: 'Hm.', signature: 'x' },
      { type: 'redacted_thinking', data: 'x' },
      { type: 'thinking', thinking: '', signature: 'x' },
      { type: 'text', text: 'Yes.' },
    ]
    expect(messagesOf([user, { role: 'assistant', content }, user])).toEqual([
      user,
      { role: 'assistant', content: 'Yes.', reasoning_content: 'Hm.' },
      user,
    ])
  })

  it('of tools that Anthropic ran are shown as calls and their results', () => {
    const content = [
      { type: 'text', text: 'Let me search.' },
      { type: 'server_tool_use', id: 's', name: 'f', input: {} },
      {
        type: 'web_search_tool_result',
        tool_use_id: 's',
        content: [{ type: 'web_search_result', title: 'Cats', encrypted_content: 'x'.repeat(99) }],
      },
      { type: 'text', text: 'Found.' },
    ]
    expect(messagesOf([user, { role: 'assistant', content }, user])).toEqual([
      user,
      { role: 'assistant', content: 'Let me search.', tool_calls: [toolCall('s')] },
      { role: 'tool', tool_call_id: 's', content: '{"type":"web_search_result","title":"Cats"}' },
      { role: 'assistant', content: 'Found.' },
      user,
    ])
  })

  it('without content stay', () => {
    for (const content of ['', [], null, undefined]) {
      expect(messagesOf([{ role: 'user', content }])).toEqual([{ role: 'user', content: '' }])
      expect(messagesOf([{ role: 'assistant', content }, user])[0]).toEqual({
        role: 'assistant',
        content: '',
      })
    }
  })
})

describe('a result', () => {
  const contentOf = (content: unknown, more: object = {}) =>
    messagesOf([{ role: 'user', content: [result('a', content, more)] }])[0]?.content

  it.each([
    ['nothing', undefined, ''],
    ['text', 'sunny', 'sunny'],
    [
      'blocks',
      [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
      'a\nb',
    ],
    ['an image', [{ type: 'text', text: 'a' }, image], [{ type: 'text', text: 'a' }, imagePart]],
    ['a shape of its own', { type: 'web_fetch_result', url: 'x' }, '{"type":"web_fetch_result","url":"x"}'],
    [
      'other blocks',
      [{ type: 'tool_reference', tool_name: 'g' }],
      '{"type":"tool_reference","tool_name":"g"}',
    ],
  ])('of %s', (_, content, shown) => {
    expect(contentOf(content)).toEqual(shown)
  })

  it.each([
    ['no such city', 'Error: no such city'],
    ['Error: no such city', 'Error: no such city'],
    ['TypeError: x is undefined', 'TypeError: x is undefined'],
    ['erroneous', 'Error: erroneous'],
    [[{ type: 'text', text: 'no such city' }], 'Error: no such city'],
    ['', 'Error'],
    [undefined, 'Error'],
    [[image], [{ type: 'text', text: 'Error:' }, imagePart]],
  ])('that is an error, %j, says so', (content, shown) => {
    expect(contentOf(content, { is_error: true })).toEqual(shown)
    expect(contentOf(content, { is_error: false })).toEqual(contentOf(content))
  })
})

describe('tools', () => {
  it('are functions; what only Anthropic reads of them is left out', () => {
    const tools = [
      {
        type: 'custom',
        name: 'f',
        description: 'Does it.',
        strict: true,
        input_schema: { type: 'object', properties: { a: {} } },
        input_examples: [{ a: 1 }],
        cache_control: { type: 'ephemeral' },
        eager_input_streaming: true,
      },
      { type: null, name: 'g' },
    ]
    expect(read({ tools }).tools).toEqual([
      {
        type: 'function',
        function: {
          name: 'f',
          description: 'Does it.',
          strict: true,
          parameters: { type: 'object', properties: { a: {} }, examples: [{ a: 1 }] },
        },
      },
      { type: 'function', function: { name: 'g' } },
    ])
  })

  it.each([
    [{ type: 'auto' }, { tool_choice: 'auto' }],
    [
      { type: 'auto', disable_parallel_tool_use: true },
      { tool_choice: 'auto', parallel_tool_calls: false },
    ],
    [{ type: 'any' }, { tool_choice: 'required' }],
    [{ type: 'none' }, { tool_choice: 'none' }],
    [
      { type: 'tool', name: 'f', disable_parallel_tool_use: true },
      { tool_choice: { type: 'function', function: { name: 'f' } }, parallel_tool_calls: false },
    ],
    [{ type: 'any', disable_parallel_tool_use: false }, { tool_choice: 'required' }],
  ])('chosen as %j', (tool_choice, chosen) => {
    const {
      messages: _,
      model: __,
      max_tokens: ___,
      tools: ____,
      ...rest
    } = read({
      tools: [{ name: 'f' }],
      tool_choice,
    })
    expect(rest).toEqual(chosen)
  })
})

describe('the other fields', () => {
  it('go upstream in its spelling, and those of other servers as they are', () => {
    const { messages: _, ...rest } = read({
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      min_p: 0.1,
      stop_sequences: ['END'],
      metadata: { user_id: 'me' },
      stream: true,
      service_tier: 'auto',
      cache_control: { type: 'ephemeral' },
      container: null,
      thread: { type: 'create' },
      output_config: { effort: 'high', format: { type: 'json_schema', schema: { type: 'object' } } },
    })
    expect(rest).toEqual({
      model: 'm',
      max_tokens: 9,
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      min_p: 0.1,
      stop: ['END'],
      user: 'me',
      stream: true,
      stream_options: { include_usage: true },
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'answer', schema: { type: 'object' }, strict: true },
      },
    })
  })

  it('need not have a limit', () => {
    expect(readMessagesRequest({ messages: [user] })).toEqual({ messages: [user] })
  })

  it.each([
    [{ type: 'enabled', budget_tokens: 1024 }, true],
    [{ type: 'adaptive', display: 'summarized' }, true],
    [{ type: 'between_tools' }, true],
    [{ type: 'disabled' }, false],
  ])('switch thinking with %j', (thinking, enable_thinking) => {
    expect(read({ thinking, chat_template_kwargs: { x: 1 } })).toMatchObject({
      chat_template_kwargs: { x: 1, enable_thinking },
    })
  })

  it('leave thinking to the model where they say nothing', () => {
    expect(read({ thinking: null })).not.toHaveProperty('chat_template_kwargs')
  })

  it('ask to go on where the app has begun the answer, and only there', () => {
    const begun = [user, { role: 'assistant', content: 'It is' }]
    expect(read({ messages: begun })).toMatchObject({
      continue_final_message: true,
      add_generation_prompt: false,
      chat_template_kwargs: { enable_thinking: false },
    })
    expect(read({ messages: begun, thinking: { type: 'adaptive' } })).toMatchObject({
      chat_template_kwargs: { enable_thinking: true },
    })
    for (const messages of [[user], [user, { role: 'assistant', content: [call('a')] }]]) {
      expect(read({ messages })).not.toHaveProperty('continue_final_message')
    }
  })
})

describe('a request that is wrong', () => {
  const file = { type: 'file', file_id: 'file_1' }
  it.each([
    [null, 'messages: give'],
    [{}, 'messages: give'],
    [{ messages: 'Hi' }, 'messages: give'],
    [{ messages: ['Hi'] }, "messages[0].role must be 'user'"],
    [{ messages: [user, { role: 'tool', content: '' }] }, 'messages[1].role must be'],
    [{ messages: [{ role: 'user', content: 5 }] }, 'messages[0].content must be'],
    [{ messages: [{ role: 'user', content: ['Hi'] }] }, 'messages[0].content[0] must be'],
    [
      { messages: [{ role: 'user', content: [{ type: 'text' }] }] },
      'messages[0].content[0].text must be text',
    ],
    [
      { messages: [{ role: 'user', content: [{ text: 'Hi' }] }] },
      'messages[0].content[0].type: give the type of the block',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'container_upload', file_id: 'x' }] }] },
      'messages[0].content[0].type: a block of type "container_upload"',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'image', source: file }] }] },
      'messages[0].content[0].source: give the image',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'document', source: file }] }] },
      'messages[0].content[0].source: give the document',
    ],
    [
      { messages: [{ role: 'user', content: [result('a', [{ type: 'image' }])] }] },
      'messages[0].content[0].content[0].source: give the image',
    ],
    [
      { messages: [{ role: 'assistant', content: [{ type: 'tool_use' }] }] },
      'messages[0].content[0].name must',
    ],
    [{ messages: [user], system: 5 }, 'system must be'],
    [{ messages: [user], tools: {} }, 'tools must be an array'],
    [{ messages: [user], tools: ['f'] }, 'tools[0] must be an object'],
    [{ messages: [user], tools: [{ input_schema: {} }] }, 'tools[0].name must be'],
    [{ messages: [user], tools: [{ name: 'f', description: 5 }] }, 'tools[0].description must be'],
    [{ messages: [user], tools: [{ name: 'f', input_schema: 'x' }] }, 'tools[0].input_schema must be'],
    [
      { messages: [user], tools: [{ name: 'f' }, { type: 'text_editor_20250728', name: 'x' }] },
      'tools[1].type: "text_editor_20250728" is no tool that this model can call: declare',
    ],
    [{ messages: [user], tool_choice: 'auto' }, 'tool_choice must be'],
    [{ messages: [user], tool_choice: { type: 'required' } }, 'tool_choice must be'],
    [{ messages: [user], tool_choice: { type: 'any' } }, "tool_choice is { type: 'any' }"],
    [{ messages: [user], tool_choice: { type: 'tool' } }, 'tool_choice.name must be'],
    [{ messages: [user], max_tokens: '9' }, 'max_tokens: give'],
    [{ messages: [user], stop_sequences: 'END' }, 'stop_sequences must be'],
    [{ messages: [user], thinking: { type: 'x' } }, 'thinking.type must be'],
    [{ messages: [user], output_config: { format: { type: 'x' } } }, 'output_config.format must be'],
    [{ messages: [user], output_format: { type: 'x' } }, 'output_format must be'],
    [{ messages: [], thread: { type: 'continue', previous_message_id: 'x' } }, 'thread: no conversation'],
    [{ messages: [user], compaction: { type: 'summarize' } }, 'compaction: '],
    [{ messages: [user], mcp_servers: [{ url: 'x' }] }, 'mcp_servers: '],
  ])('%j is an error that names the field', (body, words) => {
    expect(() => readMessagesRequest(body)).toThrow(words)
  })
})
