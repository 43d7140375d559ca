import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '../../src/align/arithmetic.js'

const sums: fc.Arbitrary<string> = fc.letrec<{ sum: string }>((tie) => ({
  sum: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('0', '1', '2', '3.5', '12', '1e2', '0.25'),
    fc
      .tuple(tie('sum'), fc.constantFrom('+', '-', '*', '/', ' - ', ' + '), tie('sum'))
      .map(([one, sign, other]) => one + sign + other),
    tie('sum').map((inside) => `(${inside})`),
    tie('sum').map((inside) => `-(${inside})`),
    fc.constantFrom('2**3', '2**3**2', '(-2)**2', '2**-1'),
  ),
})).sum

test('arithmetic comes to what JavaScript makes of it', () => {
  fc.assert(
    fc.property(sums, (sum) => {
      const value = evaluate(sum)
      if (value === undefined) return
      // The strings above are all that can come here.
      expect(value).toBe(new Function(`return ${sum.replaceAll('--', '- -')}`)())
    }),
    { numRuns: 1000 },
  )
})

test.each([
  ['1/6', 1 / 6],
  ['-2**2*1', -4],
  [' 3 - 1 ', 2],
  ['1.5e2*2', 300],
])('%s is %d', (text, value) => {
  expect(evaluate(text)).toBe(value)
})

test.each([
  '',
  '+',
  '1+',
  '(1+2',
  '1+2)',
  '1 2+3',
  '05*2',
  '1/0',
  '0/0',
  '2/3/2024',
  '10-20',
  '10 - 20',
  '1.5 - 2.5',
  '2024 - 10 - 15',
  '555 - 123 - 4567',
  '(555)-123-4567',
  'a+1',
  '1++',
  '2*x',
  '9**9**9',
  '('.repeat(5000),
  `1${'+1'.repeat(200)}`,
])('%j is none', (text) => {
  expect(evaluate(text)).toBeUndefined()
})
