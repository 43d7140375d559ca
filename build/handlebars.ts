import { readFile } from 'node:fs/promises'
import Handlebars from 'handlebars'

/**
 * Turns a `.hbs` file into a module whose default export renders it. Precompiling at build time keeps the compiler,
 * and with it `new Function`, out of what ships: browsers and workers with a strict content policy can run it.
 */
export function compileTemplate(source: string): string {
  const spec = Handlebars.precompile(source, {
    // A prompt is plain text, not HTML: `<` must reach the model as `<`.
    noEscape: true,
    strict: true,
    preventIndent: true,
    knownHelpers: { each: true, if: true, unless: true },
    knownHelpersOnly: true,
  })
  return `import Handlebars from 'handlebars/runtime'\nexport default Handlebars.template(${spec})\n`
}

/** The same step for esbuild (tsup) and for Vite (vitest). */
export const esbuildTemplates = {
  name: 'handlebars-templates',
  setup(build: {
    onLoad(
      options: { filter: RegExp },
      load: (args: { path: string }) => Promise<{ contents: string; loader: 'js'; resolveDir: string }>,
    ): void
  }) {
    build.onLoad({ filter: /\.hbs$/ }, async ({ path }) => ({
      contents: compileTemplate(await readFile(path, 'utf8')),
      loader: 'js' as const,
      resolveDir: process.cwd(),
    }))
  },
}

export const viteTemplates = {
  name: 'handlebars-templates',
  enforce: 'pre' as const,
  async load(id: string) {
    const path = id.split('?')[0] ?? id
    return path.endsWith('.hbs') ? compileTemplate(await readFile(path, 'utf8')) : undefined
  },
}
