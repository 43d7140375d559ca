import { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { AIMessage, AIMessageChunk, type BaseMessage } from '@langchain/core/messages'
import { ChatGenerationChunk, type ChatResult } from '@langchain/core/outputs'
import { jsonrepair } from 'jsonrepair'
import { describe, expect, test } from 'vitest'
import { dialectOf } from '../../src/dialects/index.js'
import { readXml } from '../../src/grammars/nested-xml.js'
import { ToolChatModel } from '../../src/middleware/langchain.js'
import { type ParseResult, parse } from '../../src/parser.js'
import { type ReplyPage, replyPages, sharedTools } from '../fixtures/pages.js'
import { join } from './langchain-setup.js'

/** The model sees events only: of the pages whose events are of the same kinds one is read, the first. */
const pages = [
  ...new Map(
    replyPages()
      .filter(({ options }) => !options.prefill && options.tools?.length !== 0)
      .reverse()
      .map((page) => [kindsIn(page), page]),
  ).values(),
]

/** Each kind once: a free call, one without a name and every reason to finish are kinds of their own. */
function kindsIn({ events }: ReplyPage): string {
  const lines = events.match(/^\S+/gm) ?? []
  const special = events.match(/ custom$|(?<=-incomplete \d+ \S+) null\b|(?<=^finish) \S+/gm) ?? []
  return [...new Set([...lines, ...special])].join()
}

/** Says one thing, whole or character by character. */
class ScriptedChatModel extends BaseChatModel {
  constructor(
    private readonly reply: string,
    private readonly finishReason: string,
  ) {
    super({})
  }

  override _llmType(): string {
    return 'scripted'
  }

  override async _generate(): Promise<ChatResult> {
    const message = new AIMessage({
      content: this.reply,
      response_metadata: { finish_reason: this.finishReason },
    })
    return { generations: [{ text: this.reply, message }] }
  }

  override async *_streamResponseChunks(): AsyncGenerator<ChatGenerationChunk> {
    for (const text of this.reply.split('')) {
      yield new ChatGenerationChunk({ text, message: new AIMessageChunk(text) })
    }
    const generationInfo = { finish_reason: this.finishReason }
    yield new ChatGenerationChunk({ text: '', message: new AIMessageChunk(''), generationInfo })
  }
}

function modelOf({ dialect, reply, options: { finishReason = 'stop', ...options } }: ReplyPage) {
  const { tools = sharedTools, toolChoice, parallelToolCalls, prefill: _, ...parserOptions } = options
  const inner = new ScriptedChatModel(reply, finishReason)
  const model = new ToolChatModel({ model: inner, ...parserOptions, dialect })
  const callOptions = {
    tools: [...(tools ?? [])],
    ...(toolChoice && { tool_choice: toolChoice }),
    parallel_tool_calls: parallelToolCalls ?? true,
  }
  return { model, callOptions }
}

function parsed({ dialect, reply, options }: ReplyPage): ParseResult {
  // The server's own template opens the turn.
  const prefill = dialectOf(dialect).opening(undefined, false)
  return parse(reply, {
    dialect,
    tools: sharedTools,
    secondOpinion: jsonrepair,
    readXml,
    ...options,
    prefill,
  })
}

/** What a message says, without what is made anew each time. */
function said(message: BaseMessage) {
  const { additional_kwargs: kwargs, response_metadata: metadata } = message
  const calls = AIMessage.isInstance(message) ? message.tool_calls : []
  const invalid = AIMessage.isInstance(message) ? message.invalid_tool_calls : []
  return {
    content: message.text,
    reasoning: kwargs.reasoning_content ?? '',
    calls: calls?.map(({ name, args }) => ({ name, args })),
    invalid: invalid?.map(({ name, args }) => ({ name: name || null, args })),
    finish: metadata.finish_reason,
  }
}

function expected({ content, reasoning, toolCalls, incomplete, finishReason }: ParseResult) {
  return {
    content,
    reasoning,
    calls: toolCalls.map((call) =>
      call.type === 'function'
        ? { name: call.function.name, args: JSON.parse(call.function.arguments) }
        : { name: call.custom.name, args: { input: call.custom.input } },
    ),
    invalid: incomplete.map(({ name, text }) => ({ name, args: text })),
    finish: finishReason,
  }
}

/** The same of a message that is made of stream events: all of it is in its blocks, but for the finish. */
function saidInBlocks({ contentBlocks: blocks, text, response_metadata: metadata }: AIMessage) {
  const reasons = new Map([['tool_use', 'tool_calls']])
  const finish = String(metadata.finish_reason)
  return {
    content: text,
    reasoning: blocks.map((block) => (block.type === 'reasoning' ? block.reasoning : '')).join(''),
    calls: blocks.flatMap((block) =>
      block.type === 'tool_call' ? [{ name: block.name, args: block.args }] : [],
    ),
    invalid: blocks.flatMap((block) =>
      block.type === 'invalid_tool_call' ? [{ name: block.name ?? null, args: block.args }] : [],
    ),
    finish: reasons.get(finish) ?? finish,
  }
}

describe('a reply is the same message, whole, in a stream and in events', () => {
  test.each(pages)('$dialect/$name', async (page) => {
    const { model, callOptions } = modelOf(page)
    const message = expected(parsed(page))

    expect(said(await model.invoke('Hello', callOptions))).toEqual(message)

    const joined = said(await join(await model.stream('Hello', callOptions)))
    // LangChain trims the text of a call that it takes for an invalid one.
    const trimmed = message.invalid.map((call) => ({ ...call, args: call.args.trim() || '{}' }))
    expect(joined).toEqual({ ...message, invalid: trimmed })

    expect(saidInBlocks(await model.streamEvents('Hello', callOptions))).toEqual(message)
  })
})
