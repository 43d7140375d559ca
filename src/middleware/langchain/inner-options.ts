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

/** What the inner model is called with: the caller's own options and configuration, below this run. */
export function innerOptions(
  { stop }: Turn,
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
    ...without({ ...options }, ownOptions),
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
  child.setHandlers(Array.isArray(handlers) ? handlers.filter(isBaseCallbackHandler) : [])
  child.addTags(Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [])
  child.addMetadata(isFields(metadata) ? metadata : {})
  return child
}
