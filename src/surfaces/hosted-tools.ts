import { type Fields, isFields } from '../fields.js'
import type { RenderWarning } from '../render/report.js'

/**
 * What becomes of tools that a service would run itself (`web_search`, `web_search_20250305`, …), which a model that writes
 * text cannot use.
 *
 * @example { hostedTools: 'drop', onWarning: ({ field, message }) => console.warn(field, message) }
 */
export interface HostedToolOptions {
  /** `refuse` makes an error of the request, by default; `drop` leaves them out, and says so. */
  hostedTools?: 'refuse' | 'drop' | undefined
  /** Told of each one that is left out. */
  onWarning?: ((warning: RenderWarning) => void) | undefined
}

/** What a protocol calls the app's own tools. */
export interface OwnTools {
  /** The types that they have; `undefined` where they have none. */
  types: ReadonlySet<unknown>
  /** The choice that leaves it to the model, in place of one that was of a tool which was left out. */
  auto: (choice: unknown) => unknown
}

/**
 * The fields of a request without the tools that are not the app's own, and without a choice of one of them.
 *
 * @param fieldOf where a tool stands, if it is not where it was in the request.
 * @throws Error naming the first of them where they are refused.
 * @example
 * dropHostedTools({ tools: [{ type: 'web_search' }], tool_choice: 'required' }, chatTools, { hostedTools: 'drop' })
 * // { tools: [], tool_choice: 'auto' }
 */
export function dropHostedTools<Body extends Fields>(
  body: Body,
  own: OwnTools,
  { hostedTools = 'refuse', onWarning }: HostedToolOptions,
  fieldOf: (tool: unknown, index: number) => string = (_, index) => `tools[${index}]`,
): Body {
  const { tool_choice: choice } = body
  const tools = body.tools ?? []
  if (!Array.isArray(tools)) return body
  if (hostedTools === 'refuse') {
    refuseHosted(tools, own, fieldOf)
    return body
  }
  const hosted = tools.filter((tool: unknown) => isHosted(tool, own))
  const chosen = choiceWithout(choice, own, {
    names: new Set(hosted.map((tool) => tool.name).filter((name) => typeof name === 'string')),
    areAll: hosted.length > 0 && hosted.length === tools.length,
  })
  if (hosted.length === 0 && chosen === choice) return body
  for (const [index, tool] of tools.entries()) {
    if (isHosted(tool, own)) {
      const message = `${JSON.stringify(tool.type)} is no tool that this model can call, it is left out`
      onWarning?.({ field: fieldOf(tool, index), message })
    }
  }
  if (chosen !== choice)
    onWarning?.({ field: 'tool_choice', message: 'what it says of tools that are left out is too' })
  const kept = tools.filter((tool: unknown) => !isHosted(tool, own))
  return { ...body, ...(body.tools != null && { tools: kept }), tool_choice: chosen }
}

function refuseHosted(
  tools: readonly unknown[],
  own: OwnTools,
  fieldOf: (tool: unknown, index: number) => string,
): void {
  for (const [index, tool] of tools.entries()) {
    if (!isHosted(tool, own)) continue
    throw new Error(
      `${fieldOf(tool, index)}.type: ${JSON.stringify(tool.type)} is no tool that this model can call: declare one of your own, ` +
        "or have such tools left out (hostedTools: 'drop'; serve --hosted-tools drop)",
    )
  }
}

/** What was left out. */
interface Dropped {
  names: ReadonlySet<unknown>
  /** Whether no tool is left. */
  areAll: boolean
}

function choiceWithout(choice: unknown, own: OwnTools, { names, areAll }: Dropped): unknown {
  if (choice === 'required') return areAll ? own.auto(choice) : choice
  if (!isFields(choice)) return choice
  const { type, name, allowed_tools: nested } = choice
  switch (type) {
    case 'auto':
    case 'none':
      return choice
    case 'any':
      return areAll ? own.auto(choice) : choice
    case 'tool':
    case 'function':
    case 'custom':
      return typeof name === 'string' && names.has(name) ? own.auto(choice) : choice
    case 'allowed_tools': {
      const list = isFields(nested) ? nested : choice
      if (!Array.isArray(list.tools) || !list.tools.some((tool: unknown) => isHosted(tool, own)))
        return choice
      const tools = list.tools.filter((tool: unknown) => !isHosted(tool, own))
      if (tools.length === 0) return 'none'
      return isFields(nested) ? { ...choice, allowed_tools: { ...nested, tools } } : { ...choice, tools }
    }
    default:
      return typeof type === 'string' ? own.auto(choice) : choice
  }
}

function isHosted(tool: unknown, { types }: OwnTools): tool is Fields {
  return isFields(tool) && typeof tool.type === 'string' && !types.has(tool.type)
}

/** Those of Chat Completions, and of the protocols that spell a choice as it does. */
export const chatTools: OwnTools = { types: new Set(['function', 'custom']), auto: () => 'auto' }
