import { expect, expectTypeOf, test } from 'vitest'
import { type DialectName, dialects, renderMessages } from '../../src/index.js'

test('the type has the names that there are', () => {
  const names = {
    'qwen2.5': true,
    'qwen2.5-coder': true,
    qwen3: true,
    'qwen3-2507-instruct': true,
    'qwen3-vl': true,
    'qwq-32b': true,
    'hermes-2-pro': true,
    'hermes-3': true,
    granite: true,
    glm4: true,
    xlam: true,
    pythonic: true,
  } satisfies Record<DialectName, true>
  expect(Object.keys(names)).toEqual([...dialects.keys()])
})

test('a name tells the role of results, unless it is known only at run time', () => {
  const messages = [{ role: 'user' as const, content: 'Hi' }]
  type Roles<Rendered extends { messages: { role: string }[] }> = Rendered['messages'][number]['role']
  const qwen = renderMessages({ messages }, { dialect: 'qwen3' })
  const glm = renderMessages({ messages }, { dialect: 'glm4' })
  const id: string = 'qwen3'
  const any = renderMessages({ messages }, { dialect: id })
  expectTypeOf<Roles<typeof qwen>>().toEqualTypeOf<'system' | 'user' | 'assistant' | 'tool'>()
  expectTypeOf<Roles<typeof glm>>().toEqualTypeOf<'system' | 'user' | 'assistant' | 'observation'>()
  expectTypeOf<Roles<typeof any>>().toEqualTypeOf<'system' | 'user' | 'assistant' | 'tool' | 'observation'>()
})
