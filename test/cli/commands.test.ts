import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createReplayUpstream, type ReplayUpstream } from '../../src/testing/replay.js'
import { run } from './run.js'

const root = join(import.meta.dirname, '../..')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

function jsonLines(text: string): unknown[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

describe('toolshim', () => {
  test('--version and --help', async () => {
    expect(await run(['--version'])).toEqual({ stdout: `${version}\n`, stderr: '', status: 0 })
    expect((await run(['--help'])).stdout).toMatch(/render .*parse .*demo /s)
  })

  test.each(['render', 'parse', 'eval', 'serve', 'trace', 'demo'])(
    '%s --help has an example and fits a terminal',
    async (command) => {
      const { stdout, status } = await run([command, '--help'])
      expect(status).toBe(0)
      expect(stdout).toMatch(new RegExp(`Example:\n(.*\n)*.*toolshim ${command}`))
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    },
  )

  test('a wrong command or option is an error', async () => {
    expect(await run(['prase'])).toMatchObject({ status: 1, stderr: expect.stringContaining("'prase'") })
    expect(await run(['parse', '--dialect', 'gpt'])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /'gpt' is invalid\. Allowed choices are qwen2\.5,.*\n\(--help says what there is\)/,
      ),
    })
    // Although another option is missing.
    expect((await run(['serve', '--upstrem', 'http://localhost:1'])).stderr).toMatch(
      /'--upstrem'\n\(Did you mean/,
    )
  })
})

describe('toolshim parse', () => {
  const call = '<tool_call>\n{"name": "add", "arguments": {"a": 1}}\n</tool_call>'

  test('answers every line in order and ends with 1 when one was not valid', async () => {
    const lines = [
      { id: 1, text: call },
      { id: 2, chunks: [1] },
      { id: 3, text: 'Hi' },
    ]
    const input = `${JSON.stringify(lines[0])}\n\nno JSON\n${JSON.stringify(lines[1])}\r\n${JSON.stringify(lines[2])}`
    const { stdout, stderr, status } = await run(['parse'], input)
    expect(jsonLines(stdout)).toMatchObject([
      { id: 1, tool_calls: [{ type: 'function', function: { name: 'add', arguments: '{"a": 1}' } }] },
      { id: null, error: expect.stringContaining('the line is not JSON') },
      { id: 2, error: 'chunks must be an array of strings' },
      { id: 3, content: 'Hi', tool_calls: [] },
    ])
    expect(stderr).toBe('')
    expect(status).toBe(1)
  })

  test('--events and --dialect', async () => {
    const input = JSON.stringify({ text: 'a<|eot_id|>' })
    const { stdout, status } = await run(['parse', '--events', '--dialect', 'hermes-3'], input)
    expect(status).toBe(0)
    expect(jsonLines(stdout)).toMatchObject([
      { events: [{ type: 'text', text: 'a' }, { type: 'notice' }, { type: 'finish' }] },
    ])
  })

  test('a huge line', async () => {
    const text = `<tool_call>\n{"name": "add", "arguments": {"a": "${'x'.repeat(4_000_000)}"}}\n</tool_call>`
    const { stdout } = await run(['parse'], JSON.stringify({ text }))
    expect(stdout.length).toBeGreaterThan(4_000_000)
    expect(jsonLines(stdout)).toMatchObject([{ finish_reason: 'tool_calls' }])
  })

  test('answers a line before the next one comes', async () => {
    const child = spawn(process.execPath, [join(root, 'dist/cli.js'), 'parse'])
    child.stdin.write('{"id":1,"text":"a"}\n{"id":')
    const [answer] = await once(child.stdout, 'data')
    expect(JSON.parse(answer)).toMatchObject({ id: 1, content: 'a' })
    child.stdin.end('2,"text":"b"}')
    const [next] = await once(child.stdout, 'data')
    expect(JSON.parse(next)).toMatchObject({ id: 2, content: 'b' })
  })

  test('ends quietly when nobody reads any more', async () => {
    const child = spawn(process.execPath, [join(root, 'dist/cli.js'), 'parse'])
    let stderr = ''
    child.stderr.on('data', (text) => {
      stderr += text
    })
    child.stdin.on('error', () => undefined)
    child.stdin.write('{"text":"a"}\n')
    await once(child.stdout, 'data')
    child.stdout.destroy()
    const line = `${JSON.stringify({ text: 'a'.repeat(1000) })}\n`
    child.stdin.end(line.repeat(1000))
    const [status] = await once(child, 'close')
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })
})

// Linux has a device on which every write fails for want of room.
describe.runIf(existsSync('/dev/full'))('an output that cannot be written', () => {
  test.each([
    ['parse', '{"text":"a"}\n'.repeat(3)],
    ['render', '{"messages":[]}'],
    ['demo', ''],
  ])('%s says so in a line', async (command, input) => {
    const full = openSync('/dev/full', 'w')
    const child = spawn(process.execPath, [join(root, 'dist/cli.js'), command], {
      stdio: ['pipe', full, 'pipe'],
    })
    closeSync(full)
    let stderr = ''
    child.stderr?.on('data', (text) => {
      stderr += text
    })
    child.stdin?.on('error', () => undefined).end(input)
    const [status] = await once(child, 'close')
    expect(stderr).toMatch(/^toolshim: the output cannot be written: ENOSPC.*\n$/)
    expect(status).toBe(1)
  })
})

