import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/** What the package's documentation promises under each of its names. `npm test` builds before it runs this. */
const promised = new Map([
  [
    'toolshim',
    ['collect', 'createParser', 'defineDialect', 'dialects', 'parse', 'renderMessages', 'renderPrompt'],
  ],
  ['toolshim/parser', ['alignment', 'collect', 'createParser', 'neighbours', 'parse']],
  ['toolshim/chat-completions', ['createChatCompletion', 'createChatCompletionChunks']],
  ['toolshim/responses', ['createResponse', 'createResponseEvents', 'readResponsesRequest']],
  ['toolshim/messages', ['createMessage', 'createMessageEvents', 'messageError', 'readMessagesRequest']],
  ['toolshim/dashscope', ['createDashScopeEvents', 'createDashScopeResponse', 'readDashScopeRequest']],
  ['toolshim/fetch', ['toolFetch']],
  ['toolshim/ai-sdk', ['toolMiddleware']],
  ['toolshim/ai-sdk-6', ['toolMiddleware']],
  ['toolshim/langchain', ['ToolChatModel', 'toolshimOf']],
  [
    'toolshim/realtime',
    ['addRealtimeOutput', 'createRealtimeResponse', 'createRealtimeState', 'reduceRealtime'],
  ],
  ['toolshim/node-llama-cpp', ['nodeLlamaCppFetch']],
  ['toolshim/transformers', ['transformersFetch']],
  ['toolshim/web-llm', ['webLlmFetch']],
  ['toolshim/xml', ['readXml']],
  ['toolshim/eval', ['evaluate', 'readEntries', 'readEntry', 'scoreCalls']],
  ['toolshim/testing', ['createReplayUpstream', 'everySplit', 'readFixture']],
])

const root = new URL('../../', import.meta.url)
const require = createRequire(import.meta.url)

interface Manifest {
  name: string
  version: string
  exports: Record<string, Entry>
  bin: Record<string, string>
}
type Entry = string | { [condition: string]: Entry }

const manifest: Manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))

function filesOf(entry: Entry): string[] {
  return typeof entry === 'string' ? [entry] : Object.values(entry).flatMap(filesOf)
}

const found = (path: string) => existsSync(fileURLToPath(new URL(path, root)))

describe('the package', () => {
  const entries = Object.entries(manifest.exports).filter(([path]) => path !== './package.json')

  it('exports what is promised and nothing else', () => {
    expect(entries.map(([path]) => path.replace('.', manifest.name))).toEqual([...promised.keys()])
  })

  it.each(entries)('has every file of %s', (_path, entry) => {
    expect(filesOf(entry).filter((file) => !found(file))).toEqual([])
  })

  it('has every command', () => {
    expect(Object.values(manifest.bin).filter((file) => !found(file))).toEqual([])
  })

  // By its own name, so that Node resolves the `exports` as it does for an app.
  it.each([...promised])('gives the names of %s to `import` and to `require`', async (name, names) => {
    const imported: object = await import(/* @vite-ignore */ name)
    const required: object = require(name)
    expect(Object.keys(imported)).toEqual(expect.arrayContaining(names))
    expect(Object.keys(required)).toEqual(expect.arrayContaining(names))
  })

  it('tells its version', () => {
    expect(require('toolshim/package.json')).toMatchObject({ name: 'toolshim', version: manifest.version })
  })
})
