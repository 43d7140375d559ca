import { describe, expect, it } from 'vitest'
import { everySplit } from '../../src/testing/index.js'
import { createStopStrings } from '../../src/upstreams/stop-strings.js'

function cut(chunks: readonly string[], stops: readonly string[]): string {
  const stop = createStopStrings(stops)
  return [...chunks.map(stop.push), stop.end()].join('')
}

describe('createStopStrings', () => {
  it.each([
    ['nothing to find', 'some text', ['END'], 'some text'],
    ['no stop strings', 'some text', [], 'some text'],
    ['one at the end', 'some END', ['END'], 'some '],
    ['one in the middle', 'some END text', ['END'], 'some '],
    ['one at the start', 'END text', ['END'], ''],
    ['the first of several', 'a B c A', ['A', 'B'], 'a '],
    ['two that end together: the longer', 'x <|end|>', ['|>', '<|end|>'], 'x '],
    ['one that begins twice', 'aaab', ['aab'], 'a'],
    ['one that begins again behind its beginning', 'Hello<|im_<|im_end|>', ['<|im_end|>'], 'Hello<|im_'],
    ['of two, the one that is complete first', 'xabcd', ['abcd', 'b'], 'xa'],
    ['one that begins again within itself', 'ababac', ['abac'], 'ab'],
    ['one that is only begun', 'some EN', ['END'], 'some EN'],
    ['one of surrogates', 'ok 🌍🌎 more', ['🌎'], 'ok 🌍'],
    ['one with a line break', 'a\n\nUSER: b', ['\n\nUSER:'], 'a'],
  ])('finds %s, wherever the text is cut', (_, text, stops, left) => {
    for (const chunks of everySplit(text)) expect(cut(chunks, stops)).toBe(left)
  })

  it('holds no more than may still become one', () => {
    const stop = createStopStrings(['STOP HERE'])
    expect(stop.push('one STOP')).toBe('one ')
    expect(stop.push(' it ST')).toBe('STOP it ')
    expect(stop.found).toBeUndefined()
    expect(stop.push('OP HERE two')).toBe('')
    expect(stop.found).toBe('STOP HERE')
    expect(stop.push(' three')).toBe('')
    expect(stop.end()).toBe('')
  })
})
