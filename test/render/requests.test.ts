import { describe, expect, test } from 'vitest'
import { renderLine } from '../../src/cli/render.js'
import { dialects } from '../../src/dialects/index.js'
import { requestPages } from './page.js'

const pages = requestPages()

describe.each([...dialects.keys()])('%s', (dialect) => {
  const own = pages.filter((page) => page.dialect === dialect)

  test('has pages', () => {
    expect(own.length).toBeGreaterThan(15)
  })

  test.each(own)('$name', ({ request, prompt }) => {
    expect(renderLine({ ...request, dialect }).prompt).toBe(prompt)
  })

  test.each(own)('$name ends with what it prefills', ({ request }) => {
    for (const tool_choice of ['auto', 'required']) {
      const { tools } = request
      if (!Array.isArray(tools) || tools.length === 0) continue
      const line = renderLine({ ...request, dialect, tool_choice })
      expect(String(line.prompt).endsWith(String(line.prefill))).toBe(true)
    }
  })
})
