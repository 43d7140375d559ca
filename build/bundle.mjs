import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Bundles sources of this package as a user's bundler would, templates included. It is for scripts that plain Node runs,
 * so the plugin for templates, which is TypeScript, is bundled first. Takes esbuild's options; nothing is written unless
 * they say so.
 *
 * @example const { metafile } = await bundle({ entryPoints: ['src/index.ts'], minify: true })
 */
export async function bundle(options) {
  const { esbuildTemplates } = await importTypeScript('build/handlebars.ts')
  return build({
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    metafile: true,
    write: false,
    logLevel: 'error',
    ...options,
    plugins: [esbuildTemplates, ...(options.plugins ?? [])],
  })
}

async function importTypeScript(path) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [path],
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    write: false,
  })
  // Inside node_modules, so that what it imports is found.
  const folder = await mkdtemp(join(root, 'node_modules', '.toolshim-'))
  const file = join(folder, 'module.mjs')
  try {
    await writeFile(file, outputFiles[0].text)
    return await import(pathToFileURL(file).href)
  } finally {
    await rm(folder, { recursive: true })
  }
}
