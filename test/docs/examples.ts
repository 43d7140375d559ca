import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import ts from 'typescript'
import { esbuildTemplates } from '../../build/handlebars.js'
import { type Block, root } from './blocks.js'
import { execute } from './execute.js'

/** What an app imports, and the file of it. */
const entries = new Map([
  ['toolshim', 'src/index.ts'],
  ['toolshim/parser', 'src/dialect-parser.ts'],
  ['toolshim/fetch', 'src/middleware/fetch.ts'],
  ['toolshim/ai-sdk', 'src/middleware/ai-sdk.ts'],
  ['toolshim/ai-sdk-6', 'src/middleware/ai-sdk-6.ts'],
  ['toolshim/chat-completions', 'src/surfaces/chat-completions/index.ts'],
  ['toolshim/responses', 'src/surfaces/responses/index.ts'],
  ['toolshim/messages', 'src/surfaces/messages/index.ts'],
  ['toolshim/dashscope', 'src/surfaces/dashscope/index.ts'],
  ['toolshim/langchain', 'src/middleware/langchain.ts'],
  ['toolshim/eval', 'src/eval/index.ts'],
  ['toolshim/testing', 'src/testing/index.ts'],
  ['toolshim/realtime', 'src/surfaces/realtime/index.ts'],
  ['toolshim/node-llama-cpp', 'src/upstreams/local/node-llama-cpp.ts'],
  ['toolshim/transformers', 'src/upstreams/local/transformers.ts'],
  ['toolshim/web-llm', 'src/upstreams/local/web-llm.ts'],
  // Packages that need a model: what stands for them here. `test/runtimes` holds the examples' calls against their types.
  ['node-llama-cpp', 'test/docs/stand-ins/node-llama-cpp.ts'],
  ['@huggingface/transformers', 'test/docs/stand-ins/transformers.ts'],
  ['@mlc-ai/web-llm', 'test/docs/stand-ins/web-llm.ts'],
])

/** Addresses of models in examples: all of them stand for the one that answers. */
const modelServers = /http:\/\/localhost:\d+|https:\/\/dashscope-intl\.aliyuncs\.com/g

/** Runs an example as an app would, in a process of its own, and gives what it prints. */
export async function runExample({ text }: Block, server: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: text.replaceAll(modelServers, server), resolveDir: root, loader: 'ts' },
    alias: Object.fromEntries([...entries].map(([name, file]) => [name, join(root, file)])),
    plugins: [esbuildTemplates],
    bundle: true,
    platform: 'node',
    format: 'esm',
    // Packages in CommonJS, bundled, ask for Node's modules with it.
    banner: {
      js: `import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)`,
    },
    write: false,
  })
  const folder = await mkdtemp(join(tmpdir(), 'toolshim-example-'))
  try {
    const file = join(folder, 'example.mjs')
    await writeFile(file, outputFiles[0]?.text ?? '')
    return await execute(process.execPath, [file])
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** What an example says that it prints: its comments that begin with an arrow. */
export function printedBy({ text }: Block): string[] {
  return [...text.matchAll(/^\s*\/\/ →(?: (.*))?$/gm)].map(([, line = '']) => line)
}

/** Type-checks all examples as strictly as the project itself, and gives the errors. */
export function typeErrors(blocks: readonly Block[]): string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root)
  options.paths = Object.fromEntries([...entries].map(([name, file]) => [name, [join(root, file)]]))
  const texts = new Map(
    blocks.map(({ place, text }) => [join(root, `${place.replace(/\W/g, '-')}.ts`), text]),
  )
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (name) => texts.has(name) || fileExists(name)
  host.readFile = (name) => texts.get(name) ?? readFile(name)
  host.getSourceFile = (name, languageVersion, ...rest) => {
    const text = texts.get(name)
    return text === undefined
      ? getSourceFile(name, languageVersion, ...rest)
      : ts.createSourceFile(name, text, languageVersion)
  }
  const program = ts.createProgram([...texts.keys(), join(root, 'src/templates.d.ts')], options, host)
  return [...texts.keys()].flatMap((name) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(name))
      .map(({ messageText }) => `${name}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`),
  )
}
