import { expect, test } from 'vitest'
import { createTagSet, type Tag } from '../../src/scan/tags.js'

/** In either order, since a dialect may name its tags in any. */
const tags: Tag[] = [
  ['<call>', 'open'],
  ['<call>[', 'think-open'],
  ['<calls>', 'close'],
]

test.each([
  ['in this order', tags],
  ['the other way round', [...tags].reverse()],
])('of two tags of which one begins the other the shorter is found, as unit by unit, %s', (_, listed) => {
  const { match, whole } = createTagSet(listed)
  expect(match('<call>')).toBe('open')
  expect(whole('<call>[', 0)).toEqual(['<call>', 'open'])
  expect(whole('<calls>', 0)).toEqual(['<calls>', 'close'])
  expect(whole('<cal', 0)).toBeUndefined()
})
