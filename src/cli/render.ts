import { isRecord } from '../record.js'
import { renderMessages } from '../render/messages.js'
import type { RenderOptions } from '../render/prepare.js'
import { renderPrompt } from '../render/prompt.js'
import type { RenderWarning } from '../render/report.js'
import type { ToolRequest } from '../request.js'

/**
 * Serves one line of `toolshim render`: the request as parsed JSON in, the answer's object out. The dialect is `qwen3`
 * and the upstream `completion` unless the line says otherwise.
 *
 * @throws Error naming the field when the line is no valid request.
 * @example
 * renderLine({ id: 1, messages: [{ role: 'user', content: 'Hi' }] })
 * // { id: 1, prompt: '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n', stop: ['<|im_end|>', …], prefill: '' }
 */
export function renderLine(
  line: unknown,
  onWarning?: (warning: RenderWarning) => void,
): Record<string, unknown> {
  if (!isRecord(line)) throw new Error('a line must be a JSON object')
  const { id, dialect, upstream = 'completion', add_generation_prompt: addGenerationPrompt = true } = line
  if (!isRequest(line)) throw new Error('messages must be an array')
  if (typeof dialect !== 'string' && dialect !== undefined) throw new Error('dialect must be a string')
  if (typeof addGenerationPrompt !== 'boolean') throw new Error('add_generation_prompt must be true or false')
  const options: RenderOptions = {
    ...(dialect === undefined ? {} : { dialect }),
    ...(onWarning === undefined ? {} : { onWarning }),
  }
  if (upstream === 'chat') return { id, ...renderMessages(line, options) }
  if (upstream === 'completion') return { id, ...renderPrompt(line, { ...options, addGenerationPrompt }) }
  throw new Error("upstream must be 'chat' or 'completion'")
}

/** As far as it takes to be read; the fields are checked by what reads them. */
function isRequest(line: Record<string, unknown>): line is Record<string, unknown> & ToolRequest {
  return Array.isArray(line.messages)
}
