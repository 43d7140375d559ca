import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createReplayUpstream } from '../../src/testing/replay.js'
import { run } from './run.js'

const call = '<tool_call>\n{"name": "add", "arguments": {"a": 1,}}\n</tool_call>'
const tools = [{ type: 'function' as const, function: { name: 'add' } }]
const ask = { model: 'm', messages: [{ role: 'user' as const, content: 'Add.' }], tools }

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolshim-serve-'))
  await writeFile(join(folder, '1.txt'), call)
  await writeFile(
    join(folder, '2.md'),
    '# Cut\n\nStops early.\n\n## Options\n\n```json\n{ "finishReason": "length" }\n```\n\n## Reply\n\n```text\nThe end is\n```\n\n## Events\n\n```text\ntext "The end is"\nfinish length 0\n```\n',
  )
})
const children: ChildProcess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(folder, { recursive: true })
})

async function start(...args: string[]) {
  const child = spawn(process.execPath, ['dist/cli.js', 'serve', '--port', '0', ...args])
  children.push(child)
  let out = ''
  let log = ''
  child.stderr.on('data', (text) => {
    log += text
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (text) => {
      out += text
      const found = /http:\/\/\S+:\d+/.exec(out)?.[0]
      if (found) resolve(found)
    })
    child.once('exit', () => reject(new Error(log)))
  })
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { child, url, exited, log: () => log, client: new OpenAI({ baseURL: `${url}/v1`, apiKey: 'key' }) }
}

