import { type Fields, isFields } from '../fields.js'
import type { DeclaredTool } from '../tools.js'
import { type AlikeNames, bareName, indexAlike } from './names.js'
import type { Shapes } from './schema.js'

/** What the parser knows of a declared tool. */
export interface ToolFacts {
  name: string
  custom: boolean
  /** The JSON Schema of its arguments, as the app declared it. */
  schema: unknown
  /** Its parameters, as far as it declares any. */
  properties: Fields
  /** What its arguments may be, once `argumentShapes` has been asked: only what follows schemas brings that. */
  shapes: Shapes | undefined
  /** The names of all properties at any depth, once `isDeclaredKey` has been asked: of the tools of a request few are called. */
  keys: ReadonlySet<string> | undefined
  /** Its parameters by what is left of their names, once `isLikeParameterOf` has been asked. */
  alike: AlikeNames<string> | undefined
  /** Whether the tool asked that no undeclared property pass. */
  strict: boolean
}

/** The declared tools, looked up by what a model writes. */
export interface ToolIndex {
  /** `undefined` when the app declared no list at all: then every name is taken as it is. */
  readonly declared: ReadonlyMap<string, ToolFacts> | undefined
  /**
   * The tool that a written name means: the exact one, or the only one alike but for case, separators, a prefix
   * (`functions.`, or whatever stands before a dot, colon or slash and the exact name) and what is in no name.
   */
  resolve(written: string): ToolFacts | undefined
  /** Whether a tool's name may begin like this, as a model spells it. */
  begins(written: string): boolean
  isDeclaredKey(key: string): boolean
  isParameter(key: string): boolean
}

export function indexTools(tools: readonly DeclaredTool[] | undefined): ToolIndex {
  const declared = new Map<string, ToolFacts>()
  for (const tool of tools ?? []) declared.set(tool.name, factsOf(tool))
  const all = [...declared.values()]
  /** Made for the first name that is not written as it was declared. */
  let alike: AlikeNames<ToolFacts> | undefined

  function findAlike(): AlikeNames<ToolFacts> {
    alike ??= indexAlike(all.map((facts) => [plainName(facts.name), facts]))
    return alike
  }

  function findWritten(written: string): ToolFacts | 'several' | undefined {
    return findAlike().get(bareName(plainName(written))) ?? withoutPrefix(written)
  }

  /** `api.get_weather`: what stands before a dot is the place where a model thinks that it found the tool. */
  function withoutPrefix(written: string): ToolFacts | undefined {
    for (const { index } of written.matchAll(/[.:/]/g)) {
      const found = declared.get(written.slice(index + 1))
      if (found !== undefined) return found
    }
    return undefined
  }

  return {
    declared: tools === undefined ? undefined : declared,
    resolve(written) {
      const exact = declared.get(written)
      if (exact !== undefined || written === '' || written.length > maxName || isBroken(written)) return exact
      const found = findWritten(written) ?? findWritten(withoutMarks(written))
      return found === 'several' ? undefined : found
    },
    begins(written) {
      // Asked at every character of what may be a name, and nearly always it is one.
      for (const { name } of all) if (name.startsWith(written)) return true
      if (written.length >= shortestPrefix && /^["']?(?:functions?|tools?)[.:/]?$/i.test(written)) return true
      const bare = bareName(plainName(written))
      // No name begins with a backslash or with many separators, of which text may have.
      if (isBroken(written) || (bare === '' && (written.length > 2 || written.includes('\\')))) return false
      for (const name of findAlike().keys()) if (name.startsWith(bare)) return true
      return false
    },
    isDeclaredKey: (key) => all.some((tool) => isKeyOf(tool, key)),
    isParameter: (key) => all.some((tool) => isParameterOf(tool, key)),
  }
}

/** Longer ones are no names. */
const maxName = 256

/** Whether a line ends within it behind a sign, as in no name: of `.⏎search` the full stop ends a sentence. */
function isBroken(written: string): boolean {
  return /[^\w\s`]\s*\n\s*\w/.test(written)
}

/** Without the empty parentheses and marks that may stand at a name: `get_weather()`, `**get_weather**`. */
function withoutMarks(written: string): string {
  return written.replace(/^[`*<]+|[`*>:()]+$/g, '')
}

/** As long as `tool`. */
const shortestPrefix = 4

/** Without the prefix that some models write: `functions.get_weather`. */
function plainName(name: string): string {
  const trimmed = name.trim()
  return trimmed.length < shortestPrefix
    ? trimmed
    : trimmed.replace(/^["']?(?:functions?|tools?|default_api)[.:/]/i, '')
}

/** A custom tool is shown to the model as a function with this one string. */
const customInput = { properties: { input: {} } }

function factsOf({ name, custom, parameters, strict }: DeclaredTool): ToolFacts {
  const schema = custom ? customInput : parameters
  return {
    name,
    custom,
    schema,
    properties: propertiesOf(schema),
    shapes: undefined,
    keys: undefined,
    alike: undefined,
    strict,
  }
}

/** The names of a tool's parameters. */
export function parametersOf({ properties }: ToolFacts): string[] {
  return Object.keys(properties)
}

export function isParameterOf({ properties }: ToolFacts, key: string): boolean {
  return Object.hasOwn(properties, key)
}

/** Whether a tool has a parameter of this name, or just one whose name differs in case and separators alone. */
export function isLikeParameterOf(tool: ToolFacts, key: string): boolean {
  if (isParameterOf(tool, key)) return true
  tool.alike ??= indexAlike(parametersOf(tool).map((name) => [name, name]))
  const found = tool.alike.get(bareName(key))
  return found !== undefined && found !== 'several'
}

/** Whether a tool cannot be called without arguments. */
export function requiresSome({ schema }: ToolFacts): boolean {
  return isFields(schema) && Array.isArray(schema.required) && schema.required.length > 0
}

/** The type that a parameter is declared to have, as the app wrote it. */
export function typeOf({ properties }: ToolFacts, key: string): unknown {
  const property = Object.hasOwn(properties, key) ? properties[key] : undefined
  return isFields(property) ? property.type : undefined
}

/** Whether a tool has a property of this name at any depth: what a string with broken quotes may be followed by. */
export function isKeyOf(tool: ToolFacts, key: string): boolean {
  tool.keys ??= collectKeys(tool.schema, new Set(), 0)
  return tool.keys.has(key)
}

/** Far deeper than any schema that a model is shown; a schema that contains itself ends here. */
const maxSchemaDepth = 64

function collectKeys(schema: unknown, keys: Set<string>, depth: number): ReadonlySet<string> {
  if (typeof schema !== 'object' || schema === null || depth > maxSchemaDepth) return keys
  for (const key of Object.keys(propertiesOf(schema))) keys.add(key)
  for (const inner of Object.values(schema)) collectKeys(inner, keys, depth + 1)
  return keys
}

const none: Fields = {}

function propertiesOf(schema: unknown): Fields {
  return isFields(schema) && isFields(schema.properties) ? schema.properties : none
}
