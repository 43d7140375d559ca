import type { ResponseCreateParams } from 'openai/resources/responses/responses'
import { describe, expect, it } from 'vitest'
import { renderMessages } from '../../../src/index.js'
import { readResponsesRequest } from '../../../src/surfaces/responses/index.js'

/** What a request comes to; typed as the client types it. */
const read = (body: Partial<ResponseCreateParams>) => readResponsesRequest({ input: 'Hi', ...body })
const messagesOf = (input: ResponseCreateParams['input'], instructions?: string) =>
  read({ ...(input && { input }), ...(instructions && { instructions }) }).messages

describe('input', () => {
  it('is text, with instructions before it', () => {
    expect(messagesOf('Hi')).toEqual([{ role: 'user', content: 'Hi' }])
    expect(messagesOf('Hi', 'Be brief.')).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ])
  })

  it('is messages with text or parts, with and without a type', () => {
    const messages = messagesOf([
      { role: 'user', content: 'One' },
      { role: 'assistant', content: 'Two', phase: 'commentary' },
      {
        type: 'message',
        role: 'user',
        status: 'completed',
        content: [
          { type: 'input_text', text: 'Thr' },
          { type: 'input_text', text: 'ee' },
        ],
      },
      {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'Four', annotations: [] }],
      },
    ])
    expect(messages).toEqual([
      { role: 'user', content: 'One' },
      { role: 'assistant', content: 'Two' },
      { role: 'user', content: 'Three' },
      { role: 'assistant', content: 'Four' },
    ])
  })

  it('has images, files and audio as parts, and a refusal as the text that it is', () => {
    const [user, assistant] = messagesOf([
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'See' },
          { type: 'input_image', image_url: 'data:image/png;base64,AA', detail: 'low' },
          { type: 'input_file', file_data: 'data:application/pdf;base64,AA', filename: 'a.pdf' },
        ],
      },
      {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'refusal', refusal: 'I cannot.' }],
      },
    ])
    expect(user).toEqual({
      role: 'user',
      content: [
        { type: 'text', text: 'See' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AA', detail: 'low' } },
        { type: 'file', file: { file_data: 'data:application/pdf;base64,AA', filename: 'a.pdf' } },
      ],
    })
    expect(assistant).toEqual({ role: 'assistant', content: 'I cannot.' })
  })

  it('knows no developer, and joins what is for the system at the beginning', () => {
    const messages = messagesOf(
      [
        { role: 'developer', content: 'Use metres.' },
        { role: 'system', content: [{ type: 'input_text', text: 'And Celsius.' }] },
        { role: 'user', content: 'Hi' },
        { role: 'developer', content: 'Now in Kelvin.' },
      ],
      'Be brief.',
    )
    expect(messages).toEqual([
      { role: 'system', content: 'Be brief.\n\nUse metres.\n\nAnd Celsius.' },
      { role: 'user', content: 'Hi' },
      { role: 'system', content: 'Now in Kelvin.' },
    ])
  })

  it('has one message for the items of one assistant turn', () => {
    const messages = messagesOf([
      { role: 'user', content: 'Weather and time?' },
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'short' }],
        content: [{ type: 'reasoning_text', text: 'Two tools.' }],
      },
      { role: 'assistant', content: 'Let me look.' },
      { type: 'function_call', call_id: 'call_a', name: 'get_weather', arguments: '{"city": "Paris"}' },
      { type: 'custom_tool_call', call_id: 'call_b', name: 'shell', input: 'date\n' },
      { type: 'function_call_output', call_id: 'call_a', output: 'sunny' },
      {
        type: 'custom_tool_call_output',
        call_id: 'call_b',
        output: [
          { type: 'input_text', text: '3 ' },
          { type: 'input_text', text: 'pm' },
        ],
      },
      { type: 'reasoning', id: 'rs_2', summary: [{ type: 'summary_text', text: 'Enough.' }] },
      { type: 'function_call', call_id: 'call_c', name: 'get_weather', arguments: '{}' },
    ])
    expect(messages).toEqual([
      { role: 'user', content: 'Weather and time?' },
      {
        role: 'assistant',
        content: 'Let me look.',
        reasoning_content: 'Two tools.',
        tool_calls: [
          {
            id: 'call_a',
            type: 'function',
            function: { name: 'get_weather', arguments: '{"city": "Paris"}' },
          },
          { id: 'call_b', type: 'custom', custom: { name: 'shell', input: 'date\n' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_a', content: 'sunny' },
      { role: 'tool', tool_call_id: 'call_b', content: '3 pm' },
      {
        role: 'assistant',
        content: null,
        reasoning_content: 'Enough.',
        tool_calls: [{ id: 'call_c', type: 'function', function: { name: 'get_weather', arguments: '{}' } }],
      },
    ])
  })

  it('joins text before and after calls, and leaves out reasoning that is only encrypted', () => {
    const messages = messagesOf([
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAA' },
      { role: 'assistant', content: 'Before.' },
      { type: 'function_call', call_id: 'call_a', name: 'f', arguments: '{}' },
      { role: 'assistant', content: 'After.' },
    ])
    expect(messages).toMatchObject([
      { role: 'assistant', content: 'Before.\n\nAfter.', tool_calls: [{ id: 'call_a' }] },
    ])
    expect(messages[0]).not.toHaveProperty('reasoning_content')
  })

  it('keeps an image that a tool has given, and any other JSON as it is', () => {
    const outputs: unknown[] = [
      [{ type: 'input_image', image_url: 'http://x/y.png', detail: 'auto' }],
      [{ type: 'input_file', file_data: 'data:text/plain;base64,AA' }],
      [1, 2],
      [{ type: 'file', name: 'a.txt' }],
      { ok: true },
    ]
    const contents = outputs.map((output) => {
      const [message] = readResponsesRequest({
        input: [{ type: 'function_call_output', call_id: 'a', output }],
      }).messages
      return message?.content
    })
    expect(contents).toEqual([
      [{ type: 'image_url', image_url: { url: 'http://x/y.png', detail: 'auto' } }],
      [{ type: 'file', file: { file_data: 'data:text/plain;base64,AA' } }],
      [1, 2],
      [{ type: 'file', name: 'a.txt' }],
      { ok: true },
    ])
  })

  it('does not let a field of the app reach a prototype', () => {
    const body = JSON.parse('{"input": "Hi", "__proto__": {"polluted": 1}, "tools": []}')
    expect(Object.getPrototypeOf(readResponsesRequest(body))).toBe(Object.prototype)
  })
})

