import describeGrammar from '../../templates/grammar.hbs'
import stateRequired from '../../templates/required.hbs'
import stateSingle from '../../templates/single.hbs'
import type { Dialect, Marks, ShownTool } from '../dialects/dialect.js'
import { isFields } from '../fields.js'
import type { NormalRequest } from '../request.js'
import type { DeclaredTool, ResolvedChoice } from '../tools.js'
import type { Turn } from './history.js'
import { spaceJson } from './json.js'
import type { Clean, Prepared } from './prepare.js'
import { stringify } from './stringify.js'

/** Where a request's tools are shown: in system text, around a user's turn, or nowhere. */
export interface ShownPlace {
  system?: string
  question?: Marks & { turn: Turn }
}

/**
 * The words that teach the model the request's tools, in the dialect's place for them. What the tool choice asks is
 * added as a sentence where it is not prefilled (`stateChoice`).
 *
 * @throws Error naming the tool that cannot be written as JSON.
 */
export function placeTools(prepared: Prepared, stateChoice: boolean): ShownPlace {
  const { request, dialect, turns, clean } = prepared
  const prompt = renderToolPrompt(request, dialect, stateChoice, clean)
  if (prompt === undefined) return {}
  const turn = turns.find((one) => one.role === 'user')
  if (dialect.question === undefined || turn === undefined) return { system: prompt }
  return { question: { ...dialect.question(prompt), turn } }
}

/** The words that teach the model the request's tools; `undefined` when it has none or may call none. */
function renderToolPrompt(
  { tools, toolChoice, parallelToolCalls }: NormalRequest,
  dialect: Dialect,
  stateChoice: boolean,
  clean: Clean,
): string | undefined {
  if (tools.length === 0 || toolChoice.mode === 'none') return undefined
  const prompt = dialect.template({
    tools: tools.map((tool, index) => shown(tool, `tools[${index}]`, clean)),
  })
  const sentences: string[] = []
  if (!parallelToolCalls) sentences.push(stateSingle({}))
  if (stateChoice && toolChoice.mode === 'required') {
    // Declared names, which were reported with their tools.
    sentences.push(stateRequired({ what: clean(wanted(toolChoice)) }))
  }
  return sentences.length === 0 ? prompt : `${prompt}\n\n${sentences.join(' ')}`
}

function wanted({ name, allowed }: ResolvedChoice): string {
  if (name !== undefined) return `the function ${name}`
  return allowed === undefined ? 'one of the functions' : `one of these functions: ${[...allowed].join(', ')}`
}

function shown(tool: DeclaredTool, field: string, clean: Clean): ShownTool {
  const declaration = tool.custom ? customAsFunction(tool) : tool.declared
  const json = clean(jsonOf(declaration, field), field)
  // Read back from the neutral text, so that a template which shows the fields one by one shows neutral ones.
  const neutral: unknown = JSON.parse(json)
  const body = isFields(neutral) && isFields(neutral.function) ? neutral.function : {}
  return {
    name: String(body.name),
    description: typeof body.description === 'string' ? body.description : '',
    parameters: body.parameters,
    function: body,
    json: spaceJson(json),
  }
}

function jsonOf(declaration: object, field: string): string {
  try {
    return stringify(declaration) ?? ''
  } catch (error) {
    throw new Error(`${field} cannot be written as JSON: ${error instanceof Error ? error.message : error}`)
  }
}

/** Free text in, as the model sees it: a function with one string. A grammar is described, not enforced. */
function customAsFunction({ name, description, declared }: DeclaredTool): object {
  const format = isFields(declared.custom) && isFields(declared.custom.format) ? declared.custom.format : {}
  const { syntax, definition } = isFields(format.grammar) ? format.grammar : format
  const grammar =
    typeof definition === 'string' ? describeGrammar({ syntax: String(syntax), definition }) : undefined
  const words = [description, grammar].filter((text) => text !== undefined).join(' ')
  return {
    type: 'function',
    function: {
      name,
      ...(words === '' ? {} : { description: words }),
      parameters: { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] },
    },
  }
}
