import type { BaseMessage } from '@langchain/core/messages'
import { dialectOf } from '../../dialects/index.js'
import type { Fields } from '../../fields.js'
import { createParser } from '../../parser.js'
import { randomId } from '../../random-id.js'
import { renderMessages } from '../../render/messages.js'
import { renderPrompt } from '../../render/prompt.js'
import { readReasoning } from '../../request.js'
import { asksForJson } from '../../surfaces/json-answer.js'
import { joinStops } from '../../upstreams/request-fields.js'
import { orderResults } from '../call-order.js'
import { type Choice, createChoice } from '../choice.js'
import { stateFormat } from '../stated-format.js'
import { readMessages, type SourcedMessage } from './history.js'
import { type InnerInput, isChatModel, languageModelIn, stopsIn } from './inner-model.js'
import type { ToolChatCallOptions, ToolChatOptions } from './options.js'
import { declareTools, readChoice } from './tools.js'
import { writeMessages } from './upstream-messages.js'

/** One question to the inner model. */
export interface Turn {
  /** Nothing in it is about tools, so that the inner model's answer is the answer. */
  untouched: boolean
  input: InnerInput
  stop: string[]
  /** Whether the format of the answer is said in the input, and must not be enforced. */
  formatStated: boolean
  /** Whether the answer ends with the first call. */
  oneCall: boolean
  /** Reads one generation of the answer. */
  createChoice(): Choice
}

/** As many stop strings as OpenAI's protocol takes, which most clients speak. */
const maxStops = 4

/**
 * Renders a conversation for the inner model.
 *
 * @throws Error naming the field when a tool, the tool choice or (if `history` is `"strict"`) the history is not valid.
 */
export function createTurn(
  settings: ToolChatOptions,
  messages: readonly BaseMessage[],
  options: ToolChatCallOptions,
): Turn {
  const { dialect, bos = false } = settings
  const inner = languageModelIn(settings.model)
  const tools = declareTools(options.tools, options.strict)
  const toolChoice = readChoice(options.tool_choice, tools)
  const reasoning = settings.reasoning ?? readReasoning(options)
  const parallelToolCalls = options.parallel_tool_calls ?? true
  const history = orderResults(readMessages(messages)).map(({ message }) => message)
  const request = { messages: history, tools, toolChoice, parallelToolCalls, reasoning }
  const { response_format }: Fields = { ...options }
  const stating = stateFormat(
    { tools, tool_choice: toolChoice, response_format },
    dialectOf(dialect),
    settings,
  )
  // Some templates print nothing for text that is given as parts; an app that sends parts wants it shown.
  const renderOptions = { joinText: true, ...settings, dialect: stating ?? dialect }
  const stopsOf = (rendered: readonly string[]) =>
    joinStops(options.stop ?? stopsIn(settings.model), rendered, maxStops)

  /** @param prefill what the prompt, or the server's own template, has already put into the model's turn. */
  function choices(prefill: string): Pick<Turn, 'formatStated' | 'oneCall' | 'createChoice'> {
    // Where the server has told the reasoning apart, the text is what follows its closing mark.
    const { open = '', close = '' } = dialectOf(dialect).marks.reasoning ?? {}
    const oneCall = !parallelToolCalls
    return {
      formatStated: stating !== undefined,
      oneCall,
      createChoice: () =>
        createChoice({
          oneCall,
          createId: settings.createId ?? randomId,
          createParser: (reasoned) =>
            createParser({
              ...settings,
              untagged: settings.untagged ?? (asksForJson({ response_format }) ? 'text' : 'call'),
              tools,
              toolChoice: tools.length === 0 ? 'none' : toolChoice,
              parallelToolCalls,
              prefill: reasoned ? open + close : prefill,
            }),
        }),
    }
  }

  if (!isChatModel(inner)) {
    // An LLM is given text alone: a place-holder for an image would stand for nothing.
    const spoken = { ...(stating ?? dialectOf(dialect)), media: () => undefined }
    const { prompt, stop, prefill } = renderPrompt(request, { ...renderOptions, dialect: spoken, bos })
    return { untouched: false, input: { takes: 'prompt', prompt }, stop: stopsOf(stop), ...choices(prefill) }
  }
  // The server's own template opens the turn; in some families it opens the reasoning with it.
  const prefill = dialectOf(dialect).opening(readReasoning({ reasoning }), false)
  if (tools.length === 0 && !history.some(isAboutTools)) {
    const input: InnerInput = { takes: 'messages', messages: [...messages] }
    return { untouched: true, input, stop: options.stop ?? [], ...choices(prefill) }
  }
  const rendered = renderMessages(request, renderOptions)
  const input: InnerInput = { takes: 'messages', messages: writeMessages(rendered.messages) }
  return { untouched: false, input, stop: stopsOf(rendered.stop), ...choices(prefill) }
}

function isAboutTools(message: SourcedMessage): boolean {
  if (message.role === 'tool' || message.role === 'function') return true
  return message.role === 'assistant' && ('tool_calls' in message || 'function_call' in message)
}
