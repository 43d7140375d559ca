import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { renderLine } from '../../src/cli/render.js'
import { isFields } from '../../src/fields.js'
import { dialects } from '../../src/index.js'
import type { ChatMessage, ChatTool } from './chat-template.js'
import { ownTemplates } from './own-templates.js'
import { callsAsLines } from './own-templates-other.js'
import { requestPages } from './page.js'

/**
 * `renderMessages` is right when the model's own template, given its messages and no tools, writes what that template
 * writes given the original messages and the tools. Four things cannot be written through a template that takes no
 * tools, and are kept out of or evened out in what follows:
 * - Hermes: a turn of results ends in `<|im_end|>` with tools and in `<|im_end|>\n` without.
 * - QwQ cuts every earlier message at `</think>`, in arguments too, so those are written `<\/think>` (tested below);
 *   and line breaks before a call, left over from text that was only a thought, are trimmed.
 * - GLM-4 has a call's name in the place of metadata, which a chat endpoint does not take: `callsAsLines`.
 * - Qwen3 trims line breaks before a call in the current turn when the text beside the call is nothing else.
 */
const texts = fc.constantFrom(
  '',
  'Hi',
  '日本 🎉\u2028 "q" \\ <b>&amp;</b>',
  ' two\n\nlines ',
  '\nafter a break',
  '<think>\nplan\n</think>\n\nanswer',
  'a</think>b</think>\n\nc',
  '<tool_response>\nx\n</tool_response>',
  '<tool_call>\n{}\n</tool_call>',
  '{{this}} {{{that}}}',
)
const values = fc.constantFrom<unknown>(
  1,
  -2.5,
  true,
  null,
  'é "x"\n\\',
  [],
  {},
  [[1, { a: [] }]],
  '</tool_call>',
)

function conversations(argument: fc.Arbitrary<unknown>): fc.Arbitrary<ChatMessage[]> {
  const call = fc.record({
    id: fc.constant('call00001'),
    type: fc.constant('function' as const),
    function: fc.record({
      name: fc.constantFrom('add', 'find'),
      arguments: fc.dictionary(fc.constantFrom('a', 'b c', '日本', '"'), argument, {
        maxKeys: 3,
        noNullPrototype: true,
      }),
    }),
  })
  const reasoning = { reasoning_content: fc.constantFrom('', 'Look it up.', '\nTwice\n\n') }
  const turns = fc.oneof(
    fc.record({ role: fc.constant('user'), content: texts }).map((message) => [message]),
    fc.record({ role: fc.constant('system'), content: texts }).map((message) => [message]),
    fc
      .record(
        { role: fc.constant('assistant'), content: texts, ...reasoning },
        { requiredKeys: ['role', 'content'] },
      )
      .map((message) => [message]),
    fc
      .record(
        {
          role: fc.constant('assistant'),
          content: texts,
          tool_calls: fc.array(call, { minLength: 1, maxLength: 3 }),
          ...reasoning,
        },
        { requiredKeys: ['role', 'content', 'tool_calls'] },
      )
      .map((message) => [
        message,
        ...message.tool_calls.map(() => ({ role: 'tool', tool_call_id: 'call00001', content: '31C\n' })),
      ]),
  )
  return fc.array(turns, { minLength: 1, maxLength: 6 }).map((all) => all.flat())
}

const tools: ChatTool[] = [
  {
    type: 'function',
    function: { name: 'add', description: 'Adds "x" & <y>.', parameters: { type: 'object', properties: {} } },
  },
  {
    type: 'function',
    function: {
      name: 'find',
      description: '検索',
      parameters: {
        type: 'object',
        properties: {
          what: { type: 'string', description: 'Which' },
          days: { type: 'integer', description: 'When' },
        },
      },
    },
  },
]

/** Evens out the one character that Hermes' two templates differ by. */
const even = (prompt: string) => prompt.replaceAll('<|im_end|><|im_start|>', '<|im_end|>\n<|im_start|>')

