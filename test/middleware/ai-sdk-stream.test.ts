import type {
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4FinishReason,
  LanguageModelV4FunctionTool,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
} from '@ai-sdk/provider'
import { readUIMessageStream, streamText, wrapLanguageModel } from 'ai'
import { convertArrayToReadableStream, MockLanguageModelV4 } from 'ai/test'
import { describe, expect, it } from 'vitest'
import { isFields } from '../../src/fields.js'
import type { ParserEvent } from '../../src/index.js'
import { type ToolMiddlewareOptions, toolMiddleware } from '../../src/middleware/ai-sdk.js'
import { everySplit } from '../../src/testing/index.js'
import { replyPages, sharedTools } from '../fixtures/pages.js'
import { callOslo, callParis, collect, connect, tools, twoCalls } from './ai-sdk-setup.js'

// What only a provider that is scripted part by part can give. Everything else is proven against a server.

const usage: LanguageModelV4Usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 2, text: 2, reasoning: 0 },
}
const stop: LanguageModelV4FinishReason = { unified: 'stop', raw: 'stop' }
const finish: LanguageModelV4StreamPart = { type: 'finish', finishReason: stop, usage }
const start: LanguageModelV4StreamPart = { type: 'stream-start', warnings: [] }

const toolNamed = (name: string): LanguageModelV4FunctionTool => ({
  type: 'function',
  name,
  inputSchema: { type: 'object', properties: { city: { type: 'string' } } },
})
const params: LanguageModelV4CallOptions = {
  prompt: [{ role: 'user', content: [{ type: 'text', text: 'Weather?' }] }],
  tools: [toolNamed('get_weather'), toolNamed('get_time')],
}

type Options = Partial<ToolMiddlewareOptions>

/** What comes of a provider's parts. */
async function stream(parts: LanguageModelV4StreamPart[], options: Options = {}, asked = params) {
  const inner = new MockLanguageModelV4({ doStream: { stream: convertArrayToReadableStream(parts) } })
  const model = wrapLanguageModel({
    model: inner,
    middleware: toolMiddleware({ dialect: 'qwen3', ...options }),
  })
  return collect((await model.doStream(asked)).stream)
}

async function whole(
  content: LanguageModelV4Content[],
  finishReason = stop,
  options: Options = {},
  asked = params,
) {
  const inner = new MockLanguageModelV4({
    doGenerate: { content, finishReason, usage, warnings: [] },
  })
  const model = wrapLanguageModel({
    model: inner,
    middleware: toolMiddleware({ dialect: 'qwen3', ...options }),
  })
  return model.doGenerate(asked)
}

function textParts(chunks: string[], id = '0'): LanguageModelV4StreamPart[] {
  return [
    { type: 'text-start', id },
    ...chunks.map((delta): LanguageModelV4StreamPart => ({ type: 'text-delta', id, delta })),
    { type: 'text-end', id },
  ]
}

/** A stream as the content that a whole answer has, held to the rules that the SDK's readers rely on. */
function joined(parts: LanguageModelV4StreamPart[]) {
  const content: { type: string; text: string }[] = []
  const open = new Map<string, { type: string; text: string }>()
  const names = new Set<string>()
  const inputs = new Map<string, string>()
  let finishReason: LanguageModelV4FinishReason | undefined
  for (const part of parts) {
    switch (part.type) {
      case 'text-start':
      case 'reasoning-start': {
        expect(names, 'a block has a name of its own').not.toContain(part.id)
        names.add(part.id)
        const block = { type: part.type.replace('-start', ''), text: '' }
        open.set(part.id, block)
        content.push(block)
        break
      }
      case 'text-delta':
      case 'reasoning-delta': {
        const block = open.get(part.id)
        if (!block) throw new Error(`no block ${part.id} is open`)
        expect(part.delta).not.toBe('')
        block.text += part.delta
        break
      }
      case 'text-end':
      case 'reasoning-end':
        expect(open.delete(part.id)).toBe(true)
        break
      case 'tool-input-start':
        expect([...open], 'text ends before a call').toEqual([])
        inputs.set(part.id, '')
        break
      case 'tool-input-delta':
        inputs.set(part.id, `${inputs.get(part.id)}${part.delta}`)
        break
      case 'tool-call':
        expect(inputs.get(part.toolCallId)).toBe(part.input)
        content.push({ type: 'tool-call', text: `${part.toolName} ${part.input}` })
        break
      case 'finish':
        expect([...open], 'all ends before the finish').toEqual([])
        finishReason = part.finishReason
    }
  }
  expect(parts.filter(({ type }) => type === 'tool-input-start')).toHaveLength(
    parts.filter(({ type }) => type === 'tool-input-end').length,
  )
  return { content, finishReason }
}

