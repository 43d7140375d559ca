import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from './run.js'

const replies = join(import.meta.dirname, '../eval/replies.jsonl')

describe('toolshim eval', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'toolshim-eval-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('prints tables', async () => {
    const { stdout, stderr, status } = await run(['eval', replies, '--against', 'regex,jsonrepair'])
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout).toMatch(/^one +3 +100\.00 +100\.00 +66\.67 +66\.67 +- +100\.00$/m)
    expect(stdout).toMatch(/^none +2 +- +- +- +- +50\.00 +100\.00$/m)
    expect(stdout).toMatch(/^overall +7 +100\.00 +80\.00 +60\.00 +60\.00 +50\.00 +100\.00$/m)
    expect(stdout).toMatch(/^single-quotes +1 +6 +one-python: .*{'name'/m)
    expect(stdout).toMatch(/^toolshim +100\.00 +80\.00 +60\.00 +60\.00 +50\.00$/m)
    expect(stdout).toMatch(/^regex +80\.00 +60\.00 +40\.00 +40\.00 +50\.00$/m)
    expect(stdout).toContain('3 of 7 entries were not right')
    // Neither colours nor a bar.
    expect(stdout).not.toContain('\u001b')
  })

  test('fits the terminal', async () => {
    const { stdout } = await run(['eval', replies, '--against', 'regex'], '', { COLUMNS: '80' })
    expect(stdout).toMatch(/^single-quotes +1 +6 +one-python: .*…$/m)
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })

  test('--json and --failed', async () => {
    const failed = join(folder, 'failed.jsonl')
    const { stdout, status } = await run([
      'eval',
      replies,
      '--json',
      '--failed',
      failed,
      '--categories',
      'one,two',
    ])
    expect(status).toBe(0)
    const report = JSON.parse(stdout)
    expect(report.overall).toMatchObject({ entries: 5, right: 3, streamed: 5 })
    expect(report.categories).toHaveLength(2)
    expect(report).toMatchObject({ baselines: [], problems: [] })
    const lines = (await readFile(failed, 'utf8')).trim().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { entry: { id: 'one-wrong' }, calls: [{ name: 'book_table' }], reasons: [expect.any(String)] },
      { entry: { id: 'two-half' } },
    ])
  })

  test('a line that is not valid is told, the others are scored, and the status is 1', async () => {
    const file = join(folder, 'bad.jsonl')
    await writeFile(
      file,
      `{"id":1,"format":"runes","raw":"","expected":[]}\n${await readFile(replies, 'utf8')}`,
    )
    const { stdout, stderr, status } = await run(['eval', file, replies])
    expect(status).toBe(1)
    expect(stderr).toContain(`${file}:1: format "runes" is no known dialect`)
    expect(stdout).toMatch(/^overall +14 /m)
    const again = await run(['eval', file, '--dialect', 'qwen3', '--json'])
    expect(again.status).toBe(0)
    expect(JSON.parse(again.stdout).overall.entries).toBe(8)
  })

  test('a file without entries is told', async () => {
    const file = join(folder, 'empty.jsonl')
    await writeFile(file, '\n')
    expect(await run(['eval', file])).toMatchObject({ stderr: `no entries in ${file}\n`, status: 0 })
  })

  test('the options reach the parser', async () => {
    const file = join(folder, 'options.jsonl')
    const call = '<tool_call>\n{"name": "nap", "arguments": {}}\n</tool_call>'
    const tools = [{ type: 'function', function: { name: 'rest' } }]
    const line = { id: 1, format: 'qwen3', expected: [] }
    await writeFile(file, JSON.stringify({ ...line, tools, raw: call }))
    const relevance = async (...args: string[]) => {
      const { stdout } = await run(['eval', file, '--json', ...args])
      return JSON.parse(stdout).overall.relevance
    }
    expect(await relevance()).toBe(0)
    expect(await relevance('--unknown-tool', 'drop')).toBe(1)
    expect(await relevance('--repeats', 'drop')).toBe(0)
  })

  test.each([
    [['eval'], "missing required argument 'file'"],
    [['eval', 'not-there.jsonl'], 'no such file'],
    [['eval', replies, '--against', 'luck'], 'Allowed are regex, jsonrepair'],
    [['eval', replies, '--repeats', 'text'], 'Allowed choices are call, drop'],
    [['eval', replies, '--dialect', 'gpt'], 'Allowed choices are qwen2.5,'],
    [['eval', tmpdir()], `${tmpdir()}: it is a directory`],
    [['eval', replies, '--categories', 'one,tow'], 'no entry is of tow; there are one, two, none'],
    [['eval', replies, '--categories', 'one,,two'], 'names with commas'],
    [['eval', replies, '--failed', '/not/there'], 'no such file'],
    [['eval', replies, '--colour'], 'unknown option'],
  ])('%j is wrong usage', async (args, message) => {
    const { stderr, status } = await run(args)
    expect(stderr).toContain(message)
    expect(status).toBe(2)
  })
})
