import { describe, expect, test } from 'vitest'
import { type DialectDefinition, defineDialect } from '../../src/dialects/define.js'
import { dialectOf, dialects } from '../../src/dialects/index.js'
import { renderPrompt, type Tool } from '../../src/index.js'

const tools: Tool[] = [{ type: 'function', function: { name: 'add', description: 'Adds.' } }]
const minimal: DialectDefinition = {
  id: 'mine',
  template: ({ tools: shown }) => shown.map((tool) => `${tool.name}: ${tool.description}`).join('\n'),
}

test('every dialect of the registry is a whole one, under its own id', () => {
  for (const [id, dialect] of dialects) {
    expect(defineDialect(dialect)).toEqual(dialect)
    expect(dialect.id).toBe(id)
    expect(dialectOf(id)).toBe(dialect)
  }
})

test('an unknown name is an error that lists the known ones', () => {
  expect(() => dialectOf('qwen9')).toThrow(/"qwen9" is not known; there are qwen2\.5, .*hermes-3/)
  expect(() => dialectOf('__proto__')).toThrow('not known')
  expect(dialectOf().id).toBe('qwen3')
})

test("an app's own dialect takes marks and control tokens along into calls, turns and stops", () => {
  const mine = defineDialect({
    ...minimal,
    marks: { call: { open: '[CALL]', close: '[/CALL]' } },
    controlTokens: { start: '[TURN]', end: '[END]', others: [] },
  })
  const { prompt, stop } = renderPrompt(
    {
      messages: [
        { role: 'user', content: 'Go [END]' },
        { role: 'assistant', tool_calls: [{ function: { name: 'add', arguments: '{}' } }] },
      ],
      tools,
      toolChoice: 'required',
    },
    { dialect: mine },
  )
  expect(prompt).toBe(
    '[TURN]system\nadd: Adds.[END]\n[TURN]user\nGo [\u2060END][END]\n' +
      '[TURN]assistant\n[CALL]\n{"name": "add", "arguments": {}}\n[/CALL][END]\n[TURN]assistant\n[CALL]\n',
  )
  expect(stop).toEqual(['[END]', '[TURN]'])
})

describe('a wrong field is named', () => {
  const cases: [definition: object, field: string][] = [
    [{ id: '' }, 'dialect.id must be a string that is not empty'],
    [{ template: 'Tools: {{tools}}' }, 'dialect.template must be a function'],
    [{ marks: {} }, 'dialect.marks must be { call: { open, close }'],
    [{ controlTokens: { start: '<', end: '<|e|>', others: [] } }, 'dialect.controlTokens must be'],
    [{ stop: [''] }, 'dialect.stop must be an array'],
    [{ laterSystem: 'maybe' }, 'dialect.laterSystem must be one of kept, left-out'],
    [{ results: { open: 'a', close: 'b', role: 'function' } }, 'dialect.results must be'],
    [{ templates: () => '' }, 'dialect.templates is no field of a dialect'],
  ]
  test.each(cases)('%j', (definition, message) => {
    expect(() => defineDialect({ ...minimal, ...definition })).toThrow(message)
  })
})