function asJoined(content: LanguageModelV4Content[]) {
  return content.map((part) => {
    if (part.type === 'tool-call') return { type: part.type, text: `${part.toolName} ${part.input}` }
    return { type: part.type, text: 'text' in part ? part.text : '' }
  })
}

describe('a stream is the whole answer, however it is cut', () => {
  const replies: [string, string, LanguageModelV4FinishReason?][] = [
    ['qwen3', twoCalls],
    ['qwen3', `<think>\nHm.\n</think>\n\nSure 🌍.\n${callParis}\nAnd <b>now</b>:\n${callOslo}\nDone <`],
    ['qwen3', "Well.<tool_call>{'name': 'get_weather', 'arguments': {'city': 'Par\nis',}}</tool_call>"],
    ['qwen3', '{"name": "get_weather", "arguments": {"city": "Paris"}}'],
    ['qwen3', 'A <tool_call> in prose, and nothing else.'],
    ['qwen3', `Look: ${callOslo.slice(0, 60)}`, { unified: 'length', raw: 'length' }],
    ['qwen3', callOslo.slice(0, -20)],
    ['qwen3', ' \n'],
    ['qwq-32b', `Hm.\n</think>\n\n${callParis}`],
    ['glm4', 'get_weather\n{"city": "Paris"}'],
    ['pythonic', "[get_weather(city='Paris'), get_time(city='Oslo')]"],
    ['granite', '<function_call> {"name": "get_weather", "arguments": {"city": "Paris"}}'],
  ]
  it.each(replies)('%s: %j', async (dialect, reply, finishReason = stop) => {
    const once = await whole([{ type: 'text', text: reply }], finishReason, { dialect })
    for (const chunks of everySplit(reply)) {
      const parts = await stream([start, ...textParts(chunks), { ...finish, finishReason }], { dialect })
      expect(joined(parts)).toEqual({ content: asJoined(once.content), finishReason: once.finishReason })
    }
  })
})

describe('every page of a dialect', () => {
  const unified = {
    stop: 'stop',
    length: 'length',
    tool_calls: 'tool-calls',
    content_filter: 'content-filter',
  } as const
  const reasonOf = (raw = 'stop'): LanguageModelV4FinishReason => ({
    unified:
      raw === 'stop' || raw === 'length' || raw === 'tool_calls' || raw === 'content_filter'
        ? unified[raw]
        : 'other',
    raw,
  })
  /** What a call of the SDK can ask for. */
  const pages = replyPages().flatMap((page) => {
    const {
      tools = sharedTools,
      toolChoice = 'auto',
      prefill,
      finishReason,
      dialect: _,
      ...options
    } = page.options
    const functions = (tools ?? []).flatMap((tool): LanguageModelV4FunctionTool[] => {
      if (tool.type !== 'function') return []
      const { name, parameters, strict } = tool.function
      return [
        {
          type: 'function',
          name,
          inputSchema: { ...(isFields(parameters) && parameters) },
          ...(strict && { strict }),
        },
      ]
    })
    const custom = /^tool-call-start .* custom$/m.test(page.events)
    if (functions.length === 0 || custom || prefill !== undefined || typeof toolChoice !== 'string') return []
    return [
      {
        page,
        asked: { ...params, tools: functions, toolChoice: { type: toolChoice } },
        finishReason: reasonOf(finishReason ?? undefined),
        options,
      },
    ]
  })

  it.each([...new Set(pages.map(({ page }) => page.dialect))])('%s', async (dialect) => {
    const own = pages.filter(({ page }) => page.dialect === dialect)
    for (const { page, asked, finishReason, options } of own) {
      const given = { dialect, ...options }
      const once = await whole([{ type: 'text', text: page.reply }], finishReason, given, asked)
      const chunks = textParts(page.reply.split(''))
      const streamed = joined(await stream([start, ...chunks, { ...finish, finishReason }], given, asked))
      expect([page.name, streamed]).toEqual([
        page.name,
        { content: asJoined(once.content), finishReason: once.finishReason },
      ])
      // The parser's own pages do not begin in the middle of a thought.
      if (dialect === 'qwq-32b') continue
      const calls = once.content.filter((part) => part.type === 'tool-call')
      const complete = page.events.match(/^tool-call-end /gm)?.length ?? 0
      expect([page.name, calls.length]).toEqual([page.name, complete])
    }
  })
})

