import {
  AIMessage,
  AIMessageChunk,
  type BaseMessage,
  type ContentBlock,
  type StandardMessageStructure,
  type UsageMetadata,
} from '@langchain/core/messages'
import { type Fields, isFields, without } from '../../fields.js'
import type { CallPart } from '../../upstreams/call-parts.js'
import { finishOf, numberOf } from '../../upstreams/read-fields.js'
import type { ChoicePart } from '../../upstreams/upstream.js'
import { splitContent } from './history.js'

/** A message of the inner model, or a piece of one. */
export interface InnerPart {
  part: ChoicePart
  /** What is none of the text, the reasoning and the calls. */
  rest: MessageRest
}

export interface MessageRest {
  /** Blocks such as images. */
  blocks: ContentBlock[]
  additional_kwargs: Fields
  response_metadata: Fields
  usage_metadata?: UsageMetadata
}

/** What is said anew of the message that is made of this one. */
const writtenKwargs = new Set(['tool_calls', 'function_call', 'reasoning_content'])
/** Those, and what a client notes about a single piece of a stream. */
const writtenMetadata = new Set(['finish_reason', 'output_version', 'prompt', 'completion'])

/** Reads a message; its finish is what the inner model's client says of it, in whichever field. */
export function readInnerMessage(message: BaseMessage): InnerPart {
  const { additional_kwargs: kwargs, response_metadata: metadata, id } = message
  const { reasoning, content } = splitContent(message)
  const blocks = typeof content === 'string' ? [] : content
  const text = typeof content === 'string' ? content : blocks.map(textOf).join('')
  const usage = usageOf(message)
  const calls = callsOf(message)
  return {
    part: {
      index: 0,
      ...(text !== '' && { text }),
      ...(reasoning !== '' && { reasoning }),
      ...(calls.length > 0 && { calls }),
      finish: readFinish(metadata) ?? readFinish(kwargs),
    },
    rest: {
      blocks: blocks.filter(({ text }) => typeof text !== 'string'),
      additional_kwargs: without(kwargs, writtenKwargs),
      response_metadata: {
        ...without(metadata, writtenMetadata),
        // A graph takes two messages of one id for one, and there are servers that give every answer the same.
        ...(id !== undefined && !id.startsWith('run-') && { id }),
      },
      ...(usage !== undefined && { usage_metadata: usage }),
    },
  }
}

/** Text that an LLM gave, and what it tells about it. */
export function readInnerText(text: string, info: Fields = {}, output: Fields = {}): InnerPart {
  const usage = readUsage(output)
  return {
    part: { index: 0, ...(text !== '' && { text }), finish: readFinish(info) },
    rest: {
      blocks: [],
      additional_kwargs: {},
      response_metadata: without(info, writtenMetadata),
      ...(usage !== undefined && { usage_metadata: usage }),
    },
  }
}

function usageOf(message: BaseMessage<StandardMessageStructure>): UsageMetadata | undefined {
  return AIMessage.isInstance<StandardMessageStructure>(message) ? message.usage_metadata : undefined
}

function textOf(block: ContentBlock): string {
  return typeof block.text === 'string' ? block.text : ''
}

/** Calls that the inner model has made by itself: the pieces of a stream, or whole ones. */
function callsOf(message: BaseMessage): CallPart[] {
  if (!AIMessage.isInstance(message)) return []
  if (AIMessageChunk.isInstance(message) && message.tool_call_chunks?.length) {
    return message.tool_call_chunks.map(({ index, id, name, args }) =>
      callPart(numberOf(index), id, name, args ?? ''),
    )
  }
  const whole = (message.tool_calls ?? []).map(({ id, name, args }, place) =>
    callPart(place, id, name, JSON.stringify(args)),
  )
  const invalid = (message.invalid_tool_calls ?? []).map(({ id, name, args }, place) =>
    callPart(whole.length + place, id, name, args ?? ''),
  )
  return [...whole, ...invalid]
}

/** Empty names and ids, which some servers send with every piece, are none. */
function callPart(index: number | undefined, id: string | undefined, name: string | undefined, text: string) {
  return { index, id: id || undefined, name: name || undefined, custom: false, text }
}

/** The names that clients have for the finish reason. */
const finishNames = ['finish_reason', 'finishReason', 'stop_reason', 'stopReason', 'done_reason']

/** The finish reason in OpenAI's words, or in the server's own where it has no word for it. */
export function readFinish(fields: Fields): string | undefined {
  const given = finishNames.map((name) => finishOf(fields[name])).find((reason) => reason !== undefined)
  const word = finishOf(given?.toLowerCase())
  if (word === 'tool_use') return 'tool_calls'
  return word === 'stop' || word === 'length' ? word : given
}

function readUsage({ tokenUsage: usage }: Fields): UsageMetadata | undefined {
  if (!isFields(usage)) return undefined
  const { promptTokens: input, completionTokens: output, totalTokens: total } = usage
  if (typeof input !== 'number' || typeof output !== 'number') return undefined
  return {
    input_tokens: input,
    output_tokens: output,
    total_tokens: typeof total === 'number' ? total : input + output,
  }
}
