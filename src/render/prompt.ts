import type { Dialect } from '../dialects/dialect.js'
import type { ToolRequest } from '../request.js'
import { writeJson } from './json.js'
import { type Prepared, prepare, type RenderOptions } from './prepare.js'
import { resultsText } from './results.js'
import { placeTools } from './tool-prompt.js'

/**
 * How a prompt is rendered: the options of `renderMessages`, and how it begins and ends.
 *
 * @example { dialect: 'qwen3', bos: false }
 */
export interface PromptOptions extends RenderOptions {
  /** `false` leaves the begin token out, for a server that adds it itself (llama.cpp, vLLM, Ollama). */
  bos?: boolean
  /** `false` ends the prompt after the last message instead of opening the assistant's turn. */
  addGenerationPrompt?: boolean
  /**
   * `true` leaves the last message open, if it is an assistant's without calls, so that the model goes on where it ends.
   */
  continueFinalMessage?: boolean
}

/**
 * What an endpoint that takes a prompt is sent.
 *
 * @example { prompt: '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n', stop: ['<|im_end|>', …], prefill: '' }
 */
export interface RenderedPrompt {
  /** The whole conversation as one text. */
  prompt: string
  /** Strings at which the upstream should stop. */
  stop: string[]
  /** What the prompt already says in the assistant's turn: `prompt` ends with it, and the parser has to be told. */
  prefill: string
}

/**
 * Renders a request for an upstream that takes a prompt string, to the byte as the family's own chat template would. A
 * tool choice that asks for a call is enforced by beginning it in `prefill`.
 *
 * @throws Error naming the field when the request, the dialect or (if `history` is `"strict"`) the history is not valid.
 * @example
 * const { prompt, stop, prefill } = renderPrompt({ messages, tools }, { dialect: 'qwen3' })
 * // prompt: '<|im_start|>system\n# Tools\n\nYou may call …<|im_start|>assistant\n', prefill: ''
 */
export function renderPrompt(request: ToolRequest, options: PromptOptions = {}): RenderedPrompt {
  const prepared = prepare(request, options)
  const { dialect } = prepared
  const { bos = true, addGenerationPrompt = true, continueFinalMessage = false } = options
  const begun = continueFinalMessage ? begunAnswer(prepared) : undefined
  const opens = begun !== undefined || addGenerationPrompt
  const prefill = begun ?? (opens ? prefillOf(prepared) : '')
  let prompt = bos ? dialect.bos : ''
  prompt += renderTurns(prepared, begun !== undefined)
  if (opens) prompt += openTurn(dialect) + prefill
  return { prompt, stop: [...dialect.stop], prefill }
}

/** What the last turn says, if it is one that the model can go on with. */
function begunAnswer({ dialect, turns, assistantText, place }: Prepared): string | undefined {
  const turn = turns.at(-1)
  if (turn?.role !== 'assistant' || turn.calls.length > 0) return undefined
  const said = assistantText(turn)
  const text = dialect.assistant(said, place(turns.length - 1))
  // Without what the template writes behind it.
  const at = text.lastIndexOf(said.content)
  return said.content === '' || at === -1 ? text : text.slice(0, at + said.content.length)
}

/** @param hasBegun whether the last turn is the one that the model goes on with. */
function renderTurns(prepared: Prepared, hasBegun: boolean): string {
  const { dialect, turns, said } = prepared
  // A required call that cannot be begun for the model is stated.
  const { system, question } = placeTools(prepared, hasBegun || callStart(prepared) === '')
  const first = turns[0]
  const own = first?.role === 'system' ? first : undefined
  let written = dialect
    .system(own && said(own), system)
    .map((text) => dialect.turn('system', text))
    .join('')
  turns.slice(0, hasBegun ? -1 : undefined).forEach((turn, index) => {
    if (turn === own || !prepared.shows(turn, index)) return
    if (turn.role === 'tool') {
      written += dialect.turn(dialect.results.role, resultsText(turn, prepared.place(index).last, prepared))
      return
    }
    const text =
      turn.role === 'assistant'
        ? dialect.assistant(prepared.assistantText(turn), prepared.place(index))
        : said(turn)
    written += dialect.turn(turn.role, turn === question?.turn ? question.open + text + question.close : text)
  })
  return written
}

/** How an assistant's turn begins: a turn without text, up to the mark that would end it. */
function openTurn(dialect: Dialect): string {
  const turn = dialect.turn('assistant', '')
  const end = turn.lastIndexOf(dialect.controlTokens.end)
  return end === -1 ? turn : turn.slice(0, end)
}

function prefillOf(prepared: Prepared): string {
  const { request, dialect } = prepared
  const forced = request.toolChoice.mode === 'required'
  const opening = dialect.opening(request.reasoning, forced)
  return forced ? opening + callStart(prepared) : opening
}

function callStart({ request, dialect, clean }: Prepared): string {
  const { name } = request.toolChoice
  return dialect.callStart(name === undefined ? undefined : clean(writeJson(name)))
}
