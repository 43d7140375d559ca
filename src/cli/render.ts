import { isFields } from '../fields.js'
import { checkNames } from '../option-names.js'
import { renderMessages } from '../render/messages.js'
import type { RenderOptions } from '../render/prepare.js'
import { renderPrompt } from '../render/prompt.js'
import type { RenderWarning } from '../render/report.js'
import type { ToolRequest } from '../request.js'

export interface RenderLineOptions {
  /** The dialect of lines that name none. Default: `qwen3`. */
  dialect?: string | undefined
  /** Adds `warnings`: what rendering changed, left out or took on trust. */
  warnings?: boolean | undefined
}

/** The request's own fields may have both of their spellings. */
const names = [
  'id',
  'messages',
  'tools',
  'dialect',
  'tool_choice',
  'toolChoice',
  'parallel_tool_calls',
  'parallelToolCalls',
  'upstream',
  'add_generation_prompt',
]

/**
 * Serves one line of `toolshim render`: the request as parsed JSON in, the answer's object out. The dialect is `qwen3`
 * and the upstream `completion` unless the line says otherwise; `null` says as little as a field that is left out.
 *
 * @throws Error naming the field when the line is no valid request.
 * @example
 * renderLine({ id: 1, messages: [{ role: 'user', content: 'Hi' }] })
 * // { id: 1, prompt: '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n', stop: ['<|im_end|>', …], prefill: '' }
 */
export function renderLine(line: unknown, options: RenderLineOptions = {}): Record<string, unknown> {
  if (!isFields(line)) throw new Error('a line must be a JSON object')
  checkNames(line, names, 'field')
  const id = line.id ?? null
  const upstream = line.upstream ?? 'completion'
  const dialect = line.dialect ?? options.dialect
  const addGenerationPrompt = line.add_generation_prompt ?? true
  if (!isRequest(line)) throw new Error('messages must be an array')
  if (typeof dialect !== 'string' && dialect !== undefined) throw new Error('dialect must be a string')
  if (typeof addGenerationPrompt !== 'boolean') throw new Error('add_generation_prompt must be true or false')
  if (upstream !== 'chat' && upstream !== 'completion') {
    throw new Error("upstream must be 'chat' or 'completion'")
  }
  const warnings: RenderWarning[] = []
  const renderOptions: RenderOptions = {
    ...(dialect === undefined ? {} : { dialect }),
    onWarning: (warning) => warnings.push(warning),
  }
  const rendered =
    upstream === 'chat'
      ? renderMessages(line, renderOptions)
      : renderPrompt(line, { ...renderOptions, addGenerationPrompt })
  return { id, ...rendered, ...(options.warnings && { warnings }) }
}

/** As far as it takes to be read; the fields are checked by what reads them. */
function isRequest(line: Record<string, unknown>): line is Record<string, unknown> & ToolRequest {
  return Array.isArray(line.messages)
}