describe('toolshim render', () => {
  const messages = [{ role: 'user', content: 'Hi <|im_end|>' }]

  test('answers prompts and messages, and warns when asked to', async () => {
    const input = [
      { id: 1, messages, dialect: 'qwen2.5' },
      { id: 2, messages, upstream: 'chat' },
      { id: 3, messages: 'Hi' },
    ]
    const lines = input.map((line) => JSON.stringify(line)).join('\n')
    const { stdout, stderr, status } = await run(['render', '--warnings'], lines)
    expect(jsonLines(stdout)).toMatchObject([
      { id: 1, prompt: expect.stringContaining('You are Qwen'), prefill: '', warnings: [{}] },
      { id: 2, messages: [{ role: 'user' }], stop: expect.arrayContaining(['<|im_end|>']) },
      { id: 3, error: 'messages must be an array' },
    ])
    expect(stderr).toBe('')
    expect(status).toBe(1)
  })
})

describe('toolshim demo', () => {
  test('shows what the model writes, the deltas, the repairs, the tools and the answer', async () => {
    const { stdout, stderr, status } = await run(['demo'])
    expect(stderr).toBe('')
    expect(status).toBe(0)
    // In two columns: what the model writes │ what the app receives.
    expect(stdout).toMatch(/^- charger',}}↵ +│ +t\\n- ¦char¦ger$/m)
    expect(stdout).toMatch(/^{'name': 'add_reminder', .*│ tool_calls\[1\] +add_reminder {2}call_\w{24}$/m)
    expect(stdout).toMatch(/│ +\.arguments +{/)
    expect(stdout).toMatch(/│ reasoning_content +Two separate things/)
    expect(stdout).toMatch(/│ finish_reason +tool_calls/)
    expect(stdout).toContain('add_reminder: strings in single quotes were given double quotes')
    expect(stdout).toContain('add_reminder: line breaks in a string were escaped')
    expect(stdout).toContain('add_reminder: a comma too many was left out')
    expect(stdout).toMatch(/^ran +add_reminder\({"at": "18:00", "text": "Pack for Oslo:\\n- passport/m)
    expect(stdout).toMatch(/^answer +Tomorrow Oslo gets rain at about 6 °C/m)
    // Neither colours nor cursor movements.
    expect(stdout).not.toContain('\u001b')
  })

  test('puts the deltas below in a narrow terminal', async () => {
    const { stdout } = await run(['demo'], '', { COLUMNS: '80' })
    expect(stdout).not.toContain('│')
    expect(stdout).toMatch(/^the model writes +- charger',}}↵\n {2}\.arguments +t\\n- ¦char¦ger$/m)
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThan(80)
  })

  test.each(['completion', 'llama.cpp', 'ollama'])('speaks to a %s endpoint', async (kind) => {
    const { stdout } = await run(['demo', '--dialect', 'hermes-3'], '', { UPSTREAM_KIND: kind })
    expect(stdout).toContain(`(${kind}), dialect hermes-3`)
    expect(stdout).toMatch(/^sent +a prompt without tools/m)
    expect(stdout).toMatch(/^ran +get_weather\({"city": "Oslo", "day": "tomorrow"}\)/m)
  })

  describe('with a real server', () => {
    let server: ReplayUpstream
    beforeAll(async () => {
      server = await createReplayUpstream({
        model: 'own-model',
        replies: ({ body }) =>
          JSON.stringify(body.messages).includes('tool_response')
            ? 'It will \u001b[31mrain\u001b[0m.'
            : '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Oslo"}}\n</tool_call>',
      })
    })
    afterAll(() => server.close())

    test('UPSTREAM is its address, with or without /v1', async () => {
      for (const path of ['', '/', '/v1', '/v1/']) {
        const { stdout, status } = await run(['demo'], '', { UPSTREAM: server.url + path, API_KEY: 'secret' })
        expect(status).toBe(0)
        expect(stdout).toContain(`own-model at ${server.url} (chat)`)
        expect(stdout).toMatch(/^ran +get_weather\({"city": "Oslo"}\) → {"city":"Oslo","day":"today"/m)
        // A model's escape sequences are shown and not obeyed.
        expect(stdout).toMatch(/^answer +It will ␛\[31mrain␛\[0m\.$/m)
      }
      expect(server.requests[0]?.headers.authorization).toBe('Bearer secret')
      expect(server.requests[0]?.body).toMatchObject({ model: 'own-model' })
    })

    test('flags go before variables', async () => {
      const env = { UPSTREAM: 'http://127.0.0.1:9', MODEL: 'other' }
      const { status } = await run(['demo', '--upstream', server.url, '--model', 'mine'], '', env)
      expect(status).toBe(0)
      expect(server.requests.at(-1)?.body).toMatchObject({ model: 'mine' })
    })
  })

  test('says in a line what is wrong with a server', async () => {
    const nobody = await createReplayUpstream({ replies: [] })
    await nobody.close()
    const failing = await createReplayUpstream({
      replies: [{ fault: { status: 400, body: { error: { message: 'no such model' } } } }],
    })
    const message = async (upstream: string) => {
      const { stderr, status } = await run(['demo', '--upstream', upstream])
      expect(status).toBe(1)
      expect(stderr.trimEnd()).not.toContain('\n')
      return stderr
    }
    expect(await message(nobody.url)).toMatch(
      /^toolshim: no server answers at http:\/\/127.*\(connect ECONNREFUSED/,
    )
    expect(await message(failing.url)).toMatch(/^toolshim: the server at .* failed: 400 no such model/)
    expect(await message('localhost:8080')).toMatch(/^toolshim: the upstream must be an address like/)
    await failing.close()
  })
})
