import { describe, expect, it } from 'vitest'
import { createTokenDecoder } from '../../../src/upstreams/local/token-decoder.js'

/** Tokens that are bytes, read as UTF-8: a character may be several. */
const decodeBytes = (ids: number[]) => new TextDecoder().decode(Uint8Array.from(ids))

/** Tokens that are words; the first one loses its space, as in the tokenizers of Llama 2. */
const words = [' Hello', ' world', '!', ' And']
const decodeWords = (ids: number[]) =>
  ids
    .map((id) => words[id])
    .join('')
    .replace(/^ /, '')

describe('tokens one by one', () => {
  it('come to the text of all, and no half characters', () => {
    const text = 'Paris 🌍 é, 日本 and more words that follow'
    const decoder = createTokenDecoder(decodeBytes, [])
    const pieces = [...new TextEncoder().encode(text)].map((byte) => decoder.push(byte))
    expect(pieces.join('') + decoder.end()).toBe(text)
    expect(pieces.filter((piece) => piece.includes('\ufffd'))).toEqual([])
  })

  it('keep the space that joins them to the prompt', () => {
    const decoder = createTokenDecoder(decodeWords, [2])
    expect([3, 0, 1].map((id) => decoder.push(id))).toEqual([' And', ' Hello', ' world'])
  })

  it('give half a character at the end as it is', () => {
    const decoder = createTokenDecoder(decodeBytes, [])
    expect(decoder.push(0xf0) + decoder.push(0x9f)).toBe('')
    expect(decoder.end()).toBe('\ufffd')
    expect(decoder.end()).toBe('')
  })

  it('cost the same for each one', () => {
    let decoded = 0
    const decoder = createTokenDecoder((ids: number[]) => {
      decoded += ids.length
      return 'x'.repeat(ids.length)
    }, [])
    for (let count = 0; count < 1000; count++) decoder.push(1)
    expect(decoded).toBeLessThan(1000 * 30)
  })
})