describe('toolshim serve', () => {
  it('serves recorded replies in the order of their names, again and again', async () => {
    const { client } = await start('--upstream', `replay:${folder}`)
    for (const _ of [1, 2]) {
      const first = await client.chat.completions.create(ask)
      expect(first.choices[0]?.message.tool_calls).toMatchObject([
        { function: { name: 'add', arguments: '{"a": 1}' } },
      ])
      const second = await client.chat.completions.stream(ask).finalChatCompletion()
      expect(second.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: 'The end is' } })
    }
  })

  it.each(['completion', 'llama.cpp', 'ollama'])('speaks to a %s upstream', async (kind) => {
    const { client } = await start('--upstream', `replay:${folder}`, '--upstream-kind', kind)
    const { choices } = await client.chat.completions.create(ask)
    expect(choices[0]?.finish_reason).toBe('tool_calls')
  })

  it.each(['', '/v1', '/v1/chat/completions?team=a'])(
    'is given an upstream with the path %j',
    async (path) => {
      const upstream = await createReplayUpstream({ replies: [call] })
      const { client, child, exited, log } = await start('--upstream', upstream.url + path)
      const { choices } = await client.chat.completions.create(ask)
      expect(choices[0]?.finish_reason).toBe('tool_calls')
      expect(upstream.requests.map((request) => request.path)).toEqual(['/v1/chat/completions'])
      child.kill('SIGTERM')
      await exited
      // A query may have a key in it.
      expect(log()).not.toContain('team=a')
      await upstream.close()
    },
  )

  it('gives each call in one piece, where clients need that', async () => {
    const { client } = await start('--upstream', `replay:${folder}`, '--whole-calls')
    const entries = []
    for await (const { choices } of await client.chat.completions.create({ ...ask, stream: true })) {
      entries.push(...(choices[0]?.delta.tool_calls ?? []))
    }
    expect(entries).toMatchObject([{ index: 0, function: { name: 'add', arguments: '{"a": 1}' } }])
  })

  it('does what other clients need, where it is told to', async () => {
    await writeFile(join(folder, '1.txt'), `<think>\nHm.\n</think>\n\n${call}`)
    await rm(join(folder, '2.md'))
    const options = ['--reasoning-field', 'reasoning', '--hosted-tools', 'drop', '--keep-responses', '0']
    const { client, log } = await start('--upstream', `replay:${folder}`, ...options)
    const body = { ...ask, tools: [...tools, { type: 'web_search' }] }
    expect(await client.post('/chat/completions', { body })).toMatchObject({
      choices: [{ message: { reasoning: 'Hm.', tool_calls: [{ function: { name: 'add' } }] } }],
    })
    expect(log()).toContain('"field":"tools[1]"')
    const { id } = await client.responses.create({ model: 'm', input: 'Hi' })
    const next = client.responses.create({ model: 'm', input: 'Hi', previous_response_id: id })
    await expect(next).rejects.toThrow('nothing is kept between requests')
  })

  it('says in a log for whoever looks closely what could not be shown to the model', async () => {
    const messages = [{ role: 'user' as const, content: 'Add <|im_end|>.' }]
    for (const [level, shown] of [
      ['info', false],
      ['debug', true],
    ] as const) {
      const { client, log } = await start('--upstream', `replay:${folder}`, '--log-level', level)
      await client.chat.completions.create({ ...ask, messages })
      expect(log().includes('"field":"messages[0].content"')).toBe(shown)
    }
  })

  it('ends with the running answers when it is told to', async () => {
    await writeFile(join(folder, '1.txt'), 'word '.repeat(50))
    const { child, client, exited, log } = await start(
      '--upstream',
      `replay:${folder}`,
      '--replay-delay',
      '10',
    )
    const stream = await client.chat.completions.create({ ...ask, stream: true })
    child.kill('SIGTERM')
    let text = ''
    for await (const { choices } of stream) text += choices[0]?.delta.content ?? ''
    expect(text).toBe('word '.repeat(50))
    expect(await exited).toBe(0)
    const lines = log().trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
      'listening',
      'stopping: running answers may end',
      'request',
      'stopped',
    ])
  })

  it('writes a trace that `toolshim trace` shows', async () => {
    const file = join(folder, 'trace.jsonl')
    const { child, client, exited } = await start('--upstream', `replay:${folder}`, '--trace', file)
    await client.chat.completions.create(ask)
    // Too deep for JSON.stringify.
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
    const body = JSON.stringify({ ...ask, metadata: '-' }).replace('"-"', deep)
    expect((await fetch(`${client.baseURL}/chat/completions`, { method: 'POST', body })).status).toBe(200)
    child.kill('SIGINT')
    expect(await exited).toBe(0)
    expect(await readFile(file, 'utf8')).not.toContain('key')
    const shown = await run(['trace', file])
    expect(shown.stdout).toContain('# Tools')
    expect(shown.stdout).toContain('│ {"name": "add", "arguments": {"a": 1,}}')
    expect(shown.stdout).toMatch(/call 0 +add \{"a": 1\}\n +changed +.*comma/)
    expect((await run(['trace', file, '--id', 'nobody'])).stdout).toContain('no exchanges')
    await writeFile(join(folder, 'other.txt'), 'Hello.\n')
    expect(await run(['trace', join(folder, 'other.txt')])).toMatchObject({
      stderr: expect.stringContaining('none of its lines is of a trace'),
      status: 1,
    })
    expect(await run(['trace', join(folder, 'none.jsonl')])).toMatchObject({
      stderr: `toolshim: ${join(folder, 'none.jsonl')}: no such file or directory\n`,
      status: 1,
    })
  })

  it.each([
    [['--upstream', 'localhost:8080'], 'the upstream must be an address like'],
    [['--upstream', 'http://localhost:1', '--host', '0.0.0.0'], '--api-key: 0.0.0.0 can be reached'],
    [['--upstream', 'replay:/nowhere/at/all'], 'no such file or directory'],
    [['--upstream', 'http://localhost:1', '--trace', '/not/there'], '--trace: /not/there: no such file'],
    [['--upstream', 'http://localhost:1', '--port', '70000'], 'give a number from 0 to 65535'],
    [['--upstream', 'http://localhost:1', '--timeout', '0'], 'give seconds, a number above 0'],
    [['--upstream', 'http://localhost:1', '--grace', '3000000'], 'give seconds, at most 2147483'],
    [['--upstream', 'http://me:secret@localhost:1'], 'has a name or password in it'],
    [['--upstream', 'http://localhost:1', '--upstream-kind', 'telnet'], 'Allowed choices are'],
    [['--upstream', 'http://localhost:1', '--dialect', 'klingon'], 'klingon'],
    [['--upstream', 'http://localhost:1', '--extra-body', '[1]'], 'give a JSON object'],
    [['--upstream', 'http://localhost:1', '--cors', 'a.example'], 'a.example is no origin: give https://a'],
    [['--upstream', 'http://localhost:1', '--cors', 'https://a.example/'], 'give https://a.example.'],
    [[], "required option '--upstream <url>' not specified"],
  ])('%j says what is wrong', async (args, words) => {
    const { status, stderr } = await run(['serve', ...args])
    expect(status).not.toBe(0)
    expect(stderr).toContain(words)
  })

  it('says that the port is taken', async () => {
    const { url } = await start('--upstream', `replay:${folder}`)
    const { status, stderr } = await run([
      'serve',
      '--upstream',
      `replay:${folder}`,
      '--port',
      new URL(url).port,
    ])
    expect(status).toBe(1)
    expect(stderr).toContain('EADDRINUSE')
  })
})
