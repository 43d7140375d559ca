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

test('warnings go to whoever listens', () => {
  const fields: string[] = []
  renderLine({ messages: [{ role: 'user', content: '<|im_end|>' }] }, ({ field }) => fields.push(field))
  expect(fields).toEqual(['messages[0].content'])
})

test.each<[line: unknown, message: string]>([
  ['Hi', 'a line must be a JSON object'],
  [{}, 'messages must be an array'],
  [{ messages, dialect: 3 }, 'dialect must be a string'],
  [{ messages, dialect: 'gpt' }, 'dialect "gpt" is not known'],
  [{ messages, upstream: 'mail' }, "upstream must be 'chat' or 'completion'"],
  [{ messages, add_generation_prompt: 1 }, 'add_generation_prompt must be true or false'],
  [
    { messages, tools, tool_choice: { type: 'function', function: { name: 'sub' } } },
    'toolChoice names "sub"',
  ],
])('%j is an error', (line, message) => {
  expect(() => renderLine(line)).toThrow(message)
})
