import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')

/** A fenced block of a page. */
export interface Block {
  /** Where it stands: `docs/parser.md:9`. */
  place: string
  language: string
  text: string
}

/** README.md and the pages of `docs/`. */
export const pages = new Map(
  ['README.md', ...readdirSync(join(root, 'docs')).map((file) => `docs/${file}`)].map((page) => [
    page,
    readFileSync(join(root, page), 'utf8'),
  ]),
)

export function blocksIn(language: string): Block[] {
  return [...pages].flatMap(([page, markdown]) =>
    [...markdown.matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap((found) => {
      const [, name = '', text = ''] = found
      const line = markdown.slice(0, found.index).split('\n').length
      return name === language ? [{ place: `${page}:${line}`, language, text }] : []
    }),
  )
}

/** Expected lines as a pattern: `…` stands for anything within a line. */
export function pattern(lines: readonly string[]): RegExp {
  const escaped = lines.map((line) => line.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll('…', '.*'))
  return new RegExp(`^${escaped.join('\n')}$`)
}
