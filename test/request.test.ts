import { describe, expect, test } from 'vitest'
import { normaliseRequest, readReasoning, type ToolRequest } from '../src/request.js'

const add = { type: 'function', function: { name: 'add' } }
const run = { type: 'custom', custom: { name: 'run' } }

/** A request as it comes from outside, where no compiler has seen it. */
function read(fields: object) {
  const request: ToolRequest = JSON.parse(JSON.stringify({ messages: [], ...fields }))
  return normaliseRequest(request)
}

test('both spellings are read, ours first', () => {
  const request = { tools: [add], tool_choice: 'required', parallel_tool_calls: false }
  expect(read(request)).toMatchObject({ toolChoice: { mode: 'required' }, parallelToolCalls: false })
  expect(read({ ...request, toolChoice: 'none', parallelToolCalls: true })).toMatchObject({
    toolChoice: { mode: 'none' },
    parallelToolCalls: true,
  })
  expect(read({ tools: null, tool_choice: null })).toMatchObject({ tools: [], toolChoice: { mode: 'auto' } })
})

describe('tool choice', () => {
  const both = new Set(['add', 'run'])
  const cases: [choice: unknown, resolved: object][] = [
    ['auto', { mode: 'auto' }],
    [
      { type: 'function', function: { name: 'add' } },
      { mode: 'required', name: 'add' },
    ],
    [
      { type: 'function', name: 'add' },
      { mode: 'required', name: 'add' },
    ],
    [
      { type: 'custom', custom: { name: 'run' } },
      { mode: 'required', name: 'run' },
    ],
    [
      { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [add, run] } },
      { mode: 'required', allowed: both },
    ],
    [
      { type: 'allowed_tools', mode: 'auto', tools: [{ name: 'add' }, run] },
      { mode: 'auto', allowed: both },
    ],
  ]
  test.each(cases)('%j', (tool_choice, resolved) => {
    expect(read({ tools: [add, run], tool_choice }).toolChoice).toEqual(resolved)
  })
})

describe('what is no request is an error that names the field', () => {
  const cases: [request: object, message: string][] = [
    [{ messages: 'Hi' }, 'messages must be an array'],
    [{ tools: {} }, 'tools must be an array'],
    [{ tools: [add, null] }, 'tools[1] must be an object'],
    [{ tools: [{ type: 'retrieval' }] }, "tools[0].type must be 'function' or 'custom', not \"retrieval\""],
    [{ tools: [{ type: 'function', name: 'add' }] }, 'tools[0].function must be an object'],
    [{ tools: [{ type: 'function', function: {} }] }, 'tools[0].function.name must be a string'],
    [{ tools: [{ type: 'custom', custom: { name: '' } }] }, 'tools[0].custom.name must be a string'],
    [
      { tools: [{ type: 'function', function: { name: 'a', description: 1 } }] },
      'tools[0].function.description',
    ],
    [{ tools: [add, run, add] }, 'tools[2] has the name of an earlier tool, "add"'],
    [{ tool_choice: 'required' }, "toolChoice is 'required' but the request has no tools"],
    [{ tools: [add], tool_choice: 'any' }, "toolChoice must be 'auto'"],
    [
      { tools: [add], tool_choice: { type: 'function', function: { name: 'sub' } } },
      'toolChoice names "sub"',
    ],
    [{ tools: [add], tool_choice: { type: 'function', function: {} } }, 'toolChoice must name a tool'],
    [
      { tools: [add], tool_choice: { type: 'allowed_tools', mode: 'auto' } },
      'toolChoice.tools must be an array',
    ],
    [{ tools: [add], tool_choice: { type: 'allowed_tools', mode: 'some', tools: [] } }, 'toolChoice.mode'],
    [
      { tools: [add], tool_choice: { type: 'allowed_tools', mode: 'required', tools: [] } },
      'toolChoice.tools is empty',
    ],
    [
      { tools: [add], tool_choice: { type: 'allowed_tools', tools: [run] } },
      'toolChoice.tools[0] names "run"',
    ],
    [
      { tools: [add], tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto' } } },
      'toolChoice.allowed_tools.tools must be an array',
    ],
    [
      { tools: [add], tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'some', tools: [] } } },
      'toolChoice.allowed_tools.mode',
    ],
    [
      { tools: [add], tool_choice: { type: 'allowed_tools', allowed_tools: { tools: [add, run] } } },
      'toolChoice.allowed_tools.tools[1] names "run"',
    ],
    [{ functions: [{ name: 'add' }] }, "functions are not read here: give tools, as in [{ type: 'function'"],
    [{ parallel_tool_calls: 'no' }, 'parallelToolCalls must be true or false'],
  ]
  test.each(cases)('%j', (request, message) => {
    expect(() => read(request)).toThrow(message)
  })
})

describe('reasoning, in every spelling', () => {
  const off: object[] = [
    { reasoning: false },
    { reasoning: { enabled: false } },
    { reasoning: { effort: 'none' } },
    { enable_thinking: false },
    { chat_template_kwargs: { enable_thinking: false } },
    { extra_body: { enable_thinking: false } },
    { extra_body: { chat_template_kwargs: { thinking: false } } },
    { think: false },
    { thinking: { type: 'disabled' } },
    { reasoning_effort: 'none' },
    { thinking_budget: 0 },
    { reasoning: null, enable_thinking: false },
    { reasoning: { max_tokens: 0 } },
    { thinking: { budget_tokens: 0 } },
    { enable_thinking: 'False' },
    { reasoning_effort: 'low', chat_template_kwargs: { enable_thinking: false } },
  ]
  test.each(off)('off: %j', (request) => expect(readReasoning(request)).toBe(false))

  const on: object[] = [
    { reasoning: true },
    { reasoning: { effort: 'low' } },
    { enable_thinking: true },
    { think: 'high' },
    { thinking: { type: 'enabled', budget_tokens: 1024 } },
    { reasoning_effort: 'minimal' },
    { thinking_budget: 100 },
    { reasoning: true, enable_thinking: false },
  ]
  test.each(on)('on: %j', (request) => expect(readReasoning(request)).toBe(true))

  const silent: object[] = [{}, { reasoning: null }, { reasoning: { summary: 'auto' } }, { extra_body: null }]
  test.each(silent)('not said: %j', (request) => expect(readReasoning(request)).toBeUndefined())
})