describe('a stream of a provider', () => {
  it('that forgets an end, or the finish, still gives all of it', async () => {
    const [begin, ...rest] = textParts([`Hi <`])
    if (!begin) throw new Error('expected a start')
    for (const parts of [[begin, ...rest], [begin, ...rest.slice(0, -1)], rest.slice(0, -1)]) {
      const { content } = joined(await stream([start, ...parts]))
      expect(content).toEqual([{ type: 'text', text: 'Hi <' }])
      const finished = joined(await stream([start, ...parts, finish]))
      expect(finished).toEqual({ content, finishReason: stop })
    }
  })

  it('that never says why it ended gives no unfinished call', async () => {
    const parts = await stream([start, ...textParts([callParis, callOslo.slice(0, -30)])])
    expect(asJoined(parts.filter((part) => part.type === 'tool-call'))).toEqual([
      { type: 'tool-call', text: 'get_weather {"city": "Paris"}' },
    ])
    expect(parts.at(-1)?.type).toBe('tool-input-end')
  })

  it('that begins a text and writes none has none', async () => {
    expect(await stream([start, ...textParts([]), finish])).toEqual([start, finish])
  })

  it('in several blocks keeps their names and what is said of them', async () => {
    const citations = [
      { source: { type: 'source' as const, sourceType: 'url' as const, id: 's', url: 'http://a' } },
    ]
    const metadata = (name: string) => ({ providerMetadata: { local: { name } } })
    const given: LanguageModelV4StreamPart[] = [
      start,
      { type: 'text-start', id: 'a', ...metadata('start') },
      { type: 'text-delta', id: 'a', delta: 'Hello', ...metadata('delta') },
      { type: 'text-end', id: 'a', citations, ...metadata('end') },
      { type: 'reasoning-start', id: 'r' },
      { type: 'reasoning-delta', id: 'r', delta: 'Hm.' },
      { type: 'reasoning-end', id: 'r' },
      { type: 'text-start', id: 'b' },
      { type: 'text-delta', id: 'b', delta: 'there' },
      { type: 'text-end', id: 'b' },
      finish,
    ]
    expect(await stream(given)).toEqual(given)
  })

  it('passes everything else in its place', async () => {
    const others: LanguageModelV4StreamPart[] = [
      { type: 'response-metadata', id: 'x' },
      { type: 'raw', rawValue: 1 },
      { type: 'ping' },
      { type: 'file', mediaType: 'text/plain', data: { type: 'data', data: 'aGk=' } },
      { type: 'source', sourceType: 'url', id: 's', url: 'http://a' },
      { type: 'custom', kind: 'local.thing' },
      { type: 'error', error: 'once' },
    ]
    const [begin, delta, end] = textParts(['Hello'])
    if (!begin || !delta || !end) throw new Error('expected three parts')
    expect(await stream([start, ...others, begin, delta, ...others, end, finish])).toEqual([
      start,
      ...others,
      begin,
      delta,
      ...others,
      end,
      finish,
    ])
  })

  it('passes calls of the provider’s own, beside those in the text', async () => {
    const own: LanguageModelV4StreamPart[] = [
      {
        type: 'tool-input-start',
        id: 'own',
        toolName: 'get_time',
        providerMetadata: { google: { sign: 'x' } },
      },
      { type: 'tool-input-delta', id: 'own', delta: '{}' },
      { type: 'tool-input-end', id: 'own' },
      { type: 'tool-call', toolCallId: 'own', toolName: 'get_time', input: '{}' },
    ]
    const events: ParserEvent[] = []
    const asked: LanguageModelV4CallOptions = { ...params, toolChoice: { type: 'required' } }
    const called: LanguageModelV4StreamPart = {
      ...finish,
      finishReason: { unified: 'tool-calls', raw: 'tool_calls' },
    }
    const options = { onEvent: (event: ParserEvent) => events.push(event) }
    expect(await stream([start, ...own, called], options, asked)).toEqual([start, ...own, called])
    expect(events.map(({ type }) => type)).toEqual(['finish'])

    const both = await stream([start, ...textParts([`Look.\n${callParis}`]), ...own, finish])
    expect(both.filter(({ type }) => type === 'tool-call')).toHaveLength(2)
    expect(joined(both).finishReason).toEqual({ unified: 'tool-calls', raw: 'stop' })
  })

  it('that warns of nothing has our warnings first', async () => {
    const provider = { type: 'provider' as const, id: 'x.search' as const, name: 'search', args: {} }
    const warnings = [{ type: 'unsupported', feature: 'provider-defined tool x.search' }]
    const asked = { ...params, tools: [toolNamed('get_weather'), provider] }
    const given = await stream([...textParts(['Hi.']), finish], {}, asked)
    expect(given[0]).toEqual({ type: 'stream-start', warnings })
    const theirs = { type: 'other' as const, message: 'slow' }
    const joint = await stream([{ type: 'stream-start', warnings: [theirs] }, finish], {}, asked)
    expect(joint[0]).toEqual({ type: 'stream-start', warnings: [theirs, ...warnings] })
  })

  it('that has closed empty reasoning does not begin inside it', async () => {
    const reasoning: LanguageModelV4StreamPart[] = [
      { type: 'reasoning-start', id: 'r' },
      { type: 'reasoning-end', id: 'r' },
    ]
    const { content } = joined(
      await stream([start, ...reasoning, ...textParts(['Sunny.']), finish], { dialect: 'qwq-32b' }),
    )
    expect(content.at(-1)).toEqual({ type: 'text', text: 'Sunny.' })
  })
})

