import { readFile } from 'node:fs/promises'
import Handlebars from 'handlebars'

/**
 * Turns a `.hbs` file into a module whose default export renders it. Handlebars parses the file and applies its rules
 * of white space; what it would leave to its run-time library is written out as an expression here, since that library
 * is 6 kB and our prompts use four of its constructs: `{{this.field}}`,
 * `{{#each}}`, `{{#if}}` and `{{#unless}}` with `@first` and `@last`. Anything else fails the build.
 *
 * Nothing is escaped, because a prompt is plain text and `<` must reach the model as `<`; a field that the view does
 * not have is an error; and nothing is evaluated at run time, so a page with a strict content policy can render.
 *
 * @example compileTemplate('Hi{{#each this.names}} {{this.first}}{{/each}}')
 * // export default (v0) => "Hi" + given(v0.names).map((v1, i1, a1) => " " + given(v1.first)).join("")
 */
export function compileTemplate(source: string): string {
  return `${given}\nexport default (v0) => ${emitProgram(Handlebars.parse(source), 0)}\n`
}

const given = `function given(value) {
  if (value === undefined) throw new Error('a template was given no value for one of its fields')
  return value
}`

function emitProgram(program: hbs.AST.Program, depth: number): string {
  const pieces = program.body.map((statement) => emitStatement(statement, depth))
  return pieces.filter((piece) => piece !== '').join(' + ') || '""'
}

function emitStatement(statement: hbs.AST.Statement, depth: number): string {
  if (isNode(statement, 'CommentStatement')) return ''
  if (isNode(statement, 'ContentStatement'))
    return statement.value === '' ? '' : JSON.stringify(statement.value)
  if (isNode(statement, 'MustacheStatement') && statement.params.length === 0)
    return emitPath(statement.path, depth)
  if (isNode(statement, 'BlockStatement')) return emitBlock(statement, depth)
  throw unsupported(statement)
}

function emitBlock(block: hbs.AST.BlockStatement, depth: number): string {
  const [subject] = block.params
  if (subject === undefined || block.params.length > 1) throw unsupported(block)
  const value = emitPath(subject, depth)
  const inverse = block.inverse === undefined ? '""' : emitProgram(block.inverse, depth)
  switch (block.path.original) {
    case 'each': {
      const inner = depth + 1
      return `${value}.map((v${inner}, i${inner}, a${inner}) => ${emitProgram(block.program, inner)}).join("")`
    }
    case 'if':
      return `(${value} ? ${emitProgram(block.program, depth)} : ${inverse})`
    case 'unless':
      return `(${value} ? ${inverse} : ${emitProgram(block.program, depth)})`
    default:
      throw unsupported(block)
  }
}

function emitPath(path: hbs.AST.Node, depth: number): string {
  if (!isNode(path, 'PathExpression')) throw unsupported(path)
  if (path.data && depth > 0 && path.original === '@first') return `i${depth} === 0`
  if (path.data && depth > 0 && path.original === '@last') return `i${depth} === a${depth}.length - 1`
  if (path.data || path.depth > 0 || path.parts.length === 0) throw unsupported(path)
  return `given(v${depth}.${path.parts.join('.')})`
}

interface Nodes {
  CommentStatement: hbs.AST.CommentStatement
  ContentStatement: hbs.AST.ContentStatement
  MustacheStatement: hbs.AST.MustacheStatement
  BlockStatement: hbs.AST.BlockStatement
  PathExpression: hbs.AST.PathExpression
}

function isNode<T extends keyof Nodes>(node: hbs.AST.Node, type: T): node is Nodes[T] {
  return node.type === type
}

function unsupported({ type, loc }: hbs.AST.Node): Error {
  return new Error(`line ${loc.start.line} of a template has a ${type} that templates here do not use`)
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