/** As much of the messages as a chat endpoint can be told: GLM-4's names of calls are lines there. */
const told = (dialect: string, messages: ChatMessage[]) =>
  dialect === 'glm4' ? callsAsLines(messages) : messages

describe.each([...dialects.keys()])('%s', (dialect) => {
  const template = ownTemplates[dialect]
  if (template === undefined) throw new Error(`this test states no template for ${dialect}`)
  const through = (messages: ChatMessage[]) =>
    template(asChat(renderLine({ messages, tools, dialect, upstream: 'chat' }).messages))

  test('its template writes the same from the messages as from the request', () => {
    const thinks = dialect !== 'qwq-32b'
    const argument = thinks ? fc.oneof(values, fc.constant('</think>\n\n')) : values
    fc.assert(
      fc.property(conversations(argument), (messages) => {
        expect(through(messages)).toBe(even(template(told(dialect, messages), tools)))
      }),
      { numRuns: 400 },
    )
  })

  test('the prompt is what its template writes', () => {
    fc.assert(
      fc.property(conversations(fc.oneof(values, fc.constant('</think>'))), (messages) => {
        expect(renderLine({ messages, tools, dialect }).prompt).toBe(template(messages, tools))
      }),
      { numRuns: 400 },
    )
  })

  // Left out: what a chat endpoint is asked otherwise (no generation prompt, thinking off, a required call), parts, which
  // stay parts, and GLM-4's calls (see above).
  const pages = requestPages().filter(
    ({ name, request }) =>
      request.add_generation_prompt !== false &&
      request.enable_thinking !== false &&
      request.tool_choice === undefined &&
      !(dialect === 'glm4' && JSON.stringify(request.messages).includes('"tool_calls"')) &&
      !name.endsWith('-parts'),
  )
  test.each(pages.filter((page) => page.dialect === dialect))('its template writes page $name', (page) => {
    const { messages } = renderLine({ ...page.request, dialect, upstream: 'chat' })
    expect(template(asChat(messages))).toBe(even(page.prompt))
  })
})

test('QwQ: a call whose arguments contain </think> reaches the model whole', () => {
  const messages: ChatMessage[] = [
    { role: 'user', content: 'Go' },
    {
      role: 'assistant',
      content: 'Now.',
      tool_calls: [
        { id: 'c1', type: 'function', function: { name: 'find', arguments: { what: 'x</think>y' } } },
      ],
    },
    { role: 'tool', tool_call_id: 'c1', content: 'ok' },
  ]
  const rendered = renderLine({ messages, tools, dialect: 'qwq-32b', upstream: 'chat' })
  const prompt = ownTemplates['qwq-32b']?.(asChat(rendered.messages))
  expect(prompt).toContain(
    'Now.\n<tool_call>\n{"name": "find", "arguments": {"what": "x<\\/think>y"}}\n</tool_call>',
  )

  // The last message is not cut, so it stays as it was.
  const last = messages.slice(0, 2)
  const whole = renderLine({ messages: last, tools, dialect: 'qwq-32b', upstream: 'chat' })
  const template = ownTemplates['qwq-32b']
  expect(template?.(asChat(whole.messages))).toBe(template?.(last, tools))
})

/** Rendered messages as the templates take them. */
function asChat(messages: unknown): ChatMessage[] {
  if (!Array.isArray(messages)) throw new Error('no messages')
  return messages.map((message: unknown) => {
    if (!isFields(message)) throw new Error('no message')
    const { role, content, reasoning_content: reasoning, tool_calls } = message
    if (typeof role !== 'string' || typeof content !== 'string') throw new Error('no text')
    if (tool_calls !== undefined) throw new Error('calls were left in a message')
    return typeof reasoning === 'string' ? { role, content, reasoning_content: reasoning } : { role, content }
  })
}
