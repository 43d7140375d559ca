import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { changeMessages } from '../../src/changes.js'
import type { Dialect } from '../../src/dialects/dialect.js'
import { dialects } from '../../src/dialects/index.js'
import { defaultLimits, parse } from '../../src/parser.js'
import { createReplayUpstream, type ReplayUpstream } from '../../src/testing/replay.js'
import { blocksIn, pages, pattern, root } from './blocks.js'
import { type ChangeExample, changeExamples, exampleTools, showExample } from './change-examples.js'
import { printedBy, runExample, typeErrors } from './examples.js'
import { execute } from './execute.js'

/** Stands for the model at http://localhost:8080: asks for the weather, and says it. */
let server: ReplayUpstream
beforeAll(async () => {
  server = await createReplayUpstream({
    replies: ({ body }) => {
      // Messages or a prompt, wherever the protocol has them.
      const messages = JSON.stringify(body)
      if (messages.includes('<tool_response>')) return 'It is 18 °C in Paris.'
      return messages.includes('badly')
        ? "<tool_call>\n{'name': 'get_weather', 'arguments': {'city': 'Oslo',}}\n</tool_call>"
        : '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>'
    },
  })
})
afterAll(() => server.close())

describe('TypeScript examples', () => {
  const examples = blocksIn('ts')

  test.each(examples)('$place prints what it says', async (example) => {
    expect(await runExample(example, server.url)).toMatch(pattern(printedBy(example)))
  })

  test('have the right types', () => {
    expect(typeErrors(examples)).toEqual([])
  }, 120_000)
})

describe('shell examples', () => {
  const sessions = blocksIn('sh').flatMap(({ place, text }) =>
    [...text.matchAll(/^\$ (.*)\n((?:[^$].*\n)*)/gm)].map(([, command = '', output = '']) => ({
      place,
      command,
      output,
    })),
  )

  test.each(sessions)('$place: $command', async ({ command, output }) => {
    const built = command.replaceAll('npx toolshim', 'node dist/cli.js')
    expect(await execute('bash', ['-c', built])).toMatch(pattern(output.trimEnd().split('\n')))
  })

  test('the commands of the README are scripts, and npm start runs the demo', async () => {
    const commands = blocksIn('sh')
      .map(({ text }) => text.trim())
      .filter((text) => !text.startsWith('$'))
    expect(commands).toEqual(['npm install && npm start', 'npm install && npm test'])
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(scripts).toMatchObject({ start: 'node dist/cli.js demo', test: 'vitest run' })
    expect(await execute('npm', ['start', '--silent'])).toMatch(/^answer /m)
  })
})

/** A table as the formatter writes it. The first row is its head. */
function table([head = [], ...rows]: string[][]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)))
  const rule = widths.map((width) => '-'.repeat(width))
  return [head, rule, ...rows]
    .map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`)
    .join('')
}

/** A call of a dialect that has no marks, on one line. */
function barely(dialect: Dialect): string {
  const calls = [dialect.call('"add"', '{"a": 1}')]
  const place = { last: true, current: true }
  return dialect.assistant({ content: '', reasoning: undefined, calls }, place).trim().replaceAll('\n', '⏎')
}

describe('tables agree with the sources', () => {
  test('dialects', () => {
    const readme = pages.get('README.md') ?? ''
    const rows = [...readme.matchAll(/^\| `([^`]+)` +\| [^|]+ \| `([^`]+)` +\|/gm)]
    expect(rows.map(([, id]) => id)).toEqual([...dialects.keys()])
    for (const [, id = '', mark] of rows) {
      const dialect = dialects.get(id)
      if (dialect === undefined) throw new Error(`no dialect ${id}`)
      const { marks } = dialect
      expect(marks.call?.open ?? barely(dialect)).toBe(mark)
      // The sentence below the table.
      expect(marks.reasoning?.open).toBe('<think>')
    }
  })

  test('limits', () => {
    for (const [name, value] of Object.entries(defaultLimits)) {
      const number = value.toLocaleString('en-US')
      expect(pages.get('docs/parser.md')).toMatch(new RegExp(`\\| \`${name}\` +\\| ${number} +\\|`))
      expect(pages.get('README.md')).toMatch(new RegExp(`\\| ${number}( |$)`, 'm'))
    }
  })

  test('changes (vitest run test/docs -u writes the page anew)', async () => {
    const kinds = Object.entries(changeMessages).map(([kind, message]) => [
      `\`${kind}\``,
      message,
      ...examplesOf(kind).map(showExample),
    ])
    const about = [
      'Every kind of change that the parser reports, and its words. [The fields of a change](parser.md#events) say where it was',
      'made; [why a call was not read](questions.md#why-was-my-call-not-read) says which of them mean that there is no call.',
      '',
      'Each example is a whole reply, with the options of the [parser](parser.md#options) that it takes. In them `⏎` is a line',
      'break, `⇥` a tab, `␁` a control character and `·` the invisible U+2060. The tools are `f` (`t` is a string, `n` a number,',
      '`on` a boolean, `list` an array, `o` an object, `unit` is `"C"` or `"K"`, `none` is null; all may be left out), `g`, which',
      'requires `n`, and `h`, which has `n` and is `strict`.',
    ].join('\n')
    const page = `# Changes\n\n${about}\n\n${table([['kind', 'message', 'for example'], ...kinds])}`
    await expect(page).toMatchFileSnapshot('../../docs/changes.md')
  })
})

function examplesOf(kind: string): ChangeExample[] {
  return Object.entries(changeExamples).flatMap(([name, example]) => (name === kind ? [example] : []))
}

test.each(Object.entries(changeExamples))('the example of %s leads to it', (kind, { reply, options }) => {
  const { changes } = parse(reply, { tools: exampleTools, ...options })
  expect(changes.map((change) => change.kind)).toContain(kind)
})

test('links between pages lead somewhere', () => {
  for (const [page, markdown] of pages) {
    for (const [, path = '', anchor] of markdown.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)) {
      const target = path === '' ? page : join(page, '..', path)
      const headings = [...(pages.get(target) ?? '').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replace(/[^\w\s-]/g, '')
          .replaceAll(' ', '-'),
      )
      expect(headings, `${page} links to ${target}`).not.toEqual([])
      if (anchor !== undefined) expect(headings, `${page} links to ${target}`).toContain(anchor)
    }
  }
})
