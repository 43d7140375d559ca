import { jsonrepair } from 'jsonrepair'
import { describe, expect, test } from 'vitest'
import { type ParserOptions, parse } from '../../src/parser.js'
import type { Tool } from '../../src/request.js'

const tools: Tool[] = [{ type: 'function', function: { name: 'add' } }]
const broken = '{´name´: ´add´, ´arguments´: {´a´: 1}}'
const block = (body: string) => `<tool_call>\n${body}\n</tool_call>`

/** Parses with a second opinion that always says the same, and gives what it was asked. */
function ask(text: string, answer: string, options: ParserOptions = {}) {
  const asked: string[] = []
  const secondOpinion = (body: string) => {
    asked.push(body)
    return answer
  }
  return { asked, ...parse(text, { tools, secondOpinion, ...options }) }
}

describe('a second opinion', () => {
  const call = '{"name": "add", "arguments": {"a": 1}}'

  test('makes a call of a whole block that was not recognised', () => {
    const { asked, toolCalls, content } = ask(block(broken), call)
    expect(asked).toEqual([`\n${broken}`])
    expect(toolCalls).toMatchObject([
      { function: { name: 'add', arguments: '{"a": 1}' }, changes: [{ kind: 'second-opinion' }] },
    ])
    expect(content).toBe('')
  })

  test.each([
    ['a call that was read', block(call), {}],
    ['text', broken, {}],
    ['a block that was cut short', `<tool_call>\n${broken.slice(0, -1)}`, {}],
    ['a block longer than what may be held', block(broken), { limits: { held: 20 } }],
    [
      'a tool that the request does not allow',
      block('{"name": "sub", "arguments": {}}'),
      { unknownTool: 'text' },
    ],
  ] satisfies [string, string, ParserOptions][])('is not asked about %s', (_, text, options) => {
    expect(ask(text, call, options).asked).toEqual([])
  })

  test.each([
    ['it names no declared tool', '{"name": "sub", "arguments": {}}'],
    ['it has no arguments', '{"name": "add"}'],
    ['it is no object', '[1]'],
    ['it is no JSON', 'no idea'],
  ])('does not count when %s', (_, answer) => {
    const { asked, toolCalls, content } = ask(block(broken), answer)
    expect(asked).toHaveLength(1)
    expect(toolCalls).toEqual([])
    expect(content).toBe(block(broken))
  })

  test('does not count when it names a tool that may not be called', () => {
    const { toolCalls, content, changes } = ask(block(broken), call, {
      tools: [...tools, { type: 'function', function: { name: 'sub' } }],
      toolChoice: {
        type: 'allowed_tools',
        allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'sub' } }] },
      },
    })
    expect(toolCalls).toEqual([])
    expect(content).toBe(block(broken))
    expect(changes).toMatchObject([{ kind: 'not-allowed' }])
  })

  test('does not count when it throws', () => {
    const secondOpinion = () => {
      throw new Error('no')
    }
    expect(parse(block(broken), { tools, secondOpinion }).content).toBe(block(broken))
  })

  test('is read to its last quote', () => {
    const answer = '{"name": "add", "arguments": {"a": "b"}}'
    expect(ask(block(broken), answer).toolCalls).toMatchObject([{ function: { arguments: '{"a": "b"}' } }])
  })

  test('is held to what a strict tool declares', () => {
    const strict: Tool[] = [
      {
        type: 'function',
        function: { name: 'add', strict: true, parameters: { properties: { b: {} } } },
      },
    ]
    const answer = '{"name": "add", "arguments": {"a": 1, "b": 2.0}}'
    expect(ask(block(broken), answer, { tools: strict }).toolCalls).toMatchObject([
      { function: { arguments: '{ "b": 2.0}' } },
    ])
  })

  test('that nests too deep gives no finished call', () => {
    const answer = '{"name": "add", "arguments": {"a": [[[1]]]}}'
    const { toolCalls, incomplete } = ask(block(broken), answer, { limits: { depth: 3 } })
    expect(toolCalls).toEqual([])
    expect(incomplete).toMatchObject([{ name: 'add' }])
  })

  test.each([
    [16_000, 1],
    [17_000, 0],
  ])(
    'is asked about the first object where %d characters behind it are read again at most',
    (length, calls) => {
      const lost = block(
        `{"name": "add", \\"arguments": {"a": 1}}\n</tool_call>\n${'x'.repeat(length)}", "s": {}`,
      )
      expect(parse(lost, { tools, secondOpinion: jsonrepair }).toolCalls).toHaveLength(calls)
    },
  )

  test('may be that of jsonrepair', () => {
    expect(parse(block(broken), { tools }).toolCalls).toEqual([])
    expect(parse(block(broken), { tools, secondOpinion: jsonrepair }).toolCalls).toMatchObject([
      { function: { name: 'add', arguments: '{"a": 1}' }, changes: [{ kind: 'second-opinion' }] },
    ])
  })
})
