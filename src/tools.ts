import { isFields } from './fields.js'

/** A tool that the request declares, checked. */
export interface DeclaredTool {
  name: string
  /** A custom tool takes free text; the model sees it as a function with one string, `input`. */
  custom: boolean
  description: string | undefined
  /** The JSON Schema as given, `undefined` when there is none. */
  parameters: unknown
  /** Whether the app asked that no undeclared property pass. */
  strict: boolean
  /** The declaration itself, as the app wrote it. */
  declared: Record<string, unknown>
}

/** What the request lets the model do: which mode, the one function it must call, the names it may call. */
export interface ResolvedChoice {
  mode: 'auto' | 'none' | 'required'
  name?: string
  allowed?: ReadonlySet<string>
}

/**
 * Checks a request's tools. `null`, `undefined` and `[]` are all "no tools".
 *
 * @throws Error naming the field: `tools[1].function.name must be a string that is not empty`.
 * @example readTools([{ type: 'function', function: { name: 'add' } }])[0].name // 'add'
 */
export function readTools(tools: unknown): DeclaredTool[] {
  if (tools === null || tools === undefined) return []
  if (!Array.isArray(tools)) fail('tools', 'must be an array')
  const names = new Set<string>()
  return tools.map((tool: unknown, index) => {
    const read = readTool(tool, index)
    if (names.has(read.name)) {
      fail(
        `tools[${index}]`,
        `has the name of an earlier tool, ${JSON.stringify(read.name)}: names must differ`,
      )
    }
    names.add(read.name)
    return read
  })
}

const toolShape = "{ type: 'function', function: { name, description, parameters } }"

function readTool(tool: unknown, index: number): DeclaredTool {
  if (!isFields(tool)) {
    fail(`tools[${index}]`, "must be an object like { type: 'function', function: { name } }")
  }
  const kind = tool.type
  if (kind !== 'function' && kind !== 'custom') {
    // Other protocols' tools, `{ name, input_schema }`, have no type.
    const shape = kind === undefined ? `: a tool is ${toolShape}` : ''
    fail(`tools[${index}].type`, `must be 'function' or 'custom', not ${JSON.stringify(kind)}${shape}`)
  }
  const body = tool[kind]
  if (!isFields(body)) {
    // The Responses protocol has the name beside the type.
    const shape = kind === 'function' && tool.name !== undefined ? `: a tool is ${toolShape}` : ''
    fail(`tools[${index}].${kind}`, `must be an object with a name${shape}`)
  }
  const { name, description } = body
  if (typeof name !== 'string' || name === '') {
    fail(`tools[${index}].${kind}.name`, 'must be a string that is not empty')
  }
  if (typeof description !== 'string' && description !== undefined && description !== null) {
    fail(`tools[${index}].${kind}.description`, 'must be a string')
  }
  return {
    name,
    custom: kind === 'custom',
    description: description ?? undefined,
    parameters: kind === 'function' ? body.parameters : undefined,
    strict: body.strict === true,
    declared: tool,
  }
}

/**
 * Resolves a tool choice, in either of the protocol's shapes, against the declared tools.
 *
 * @throws Error naming the field when the choice is of no known shape, or of a tool that is not declared.
 * @example
 * readToolChoice({ type: 'function', function: { name: 'add' } }, tools) // { mode: 'required', name: 'add' }
 * readToolChoice(undefined, tools) // { mode: 'auto' }
 */
export function readToolChoice(choice: unknown, tools: readonly DeclaredTool[]): ResolvedChoice {
  if (choice === null || choice === undefined) return { mode: 'auto' }
  if (choice === 'auto' || choice === 'none') return { mode: choice }
  if (choice === 'required') {
    if (tools.length === 0) fail('toolChoice', "is 'required' but the request has no tools")
    return { mode: choice }
  }
  if (isFields(choice)) {
    const { type } = choice
    if (type === 'function' || type === 'custom') {
      return { mode: 'required', name: declaredName(choice, 'toolChoice', tools) }
    }
    if (type === 'allowed_tools') {
      // Nested as in the SDK, or flat; an error names the field as it was written.
      const nested = choice.allowed_tools ?? undefined
      if (nested === undefined) return readAllowed(choice, 'toolChoice', tools)
      return readAllowed(nested, 'toolChoice.allowed_tools', tools)
    }
  }
  fail(
    'toolChoice',
    "must be 'auto', 'none', 'required', { type: 'function', function: { name } }, " +
      "{ type: 'custom', custom: { name } } or { type: 'allowed_tools', allowed_tools: { mode, tools } }",
  )
}

function readAllowed(list: unknown, field: string, tools: readonly DeclaredTool[]): ResolvedChoice {
  const inside = `${field}.tools`
  if (!isFields(list) || !Array.isArray(list.tools)) fail(inside, 'must be an array of tools')
  const { mode = 'auto' } = list
  if (mode !== 'auto' && mode !== 'required') fail(`${field}.mode`, "must be 'auto' or 'required'")
  const names = list.tools.map((tool: unknown, index) => declaredName(tool, `${inside}[${index}]`, tools))
  if (mode === 'required' && names.length === 0) fail(inside, 'is empty but a call is required')
  return { mode, allowed: new Set(names) }
}

/** The name in `{ function: { name } }`, `{ custom: { name } }` or `{ name }`, when a tool of that name is declared. */
function declaredName(choice: unknown, field: string, tools: readonly DeclaredTool[]): string {
  const body = isFields(choice) ? (choice.function ?? choice.custom ?? choice) : undefined
  const name = isFields(body) ? body.name : undefined
  if (typeof name !== 'string') fail(field, 'must name a tool')
  if (!tools.some((tool) => tool.name === name)) {
    const known = tools.map((tool) => tool.name).join(', ') || 'none'
    fail(field, `names ${JSON.stringify(name)}, which is not among the tools (${known})`)
  }
  return name
}

/** @throws Error, always: what is wrong with a field that the app gave. */
export function fail(field: string, problem: string): never {
  throw new Error(`${field} ${problem}`)
}
