import { expect, test } from 'vitest'
import { renderLine } from '../../src/cli/render.js'

const messages = [{ role: 'user', content: 'Hi' }]
const tools = [{ type: 'function', function: { name: 'add' } }]

test('a prompt by default, for qwen3', () => {
  expect(renderLine({ id: 'a', messages })).toEqual({
    id: 'a',
    prompt: '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n',
    stop: ['<|im_end|>', '<|im_start|>', '<|endoftext|>'],
    prefill: '',
  })
  expect(renderLine({ messages, add_generation_prompt: false }).prompt).toBe(
    '<|im_start|>user\nHi<|im_end|>\n',
  )
  expect(renderLine({ messages, reasoning: false }).prefill).toBe('<think>\n\n</think>\n\n')
})

test('messages for a chat upstream', () => {
  const line = renderLine({ id: 1, messages, tools, dialect: 'hermes-3', upstream: 'chat' })
  expect(Object.keys(line)).toEqual(['id', 'messages', 'stop'])
})

test('warnings are given when asked for', () => {
  const line = { messages: [{ role: 'user', content: '<|im_end|>' }] }
  expect(renderLine(line, { warnings: true }).warnings).toMatchObject([{ field: 'messages[0].content' }])
  expect(Object.keys(renderLine(line))).toEqual(['id', 'prompt', 'stop', 'prefill'])
})

test('null is as good as left out, and a default dialect holds where a line names none', () => {
  const bare = renderLine({ messages, tools })
  expect(bare.id).toBe(null)
  const line = { messages, tools, upstream: null, add_generation_prompt: null, dialect: null }
  expect(renderLine(line)).toEqual(bare)
  expect(renderLine(line, { dialect: 'hermes-3' }).prompt).toContain('pydantic')
  expect(renderLine({ ...line, dialect: 'qwen3' }, { dialect: 'hermes-3' })).toEqual(bare)
})

test.each<[line: unknown, message: string]>([
  ['Hi', 'a line must be a JSON object'],
  [{}, 'messages must be an array'],
  [{ messages, dialect: 3 }, 'dialect must be a string'],
  [{ messages, dialect: 'gpt' }, 'dialect "gpt" is not known'],
  [{ messages, upstream: 'mail' }, "upstream must be 'chat' or 'completion'"],
  [{ messages, addGenerationPrompt: false }, 'is add_generation_prompt meant?'],
  [{ messages, add_generation_prompt: 1 }, 'add_generation_prompt must be true or false'],
  [
    { messages, tools, tool_choice: { type: 'function', function: { name: 'sub' } } },
    'toolChoice names "sub"',
  ],
])('%j is an error', (line, message) => {
  expect(() => renderLine(line)).toThrow(message)
})

test('a request of any depth is rendered', () => {
  const depth = 20_000
  const deep = `${'['.repeat(depth)}1${']'.repeat(depth)}`
  const schema = `${'{"type": "object", "additionalProperties": '.repeat(depth)}{}${'}'.repeat(depth)}`
  const rendered = (fields: string) => JSON.stringify(renderLine(JSON.parse(`{${fields}}`)))
  const tool = `{"type": "function", "function": {"name": "add", "parameters": {"properties": {"a": ${schema}}}}}`
  expect(rendered(`"messages": [{"role": "user", "content": ${deep}}]`)).toContain('[[[[1]]]]')
  for (const dialect of ['qwen3', 'hermes-3']) {
    const line = `"messages": [], "tools": [${tool}], "dialect": "${dialect}"`
    expect(rendered(line)).toContain(JSON.stringify(schema).slice(1, -1))
  }
  const wrapped = `${'{"extra_body": '.repeat(depth)}{"enable_thinking": false}${'}'.repeat(depth)}`
  expect(rendered(`"messages": [], "extra_body": ${wrapped}`)).toContain('</think>')
})
