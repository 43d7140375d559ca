import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dialects, neutralise, restore } from '../../src/index.js'

const pieces = fc.constantFrom(
  '<',
  '|im_end|>',
  '<|im_start|>',
  '<|im_end|>',
  '\u2060',
  '<\u2060|im_end|>',
  'a',
  '🎉',
)
const texts = fc.array(pieces).map((all) => all.join(''))

test.each([...dialects.values()])(
  '$id: no control token is left, and all comes back',
  ({ controlTokens }) => {
    fc.assert(
      fc.property(texts, (text) => {
        const neutral = neutralise(text, controlTokens)
        const tokens = [controlTokens.start, controlTokens.end, ...controlTokens.others]
        expect(tokens.filter((token) => neutral.includes(token))).toEqual([])
        expect(restore(neutral, controlTokens)).toBe(text)
      }),
    )
  },
)

test('tokens of any spelling', () => {
  const tokens = { start: '[INST]', end: '</s>', others: ['🎉(x)'] }
  const text = '[INST] a.b 🎉(x)</s>'
  expect(neutralise(text, tokens)).toBe('[\u2060INST] a.b 🎉\u2060(x)<\u2060/s>')
  expect(restore(neutralise(text, tokens), tokens)).toBe(text)
})