describe('tools', () => {
  it('are nested as Chat Completions has them', () => {
    const { tools } = read({
      tools: [
        { type: 'function', name: 'add', description: 'Adds.', parameters: { type: 'object' }, strict: true },
        { type: 'function', name: 'now', description: null, parameters: null, strict: null },
        { type: 'custom', name: 'shell', description: 'Runs.' },
        {
          type: 'custom',
          name: 'sum',
          format: { type: 'grammar', syntax: 'lark', definition: 'start: "a"' },
        },
      ],
    })
    expect(tools).toEqual([
      {
        type: 'function',
        function: { name: 'add', description: 'Adds.', parameters: { type: 'object' }, strict: true },
      },
      { type: 'function', function: { name: 'now' } },
      { type: 'custom', custom: { name: 'shell', description: 'Runs.' } },
      {
        type: 'custom',
        custom: { name: 'sum', format: { type: 'grammar', syntax: 'lark', definition: 'start: "a"' } },
      },
    ])
  })

  it('describe the grammar of a custom tool to the model', () => {
    const format = { type: 'grammar' as const, syntax: 'regex' as const, definition: '[0-9]+' }
    const request = read({ tools: [{ type: 'custom', name: 'sum', format }] })
    expect(renderMessages(request, { dialect: 'qwen3' }).messages[0]?.content).toContain('[0-9]+')
  })

  it.each<[ResponseCreateParams['tool_choice'], unknown]>([
    ['auto', 'auto'],
    ['none', 'none'],
    ['required', 'required'],
    [
      { type: 'function', name: 'add' },
      { type: 'function', name: 'add' },
    ],
    [
      { type: 'custom', name: 'shell' },
      { type: 'custom', name: 'shell' },
    ],
    [
      { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'add' }] },
      { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'add' }] },
    ],
  ])('are chosen by %j', (given, expected) => {
    const tools: ResponseCreateParams['tools'] = [
      { type: 'function', name: 'add', parameters: {}, strict: false },
      { type: 'custom', name: 'shell' },
    ]
    const request = read({ tools, ...(given && { tool_choice: given }) })
    expect(request.tool_choice).toEqual(expected)
    // And the renderer takes it.
    expect(renderMessages(request, { dialect: 'qwen3' }).messages.length).toBeGreaterThan(0)
  })
})

describe('the other fields', () => {
  it('have the names that they have in a chat, or none', () => {
    const request = readResponsesRequest({
      model: 'm',
      input: 'Hi',
      stream: true,
      stream_options: { include_obfuscation: false },
      temperature: 0.5,
      top_p: 0.9,
      max_output_tokens: 64,
      max_tool_calls: 3,
      parallel_tool_calls: false,
      reasoning: { effort: 'low', summary: 'auto' },
      text: { format: { type: 'text' }, verbosity: 'low' },
      metadata: { a: 'b' },
      store: true,
      include: ['reasoning.encrypted_content'],
      truncation: 'disabled',
      background: false,
      previous_response_id: null,
      conversation: null,
      user: 'u',
      n: 1,
      messages: [{ role: 'user', content: 'not these' }],
      functions: [],
      // A server's own.
      enable_thinking: false,
      top_k: 20,
    })
    expect(request).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'Hi' }],
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0.5,
      top_p: 0.9,
      max_tokens: 64,
      parallel_tool_calls: false,
      reasoning_effort: 'low',
      verbosity: 'low',
      user: 'u',
      enable_thinking: false,
      top_k: 20,
    })
  })

  it('ask for JSON as a chat does', () => {
    const schema = { type: 'object', properties: {} }
    const format = { type: 'json_schema' as const, name: 'answer', schema, strict: true }
    expect(read({ text: { format } }).response_format).toEqual({
      type: 'json_schema',
      json_schema: { name: 'answer', schema, strict: true },
    })
    expect(read({ text: { format: { type: 'json_object' } } }).response_format).toEqual({
      type: 'json_object',
    })
  })
})

