import { join } from 'node:path'
import { build } from 'esbuild'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

// `npm test` builds before it runs this.
const root = join(import.meta.dirname, '../..')

/** What an app writes; the SDK says in its own types what a middleware is. */
const app = (sdk: string, entry: string) => `
import { wrapLanguageModel, type LanguageModelMiddleware } from '${sdk}'
import { toolMiddleware, type ToolMiddlewareOptions } from '${entry}'

const options: ToolMiddlewareOptions = {
  dialect: 'qwen3',
  parallelToolCalls: false,
  onWarning: ({ field }) => console.log(field),
  onEvent: (event, { id, modelId }) => console.log(event.type, id.length, modelId.length),
}
export const middleware: LanguageModelMiddleware = toolMiddleware(options)
export const wrap = (model: Parameters<typeof wrapLanguageModel>[0]['model']) =>
  wrapLanguageModel({ model, middleware: [middleware, toolMiddleware({ dialect: 'hermes-3' })] })
`

/** The errors that an app has with the built types, when it has only this `@ai-sdk/provider`. */
function errorsOf(text: string, provider: string): string[] {
  const name = join(root, 'app.ts')
  const options: ts.CompilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    noEmit: true,
    paths: { '@ai-sdk/provider': [join(root, provider, 'dist/index.d.ts')] },
  }
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (file) => file === name || fileExists(file)
  host.readFile = (file) => (file === name ? text : readFile(file))
  host.getSourceFile = (file, languageVersion, ...rest) =>
    file === name
      ? ts.createSourceFile(file, text, languageVersion)
      : getSourceFile(file, languageVersion, ...rest)
  const program = ts.createProgram([name], options, host)
  const ours = program
    .getSourceFiles()
    .filter(({ fileName }) => fileName === name || fileName.startsWith(join(root, 'dist')))
  expect(ours.length).toBeGreaterThan(1)
  return ours
    .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}

describe.each([
  ['toolshim/ai-sdk', 'ai', 'node_modules/@ai-sdk/provider'],
  ['toolshim/ai-sdk-6', 'ai6', 'node_modules/ai6/node_modules/@ai-sdk/provider'],
])('%s', (entry, sdk, provider) => {
  it(`has the types of ${sdk}`, () => {
    expect(errorsOf(app(sdk, entry), provider)).toEqual([])
  }, 120_000)

  it.each(['js', 'cjs'])('needs nothing of the SDK at run time (%s)', async (extension) => {
    const { metafile } = await build({
      entryPoints: [join(root, 'dist', `${entry.replace('toolshim/', '')}.${extension}`)],
      bundle: true,
      format: 'esm',
      platform: 'neutral',
      packages: 'external',
      logLevel: 'error',
      write: false,
      metafile: true,
    })
    const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path))
    expect([...new Set(imported)].sort()).toEqual(['fast-xml-parser', 'jsonrepair'])
  })
})

it('the two are not mixed up without an error', () => {
  const errors = errorsOf(app('ai6', 'toolshim/ai-sdk'), 'node_modules/ai6/node_modules/@ai-sdk/provider')
  expect(errors).toContainEqual(expect.stringContaining('LanguageModelV4Middleware'))
}, 120_000)
