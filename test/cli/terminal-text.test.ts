import pc from 'picocolors'
import { describe, expect, test } from 'vitest'
import { createReplyView } from '../../src/cli/demo/reply-view.js'
import { columnsOf, cutLines, pad, printable, screenColumns } from '../../src/cli/terminal-text.js'

test('a terminal that does not know its size is asked no further', () => {
  expect(screenColumns({ columns: 80 }, { COLUMNS: '40' })).toBe(80)
  expect(screenColumns({ columns: 0 }, { COLUMNS: '40' })).toBe(40)
  expect(screenColumns({ columns: 0 }, {})).toBe(undefined)
  expect(screenColumns({}, { COLUMNS: 'wide' })).toBe(undefined)
})

test('columns of emoji, East Asian scripts and combining marks', () => {
  expect(columnsOf('né 🌍')).toBe(5)
  expect(columnsOf('日本語')).toBe(6)
  expect(columnsOf('e\u0301\u200d')).toBe(1)
  expect(pad('日', 4)).toBe('日  ')
})

test('a terminal does not obey what a model writes', () => {
  expect(printable('a\u001b[2Jb\r\n\u009b1m\u202e')).toBe('a␛[2Jb␍↵�1m�')
})

test('lines join to the text, and end after a space where there is one near', () => {
  expect(cutLines('all that is', 8)).toEqual(['all that ', 'is'])
  expect(cutLines("all that isn't", 11)).toEqual(['all that ', "isn't"])
  expect(cutLines('a very-long-word', 8)).toEqual(['a very-l', 'ong-word'])
  expect(cutLines('', 8)).toEqual([])
  for (const line of cutLines('日本 語日本語', 5)) expect(columnsOf(line.trimEnd())).toBeLessThanOrEqual(5)
})

describe('a reply that is seen to grow', () => {
  /** As much of a terminal as the view uses: text, line ends, a line up, the start of a line, erasing what is below. */
  function createTerminal() {
    const lines = ['']
    let row = 0
    const write = (text: string) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is read here.
      for (const [piece, up] of text.matchAll(/\x1b\[(\d+)A|\x1b\[J|[\n\r]|[^\x1b\n\r]+/g)) {
        if (up !== undefined) row -= Number(up)
        else if (piece === '\x1b[J') lines.splice(row, Number.POSITIVE_INFINITY, '')
        else if (piece === '\n') lines[++row] ??= ''
        else if (piece !== '\r') lines[row] += piece
      }
    }
    return { write, lines }
  }

  test.each([80, 140])('ends as it is written where nothing is written twice: %i columns', (columns) => {
    const screens = [true, false].map((live) => {
      const { write, lines } = createTerminal()
      const view = createReplyView({ write, columns, live, colors: pc.createColors(false) })
      for (const word of 'These are some words that take more than one line of a narrow column 🌍.\n'.split(
        /(?<= )/,
      )) {
        view.wrote(word, false)
        view.received('content', word)
      }
      view.wrote('<tool_call>\n{"name"', false)
      view.received('tool_calls[0]', 'add  call_1')
      for (let i = 0; i < 40; i++) view.receivedArguments(`{"a": ${i}`)
      view.end()
      return lines
    })
    expect(screens[0]).toEqual(screens[1])
    expect(screens[0]?.join('\n')).toContain('9¦{"a": 1')
  })
})
