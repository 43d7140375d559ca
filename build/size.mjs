/**
 * What the package costs a web page: bundled, minified and compressed (gzip, level 9) with all that it imports.
 *
 *     npm run size               fails when a bundle has grown over its limit
 *     npm run size -- --parts    also shows what each bundle is made of
 *
 * The goal is what a bundle should weigh. It was set for JSON calls alone and is not reached: other families' grammars,
 * alignment, marks that drift, many more kinds of broken text and four more dialects have come since. Of the parser alone
 * those grammars and alignment are options, which its bundle here does without. The limits hold nothing to the goal: they
 * stand just above what was measured last, so that they show what is added from here on, and were raised with what is read,
 * from 25.5 and 17.5 kB at first.
 */
import { gzipSync } from 'node:zlib'
import { bundle } from './bundle.mjs'

const bundles = [
  {
    name: 'core and Chat Completions',
    goal: 20_000,
    limit: 72_900,
    source: `export * from './src/index.ts'\nexport * from './src/surfaces/chat-completions/index.ts'`,
  },
  {
    name: 'parser alone',
    goal: 12_000,
    limit: 45_300,
    source: `export { createParser, parse } from './src/dialect-parser.ts'`,
  },
]

const showParts = process.argv.includes('--parts')
let over = false
console.log('bundle                        minified     gzip     goal    limit')
for (const { name, goal, limit, source } of bundles) {
  const { outputFiles, metafile } = await bundle({
    stdin: { contents: source, resolveDir: '.', loader: 'ts' },
    minify: true,
  })
  const [file] = outputFiles
  const size = gzipSync(file.contents, { level: 9 }).length
  const verdict = size > limit ? '  over the limit' : size > goal ? '  over the goal' : ''
  if (size > limit) over = true
  console.log(row(name, [file.contents.length, size, goal, limit]) + verdict)
  if (showParts) printParts(Object.values(metafile.outputs)[0].inputs)
}
if (over) process.exitCode = 1

/** Shares are of the minified text: what a part weighs after compression depends on all the others. */
function printParts(inputs) {
  const parts = Object.entries(inputs)
    .map(([path, { bytesInOutput }]) => ({ path: path.replace(/^node_modules\//, ''), bytes: bytesInOutput }))
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes)
  for (const { path, bytes } of parts) console.log(`  ${path.padEnd(44)} ${String(bytes).padStart(7)}`)
}

function row(name, sizes) {
  return name.padEnd(29) + sizes.map((bytes) => kilobytes(bytes).padStart(9)).join('')
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`
}
