import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const fixtures = join(import.meta.dirname, '../../fixtures')

/** A page of `fixtures/<dialect>/requests/`: a title, a sentence, the request, the prompt it must give. */
export interface RequestPage {
  dialect: string
  name: string
  request: Record<string, unknown>
  prompt: string
}

export function requestPages(): RequestPage[] {
  const folders = readdirSync(fixtures, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return folders.flatMap(({ name: dialect }) => {
    const folder = join(fixtures, dialect, 'requests')
    return readdirSync(folder).map((file) => readPage(dialect, join(folder, file), file.replace('.md', '')))
  })
}

function readPage(dialect: string, path: string, name: string): RequestPage {
  const page = readFileSync(path, 'utf8')
  const [, request, prompt] =
    /\n## Request\n\n```json\n(.*?)\n```\n\n## Prompt\n\n```text\n(.*)\n```\n$/s.exec(page) ?? []
  if (request === undefined || prompt === undefined) throw new Error(`${path} is no request page`)
  return { dialect, name, request: JSON.parse(request), prompt }
}
