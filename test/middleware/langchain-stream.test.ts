import { AIMessage, AIMessageChunk } from '@langchain/core/messages'
import { ChatGenerationChunk, type ChatResult } from '@langchain/core/outputs'
import { FakeListChatModel, FakeLLM, FakeStreamingChatModel } from '@langchain/core/utils/testing'
import { describe, expect, test } from 'vitest'
import { ToolChatModel } from '../../src/middleware/langchain.js'
import {
  all,
  callOslo,
  callParis,
  chatOpenAI,
  cutCall,
  getTime,
  getWeather,
  innerModels,
  join,
  replay,
  twoCalls,
} from './langchain-setup.js'

const tools = [getWeather, getTime]

describe.each(innerModels)('a stream over %s', (name, create) => {
  test('has text, then each call in one chunk, then the finish', async () => {
    const upstream = await replay([twoCalls])
    const model = new ToolChatModel({ model: create(upstream), dialect: 'qwen3' }).bindTools(tools)

    const chunks = await all(await model.stream('Weather?'))

    expect(chunks.map(({ text }) => text).join('')).toBe('Let me look.')
    expect(chunks.flatMap(({ tool_call_chunks: calls = [] }) => calls)).toEqual([
      {
        type: 'tool_call_chunk',
        index: 0,
        id: expect.any(String),
        name: 'get_weather',
        args: '{"city":"Paris"}',
      },
      {
        type: 'tool_call_chunk',
        index: 1,
        id: expect.any(String),
        name: 'get_time',
        args: '{"city":"Oslo 🌍 é"}',
      },
    ])
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1)
    const finishes = chunks.flatMap(({ response_metadata: { finish_reason: reason } }) => reason ?? [])
    expect(finishes).toEqual(['tool_calls'])
  })

  test('never makes a call of one that is cut short', async () => {
    const upstream = await replay([`${callParis}\n${cutCall}`])
    const model = new ToolChatModel({ model: create(upstream), dialect: 'qwen3' }).bindTools(tools)

    const joined = await join(await model.stream('Weather?'))
    const whole = await model.invoke('Weather?')

    for (const { tool_calls: calls, invalid_tool_calls: invalid, response_metadata: metadata } of [
      joined,
      whole,
    ]) {
      expect(calls?.map(({ args }) => args)).toEqual([{ city: 'Paris' }])
      expect(invalid).toMatchObject([{ name: 'get_weather', args: '{"city": "Par' }])
      expect(metadata.finish_reason).toBe('length')
      expect(metadata.toolshim).toMatchObject({
        incomplete: [{ name: 'get_weather', text: '{"city": "Par' }],
      })
    }
  })

  test('takes the word of its server for why it ended', async () => {
    // Nothing but brackets is missing, which is a call where the model stopped by itself.
    const text = callParis.slice(0, callParis.indexOf('}}'))
    for (const finish of ['length', 'stop']) {
      const upstream = await replay([{ text, finish }])
      const model = new ToolChatModel({ model: create(upstream), dialect: 'qwen3' }).bindTools(tools)
      // The class of LangChain's that cannot stream gives no reason either.
      const isCut = finish === 'length' && !name.includes('cannot stream')
      for (const message of [await model.invoke('Weather?'), await join(await model.stream('Weather?'))]) {
        expect(message.tool_calls).toHaveLength(isCut ? 0 : 1)
        expect(message.response_metadata.finish_reason).toBe(isCut ? 'length' : 'tool_calls')
      }
    }
  })

  test('comes as it is written', async () => {
    const upstream = await replay(['One two three four five.'], { delay: 20 })
    const model = new ToolChatModel({ model: create(upstream), dialect: 'qwen3' }).bindTools(tools)
    const texts = (await all(await model.stream('Count.'))).flatMap(({ text }) => text || [])
    expect(texts.length).toBeGreaterThan(name.includes('cannot stream') ? 0 : 3)
    expect(texts.join('')).toBe('One two three four five.')
  })
})

test('a call that has ended comes before what follows it is known, and a signal ends the stream', async () => {
  const upstream = await replay([{ text: `${callParis}\n${callOslo}`, fault: { hang: 25 } }])
  const model = new ToolChatModel({ model: chatOpenAI(upstream), dialect: 'qwen3' }).bindTools(tools)
  const controller = new AbortController()
  const calls: unknown[] = []
  const read = async () => {
    for await (const chunk of await model.stream('Weather?', { signal: controller.signal })) {
      if (!chunk.tool_call_chunks?.length) continue
      calls.push(...chunk.tool_call_chunks)
      controller.abort()
    }
  }
  await expect(read()).rejects.toThrow(/abort/i)
  expect(calls).toMatchObject([{ name: 'get_weather', args: '{"city":"Paris"}' }])
  await upstream.requests[0]?.closed
  expect(upstream.requests[0]?.aborted).toBe(true)
})

