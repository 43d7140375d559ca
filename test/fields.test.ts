import { expect, test } from 'vitest'
import { mergeFields } from '../src/fields.js'

test('lists of many pieces grow in place, and what was given stays as it was', () => {
  const piece = () => ({ logprobs: { content: [1] } })
  const first = piece()
  const second = piece()
  const merged = mergeFields(first, second, false)
  const again = mergeFields(merged, piece(), false)
  expect(again).toEqual({ logprobs: { content: [1, 1, 1] } })
  expect([first, second]).toEqual([piece(), piece()])
  // Copied for each piece, a list would cost its length squared.
  const once = mergeFields({ list: [1] }, { list: [2] })
  expect(mergeFields(once, { list: [3] }).list).toBe(once.list)
})