describe('a whole answer', () => {
  const source = { type: 'source' as const, sourceType: 'url' as const, id: 's', url: 'http://a' }

  it('does not begin inside reasoning that stands behind its text', async () => {
    const { content } = await whole(
      [
        { type: 'text', text: `Sure.\n${callParis}` },
        { type: 'reasoning', text: 'Hm.' },
      ],
      stop,
      { dialect: 'qwq-32b' },
    )
    expect(content).toMatchObject([
      { type: 'text', text: 'Sure.' },
      { type: 'tool-call', toolName: 'get_weather' },
      { type: 'reasoning', text: 'Hm.' },
    ])
  })

  it('keeps the order of its parts and what is said of them', async () => {
    const citations = [{ source }]
    const { content } = await whole([
      { type: 'text', text: `Sure.\n${callParis}\nAnd`, citations, providerMetadata: { local: { id: 'a' } } },
      source,
      { type: 'text', text: 'more.' },
    ])
    expect(content).toEqual([
      { type: 'text', text: 'Sure.', citations, providerMetadata: { local: { id: 'a' } } },
      expect.objectContaining({ type: 'tool-call', toolName: 'get_weather', input: '{"city": "Paris"}' }),
      { type: 'text', text: 'And' },
      source,
      { type: 'text', text: 'more.' },
    ])
  })

  it('passes calls of the provider’s own', async () => {
    const own: LanguageModelV4Content = {
      type: 'tool-call',
      toolCallId: 'o',
      toolName: 'get_time',
      input: '{}',
    }
    const called: LanguageModelV4FinishReason = { unified: 'tool-calls', raw: 'tool_calls' }
    expect(await whole([own], called)).toMatchObject({ content: [own], finishReason: called })
  })

  it.each<LanguageModelV4FinishReason>([
    { unified: 'content-filter', raw: 'content_filter' },
    { unified: 'error', raw: undefined },
    { unified: 'other', raw: 'weird' },
    { unified: 'interrupted', raw: undefined },
  ])('keeps a reason of another kind: %j', async (reason) => {
    const { finishReason, content } = await whole([{ type: 'text', text: callParis }], reason)
    expect(finishReason).toEqual(reason)
    expect(content).toHaveLength(1)
  })

  it('has no call where it says that there are some and there are none', async () => {
    const { finishReason } = await whole([{ type: 'text', text: 'Hi.' }], {
      unified: 'tool-calls',
      raw: 'tool_calls',
    })
    expect(finishReason).toEqual({ unified: 'stop', raw: 'tool_calls' })
  })
})

describe('the user interface', () => {
  it.each([
    ['finished', twoCalls, 'stop', ['output-available', 'output-available']],
    ['cut short', `Hi. ${callOslo.slice(0, 60)}`, 'length', ['input-streaming']],
  ])('sees a call that is %s', async (_, text, finish, states) => {
    const { model } = await connect([{ text, finish }])
    const result = streamText({ model, tools, prompt: 'Weather?' })
    const messages = await collect(readUIMessageStream({ stream: result.toUIMessageStream() }))
    const parts = messages.at(-1)?.parts ?? []
    expect(
      parts.filter(({ type }) => type.startsWith('tool-')).map((part) => Reflect.get(part, 'state')),
    ).toEqual(states)
    expect(parts.find(({ type }) => type === 'text')).toMatchObject({ state: 'done' })
  })
})
