import { type Fields, isFields, without } from '../../fields.js'
import { chatTools, dropHostedTools, type HostedToolOptions } from '../hosted-tools.js'
import type { ChatBody } from '../surface.js'
import { chosenTools, declaredTools } from './declared-tools.js'
import { readInput } from './input.js'
import { type ResolvedInput, resolveInput } from './references.js'
import { readToolChoice, readTools } from './tools.js'

/** Fields that ask for what a model behind a stateless server cannot give, and what to do instead. */
const refused = new Map([
  ['conversation', 'conversations are not kept between requests, give the whole conversation as input'],
  ['background', 'responses are not kept, so that none can be fetched later; leave it out'],
  ['prompt', 'prompts that OpenAI keeps cannot be fetched, give their text as instructions'],
  [
    'context_management',
    'the conversation is not made shorter here, leave out of the input what is too much',
  ],
  ['moderation', 'nothing is moderated here, leave it out'],
  ['top_logprobs', 'text and calls are made of the tokens, so that theirs do not fit; leave it out'],
])

/** Fields that are spelled otherwise in a chat, that are only repeated in the response, or that mean nothing here. */
const ownFields = new Set([
  ...refused.keys(),
  'previous_response_id',
  'input',
  'instructions',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'max_output_tokens',
  'max_tool_calls',
  'reasoning',
  'text',
  'truncation',
  'include',
  'store',
  'metadata',
  'stream_options',
  'access_programs',
  'image',
  'n',
  'functions',
  'function_call',
])

/**
 * Reads the body of a Responses request as one of Chat Completions, which is also what `renderMessages`, `renderPrompt`
 * and `createParser` take. Fields that both protocols have, and those of a server's own, stay as they are.
 *
 * @param hosted what becomes of tools that OpenAI would run, and of their items in the input.
 * @throws Error naming the field: input that is none, a tool that OpenAI would run, and what needs a server that keeps
 * responses (`previous_response_id`, `item_reference`, `conversation`, `background`, …).
 * @example
 * readResponsesRequest({ model: 'm', instructions: 'Be brief.', input: 'Hi', max_output_tokens: 100 })
 * // { model: 'm', messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Hi' }], max_tokens: 100 }
 */
export function readResponsesRequest(body: unknown, hosted: HostedToolOptions = {}): ChatBody {
  const asked = readBody(body)
  return readResolved(asked, resolveInput(asked, undefined), hosted)
}

/** @throws Error naming the field where it is none, or asks for what cannot be given. */
export function readBody(body: unknown): Fields {
  if (!isFields(body)) throw new Error('input: give a JSON body with input')
  refuse(body)
  return body
}

/** The same, of a request whose input has been looked up. */
export function readResolved(given: Fields, input: ResolvedInput, hosted: HostedToolOptions): ChatBody {
  const declared = declaredTools(given.tools, input)
  const fields = new Map(declared.map(({ tool, field }) => [tool, field]))
  const fieldOf = (tool: unknown, index: number) => fields.get(tool) ?? `tools[${index}]`
  const body: Fields = dropHostedTools<Fields>(
    {
      ...given,
      tools: declared.map(({ tool }) => tool),
      tool_choice: chosenTools(given.tool_choice, declared),
    },
    chatTools,
    hosted,
    fieldOf,
  )
  const { parallel_tool_calls: parallel, max_output_tokens: most, stream } = body
  if (parallel != null && typeof parallel !== 'boolean') {
    throw new Error('parallel_tool_calls must be true or false')
  }
  const tools = readTools(Array.isArray(body.tools) ? body.tools : [], fieldOf)
  const choice = readToolChoice(body.tool_choice)
  return {
    ...without(body, ownFields),
    messages: readInput(input, body.instructions, hosted),
    ...(tools.length > 0 && { tools }),
    ...(choice !== undefined && { tool_choice: choice }),
    ...(parallel != null && { parallel_tool_calls: parallel }),
    // The older name: servers of models that only write text know no other.
    ...(most != null && { max_tokens: most }),
    ...reasoningFields(body.reasoning),
    ...textFields(body.text),
    // A response says what it cost, streamed or not.
    ...(stream === true && { stream_options: { include_usage: true } }),
  }
}

function refuse(body: Fields): void {
  for (const [field, reason] of refused) {
    if (isAsked(body[field])) throw new Error(`${field}: ${reason}`)
  }
  const { truncation, include, n } = body
  // That the input may be cut is leave that is not taken.
  if (truncation != null && truncation !== 'disabled' && truncation !== 'auto') {
    throw new Error("truncation must be 'auto' or 'disabled'")
  }
  // What else can be included is of tools that are refused, or is there anyhow.
  if (Array.isArray(include) && include.includes('message.output_text.logprobs')) {
    throw new Error(`include: ${refused.get('top_logprobs')}`)
  }
  if (n != null && n !== 1) throw new Error('n: a response is one answer, send as many requests as you want')
}

function isAsked(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  return value != null && value !== false && value !== 0
}

function reasoningFields(reasoning: unknown): Fields {
  return isFields(reasoning) && reasoning.effort != null ? { reasoning_effort: reasoning.effort } : {}
}

function textFields(text: unknown): Fields {
  if (!isFields(text)) return {}
  const { format, verbosity } = text
  return { ...formatFields(format), ...(verbosity != null && { verbosity }) }
}

function formatFields(format: unknown): Fields {
  if (!isFields(format) || format.type === 'text') return {}
  if (format.type !== 'json_schema') return { response_format: format }
  const { type, ...schema } = format
  return { response_format: { type, json_schema: schema } }
}