test('reasoning is told apart, in the marks of the text or by the server', async () => {
  const replies = [
    { text: `<think>\nHm.\n</think>\n\nSo.\n${callParis}` },
    { text: `So.\n${callParis}`, reasoning: 'Hm.' },
  ]
  for (const reply of replies) {
    const upstream = await replay([reply])
    const model = new ToolChatModel({ model: chatOpenAI(upstream), dialect: 'qwen3' })
    const bound = model.bindTools(tools)
    const joined = await join(await bound.stream('Weather?'))
    const whole = await bound.invoke('Weather?')
    for (const message of [joined, whole]) {
      expect(message.additional_kwargs.reasoning_content).toBe('Hm.')
      expect(message.contentBlocks[0]).toEqual({ type: 'reasoning', reasoning: 'Hm.' })
      expect(message.text).toBe('So.')
      expect(message.tool_calls).toHaveLength(1)
    }
    const events = model.streamEvents('Weather?', { tools })
    expect(await events.reasoning).toBe('Hm.')
    expect(await events.text).toBe('So.')
    expect(await events.toolCalls).toMatchObject([{ name: 'get_weather', args: { city: 'Paris' } }])
    expect(await events.usage).toMatchObject({ total_tokens: expect.any(Number) })
    expect((await events).response_metadata).toMatchObject({
      finish_reason: 'tool_use',
      model_name: 'replay',
    })
  }
})

test('the one call that is wanted ends the stream, and the upstream', async () => {
  const upstream = await replay([`${callParis}\n${callOslo}\nand more and more and more`], { delay: 10 })
  const model = new ToolChatModel({ model: chatOpenAI(upstream), dialect: 'qwen3' })
  const bound = model.bindTools(tools, { parallel_tool_calls: false })

  const joined = await join(await bound.stream('Weather?'))
  expect(joined.tool_calls?.map(({ name }) => name)).toEqual(['get_weather'])
  expect(joined.response_metadata.finish_reason).toBe('tool_calls')
  await upstream.requests[0]?.closed
  expect(upstream.requests[0]?.aborted).toBe(true)

  const whole = await bound.invoke('Weather?')
  expect(whole.tool_calls?.map(({ name }) => name)).toEqual(['get_weather'])
  expect(whole.response_metadata.toolshim).toMatchObject({ changes: [{ kind: 'after-first-call' }] })
})

test('calls that the inner model makes by itself are numbered with those of its text', async () => {
  const [first, second] = ['{"city":', ' "Oslo"}']
  const inner = new FakeNative([
    new AIMessageChunk(`Look.\n${callParis}`),
    new AIMessageChunk({
      content: '',
      tool_call_chunks: [{ index: 0, id: 'native', name: 'get_time', args: first }],
    }),
    new AIMessageChunk({ content: '', tool_call_chunks: [{ index: 0, args: second }] }),
  ])
  const model = new ToolChatModel({ model: inner, dialect: 'qwen3' }).bindTools(tools)
  const joined = await join(await model.stream('Weather?'))
  expect(joined.tool_call_chunks?.map(({ index, name }) => [index, name])).toEqual([
    [0, 'get_weather'],
    [1, 'get_time'],
  ])
  expect(joined.tool_calls?.[1]).toMatchObject({ id: 'native', args: { city: 'Oslo' } })
  expect(joined.response_metadata.finish_reason).toBe('tool_calls')

  const message = await model.invoke('Weather?')
  expect(message.tool_calls?.map(({ name }) => name).sort()).toEqual(['get_time', 'get_weather'])
})

/** Gives its chunks as they are. */
class FakeNative extends FakeStreamingChatModel {
  constructor(private readonly pieces: AIMessageChunk[]) {
    super({})
  }

  override async *_streamResponseChunks(): ReturnType<FakeStreamingChatModel['_streamResponseChunks']> {
    for (const message of this.pieces) yield new ChatGenerationChunk({ text: message.text, message })
  }

  override async _generate(): Promise<ChatResult> {
    const [{ text = '', tool_calls: calls = [], content = '' } = {}] = [
      this.pieces.reduce((joined, piece) => joined.concat(piece)),
    ]
    return { generations: [{ text, message: new AIMessage({ content, tool_calls: calls }) }] }
  }
}

test('fakes of LangChain work as inner models', async () => {
  const list = new ToolChatModel({
    model: new FakeListChatModel({ responses: [twoCalls] }),
    dialect: 'qwen3',
  })
  const streamed = await join(await list.bindTools(tools).stream('Weather?'))
  expect(streamed.tool_calls?.map(({ name }) => name)).toEqual(['get_weather', 'get_time'])

  const llm = new ToolChatModel({ model: new FakeLLM({ response: twoCalls }), dialect: 'qwen3' })
  const message = await llm.bindTools(tools).invoke('Weather?')
  expect(message.tool_calls?.map(({ name }) => name)).toEqual(['get_weather', 'get_time'])

  const failing = new FakeStreamingChatModel({ thrownErrorString: 'out of memory' })
  const failed = new ToolChatModel({ model: failing, dialect: 'qwen3' }).bindTools(tools)
  await expect(failed.invoke('Weather?')).rejects.toThrow('out of memory')
  await expect(failed.stream('Weather?')).rejects.toThrow('out of memory')
})
