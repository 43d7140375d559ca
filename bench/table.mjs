/** The table: every line at most 100 columns. */

export function cell(result) {
  if (result.type === 'skipped') return '-'
  if (result.type === 'cut') return `cut ${percent(result.share)}`
  const { ms, bareMs, length, slow, right } = result
  return `${right ? '' : '!'}${slow ? '~' : ''}${megabytes(length, ms)} ${ratio(ms / bareMs)}`
}

export function row(name, cells) {
  const widths = [6, 13, 12, 13, 13, 14, 13]
  return name.padEnd(19) + cells.map((text, i) => text.padStart(widths[i])).join('')
}

export const three = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(value >= 1 ? 3 : 2))
export const megabytes = (length, ms) => three(length / 1000 / ms)
const ratio = (value) =>
  value >= 10_000 ? `${Math.round(value / 1000)}kx` : `${value >= 100 ? value.toFixed(0) : value.toFixed(1)}x`
export const percent = (share) => `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)}%`
