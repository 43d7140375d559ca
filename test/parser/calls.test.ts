import { expect, test } from 'vitest'
import { type ParserOptions, parse } from '../../src/parser.js'
import { sharedTools } from '../fixtures/pages.js'

const call = '{"name": "get_weather", "arguments": {"city": "Paris"}}'

/** What is told of the text around a call, or of what is left out of it, is for other tests. */
test.each<[what: string, reply: string, args: unknown[], options?: ParserOptions]>([
  [
    'between marks that each stand in ticks',
    `\`<tool_call>\`\n${call}\n\`</tool_call>\``,
    [{ city: 'Paris' }],
  ],
  [
    'with an argument that is given twice: the first counts',
    "['get_weather', 'city=Paris', 'city=Oslo']",
    [{ city: 'Paris' }],
    { dialect: 'pythonic' },
  ],
])('a call %s', (_, reply, args, options = {}) => {
  const { toolCalls } = parse(reply, { tools: sharedTools, ...options })
  expect(toolCalls.map((each) => each.type === 'function' && JSON.parse(each.function.arguments))).toEqual(
    args,
  )
  for (const each of toolCalls) {
    if (each.type === 'function') expect(each.function.arguments.match(/"city"/g)).toHaveLength(1)
  }
})
