import { type Fields, isFields } from '../../fields.js'
import type { ResolvedInput } from './references.js'

/** A tool as a request declares it. */
export interface DeclaredTool {
  /** One of a namespace has the name that the model is told. */
  tool: unknown
  /** Where it stands in the request. */
  field: string
  /** What the protocol's calls name it by, where it is in a namespace. */
  own?: NamespacedName
}

/** The name of a tool in its namespace. */
export interface NamespacedName {
  namespace: string
  name: string
}

/** The namespace of what is in none, by which some clients name it all the same. */
const noNamespace = 'functions'

/**
 * The name of a tool as the model is told it: models that write text know no namespaces.
 *
 * @example shownName({ name: 'find', namespace: 'crm' }) // 'crm__find'
 */
export function shownName({ name, namespace }: { name: string; namespace?: unknown }): string {
  if (typeof namespace !== 'string' || namespace === '' || namespace === noNamespace) return name
  return `${namespace}${namespace.endsWith('__') ? '' : '__'}${name}`
}

/**
 * The tools of a request one after the other: those of its namespaces, of which the model is told as of any other, and those
 * that items of the input add in the course of the conversation. One that is added again takes the place of the earlier.
 *
 * @throws Error naming the field: tools that are no list, a namespace without a name.
 * @example
 * const find = { type: 'function', name: 'find' }
 * const crm = { type: 'namespace', name: 'crm', description: 'Our customers.', tools: [find] }
 * declaredTools([crm], { before: [], items: [] })
 * // [{ tool: { type: 'function', name: 'crm__find', description: 'Our customers.' }, field: 'tools[0].tools[0]',
 * //    own: { namespace: 'crm', name: 'find' } }]
 */
export function declaredTools(tools: unknown, { before, items }: ResolvedInput): DeclaredTool[] {
  const declared = flatten(tools, 'tools')
  const added = [
    ...before.flatMap((item) => addedBy(item, 'previous_response_id')),
    ...items.flatMap((item, index) => addedBy(item, `input[${index}].tools`)),
  ]
  for (const one of added) {
    const at = declared.findIndex(({ tool }) => isSameTool(tool, one.tool))
    declared.splice(at === -1 ? declared.length : at, 1, one)
  }
  return declared
}

function addedBy(item: unknown, field: string): DeclaredTool[] {
  return isFields(item) && item.type === 'additional_tools' ? flatten(item.tools, field) : []
}

function isSameTool(tool: unknown, other: unknown): boolean {
  return isFields(tool) && isFields(other) && typeof tool.name === 'string' && tool.name === other.name
}

function flatten(tools: unknown, field: string): DeclaredTool[] {
  if (tools == null) return []
  if (!Array.isArray(tools)) throw new Error(`${field} must be an array`)
  return tools.flatMap((tool: unknown, index) => {
    const place = `${field}[${index}]`
    return isFields(tool) && tool.type === 'namespace'
      ? toolsOfNamespace(tool, place)
      : { tool, field: place }
  })
}

function toolsOfNamespace({ name: namespace, description, tools }: Fields, field: string): DeclaredTool[] {
  if (typeof namespace !== 'string' || namespace === '') {
    throw new Error(`${field}.name: give the name of the namespace, a string that is not empty`)
  }
  if (!Array.isArray(tools)) throw new Error(`${field}.tools must be an array of the tools in the namespace`)
  return tools.map((tool: unknown, index) => {
    const place = `${field}.tools[${index}]`
    // What a tool is and what it lacks is for who reads it to say.
    if (!isFields(tool) || typeof tool.name !== 'string' || tool.name === '') return { tool, field: place }
    const own = { namespace, name: tool.name }
    const shown = { ...tool, name: shownName(own) }
    return { tool: index === 0 ? describe(shown, description) : shown, field: place, own }
  })
}

/** What is said of a namespace is said once, with its first tool. */
function describe(tool: Fields, description: unknown): Fields {
  if (typeof description !== 'string' || description === '') return tool
  const { description: own } = tool
  if (own == null || own === '') return { ...tool, description }
  return typeof own === 'string' ? { ...tool, description: `${description}\n\n${own}` } : tool
}

/**
 * A tool choice with the names that the model is told, and with the tools of the namespaces that it allows.
 *
 * @example chosenTools({ type: 'function', name: 'find' }, declared) // { type: 'function', name: 'crm__find' }
 */
export function chosenTools(choice: unknown, declared: readonly DeclaredTool[]): unknown {
  if (!isFields(choice)) return choice
  const { type, tools } = choice
  if (type === 'function' || type === 'custom') return chosen(choice, declared)
  if (type !== 'allowed_tools' || !Array.isArray(tools)) return choice
  return { ...choice, tools: tools.flatMap((tool: unknown) => allowed(tool, declared)) }
}

function allowed(tool: unknown, declared: readonly DeclaredTool[]): unknown[] {
  if (!isFields(tool)) return [tool]
  if (tool.type !== 'namespace') return [chosen(tool, declared)]
  return declared.flatMap(({ tool: one, own }) =>
    own?.namespace === tool.name && isFields(one) ? { type: one.type, name: one.name } : [],
  )
}

/** A choice says of which namespace its tool is before a dot, in a field, or not at all. */
function chosen({ namespace, ...choice }: Fields, declared: readonly DeclaredTool[]): Fields {
  const { name } = choice
  if (typeof name !== 'string') return choice
  if (typeof namespace === 'string') return { ...choice, name: shownName({ name, namespace }) }
  if (declared.some(({ tool }) => isFields(tool) && tool.name === name)) return choice
  const named = declared.flatMap(({ own }) => own ?? [])
  const qualified = named.find((own) => `${own.namespace}.${own.name}` === name)
  const [own, another] = qualified ? [qualified] : named.filter((own) => own.name === name)
  return own && !another ? { ...choice, name: shownName(own) } : choice
}
