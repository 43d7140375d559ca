import { describe, expect, it } from 'vitest'
import { everySplit } from '../../../src/testing/every-split.js'
import { createStopScan } from '../../../src/upstreams/local/stop-scan.js'

function scan(chunks: readonly string[], stops: readonly string[]): { text: string; found: boolean } {
  const stop = createStopScan(stops)
  const texts = chunks.map((chunk) => stop.push(chunk))
  return { text: texts.join('') + stop.end(), found: stop.found }
}

describe('stop strings', () => {
  it.each([
    ['Hello<|im_end|>\n', ['<|im_end|>'], 'Hello', true],
    ['Hello<|im_<|im_end|>', ['<|im_end|>'], 'Hello<|im_', true],
    ['no stop at all <|im_', ['<|im_end|>'], 'no stop at all <|im_', false],
    // Of two, the one that is complete first.
    ['xabcd', ['abcd', 'b'], 'xa', true],
    ['xabcd', ['bc', 'abc'], 'x', true],
    ['aaab', ['aab'], 'a', true],
    ['🌍🌎', ['🌎'], '🌍', true],
    ['anything', [], 'anything', false],
  ])('in %j with %j', (reply, stops, text, found) => {
    for (const chunks of everySplit(reply)) expect(scan(chunks, stops)).toEqual({ text, found })
  })

  it('gives what cannot become one at once', () => {
    const stop = createStopScan(['<|im_end|>', 'STOP'])
    expect(stop.push('Hello <|im')).toBe('Hello ')
    expect(stop.push('portant ST')).toBe('<|important ')
    expect(stop.push('AY')).toBe('STAY')
  })
})
