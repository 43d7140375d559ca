import { isBaseCallbackHandler } from '@langchain/core/callbacks/base'
import { CallbackManager, type CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager'
import { type Fields, isFields, without } from '../../fields.js'
import type { InnerOptions } from './inner-model.js'
import { runConfig, type ToolChatCallOptions } from './options.js'
import type { Turn } from './turn.js'

/** Call options that are said in the prompt, or are this model's own business. */
const ownOptions = new Set([
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'strict',
  'stop',
  'signal',
  'outputVersion',
  'promptIndex',
  'ls_structured_output_format',
])

/** LangGraph shows the tokens of every model below a node, unless it has this tag. */
const unseen = 'langsmith:nostream'

/**
 * LangChain's handlers behind `streamEvents` and `streamLog`. They would show the raw text of the inner model beside the
 * answer; and the tokens of a model that has none below it they take from its stream, else from its run as well, so that
 * they would show those of this model twice.
 */
const showing = new Set(['event_stream_tracer', 'log_stream_tracer'])

/** What the inner model is called with: the caller's own options and configuration, below this run. */
export function innerOptions(
  { stop, formatStated }: Turn,
  options: Pick<ToolChatCallOptions, 'signal' | typeof runConfig>,
  runManager: CallbackManagerForLLMRun | undefined,
): InnerOptions {
  const { callbacks, tags = [], metadata, configurable } = options[runConfig] ?? {}
  const given = {
    ...(stop.length > 0 && { stop }),
    tags: [...tags, unseen],
    metadata,
    configurable,
    callbacks: runManager ? childOf(runManager) : callbacks,
    signal: options.signal,
  }
  return {
    ...without({ ...options, ...(formatStated && { response_format: undefined }) }, ownOptions),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  }
}

/** The callbacks of a run below this one. LangChain expects none below a model's, and hides what they would be. */
function childOf(run: CallbackManagerForLLMRun): CallbackManager {
  const {
    inheritableHandlers: handlers,
    inheritableTags: tags,
    inheritableMetadata: metadata,
  }: Fields = { ...run }
  const child = new CallbackManager(run.runId)
  const heard = Array.isArray(handlers) ? handlers.filter(isBaseCallbackHandler) : []
  child.setHandlers(heard.filter(({ name }) => !showing.has(name)))
  child.addTags(Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [])
  child.addMetadata(isFields(metadata) ? metadata : {})
  return child
}
