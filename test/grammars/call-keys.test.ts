import { expect, test } from 'vitest'
import { callKey } from '../../src/grammars/call-keys.js'

test.each([
  ['name', ['name', 'Name', 'tool_name', 'functionName', 'recipient_name', 'action-name']],
  [
    'arguments',
    [
      'arguments',
      'Arguments',
      'argument',
      'args',
      'params',
      'parameter',
      'tool_input',
      'function_args',
      'kwargs',
    ],
  ],
  [
    'tool',
    ['tool', 'function', 'func', 'method', 'action', 'tool_call', 'functionCall', 'tool_calls', 'tool_use'],
  ],
  ['metadata', ['id', 'type', 'index', 'call_id', 'tool_call_id']],
  [undefined, ['', '_', 'city', 'names', 'filename', 'arguments_json', 'user_id', 'explanation', 'toString']],
])('%s', (meaning, keys) => {
  expect(keys.map(callKey)).toEqual(keys.map(() => meaning))
})