describe('what is refused, by its name', () => {
  const tools = (tool: object) => ({ tools: [{ type: 'function', name: 'ok' }, tool] })
  const items = (item: object) => ({ input: [{ role: 'user', content: 'Hi' }, item] })
  const part = (content: object) => ({ input: [{ role: 'user', content: [content] }] })

  it.each<[string, object | null]>([
    ['input: ', null],
    ['input: ', {}],
    ['input: ', { input: 7 }],
    ['input: ', { input: [] }],
    ['input[0] must', { input: ['Hi'] }],
    ['instructions must', { instructions: ['x'] }],
    ['previous_response_id: ', { previous_response_id: 'resp_1' }],
    ['conversation: ', { conversation: { id: 'conv_1' } }],
    ['background: ', { background: true }],
    ['prompt: ', { prompt: { id: 'pmpt_1' } }],
    ['context_management: ', { context_management: [{ type: 'compaction' }] }],
    ['moderation: ', { moderation: { model: 'm' } }],
    ['truncation must be', { truncation: 'always' }],
    ['top_logprobs: ', { top_logprobs: 2 }],
    ['include: ', { include: ['message.output_text.logprobs'] }],
    ['n: ', { n: 2 }],
    ['parallel_tool_calls must', { parallel_tool_calls: 'no' }],
    ['tools must', { tools: {} }],
    ['tools[1] must', { tools: [{ type: 'function', name: 'ok' }, 'x'] }],
    ['tools[1].type: "web_search"', tools({ type: 'web_search' })],
    ['tools[1].type: "mcp"', tools({ type: 'mcp', server_label: 'x' })],
    ['tools[1].name: ', tools({ type: 'namespace', tools: [] })],
    ['tools[1].tools must', tools({ type: 'namespace', name: 'x' })],
    ['tools[1].tools[0].type: "mcp"', tools({ type: 'namespace', name: 'x', tools: [{ type: 'mcp' }] })],
    ['input[1].tools[0].type: "mcp"', items({ type: 'additional_tools', tools: [{ type: 'mcp' }] })],
    ['input[1].tools must', items({ type: 'additional_tools', tools: {} })],
    ["tools[1].type: give 'function'", tools({ name: 'add', input_schema: {} })],
    ['tools[1].name: ', tools({ type: 'function', function: { name: 'nested' } })],
    ['tools[1].name: ', tools({ type: 'custom', name: '' })],
    ['tools[1].description must', tools({ type: 'custom', name: 'x', description: 7 })],
    ['tool_choice must', { tool_choice: 'any' }],
    ["tool_choice.type: give 'function'", { tool_choice: { name: 'add' } }],
    ['tool_choice.type: "file_search"', { tool_choice: { type: 'file_search' } }],
    ['tool_choice.name: ', { tool_choice: { type: 'function', function: { name: 'x' } } }],
    ['tool_choice.mode must', { tool_choice: { type: 'allowed_tools', mode: 'x', tools: [] } }],
    ['tool_choice.tools must', { tool_choice: { type: 'allowed_tools', mode: 'auto' } }],
    [
      'tool_choice.tools[0].type: "mcp"',
      { tool_choice: { type: 'allowed_tools', tools: [{ type: 'mcp' }] } },
    ],
    [
      'tool_choice.tools[0].name: ',
      { tool_choice: { type: 'allowed_tools', tools: [{ type: 'function' }] } },
    ],
    ['input[1].id: ', items({ type: 'item_reference', id: 'rs_1' })],
    ['input[1].id: ', items({ id: 'msg_1' })],
    ['input[1].type: "web_search_call"', items({ type: 'web_search_call', id: 'ws_1' })],
    ['input[1].role must', items({ role: 'tool', content: 'x' })],
    ['input[1].name: ', items({ type: 'function_call', call_id: 'a', arguments: '{}' })],
    ['input[0].content[0].file_id: ', part({ type: 'input_image', file_id: 'file_1' })],
    ['input[0].content[0].image_url: ', part({ type: 'input_image' })],
    ['input[0].content[0].file_id: ', part({ type: 'input_file', file_id: 'file_1' })],
    ['input[0].content[0].file_url: ', part({ type: 'input_file', file_url: 'http://x' })],
    ['input[0].content[0].file_data: ', part({ type: 'input_file' })],
  ])('%s', (words, body) => {
    const asked = body === null || words === 'input: ' ? body : { input: 'Hi', ...body }
    expect(() => readResponsesRequest(asked)).toThrow(words)
  })
})
