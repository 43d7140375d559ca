import Table from 'cli-table3'
import type { createColors } from 'picocolors'
import type { ChangeCount, EvalReport, Tally } from '../../eval/index.js'
import { columnsOf, cutLines, printable } from '../terminal-text.js'

type Colors = ReturnType<typeof createColors>

/**
 * The report as tables: categories and the whole, what was changed, the plain readers beside it.
 *
 * @param columns how wide the terminal is, as far as it is known: examples are cut to fit.
 */
export function formatReport(report: EvalReport, colors: Colors, columns?: number): string {
  const { overall, categories, changes, failed, baselines } = report
  const heads = ['entries', 'decoded', 'tool', 'parameters', 'right', 'relevance', 'streamed']
  const scores = table('', heads, colors, [
    ...categories.map(({ category, ...tally }) => [category, ...scoreCells(tally)]),
    ['overall', ...scoreCells(overall)].map((text) => colors.bold(text)),
  ])
  const parts = [`${scores}\n${colors.dim(explanation)}`]

  if (changes.length > 0) {
    const rows = changes.map((change) => [
      change.kind,
      String(change.entries),
      String(change.count),
      exampleOf(change),
    ])
    const lines = table('changes', ['entries', 'count', ' for example'], colors, rows).split('\n')
    parts.push(lines.map((line) => (columns === undefined ? line : cut(line, columns))).join('\n'))
  }
  if (baselines.length > 0) {
    const readers = [{ name: 'toolshim', overall }, ...baselines]
    const rows = readers.map(({ name, overall }) => [name, ...scoreCells(overall).slice(1, -1)])
    parts.push(table('beside it', heads.slice(1, -1), colors, rows))
  }
  if (failed.length > 0) {
    parts.push(`${failed.length} of ${overall.entries} entries were not right (--failed FILE writes them).`)
  }
  return `${parts.join('\n\n')}\n`
}

const explanation = `% of the entries: decoded, tool, parameters and right (end to end) of those
that expect a call, relevance of those that expect none, streamed (the same in
pieces as whole) of all.`

/** A line that does not fit ends in a sign that says so. */
function cut(line: string, columns: number): string {
  return columnsOf(line) <= columns ? line : `${cutLines(line, columns - 1)[0]?.trimEnd()}…`
}

function scoreCells(tally: Tally): string[] {
  const { entries, expecting, decoded, tool, parameters, right, expectingNone, relevance, streamed } = tally
  return [
    String(entries),
    percent(decoded, expecting),
    percent(tool, expecting),
    percent(parameters, expecting),
    percent(right, expecting),
    percent(relevance, expectingNone),
    streamed === undefined ? '-' : percent(streamed, entries),
  ]
}

function percent(part: number, of: number): string {
  return of === 0 ? '-' : ((100 * part) / of).toFixed(2)
}

function exampleOf({ example: { id, around } }: ChangeCount): string {
  return ` ${printable(`${id}: ${around}`)}`
}

/** Columns without lines; the first one and examples to the left, numbers to the right. */
function table(title: string, heads: readonly string[], colors: Colors, rows: readonly string[][]): string {
  const lines = new Table({
    head: [title, ...heads].map((head) => colors.bold(head)),
    colAligns: ['left', ...heads.map(alignOf)],
    chars: noLines,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  lines.push(...rows.map((row) => [...row]))
  return lines
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

function alignOf(head: string): 'left' | 'right' {
  return head.startsWith(' ') ? 'left' : 'right'
}

/** Two spaces between columns and nothing else. */
const noLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
}
