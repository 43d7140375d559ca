import type { Colors } from 'picocolors/types'
import { characters, columnsOf, cutLines, fits, pad, printable, splitLine } from '../terminal-text.js'

/** Where the demo writes. */
export interface Screen {
  write(text: string): void
  columns: number
  /** Whether a line can be written again, so that it is seen to grow. */
  live: boolean
  colors: Colors
}

/**
 * Shows one reply as it comes: what the model writes, and beside it the deltas that the app receives for it. In a
 * narrow terminal the deltas stand below.
 *
 *     {'name': 'add', 'arguments':     │ tool_calls[0]     add  call_Zx…
 *      {'a': 1, 'b': 2,}}↵             │   .arguments      {"a"¦: 1,¦ "b"¦: 2}
 *     </tool_call>                     │
 */
export interface ReplyView {
  wrote(text: string, isReasoning: boolean): void
  /** A delta of text. Deltas of one label that come one after the other are joined. */
  received(label: string, text: string): void
  /** A delta of a call's arguments: joined too, with a seam between two of them. */
  receivedArguments(text: string): void
  end(): void
}

export const labelColumns = 19
/** Below this, columns would be too narrow to read. */
const twoColumnsFrom = 100
const separator = ' │ '
const argumentsLabel = '  .arguments'
const seam = '¦'

interface Delta {
  label: string
  text: string
}

export function createReplyView({ write, columns, live, colors }: Screen): ReplyView {
  const beside = columns >= twoColumnsFrom
  // One column is left free: a full line would make some terminals break it.
  const textColumns = columns - 1 - labelColumns - (beside ? separator.length : 0)
  // The deltas take more room than the text: they have seams.
  const leftColumns = Math.floor(textColumns * (beside ? 0.47 : 0.8))
  const rightColumns = beside ? textColumns - leftColumns : textColumns

  /** The row that is being written: one line of the model's text and the deltas that came with it. */
  let left = ''
  let isThought = false
  let deltas: Delta[] = []
  /** The line of text is full, or ended in a line break; the deltas for its end may still come. */
  let isFull = false
  /** How many lines of the row are on the screen. */
  let drawn = 0
  let lastLabel = ''
  let saidWhoWrites = false

  const heading = beside
    ? `${pad('the model writes', leftColumns)}${separator}the app receives (${seam} is between two deltas)`
    : `below it, what the app receives (${seam} between two deltas)`
  write(`${colors.dim(heading)}\n`)

  function rowLines(): string[] {
    const right = deltaLines()
    const seen = left.trimEnd()
    const text = isThought ? colors.dim(seen) : seen
    if (beside) {
      const rows = Math.max(1, right.length)
      return Array.from({ length: rows }, (_, row) => {
        const cell = row === 0 ? text + ' '.repeat(leftColumns - columnsOf(seen)) : ' '.repeat(leftColumns)
        return `${cell}${colors.dim(separator)}${right[row] ?? ''}`.trimEnd()
      })
    }
    const who = colors.dim(pad(saidWhoWrites ? '' : 'the model writes', labelColumns))
    return [...(left === '' ? [] : [(who + text).trimEnd()]), ...right]
  }

  function deltaLines(): string[] {
    let shown = lastLabel
    return deltas.flatMap(({ label, text }) =>
      cutLines(text, rightColumns).map((line) => {
        const name = label === shown ? '' : label
        shown = label
        return colors.dim(pad(name, labelColumns)) + paintDelta(label, line)
      }),
    )
  }

  function paintDelta(label: string, line: string): string {
    if (label === 'content') return line
    if (label === 'reasoning_content') return colors.dim(line)
    if (label !== argumentsLabel) return colors.bold(colors.green(line))
    return line.split(seam).map(colors.green).join(colors.dim(seam))
  }

  function add(label: string, text: string, between: string) {
    const last = deltas[deltas.length - 1]
    if (last?.label === label) last.text += between + printable(text)
    else deltas.push({ label, text: printable(text) })
    draw()
  }

  function draw() {
    if (!live) return
    erase()
    const lines = rowLines()
    write(lines.join('\n'))
    drawn = lines.length
  }

  function erase() {
    if (drawn === 0) return
    const up = drawn > 1 ? `\x1b[${drawn - 1}A` : ''
    write(`${up}\r\x1b[J`)
    drawn = 0
  }

  function endRow() {
    erase()
    if (left !== '' || deltas.length > 0)
      write(
        rowLines()
          .map((line) => `${line}\n`)
          .join(''),
      )
    if (left !== '') saidWhoWrites = true
    const last = deltas[deltas.length - 1]
    if (last !== undefined) {
      // Below the model's next line a label is said again.
      lastLabel = beside ? last.label : ''
      saidWhoWrites = beside
    }
    left = ''
    deltas = []
    isFull = false
  }

  /** The row is full: the start of a word goes on in the next. */
  function breakRow() {
    const [head, tail] = splitLine(left)
    left = head
    endRow()
    left = tail
  }

  return {
    wrote(text, isReasoning) {
      if (isReasoning !== isThought && left !== '') endRow()
      isThought = isReasoning
      for (const character of characters(text)) {
        const shown = printable(character)
        if (isFull) endRow()
        else if (!fits(left, shown, leftColumns)) breakRow()
        left += shown
        isFull = character.endsWith('\n')
      }
      draw()
    },
    received: (label, text) => add(label, text, ''),
    receivedArguments: (text) => add(argumentsLabel, text, seam),
    end: endRow,
  }
}
